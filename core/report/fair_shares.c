/* SPDX-License-Identifier: GPL-2.0-only */
#include "fair_shares.h"

#include <stdbool.h>
#include <stddef.h>

/* Divide by weight; who would get more than a CPU gets one, and the others the rest. */
static void divide(struct fair_claim *claims, uint32_t nr, double limit_s)
{
	double left_s = 0, weight = 0;
	bool again = true;
	uint32_t i;

	for (i = 0; i < nr; i++) {
		claims[i].due_s = -1;
		weight += claims[i].weight;
		left_s += claims[i].got_s;
	}
	while (again) {
		again = false;
		for (i = 0; i < nr; i++) {
			if (claims[i].due_s >= 0 || left_s * claims[i].weight <= limit_s * weight)
				continue;
			claims[i].due_s = limit_s;
			left_s -= limit_s;
			weight -= claims[i].weight;
			again = true;
		}
	}
	for (i = 0; i < nr; i++)
		if (claims[i].due_s < 0)
			claims[i].due_s = left_s * claims[i].weight / weight;
}

void fair_shares_judge(struct fair_claim *claims, uint32_t nr_claims, double limit_s,
		       struct fair_shares *ret_shares)
{
	struct fair_shares shares = { .nr_claims = nr_claims };
	double off;
	uint32_t i;

	divide(claims, nr_claims, limit_s);
	for (i = 0; i < nr_claims; i++) {
		/* Nobody has got anything: that is fair, if nothing else. */
		off = claims[i].due_s > 0 ? 100 * (claims[i].got_s - claims[i].due_s) / claims[i].due_s : 0;
		if (off < 0)
			off = -off;
		shares.mean_pct += off / nr_claims;
		if (shares.furthest && off <= shares.max_pct)
			continue;
		shares.max_pct = off;
		shares.furthest = &claims[i];
	}
	*ret_shares = shares;
}
