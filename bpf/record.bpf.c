/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record.bpf.c - the programs of core/clandctl/watch_events.c, for `clandctl record` and others:
 * they look on while the kernel schedules, whatever the scheduler, and tell it in messages
 * (record_msg.h) through one ring, so that the order of messages is that in which things happened.
 * They change nothing.
 *
 * They run within the kernel's scheduler: no maps with locks but the ring, and nobody is woken up,
 * as that would be an event again; the reader comes by itself. What does not fit into the ring is
 * counted.
 */
#include "kernel.h"
#include "cland_msg.h"
#include "record_msg.h"

#define TASK_DEAD 0x80
/* Every so many events one is timed. */
#define TIMED_EVERY 64

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct task_struct___record {
	struct css_set *cgroups;
	struct cpumask cpus_mask;
};

#pragma clang attribute pop

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RECORD_RING_KIB * 1024);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct record_counts);
} counts SEC(".maps");

/* scx-cland's own, where it has the machine: all of them in one value, see cland_path.h. */
struct stub_queue {
	struct cland_queue_head head;
	u8 rest[CLAND_QUEUE_BYTES - sizeof(struct cland_queue_head)];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct stub_queue);
} queues SEC(".maps");

KNOB __u32 queue_mask = 0; /* so many there is room for, less 1 */
/* How much of a task's set of CPUs there is to read. */
KNOB __u32 cpus_bytes = 8;

/*
 * Set when all programs are attached, and taken back before they are detached: one after the other
 * takes a while, in which some would tell of a wake-up, and nobody of the run after it.
 */
volatile bool looks_on;

/* Whose facts have been told, by pid. */
__u32 told[RECORD_PIDS_MAX / 32];

/* NULL: nothing is to be told. */
static __always_inline struct record_counts *my_counts(void)
{
	u32 zero = 0;

	return looks_on ? bpf_map_lookup_elem(&counts, &zero) : NULL;
}

/* An event has been told that was begun at began_ns. */
static __always_inline void time_some(struct record_counts *mine, u64 began_ns)
{
	if (mine->nr_events % TIMED_EVERY)
		return;
	mine->nr_timed++;
	mine->timed_ns += bpf_ktime_get_ns() - began_ns;
}

static __always_inline void emit(u64 when_ns, enum record_kind kind, s32 pid, s32 other, u8 flags)
{
	struct record_counts *mine = my_counts();
	struct record_event *event;

	if (!mine)
		return;
	mine->nr_events++;
	event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);
	if (!event) {
		mine->nr_dropped++;
		return;
	}
	*event = (struct record_event){
		.when_ns = when_ns,
		.pid = pid,
		.other = other,
		.cpu = bpf_get_smp_processor_id(),
		.kind = kind,
		.flags = flags,
	};
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	time_some(mine, when_ns);
}

static __always_inline void forget(s32 pid)
{
	u32 at = (u32)pid / 32;

	if (at < RECORD_PIDS_MAX / 32)
		__sync_fetch_and_and(&told[at], ~(1U << (pid & 31)));
}

