/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.h - a simulation from its beginning to its end: a machine, a workload, a policy. One in a
 * process, as the stub keeps what it knows.
 */
#ifndef CLAND_SIM_RUN_H
#define CLAND_SIM_RUN_H

#include "config_rule.h"
#include "sim.h"
#include "target.h"

struct run_options {
	const struct topo *topo;
	const struct workload *workload;
	const struct target *target;
	struct sim_options sim;
	const struct config_rule *rules; /* [rule NAME], of the user's configuration */
	size_t nr_rules;
	bool with_times;		/* the real time of the policy's calls */
	/* Called now and then with the part that is done, in per cent; NULL: not. */
	void (*progress)(uint32_t pct);
};

/*
 * run_begin - make the machine, load the policy, start. Returns 0, or -errno with a sentence
 * (-ENOEXEC, -EINVAL: the policy). run_end() in both cases.
 */
int run_begin(const struct run_options *options, struct sim **ret_sim, struct diag *diag);

/*
 * run_through - all that happens, and the end of the policy; trace_open() before it has it written
 * down. Returns 0; -EFAULT with a sentence that has the seed, the time and the event when something
 * that must hold did not.
 */
int run_through(struct sim *s, const struct run_options *options, struct diag *diag);

/* run_nr_events - how many events there have been. */
uint64_t run_nr_events(const struct sim *s);

/* run_end - free all. Accepts NULL. Returns 0, or -errno with a sentence: the trace is not whole. */
int run_end(struct sim *s, struct diag *diag);

#endif
