/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record_msg.h - what the programs that look on in the kernel (record.bpf.c) tell clandctl through
 * core/clandctl/watch_events.h, and what core/clandctl/bursts.c makes bursts of, wherever it comes
 * from. Messages of a ring buffer, in the order in which things happened but for RECORD_DECISION,
 * which may come a moment after what it led to; times are of the machine's monotonic clock.
 */
#ifndef CLAND_RECORD_MSG_H
#define CLAND_RECORD_MSG_H

#include <linux/types.h>

#include "cland_path.h"

#define RECORD_RING_KIB 16384	/* unless told otherwise */
#define RECORD_CPUS_MAX 4096
#define RECORD_PIDS_MAX 4194304	/* the kernel's PID_MAX_LIMIT */

enum record_kind {
	RECORD_SWITCH = 1,	/* pid leaves the CPU, other has it; 0 is nobody */
	RECORD_WAKING,		/* pid is woken up while other has this CPU */
	RECORD_FORK,		/* pid has started other */
	RECORD_RUNS,		/* pid has this CPU since before anybody looked */
	RECORD_FACTS,		/* struct record_facts */
	RECORD_DECISION,	/* struct record_decision */
	RECORD_POLICY,		/* a policy begins to decide, or has other parameters now; pid: its agent */
};

/* struct record_event.flags */
#define RECORD_SLEEPS 1		/* SWITCH: pid waits for something */
#define RECORD_DIES 2		/* SWITCH: pid is never seen again */
#define RECORD_INTERRUPT 4	/* WAKING: by an interrupt, and not by other */

struct record_event {
	__u64 when_ns;
	__s32 pid, other;
	__u32 cpu;
	__u8 kind;		/* enum record_kind */
	__u8 flags;
	__u8 pad[2];
};

/* What a task is: before its first event, and again when it has executed another program or has another name. */
struct record_facts {
	struct record_event event;	/* pid: whose */
	__u64 cgroup;		/* the kernel's number */
	__s32 tgid;
	__u32 flags;		/* PF_* */
	__s32 static_prio;
	__u32 policy;		/* SCHED_* */
	char comm[16];
	__u64 cpus[RECORD_CPUS_MAX / 64]; /* those it may run on */
};

/* What scx-cland's stub has decided, or carried out, about a task. */
struct record_decision {
	struct record_event event;	/* pid: about whom; cpu: where the stub did it */
	__u64 rank_ns;		/* its place in a ranked queue: virtual time; 0 where place is none */
	__u64 clock_ns;		/* ... and where the queue's clock was, a moment later at most */
	__u64 slice_ns;		/* how long it may run at a stretch; 0: not decided yet */
	__u32 place;		/* CLAND_PLACE_*, and which of them */
	__u32 path;		/* enum cland_path; a newer stub may have more */
	/* What it held then of the policy that decides; all 0: nothing. */
	__u64 lease_until_ns;	/* to 65,536 ns; 0: no lease, or one that has ended */
	__s32 lead_us;		/* how far that puts it ahead of its virtual time; below 0: behind */
	__u32 reason;		/* the policy's text with this number, from 1 on; 0: none */
};

/* One of these for each CPU. */
struct record_counts {
	__u64 nr_events;
	__u64 nr_dropped;	/* of them: the ring was full */
	__u64 nr_timed, timed_ns; /* what some of the events took */
};

_Static_assert(sizeof(struct record_event) == 24, "struct record_event is what both sides think");
_Static_assert(sizeof(struct record_decision) == 24 + 48,
	       "struct record_decision is what both sides think");
_Static_assert(sizeof(struct record_facts) == 24 + 40 + RECORD_CPUS_MAX / 8,
	       "struct record_facts is what both sides think");

#endif
