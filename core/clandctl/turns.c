/* SPDX-License-Identifier: GPL-2.0-only */
#include "turns.h"

#include <errno.h>

#include "draw.h"

#define NS_PER_S 1000000000ULL
#define SETTLE_LEAST_NS 200000000ULL

/* How long the new policy may take to get going: caches, averages, leases of the one before. */
static uint64_t settle_ns(uint64_t turn_ns)
{
	return turn_ns / 10 > SETTLE_LEAST_NS ? turn_ns / 10 : SETTLE_LEAST_NS;
}

int turns_plan(uint64_t for_ns, uint64_t turn_ns, uint32_t nr_policies, uint64_t seed,
	       struct turns *ret_turns, struct diag *diag)
{
	uint64_t round_ns = turn_ns * nr_policies, nr_rounds = for_ns / round_ns;

	if (!nr_rounds)
		return diag_set(diag, -EINVAL, "%llu s are too short for a turn of %llu s of each of %u policies: "
				"take --for %llus or more, or a shorter --turn",
				(unsigned long long)(for_ns / NS_PER_S), (unsigned long long)(turn_ns / NS_PER_S),
				nr_policies, (unsigned long long)((round_ns + NS_PER_S - 1) / NS_PER_S));
	if (nr_rounds > ESTIMATE_MAX)
		return diag_set(diag, -EINVAL, "%llu rounds are more than %u: take a shorter --for, or a longer "
				"--turn", (unsigned long long)nr_rounds, ESTIMATE_MAX);
	*ret_turns = (struct turns){
		.turn_ns = turn_ns,
		.settle_ns = settle_ns(turn_ns),
		.nr_policies = nr_policies,
		.nr_rounds = (uint32_t)nr_rounds,
		.seed = seed,
	};
	return 0;
}

void turns_order(const struct turns *turns, uint32_t round, uint32_t ret_order[COMPARE_POLICIES_MAX])
{
	uint64_t state = turns->seed, drawn;
	uint32_t i, other, swapped;

	/* A row of its own for each round, so that one can be told without those before. */
	state = draw_splitmix(&state) ^ round;
	for (i = 0; i < turns->nr_policies; i++)
		ret_order[i] = i;
	for (i = turns->nr_policies - 1; i > 0; i--) {
		drawn = draw_splitmix(&state);
		other = (uint32_t)(drawn % (i + 1));
		swapped = ret_order[i];
		ret_order[i] = ret_order[other];
		ret_order[other] = swapped;
	}
}

uint64_t turns_seconds_for(const struct turns *turns, uint64_t nr_rounds)
{
	return (turns->turn_ns * turns->nr_policies * nr_rounds + NS_PER_S - 1) / NS_PER_S;
}
