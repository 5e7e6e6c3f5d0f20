// SPDX-License-Identifier: GPL-2.0-only
/*
 * waits.bpf.c - every time that a task was runnable before it ran, by the name of the task, for all that
 * are not real-time. A row of a name's own keeps them as they are: percentiles are for who reads it.
 */
#include "../../bpf/kernel.h"

#include "waits.h"

/* The stub needs neither. */
struct task_struct___wait {
	int prio;
	int on_cpu;
} __attribute__((preserve_access_index));

#define PRIO_RT_END 100

char LICENSE[] SEC("license") = "GPL";

struct since {
	u64 ns;
	u64 is_woken;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, s32);
	__type(value, struct since);
} runnable SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WAITS_MAX);
	__type(key, u32);
	__type(value, struct waits_sample);
} samples SEC(".maps");

unsigned long long nr_samples;	/* may be more than there is room for */

static __always_inline void begin(struct task_struct *p, bool is_woken)
{
	struct since since = { .ns = bpf_ktime_get_ns(), .is_woken = is_woken };
	s32 pid = p->pid;

	/* 0: the idle task */
	if (pid && BPF_CORE_READ((struct task_struct___wait *)p, prio) >= PRIO_RT_END)
		bpf_map_update_elem(&runnable, &pid, &since, BPF_ANY);
}

SEC("tp_btf/sched_waking")
int BPF_PROG(waits_waking, struct task_struct *p)
{
	/* One that was about to sleep runs on. */
	if (!BPF_CORE_READ((struct task_struct___wait *)p, on_cpu))
		begin(p, true);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(waits_wakeup_new, struct task_struct *p)
{
	begin(p, true);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(waits_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	s32 pid = next->pid;
	struct since *since = bpf_map_lookup_elem(&runnable, &pid);
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
		begin(prev, false);
	return 0;
}
