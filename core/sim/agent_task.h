/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * agent_task.h - the agent on the simulated machine: core/agent/loop.c with its policy, as the
 * daemon's agent runs it, behind a backend whose calls take virtual time. It is a task like others
 * there: it has to be woken up, may be preempted, and uses a CPU.
 *
 * The loop runs on a stack of its own (a coroutine): where it would compute, wait or call the
 * system, the machine goes on, and comes back when that has been done.
 */
#ifndef CLAND_SIM_AGENT_TASK_H
#define CLAND_SIM_AGENT_TASK_H

#include "sim.h"

struct target;

enum policy_call {
	POLICY_CALL_RANK,
	POLICY_CALL_LEASE,
	POLICY_CALL_TICK,
	POLICY_CALL_TASK_EXIT,
	POLICY_CALL_REASON,
	POLICY_CALL_NR,
};

extern const char *const policy_call_names[POLICY_CALL_NR];

struct agent_task_times {
	uint64_t nr[POLICY_CALL_NR];
	struct histogram calls[POLICY_CALL_NR]; /* real time; only when asked for */
};

/*
 * agent_task_open - load the policy and make it an agent; s->agent, its task, must be there.
 * with_times: take the real time of each call. Returns 0 and sets s->agent_task, or -errno with a
 * sentence.
 */
int agent_task_open(struct sim *s, const struct target *target, const struct stub_shared *shared,
		    bool with_times, struct diag *diag);

/* agent_task_unload - destroy the policy: nothing may happen on the machine any more. Accepts a second time. */
void agent_task_unload(struct sim *s);

/* agent_task_close - likewise, and free all. Accepts a machine without an agent. */
void agent_task_close(struct sim *s);

/* agent_task_advance - as tasks_advance(), for the agent. */
enum task_verdict agent_task_advance(struct sim *s);

/* agent_task_ring - the doorbell has been rung. */
void agent_task_ring(struct sim *s);

const struct agent_task_times *agent_task_times(const struct sim *s);

#endif
