// SPDX-License-Identifier: GPL-2.0-only
/*
 * waits.bpf.c - every time that a task was runnable before it ran, by the name of the task, for all that
 * are not real-time. A row of a name's own keeps them as they are: percentiles are for who reads it.
 */
#include "runnable.bpf.h"
#include "waits.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WAITS_MAX);
	__type(key, u32);
	__type(value, struct waits_sample);
} samples SEC(".maps");

unsigned long long nr_samples;	/* may be more than there is room for */

SEC("tp_btf/sched_waking")
int BPF_PROG(waits_waking, struct task_struct *p)
{
	runnable_wake(p);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(waits_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	s32 pid = next->pid;
	struct runnable_since *since = bpf_map_lookup_elem(&runnable, &pid);
	struct waits_sample *sample;
	u32 at;

	if (since) {
		at = (u32)__sync_fetch_and_add(&nr_samples, 1);
		sample = bpf_map_lookup_elem(&samples, &at);
		if (sample) {
			sample->wait_ns = bpf_ktime_get_ns() - since->ns;
			sample->is_woken = since->is_woken;
			__builtin_memcpy(sample->comm, next->comm, sizeof(sample->comm));
		}
		bpf_map_delete_elem(&runnable, &pid);
	}
	if (preempt || !prev_state)
		runnable_begin(prev, false);
	return 0;
}
