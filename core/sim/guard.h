/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guard.h - a policy that crashes, hangs or ends the process is told from a result. The run is in a
 * child, which has a result only when it says so behind its last act; the parent looks on from
 * outside, where the policy can neither block a signal nor skip a handler, and has a sentence that
 * names the call, the seed, the virtual time and the event.
 */
#ifndef CLAND_SIM_GUARD_H
#define CLAND_SIM_GUARD_H

#include <stdint.h>

#include "diag.h"

/* In which of the policy's functions the run is. */
enum guard_op {
	GUARD_OURS,	/* in none */
	GUARD_LOADING,	/* and create() */
	GUARD_UNLOADING, /* and destroy() */
	GUARD_CALL,	/* and up: an enum policy_call */
};

/* How far the run is, in memory that both processes see. */
struct guard_progress {
	volatile uint64_t now_ns, nr_events, nr_calls;
	volatile uint32_t op;
};

/* Of the run; never NULL: without a guard nobody looks at it. */
extern struct guard_progress *guard_progress;

/*
 * guard_run - with(data) in a child, which ends there. limit_s: processor time after which a call
 * of the policy, or an event of ours, hangs; 0: for ever. Returns the exit code that with()
 * returned, or that of what was found, and then *diag has a sentence; else its text is "".
 */
int guard_run(const char *policy, uint64_t seed, unsigned int limit_s, int (*with)(void *data), void *data,
	      struct diag *diag);

/* guard_over - what happens from now on is not the policy's doing, and may take as long as it likes. */
void guard_over(void);

/* guard_at - in the beginning of each event. */
static inline void guard_at(uint64_t now_ns, uint64_t nr_events)
{
	guard_progress->now_ns = now_ns;
	guard_progress->nr_events = nr_events;
}

/* Around each call of the policy; op: enum guard_op. */
static inline void guard_enter(uint32_t op)
{
	guard_progress->op = op;
	guard_progress->nr_calls++;
}

static inline void guard_leave(void)
{
	guard_progress->op = GUARD_OURS;
}

#endif
