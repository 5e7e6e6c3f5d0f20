/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cland_msg.h - everything the stub and user space say to each other: the only header that both
 * sides include. Who writes each structure is said where it is declared.
 *
 * Clock: every *_ns field named "now", "until", "queued" or "wakeup" is CLOCK_MONOTONIC
 * (bpf_ktime_get_ns); vtime, clock and rank are virtual time.
 */
#ifndef CLAND_MSG_H
#define CLAND_MSG_H

#include <linux/types.h>

/* Entries of one CPU's request ring; a power of two. Built smaller by tests. */
#ifndef CLAND_RING_ENTRIES
#define CLAND_RING_ENTRIES 1024
#endif
/* Decisions applied by one run of cland_apply(). */
#define CLAND_BATCH_MAX 256
/* Slots are numbered below this; the table's size is the option max_tasks. */
#define CLAND_SLOTS_MAX (1u << 22)
/* CPUs: the largest NR_CPUS that any architecture's kernel can be built with. */
#define CLAND_CPUS_MAX 8192

#define CLAND_WINDOW_NS 1000000000LL	/* ranks stay this close to their queue's clock */
#define CLAND_SLICE_MIN_NS 100000ULL
#define CLAND_SLICE_MAX_NS 100000000ULL
#define CLAND_CREDIT_MAX_NS 1000000000ULL
#define CLAND_VALID_MAX_NS 60000000000ULL
#define CLAND_RATE_SHIFT 20
#define CLAND_RATE_UNIT (1u << CLAND_RATE_SHIFT)
#define CLAND_RATE_MAX (CLAND_RATE_UNIT << 10)
/*
 * The built-in lease: weighted fair. Slices end at a timer tick, every 4 ms on Debian (HZ=250): a
 * slice of 4 ms would mostly end with the second one.
 */
#define CLAND_SLICE_DEFAULT_NS 3000000ULL

/* Bits of cland_lease_msg.flags, the same values as CLAND_LEASE_* of the public header. */
#define CLAND_LM_KEEP (1u << 0)

/* Bits of cland_slot.flags, the same values as CLAND_TASK_* of the public header. */
#define CLAND_SLOT_WAKEUP (1u << 0)
#define CLAND_SLOT_PINNED (1u << 1)
#define CLAND_SLOT_KTHREAD (1u << 2)

/*
 * A task as the policy may see it. Written by the stub only (user space maps it read-only), for a
 * request under the task's runqueue lock. seq grows with every request and every new owner and never restarts,
 * so it tells a request from every other one and a task from whoever had the slot before.
 * seq_begin is set before the other fields and seq after them: a reader that finds the two unequal
 * has read a mixture, which the next request's seq will make stale anyway.
 */
struct cland_slot {
	__u64 seq_begin;
	__u64 seq;
	__u64 owner_seq;	/* seq when the present owner got the slot; 0: free */
	__u64 now_ns;
	__u64 vtime_ns;
	__u64 clock_ns;
	__u64 used_ns;
	__u64 used_since_wakeup_ns;
	__u64 burst_avg_ns;
	__u64 nr_wakeups;
	__u64 last_wakeup_ns;
	__u64 lease_until_ns;
	__s32 pid, tgid;
	__s32 waker_pid;
	__u32 weight;
	__s32 cpu;
	__u32 nr_cpus_allowed;
	__u32 flags;
	__u32 queue;
	char comm[16];
};
_Static_assert(sizeof(struct cland_slot) == 144, "cland_slot is shared memory");

struct cland_request {
	__u64 seq;
	__u32 slot;
	__u32 reserved;
};

/* One CPU's requests. head is written by the stub on that CPU, tail by the agent. */
struct cland_ring {
	__u64 head;
	__u64 pad_head[7];
	__u64 tail;
	__u64 pad_tail[7];
	struct cland_request req[CLAND_RING_ENTRIES];
};
_Static_assert((CLAND_RING_ENTRIES & (CLAND_RING_ENTRIES - 1)) == 0, "a power of two");

