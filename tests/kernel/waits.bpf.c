// SPDX-License-Identifier: GPL-2.0-only
/*
 * waits.bpf.c - every time that a task was runnable before it ran, by the name of the task, for all
 * that are not real-time. A row of a name's own keeps them as they are: percentiles are for who
 * reads it. A newborn has its parent's name until it gives itself one: that is then the name of its
 * first wait, too.
 */
#include "runnable.bpf.h"
#include "waits.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WAITS_MAX);
	__type(key, u32);
	__type(value, struct waits_sample);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, s32);
	__type(value, u32);
} first_samples SEC(".maps"); /* of those who have not given themselves a name yet, by pid; or NOT_YET */

#define NOT_YET (~0U)

struct name {
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WAITS_NAMES_MAX);
	__type(key, struct name);
	__type(value, struct waits_ended);
} ended SEC(".maps");

#define TASK_DEAD 0x80

unsigned long long nr_samples;	/* may be more than there is room for */

SEC("tp_btf/sched_waking")
int BPF_PROG(waits_waking, struct task_struct *p)
{
	runnable_wake(p);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(waits_newborn, struct task_struct *p)
{
	u32 none = NOT_YET;
	s32 pid = p->pid;

	bpf_map_update_elem(&first_samples, &pid, &none, BPF_ANY);
	return 0;
}

SEC("tp_btf/task_rename")
int BPF_PROG(waits_rename, struct task_struct *p, const char *comm)
{
	s32 pid = p->pid;
	u32 *at = bpf_map_lookup_elem(&first_samples, &pid);
	struct waits_sample *sample;

	if (!at)
		return 0;
	sample = bpf_map_lookup_elem(&samples, at);
	if (sample)
		bpf_probe_read_kernel_str(sample->comm, sizeof(sample->comm), comm);
	bpf_map_delete_elem(&first_samples, &pid);
	return 0;
}

static __always_inline void note_end(struct task_struct *p)
{
	const struct waits_ended none = { 0 };
	struct waits_ended *sum;
	struct name name;
	s32 pid = p->pid;

	bpf_map_delete_elem(&first_samples, &pid);
	__builtin_memcpy(name.comm, p->comm, sizeof(name.comm));
	bpf_map_update_elem(&ended, &name, &none, BPF_NOEXIST);
	sum = bpf_map_lookup_elem(&ended, &name);
	if (!sum)
		return;
	__sync_fetch_and_add(&sum->nr, 1);
	__sync_fetch_and_add(&sum->run_ns, p->se.sum_exec_runtime);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(waits_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	s32 pid = next->pid;
	struct runnable_since *since = bpf_map_lookup_elem(&runnable, &pid);
	struct waits_sample *sample;
	u32 at, *first;

	if (since) {
		at = (u32)__sync_fetch_and_add(&nr_samples, 1);
		sample = bpf_map_lookup_elem(&samples, &at);
		if (sample) {
			sample->ended_ns = bpf_ktime_get_ns();
			sample->wait_ns = sample->ended_ns - since->ns;
			sample->is_woken = since->is_woken;
			__builtin_memcpy(sample->comm, next->comm, sizeof(sample->comm));
			first = bpf_map_lookup_elem(&first_samples, &pid);
			if (first && *first == NOT_YET)
				*first = at;
		}
		bpf_map_delete_elem(&runnable, &pid);
	}
	if (!preempt && prev_state & TASK_DEAD)
		note_end(prev);
	else if (preempt || !prev_state)
		runnable_begin(prev, false);
	return 0;
}
