// SPDX-License-Identifier: GPL-2.0-only
/*
 * longest.bpf.c - how long tasks are runnable before they run: the longest wait of any task that is
 * not real-time, since longest_ns was last set to 0, and how many waits of each length there were
 * since waits was. Whoever still waits is in the map.
 */
#include "longest_msg.h"
#include "runnable.bpf.h"

unsigned long long longest_ns;
unsigned long long waits[LONGEST_BUCKETS];
int longest_pid;
char longest_comm[16];

SEC("tp_btf/sched_wakeup")
int BPF_PROG(longest_wakeup, struct task_struct *p)
{
	runnable_wake(p);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(longest_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	s32 pid = next->pid;
	struct runnable_since *since = bpf_map_lookup_elem(&runnable, &pid);
	u64 now_ns = bpf_ktime_get_ns(), wait_ns;

	if (since) {
		wait_ns = now_ns - since->ns;
		bpf_map_delete_elem(&runnable, &pid);
		__sync_fetch_and_add(&waits[longest_bucket(wait_ns) % LONGEST_BUCKETS], 1);
		if (wait_ns > longest_ns) {
			longest_ns = wait_ns;
			longest_pid = pid;
			__builtin_memcpy(longest_comm, next->comm, sizeof(longest_comm));
		}
	}
	pid = prev->pid;
	if (preempt || !prev_state)
		runnable_begin(prev, false);
	else
		bpf_map_delete_elem(&runnable, &pid);
	return 0;
}
