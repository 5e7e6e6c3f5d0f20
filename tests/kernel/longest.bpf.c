// SPDX-License-Identifier: GPL-2.0-only
/*
 * longest.bpf.c - how long tasks are runnable before they run: the longest wait of any task that is
 * not real-time, since longest_ns was last set to 0, and how many waits of each length there were since
 * waits was. Whoever still waits is in the map.
 */
#include "../../bpf/kernel.h"
#include "longest_msg.h"

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
	__type(value, u64);
} since SEC(".maps");

unsigned long long longest_ns;
unsigned long long waits[LONGEST_BUCKETS];
int longest_pid;
char longest_comm[16];

static __always_inline void begin(struct task_struct *p)
{
	u64 now_ns = bpf_ktime_get_ns();
	s32 pid = p->pid;

	/* 0: the idle task */
	if (pid && BPF_CORE_READ((struct task_struct___wait *)p, prio) >= PRIO_RT_END)
		bpf_map_update_elem(&since, &pid, &now_ns, BPF_ANY);
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(longest_wakeup, struct task_struct *p)
{
	/* One that was about to sleep runs on. */
	if (!BPF_CORE_READ((struct task_struct___wait *)p, on_cpu))
		begin(p);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(longest_wakeup_new, struct task_struct *p)
{
	begin(p);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(longest_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	s32 pid = next->pid;
	u64 *since_ns = bpf_map_lookup_elem(&since, &pid);
	u64 now_ns = bpf_ktime_get_ns(), wait_ns;

	if (since_ns) {
		wait_ns = now_ns - *since_ns;
		bpf_map_delete_elem(&since, &pid);
		__sync_fetch_and_add(&waits[longest_bucket(wait_ns) % LONGEST_BUCKETS], 1);
		if (wait_ns > longest_ns) {
			longest_ns = wait_ns;
			longest_pid = pid;
			__builtin_memcpy(longest_comm, next->comm, sizeof(longest_comm));
		}
	}
	pid = prev->pid;
	if (preempt || !prev_state)
		begin(prev);
	else
		bpf_map_delete_elem(&since, &pid);
	return 0;
}
