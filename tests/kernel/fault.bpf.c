// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault.bpf.c - a fault in the attached scheduler, as far as the kernel can tell: at the next exec
 * of any program it is told of an error.
 */
#include "../../bpf/kernel.h"

extern void scx_bpf_error_bstr(char *fmt, unsigned long long *data, u32 data_sz) __ksym;

char LICENSE[] SEC("license") = "GPL";

SEC("tp_btf/sched_process_exec")
int BPF_PROG(fault)
{
	static char fmt[] = "a foreign fault";
	unsigned long long data[1] = {};

	scx_bpf_error_bstr(fmt, data, 0);
	return 0;
}
