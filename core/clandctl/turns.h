/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * turns.h - the plan of clandctl compare: policies take turns on the running machine. In each round
 * each policy has one turn, in an order that is drawn anew, so that what changes with time (the
 * load, what is cached, the hour) meets all of them alike; rounds are what differences are paired
 * by. Pure, any thread, non-logging.
 */
#ifndef CLAND_TURNS_H
#define CLAND_TURNS_H

#include <stdint.h>

#include "compare.h"
#include "diag.h"

#define TURNS_FEW 5u		/* with fewer rounds an interval is worth little */
#define TURNS_LONGEST_NS 3600000000000ULL

struct turns {
	uint64_t turn_ns;	/* of each, from the change of policy on */
	uint64_t settle_ns;	/* of it, the first part, which does not count */
	uint32_t nr_policies, nr_rounds;
	uint64_t seed;
};

/*
 * turns_plan - as many whole rounds as there is time for. nr_policies is from 2 to
 * COMPARE_POLICIES_MAX, turn_ns from 1 s to TURNS_LONGEST_NS. Returns 0, or -EINVAL with a sentence
 * when for_ns is too short for one round, or long enough for more than ESTIMATE_MAX.
 */
int turns_plan(uint64_t for_ns, uint64_t turn_ns, uint32_t nr_policies, uint64_t seed,
	       struct turns *ret_turns, struct diag *diag);

/* turns_order - the policies of a round, by their numbers, in the order of their turns. The same seed
 * gives the same orders. */
void turns_order(const struct turns *turns, uint32_t round, uint32_t ret_order[COMPARE_POLICIES_MAX]);

/* turns_seconds_for - how long so many rounds take, in seconds, rounded up. */
uint64_t turns_seconds_for(const struct turns *turns, uint64_t nr_rounds);

#endif
