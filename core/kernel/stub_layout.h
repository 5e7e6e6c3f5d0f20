/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stub_layout.h - one number for all that the stub and user space must agree on to work together: a
 * program may go on with a stub that another build of it has loaded only if both have the same.
 * Pure: reads the type information of a BPF object. Any thread, non-logging.
 */
#ifndef CLAND_STUB_LAYOUT_H
#define CLAND_STUB_LAYOUT_H

#include <stdint.h>

struct btf;

/*
 * stub_layout - of the structures of cland_msg.h and the variables of the section .bss, each with
 * the names, places and types of its members; of the counters and histograms; and of CLAND_LAYOUT.
 */
uint64_t stub_layout(const struct btf *btf);

#endif
