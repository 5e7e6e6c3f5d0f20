/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hint.h - what a [rule NAME] hints of a task, and how the host obeys it for policies that do not
 * obey it themselves. Pure: used in the hot loop.
 *
 *	weight		*= weight_pct / 100		for every policy
 *	slice		 = slice_us
 *	rank		-= lead; an interrupting wake-up from 1 ms of lead on
 *	lead		 = max(boost * 3 ms, 10 ms - deadline)
 *
 * A lead puts a task before others once, and then it is charged in full: it goes sooner, not more
 * often, so that nobody starves for it. The share is what weight_pct is for.
 */
#ifndef CLAND_HINT_H
#define CLAND_HINT_H

#include <stdint.h>

#include "scx-cland/policy.h"

/* All zero: no rule is for the task. */
struct hint {
	uint32_t given;		/* CLAND_HINT_* */
	uint32_t weight_pct;	/* 1 to 10000 */
	uint32_t boost;		/* 0 to 3 */
	uint32_t slice_us;	/* 100 to 100000 */
	uint32_t deadline_us;	/* 100 to 1000000 */
};

/* hint_show - make the policy see the task as the hint wants it. */
void hint_show(const struct hint *hint, struct cland_task *task);

/* hint_rank, hint_lease - what of the policy's answer the hint changes; obeys: CLAND_OBEYS_*. */
uint64_t hint_rank(const struct hint *hint, uint64_t obeys, uint64_t rank_ns);
void hint_lease(const struct hint *hint, uint64_t obeys, struct cland_lease *lease);

#endif
