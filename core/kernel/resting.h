/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resting.h - how the agent waits, asleep or at rest, and what it leaves to its next rest: the
 * rules of struct cland_agent_page on the agent's side. The same over the kernel (kern_backend.c)
 * and over the simulator, who know how to call the system. Non-logging; [hot].
 */
#ifndef CLAND_RESTING_H
#define CLAND_RESTING_H

#include "kern_memory.h"

/* Each is given resting.ctx. */
struct resting_ops {
	/* now_ns - as in struct backend_ops. */
	uint64_t (*now_ns)(void *ctx);
	/* apply - run cland_apply over the first nr decisions of the page's batch. Returns 0 or -errno. */
	int (*apply)(void *ctx, uint32_t nr);
	/* yield - give up the CPU, and return when the agent has one again: sched_yield(). */
	void (*yield)(void *ctx);
	/* sleep - until the doorbell rings, but no longer than for ns, which is not 0; sooner if there is
	 * something else for the agent to see to. Returns 0 or -errno. */
	int (*sleep)(void *ctx, uint64_t ns);
};

struct resting {
	const struct resting_ops *ops;
	void *ctx;
	struct kern_memory *memory;
	bool soon;		/* the last wait was short, and somebody asked */
	uint32_t nr_unheeded;	/* rests in a row that carried out nothing left to them */
};

/* resting_push, resting_wait - as push and wait of struct backend_ops. */
int resting_push(struct resting *resting, const struct cland_decision_msg *decisions, size_t nr);
int resting_wait(struct resting *resting, uint64_t *now_ns, uint64_t until_ns);

#endif
