/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * loop.h - THE hot loop: drain requests, ask the policy, push decisions, wait. Nothing else.
 *
 * Runs in the agent's main thread (or in the simulator). Owns the per-task memory of the policy.
 * loop_init() allocates everything; after it nothing here allocates, locks, or calls the system
 * but through the backend. Knows neither the kernel nor where the policy came from. Non-logging:
 * it counts.
 */
#ifndef CLAND_LOOP_H
#define CLAND_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend.h"
#include "policy_host.h"

/* How often tick() is called, leases are looked after and a sign of life is given. */
#define LOOP_TICK_NS 1000000000ULL

/* What the loop remembers of a slot's owner. */
struct loop_task {
	uint64_t owner_seq;	/* 0: nobody this policy has seen */
	uint64_t used_ns;	/* at the last tick: who has not run needs no renewal */
	int32_t pid;
};

struct loop {
	const struct backend_ops *backend_ops;
	void *backend;
	struct policy *policy;
	bool strict;		/* decisions end with the enqueue: no leases */
	volatile uint32_t *call;	/* where the function of the policy's that runs is noted, as
					 * enum policy_call; the loop's own until set after loop_init() */
	uint32_t own_call;

	struct loop_task *tasks;	/* by slot */
	unsigned char *privs;		/* by slot, priv_stride bytes each */
	size_t priv_stride;
	uint32_t max_tasks;
	uint64_t now_ns;		/* what the clock has last said */
	bool has_waited;		/* ... since which there has been no turn */
	uint64_t next_tick_ns;
	uint32_t sweep_slot;	/* from here on leases of the policy before are to be replaced */

	struct cland_decision_msg batch[CLAND_BATCH_MAX];
	size_t nr_batch;
	uint64_t batch_since_ns;	/* when its first decision was made */
};

/*
 * loop_init - allocate the tables for slots below max_tasks. Returns 0 or -ENOMEM.
 * backend and policy are borrowed until loop_destroy().
 */
int loop_init(struct loop *loop, const struct backend_ops *backend_ops, void *backend,
	      struct policy *policy, uint32_t max_tasks, bool strict);

/* loop_destroy - free the tables. Accepts a zeroed loop. */
void loop_destroy(struct loop *loop);

/*
 * loop_turn - answer the requests there are (a bounded number), and do the tick if it is due.
 * Returns the number of requests answered, or -errno when decisions cannot be pushed.
 */
int loop_turn(struct loop *loop);

/*
 * loop_adopt - let the policy meet the tasks that are there already, before it decides anything:
 * each goes through its lease(), with CLAND_TASK_NEW. Returns how many tasks there are.
 */
uint32_t loop_adopt(struct loop *loop);

/*
 * loop_replace_leases - the policy follows another one, whose leases are void: give every task that
 * holds one a lease of its own, a bounded number in each of the next turns. Tasks that come to ask
 * before it is their turn get theirs with the answer.
 */
void loop_replace_leases(struct loop *loop);

/*
 * loop_run - turn and wait until is_over(ctx) after a turn. Everything taken has been answered by
 * then. Returns 0, or -errno when the backend fails.
 */
int loop_run(struct loop *loop, bool (*is_over)(void *ctx), void *ctx);

/*
 * loop_rehearse - run the policy's hot functions on a made-up task, so that their code, data and
 * the stack have been touched before the machine depends on them. Decides nothing.
 */
void loop_rehearse(struct loop *loop);

#endif
