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

#include "cland_histogram.h"

/*
 * A program goes on with the stub that one before it has loaded when all structures below, the
 * stub's variables and this number are the same (core/kernel/stub_layout.c). To be raised when
 * something here keeps its place and changes its meaning.
 */
#define CLAND_LAYOUT 1

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
/* Ranked queues: one for each last-level cache, and for each CPU. */
#define CLAND_QUEUES_MAX (2 * CLAND_CPUS_MAX)
/*
 * Cgroups that are told apart, the one below included. Of those that find no room, tasks count as
 * CLAND_CGROUP_NONE's.
 */
#define CLAND_CGROUPS_MAX 4096
#define CLAND_CGROUP_NONE 0u	/* index of the entry that is no cgroup's: id 0, below nothing */

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

/* Nice -20 to 19. sched_prio_to_weight of the kernel: each level is about 1.25 times the next. */
#define CLAND_NICE_WEIGHTS                                                                         \
	{                                                                                          \
		88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,              \
		9548,  7620,  6100,  4904,  3906,  3121,  2501,  1991,  1586,  1277,               \
		1024,  820,   655,   526,   423,   335,   272,   215,   172,   137,                \
		110,   87,    70,    56,    45,    36,    29,    23,    18,    15,                 \
	}

/* Bits of cland_lease_msg.flags, the same values as CLAND_LEASE_* of the public header. */
#define CLAND_LM_KEEP (1u << 0)
#define CLAND_LM_CROWD (1u << 1)
#define CLAND_LM_ALL (CLAND_LM_KEEP | CLAND_LM_CROWD)

/* Bits of cland_slot.flags, the same values as CLAND_TASK_* of the public header. */
#define CLAND_SLOT_WAKEUP (1u << 0)
#define CLAND_SLOT_PINNED (1u << 1)
#define CLAND_SLOT_KTHREAD (1u << 2)

/*
 * A task as the policy may see it. Written by the stub only (user space maps it read-only): what
 * belongs to a request under the task's runqueue lock, lease_until_ns and pid also without. seq
 * grows with every request and every new owner and never restarts, so it tells a request from every
 * other one and a task from whoever had the slot before. seq_begin is set before the other fields
 * and seq after them: a reader that finds the two unequal has read a mixture, which the next
 * request's seq will make stale anyway.
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
	__u32 cgroup;		/* index of struct cland_cgroup_slot */
	__u32 reserved;
};
_Static_assert(sizeof(struct cland_slot) == 152, "cland_slot is shared memory");

/*
 * A cgroup with the cpu controller. Written by the stub only (user space maps it read-only), under
 * a lock of the stub's but for weight. Sums are of the tasks directly in the cgroup, up to
 * changed_ns, and wrap: only differences count. They are kept while the agent wants them, see
 * wants_loads. seq_begin is set before the sums and seq after them, as in struct cland_slot.
 */
struct cland_cgroup_slot {
	__u64 seq_begin;
	__u64 seq;
	__u64 id;		/* 0: free */
	__u64 runnable_ns;	/* sum of the times that tasks were runnable */
	__u64 runnable_weight_ns; /* the same, each by its task's weight */
	__u64 changed_ns;
	__u64 weight_now;	/* of the tasks runnable since changed_ns */
	__u32 nr_now;		/* how many they are */
	__u32 weight;		/* cpu.weight: 1 to 10000 */
	__u32 parent;		/* index; CLAND_CGROUP_NONE: the root */
	__u32 level;		/* 0: the root */
};
_Static_assert(sizeof(struct cland_cgroup_slot) == 72, "cland_cgroup_slot is shared memory");

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

/* cland_decision_msg.reserved: the policy's text with this index, or 0 where it gives none. */
#define CLAND_REASON(index) ((index) + 1)
#define CLAND_REASON_LAST 255u
/* In its place: the policy gave this index, and has no such text. */
#define CLAND_REASON_BAD (1u << 31)

/* Written by the agent; the stub believes nothing in it. */
struct cland_decision_msg {
	__u64 seq;
	__u64 rank_ns;
	__u32 slot;
	__u32 flags;		/* CLAND_DECISION_* */
	__u32 weight;		/* for which it was made: another one by now makes a renewal stale */
	/*
	 * The reason, CLAND_REASON_*; 0 from an agent that knows none. It is called as it was
	 * before, so that this build goes on with a stub of before, which does not look here:
	 * stub_layout() goes by names.
	 */
	__u32 reserved;
	struct cland_lease_msg lease;
};
_Static_assert(sizeof(struct cland_decision_msg) == 80, "cland_decision_msg is shared memory");

/*
 * How the agent waits, in the page. Asleep it is woken up by the doorbell, as any process is by a
 * descriptor. At rest it has only yielded its CPU, and the stub keeps it off all CPUs until there
 * is a request: far cheaper, and for an agent that is asked again at once.
 */
