// SPDX-License-Identifier: GPL-2.0-only
/*
 * foreign.bpf.c - somebody else's scheduler: has a name, and leaves all else to the kernel.
 */
#include "../../bpf/kernel.h"

char LICENSE[] SEC("license") = "GPL";

SEC(".struct_ops.link")
struct sched_ext_ops foreign = {
	.name = "foreign",
};
