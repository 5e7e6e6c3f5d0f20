/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * agent.h - the process that runs a policy: both ends of its start.
 *
 * The supervisor forks it with agent_start(); the same program, executed anew, goes to
 * agent_main(), where it loads the policy, locks its memory, rehearses, reports, and runs the
 * loop until it is killed. It may crash, hang or be killed at any moment: the stub goes on by
 * leases and the supervisor starts another one. It inherits the descriptors of agent_start() and
 * no others.
 */
#ifndef CLAND_AGENT_H
#define CLAND_AGENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "diag.h"
#include "kern.h"
#include "policy_meta.h"

/* The word that makes main() call agent_main(); not an option for users. */
#define AGENT_ARGV1 "--agent"

/* All that an agent is told. Sent over the control socket; both ends are the same program. */
struct agent_boot {
	char policy_path[4096];
	char policy_name[32];
	uint64_t values[POLICY_META_MAX_PARAMS];
	uint32_t nr_values;
	uint32_t nr_cpus, max_tasks;
	bool strict, verbose;
};

/* What it answers, once, when it is about to enter the loop or cannot. */
struct agent_report {
	int32_t exit_code;	/* 0: ready; else an EXIT_CODE_* for the program */
	struct diag diag;
};

/*
 * agent_start - fork, make the stub know the child, execute it, send it boot.
 * Returns 0, *ret_pid and *ret_control_fd (becomes readable with a struct agent_report; the
 * caller closes it), or -errno with a sentence.
 */
int agent_start(const struct kern *kern, const struct agent_boot *boot, pid_t *ret_pid,
		int *ret_control_fd, struct diag *diag);

/* agent_main - never returns 0: the loop ends by a signal, or with an error (an EXIT_CODE_*). */
int agent_main(void);

#endif
