/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/bpf_core_read.h, native - there is nothing to relocate: the kernel types that the simulator
 * has are those of bpf/kernel.h. See bpf_helpers.h.
 */
#ifndef CLAND_SIM_BPF_CORE_READ_H
#define CLAND_SIM_BPF_CORE_READ_H

#define bpf_core_enum_value(type, name) ((__u64)(name))
#define bpf_core_field_exists(field) 1

#endif