/* What the task is, if that has not been told. */
static __always_inline void tell(struct task_struct *p, u64 when_ns)
{
	struct task_struct___record *more = (void *)p;
	u32 at = (u32)p->pid / 32, bit = 1U << (p->pid & 31), bytes = cpus_bytes;
	struct record_counts *mine;
	struct record_facts *facts;

	if (!p->pid || at >= RECORD_PIDS_MAX / 32 || told[at] & bit)
		return;
	mine = my_counts();
	if (!mine)
		return;
	mine->nr_events++;
	facts = bpf_ringbuf_reserve(&ring, sizeof(*facts), 0);
	if (!facts) {
		mine->nr_dropped++;
		return; /* with its next event, then */
	}
	__sync_fetch_and_or(&told[at], bit);
	facts->event = (struct record_event){
		.when_ns = when_ns,
		.pid = p->pid,
		.kind = RECORD_FACTS,
	};
	facts->cgroup = more->cgroups->dfl_cgrp->kn->id;
	facts->tgid = p->tgid;
	facts->flags = p->flags;
	facts->static_prio = p->static_prio;
	facts->policy = p->policy;
	__builtin_memset(facts->comm, 0, sizeof(facts->comm));
	bpf_probe_read_kernel_str(facts->comm, sizeof(facts->comm), p->comm);
	__builtin_memset(facts->cpus, 0, sizeof(facts->cpus));
	if (bytes > sizeof(facts->cpus))
		bytes = sizeof(facts->cpus);
	bpf_probe_read_kernel(facts->cpus, bytes, &more->cpus_mask);
	bpf_ringbuf_submit(facts, BPF_RB_NO_WAKEUP);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(record_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	u64 now_ns = bpf_ktime_get_ns();
	u8 flags = 0;

	tell(prev, now_ns);
	tell(next, now_ns);
	if (prev_state & TASK_DEAD) {
		flags = RECORD_DIES;
		forget(prev->pid);
	} else if (prev_state && !preempt) {
		flags = RECORD_SLEEPS;
	}
	emit(now_ns, RECORD_SWITCH, prev->pid, next->pid, flags);
	return 0;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(record_waking, struct task_struct *p)
{
	struct task_struct *current = bpf_get_current_task_btf();
	u64 now_ns = bpf_ktime_get_ns();

	tell(p, now_ns);
	emit(now_ns, RECORD_WAKING, p->pid, current->pid, k_in_interrupt() ? RECORD_INTERRUPT : 0);
	return 0;
}

/* Run by hand: whether record_waking knows of interrupts. */
SEC("raw_tp")
int record_tells_interrupts(void *ctx)
{
	if (&__preempt_count)
		return 1;
	barrier(); /* or both addresses become one number, which the verifier refuses */
	if (&pcpu_hot)
		return 1;
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(record_fork, struct task_struct *parent, struct task_struct *child)
{
	u64 now_ns = bpf_ktime_get_ns();

	emit(now_ns, RECORD_FORK, parent->pid, child->pid, 0);
	forget(child->pid);
	tell(child, now_ns);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(record_exec, struct task_struct *p)
{
	forget(p->pid);
	tell(p, bpf_ktime_get_ns());
	return 0;
}

/* Its name is told with its next event, when it has it. */
SEC("tp_btf/task_rename")
int BPF_PROG(record_rename, struct task_struct *p, const char *comm)
{
	forget(p->pid);
	return 0;
}

/* ---- what scx-cland's stub tells ------------------------------------------------------------- */

/* When the lease ends; 0: it does not hold any more. */
static __always_inline u64 lease_until_ns(u64 terms, u64 now_ns)
{
	u32 left = (u32)(terms >> CLAND_TERMS_UNTIL_SHIFT) - (u32)(now_ns >> CLAND_TERMS_TIME_SHIFT);

	if (!left || left > CLAND_VALID_MAX_NS >> CLAND_TERMS_TIME_SHIFT)
		return 0;
	return now_ns + ((u64)left << CLAND_TERMS_TIME_SHIFT);
}

static __always_inline int decision(u64 path_place, u64 pid_slice, u64 rank_ns, u64 terms, u64 when_ns)
{
	u64 now_ns = bpf_ktime_get_ns();
	struct record_counts *mine = my_counts();
	u32 place = path_place >> 32, queue = CLAND_PLACE_NUMBER(place), zero = 0;
	struct record_decision *decision;
	struct stub_queue *q = NULL;

	if (!mine)
		return 0;
	mine->nr_events++;
	decision = bpf_ringbuf_reserve(&ring, sizeof(*decision), 0);
	if (!decision) {
		mine->nr_dropped++;
		return 0;
	}
	if (CLAND_PLACE_KIND(place) == CLAND_PLACE_QUEUE)
		q = bpf_map_lookup_elem(&queues, &zero);
	*decision = (struct record_decision){
		.event = {
			.when_ns = when_ns ? when_ns : now_ns,
			.pid = (u32)pid_slice,
			.cpu = bpf_get_smp_processor_id(),
			.kind = RECORD_DECISION,
		},
		.rank_ns = rank_ns,
		.clock_ns = q ? q[queue & queue_mask].head.clock_ns : 0,
		.slice_ns = pid_slice >> 32,
		.place = place,
		.path = path_place,
		.lease_until_ns = lease_until_ns(terms, now_ns),
		.lead_us = (s32)terms >> CLAND_TERMS_LEAD_SHIFT,
		.reason = terms & CLAND_TERMS_REASON_MASK,
	};
	bpf_ringbuf_submit(decision, BPF_RB_NO_WAKEUP);
	time_some(mine, now_ns);
	return 0;
}

/* Each program of the stub that calls it has its own cland_takes_way(): core/clandctl/watch_stub.c finds them. */
#define RECORD_TAKES(where)                                                                        \
	SEC("?fentry/cland_takes_way")                                                             \
	int BPF_PROG(record_takes_##where, u64 path_place, u64 pid_slice, u64 rank_ns, u64 terms,  \
		     u64 when_ns)                                                                  \
	{                                                                                          \
		return decision(path_place, pid_slice, rank_ns, terms, when_ns);                   \
	}
RECORD_TAKES(select_cpu)
RECORD_TAKES(enqueue)
RECORD_TAKES(dispatch)
RECORD_TAKES(init)	/* and from its timers */
RECORD_TAKES(apply)
RECORD_TAKES(register)

SEC("?fentry/cland_policy_begins")
int BPF_PROG(record_policy, u64 agent_pid)
{
	emit(bpf_ktime_get_ns(), RECORD_POLICY, agent_pid, 0, 0);
	return 0;
}

/* ---- run by hand ----------------------------------------------------------------------------- */

/* Run by hand, on every CPU, at the beginning: what has the CPU since before we looked. */
SEC("raw_tp")
int record_runs(void *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	u64 now_ns = bpf_ktime_get_ns();

	tell(current, now_ns);
	emit(now_ns, RECORD_RUNS, current->pid, 0, 0);
	return 0;
}

/* Run by hand, before all others: returns the caller's tgid as the kernel numbers it. */
SEC("raw_tp")
int record_self(void *ctx)
{
	return bpf_get_current_pid_tgid() >> 32;
}

char _license[] SEC("license") = "GPL";
