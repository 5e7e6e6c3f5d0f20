/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fairness.h - how near what tasks got was to their shares by nice level (fair_shares.h). Counted are
 * tasks that wanted a CPU all the time, on all CPUs.
 */
#ifndef CLAND_SIM_FAIRNESS_H
#define CLAND_SIM_FAIRNESS_H

#include "sim.h"

struct fairness {
	uint32_t nr_tasks;	/* that are compared; with fewer than 2 nothing is said */
	double mean_pct, max_pct; /* how far off, in per cent of what was due */
	int32_t max_pid;
	double max_got_s, max_due_s;
	const struct sim_task *max_task;
};

/* fairness_of - after the run. Returns 0 or -ENOMEM. */
int fairness_of(const struct sim *s, struct fairness *ret_fairness);

#endif
