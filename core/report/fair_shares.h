/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fair_shares.h - how near what tasks got was to their shares by weight. What they had together,
 * divided by their weights, nobody getting more than one CPU, is what each was due. Pure arithmetic;
 * any thread.
 */
#ifndef CLAND_FAIR_SHARES_H
#define CLAND_FAIR_SHARES_H

#include <stdint.h>

/* A task that wanted a CPU all the time. */
struct fair_claim {
	const void *owner;	/* the caller's */
	double weight;		/* above 0 */
	double got_s;
	double due_s;		/* set by fair_shares_judge() */
};

struct fair_shares {
	uint32_t nr_claims;	/* that are compared; with fewer than 2 nothing is said */
	double mean_pct, max_pct; /* how far off, in per cent of what was due */
	const struct fair_claim *furthest; /* the one that is max_pct off; NULL without claims */
};

/* fair_shares_judge - limit_s: what one CPU gives in that time. */
void fair_shares_judge(struct fair_claim *claims, uint32_t nr_claims, double limit_s,
		       struct fair_shares *ret_shares);

#endif