/* See struct cland_lease of the public header for what the fields mean. */
struct cland_lease_msg {
	__u64 valid_ns;
	__u64 credit_ns;
	__u64 slice_ns;
	__u64 preempt_ns;
	__s64 offset_ns;
	__u32 rate;
	__u32 flags;
};

#define CLAND_DECISION_LEASE_ONLY (1u << 0) /* renews the lease of a task that is not parked */

/* Written by the agent; the stub believes nothing in it. */
struct cland_decision_msg {
	__u64 seq;
	__u64 rank_ns;
	__u32 slot;
	__u32 flags;		/* CLAND_DECISION_* */
	__u32 weight;		/* for which it was made: another one by now makes a renewal stale */
	__u32 reserved;
	struct cland_lease_msg lease;
};
_Static_assert(sizeof(struct cland_decision_msg) == 80, "cland_decision_msg is shared memory");

/* The page that the agent writes. */
struct cland_agent_page {
	__u32 asleep;		/* set by the agent before it waits, cleared by whoever rings */
	__u32 reserved;
	struct cland_decision_msg batch[CLAND_BATCH_MAX];
};

/* Context of the program cland_apply, in and out. */
struct cland_apply_args {
	__u32 nr;		/* in: decisions in the batch, 0 for a mere sign of life */
	__u32 nr_applied;	/* out */
	__u32 nr_stale;		/* out */
	__u32 nr_bad;		/* out: broke a rule; clamped or dropped */
};

/* Context of the program cland_register: the calling process becomes this. */
#define CLAND_ROLE_SUPERVISOR 1
#define CLAND_ROLE_AGENT 2
struct cland_register_args {
	__u32 role;
	__s32 pid;		/* out: the caller's pid in the initial namespace */
};

struct cland_exit_info {
	__s32 kind;		/* enum scx_exit_kind; 0: still attached */
	__u32 reserved;
	__s64 exit_code;
	char reason[128];
	char msg[1024];
};

/*
 * Counters, one per CPU: X(name, help). Every enqueue ends in exactly one of the first group.
 * core/stats.c makes text from this list; there is no other copy.
 */
#define CLAND_STATS(X)                                                                             \
	X(direct, "wake-ups that went straight to an idle CPU")                                    \
	X(leased, "enqueues ranked in the kernel under a valid lease")                             \
	X(requests, "enqueues that asked the policy")                                              \
	X(fallback, "enqueues ranked by the last or the built-in lease: nobody to ask")            \
	X(ring_full, "of those, because a request ring was full")                                  \
	X(no_slot, "of those, because the task table was full")                                    \
	X(kthread, "enqueues of kernel threads, served first")                                     \
	X(ours, "enqueues of scx-cland's own threads")                                             \
	X(no_ctx, "enqueues of tasks without a context: memory was short when they started")       \
	X(decided, "decisions of the policy carried out")                                          \
	X(renewed, "leases renewed while they ran")                                                \
	X(stale, "decisions that came too late: the task had moved on")                            \
	X(bad, "decisions that broke a rule and were clamped or dropped")                          \
	X(rescued, "parked tasks that waited too long for user space, run by their lease")         \
	X(starved, "queued tasks served out of turn because they had waited too long")             \
	X(kept, "slices extended because the task still ranked first")                             \
	X(preempted, "running tasks preempted for one that ranks sooner")                          \
	X(stolen, "tasks taken from another cache's queue by an idle CPU")                         \
	X(drained, "tasks moved away from a CPU that went offline")

enum cland_stat {
#define CLAND_STAT_ENUM(name, help) CLAND_STAT_##name,
	CLAND_STATS(CLAND_STAT_ENUM)
#undef CLAND_STAT_ENUM
	CLAND_STAT_NR
};

#endif
