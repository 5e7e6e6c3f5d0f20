// SPDX-License-Identifier: GPL-2.0-only
/*
 * pinner.bpf.c - keeps callers of getppid() busy for a while in a place where they may be preempted
 * but must not change their CPU: the kernel runs a program like this with migration disabled.
 */
#include "../../bpf/kernel.h"

char LICENSE[] SEC("license") = "GPL";

u64 nr_runs, nr_moved, sink;

static int step(u32 i, void *ctx)
{
	sink += i;
	return 0;
}

SEC("fentry/__do_sys_getppid")
int BPF_PROG(pinner)
{
	u32 cpu = bpf_get_smp_processor_id();

	bpf_loop(20000, step, NULL, 0);
	__sync_fetch_and_add(&nr_runs, 1);
	if (bpf_get_smp_processor_id() != cpu)
		__sync_fetch_and_add(&nr_moved, 1);
	return 0;
}