#define CLAND_AGENT_AWAKE 0
#define CLAND_AGENT_ASLEEP 1
#define CLAND_AGENT_AT_REST 2

#define CLAND_YIELD_MAX 8 /* so many decisions take 20 us, in which the CPU has interrupts off */

/* Of the page's asked, which has bit cpu % 64 of its word cpu / 64 for each CPU. */
#define CLAND_ASKED_BITS 64
#define CLAND_ASKED_WORDS (CLAND_CPUS_MAX / CLAND_ASKED_BITS)

/* The page that the agent writes. */
struct cland_agent_page {
	__u32 waits;		/* CLAND_AGENT_*: set by the agent, back to AWAKE by whoever rings */
	__u32 wants_loads;	/* the policy looks at cgroups: keep the sums of cland_cgroup_slot */
	/*
	 * Decisions in the batch that are to be carried out when the agent yields its CPU, as if it
	 * had run cland_apply; 0 again when they have been. More than CLAND_YIELD_MAX are not.
	 */
	__u32 nr_yielded;
	__u32 reserved;
	/*
	 * Whose rings are worth a look, so that the agent need not look at each. The stub sets a
	 * CPU's bit after the request is on its ring; the agent takes it before it reads that.
	 */
	__u64 asked[CLAND_ASKED_WORDS];
	struct cland_decision_msg batch[CLAND_BATCH_MAX];
};

/*
 * Written by the stub to a ring buffer while the supervisor wants it: a task is there, has another
 * name, or executes another program.
 */
struct cland_news {
	__u64 owner_seq;	/* as in its slot */
	__u32 slot;
	__s32 pid;
	char comm[16];		/* NUL-terminated */
};

/* Context of the program cland_apply, in and out. */
struct cland_apply_args {
	__u32 nr;		/* in: decisions in the batch, 0 for a mere sign of life */
	__u32 nr_applied;	/* out */
	__u32 nr_stale;		/* out */
	__u32 nr_bad;		/* out: broke a rule; clamped or dropped */
};

/*
 * Context of the program cland_register: the calling process becomes this. An agent begins as the
 * standby, which is served like the agent but not asked; becoming the agent ends the term of the
 * one before. new_policy: what that one's policy has leased is void, so its tasks ask anew.
 *
 * All but becoming the agent takes CAP_BPF, which agents have given up by the time they run a
 * policy: who is the standby, and that it may serve, is the supervisor's to say.
 */
#define CLAND_ROLE_SUPERVISOR 1
#define CLAND_ROLE_STANDBY 2
#define CLAND_ROLE_AGENT 3	/* the standby that was admitted, and no other process */
#define CLAND_ROLE_ADMIT 4	/* no role: whoever is the standby may become the agent */
struct cland_register_args {
	__u32 role;
	__u32 new_policy;	/* with CLAND_ROLE_AGENT: 1 or 0 */
	__s32 pid;		/* out: the caller's pid in the initial namespace */
	__u32 reserved;
};

struct cland_exit_info {
	__s32 kind;		/* enum scx_exit_kind; 0: still attached */
	__u32 reserved;
	__s64 exit_code;
	char reason[128];
	char msg[1024];
};

/*
 * Counters: X(name, help). Every enqueue ends in exactly one of the first group.
 * core/stats/stats.c makes text from this list; there is no other copy.
 */
#define CLAND_STATS(X)                                                                             \
	X(direct, "wake-ups that went straight to an idle CPU")                                    \
	X(leased, "enqueues ranked in the kernel under a valid lease")                             \
	X(requests, "enqueues that asked the policy")                                              \
	X(fallback, "enqueues ranked by the last or the built-in lease: nobody to ask")            \
	X(ring_full, "of those, because a request ring was full, or too many waited for the agent")  \
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
	X(reenqueued, "tasks queued anew when a real-time task took their CPU")                    \
	X(reranked, "tasks queued while the policy was changed, put in the new one's order")       \
	X(drained, "tasks moved away from a CPU that went offline")                                \
	X(no_cgroup, "cgroups that found the table of cgroups full")

enum cland_stat {
#define CLAND_STAT_ENUM(name, help) CLAND_STAT_##name,
	CLAND_STATS(CLAND_STAT_ENUM)
#undef CLAND_STAT_ENUM
	CLAND_STAT_NR
};

/*
 * What is counted on one CPU. The stub's map has one value for all CPUs, by their numbers. Written
 * by the stub only.
 */
struct cland_counts {
	__u64 stats[CLAND_STAT_NR];
	struct cland_histogram histograms[CLAND_HISTOGRAM_NR];
} __attribute__((aligned(64)));

#endif
