/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * runnable.bpf.h - who waits for a CPU, and since when, of all that are not real-time:
 * longest.bpf.c and waits.bpf.c, which see to the ends of waits, are built on it.
 */
#ifndef TEST_RUNNABLE_BPF_H
#define TEST_RUNNABLE_BPF_H

#include "../../bpf/kernel.h"
#include "runnable.h"

/* The stub needs neither. */
struct task_struct___wait {
	int prio;
	int on_cpu;
} __attribute__((preserve_access_index));

#define PRIO_RT_END 100

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, s32);
	__type(value, struct runnable_since);
} runnable SEC(".maps");

static __always_inline void runnable_begin(struct task_struct *p, bool is_woken)
{
	struct runnable_since since = { .ns = bpf_ktime_get_ns(), .is_woken = is_woken };
	s32 pid = p->pid;

	/* 0: the idle task */
	if (pid && BPF_CORE_READ((struct task_struct___wait *)p, prio) >= PRIO_RT_END)
		bpf_map_update_elem(&runnable, &pid, &since, BPF_ANY);
}

static __always_inline void runnable_wake(struct task_struct *p)
{
	/* One that was about to sleep runs on. */
	if (!BPF_CORE_READ((struct task_struct___wait *)p, on_cpu))
		runnable_begin(p, true);
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(runnable_wakeup_new, struct task_struct *p)
{
	runnable_begin(p, true);
	return 0;
}

#endif
