/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * backend.h - the seam between the decision loop and whatever runs tasks: the kernel (kern.c), or
 * a simulated machine. Time and requests come in here and decisions go out here; the loop has no
 * other contact with the world, so it does the same on both.
 *
 * Every function is [hot], called from the one thread that runs the loop, and must not allocate.
 */
#ifndef CLAND_BACKEND_H
#define CLAND_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cland_msg.h"
#include "hint.h"
#include "scx-cland/policy.h"

/* A task with what the loop must know to answer for it. */
struct backend_task {
	struct cland_task task;	/* priv and CLAND_TASK_NEW are the loop's to set */
	uint64_t seq;		/* names the request in the decision */
	uint64_t owner_seq;	/* differs between two tasks that have had the same slot */
	uint64_t lease_until_ns;
	struct hint hint;	/* of the user's rules; not in task yet */
	uint32_t slot;
	uint32_t kernel_weight;	/* task.weight as the kernel has it */
};

struct backend_ops {
	/* now_ns - CLOCK_MONOTONIC, or the simulator's virtual time. */
	uint64_t (*now_ns)(void *backend);
	/* next_task - take the oldest unread request. Returns false when there is none. */
	bool (*next_task)(void *backend, struct backend_task *ret_task);
	/* read_task - who holds a slot now. Returns 1, 0 (nobody), or -ENOENT (never used: no slot
	 * from here on is). */
	int (*read_task)(void *backend, uint32_t slot, struct backend_task *ret_task);
	/* next_hinted - a slot whose owner's hint has changed. Returns 1, 0 (no more), or -EOVERFLOW
	 * (too many to say which). */
	int (*next_hinted)(void *backend, uint32_t *ret_slot);
	/* push - carry out at most CLAND_BATCH_MAX decisions. nr 0 is a sign of life.
	 * They may be left to the next call of push or wait: make one soon. Returns 0 or -errno. */
	int (*push)(void *backend, const struct cland_decision_msg *decisions, size_t nr);
	/* wait - return when there is a request to read, or at until_ns. now_ns: in, what the clock
	 * has said a moment ago; out, what it says. Returns 0 or -errno. */
	int (*wait)(void *backend, uint64_t *now_ns, uint64_t until_ns);
};

#endif
