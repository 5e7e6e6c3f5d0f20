/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf/bpf_tracing.h, native - a program is a function with its arguments. See bpf_helpers.h. */
#ifndef CLAND_SIM_BPF_TRACING_H
#define CLAND_SIM_BPF_TRACING_H

#define BPF_PROG(name, args...) name(args)

/* The one without arguments: in C, empty parentheses alone would leave them open. */
int cland_init(void);

#endif
