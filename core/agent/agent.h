/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * agent.h - the process that runs a policy: both ends of its life.
 *
 * The supervisor forks it with agent_start(); the same program, executed anew, goes to
 * agent_main(), where it loads the policy, lets it meet the tasks that are there, locks its memory,
 * rehearses, reports AGENT_READY, and waits until the agent that serves lets go to it (handover.h),
 * or a struct agent_go says that none does. It reports AGENT_SERVING, and runs the loop until it is
 * asked to let go itself, or killed. A first start, a restart and a change of policy are this same
 * road.
 *
 * It may crash, hang or be killed at any moment: before AGENT_SERVING nothing depends on it, and
 * after it the stub goes on by leases until the supervisor has another one. It inherits the
 * descriptors of agent_start() and no others.
 */
#ifndef CLAND_AGENT_H
#define CLAND_AGENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "diag.h"
#include "handover.h"
#include "kern.h"
#include "target.h"

/* The word that makes main() call agent_main(); not an option for users. */
#define AGENT_ARGV1 "--agent"

/* The first it is told. Sent over the control socket, as all that follows. */
struct agent_boot {
	struct target target;
	uint64_t id;		/* agents are numbered from 1 */
	uint32_t nr_cpus, max_tasks;
	uint32_t nr_cpus_online; /* when it was started; 0: not known */
	bool strict, verbose;
	bool sandbox;		/* give up all rights before the policy is loaded */
};

/* Then, unless it is told by handover.h: serve at once, nobody else does. */
struct agent_go {
	uint32_t new_policy;	/* another policy, or other parameters, than the one that served last */
	uint32_t was_let_go;	/* nevertheless, by one that has ended since: handover_released_ns() counts */
};

/* What it says itself. */
enum agent_word {
	AGENT_READY,	/* could serve at once */
	AGENT_FAILED,	/* never will: exit_code and diag say why. It ends */
	AGENT_SERVING,	/* decides from now on */
	AGENT_RETIRED,	/* has let go. It ends */
};

struct agent_report {
	enum agent_word word;
	int32_t exit_code;	/* AGENT_FAILED: an EXIT_CODE_* for the program */
	uint32_t nr_adopted;	/* AGENT_READY: tasks that were there already */
	uint64_t pause_ns;	/* AGENT_SERVING: from the last turn of its predecessor's loop to the
				 * first of its own; 0: it had none */
	uint64_t nr_faults;	/* AGENT_RETIRED: page faults while it served */
	struct diag diag;
};

/*
 * agent_start - [supervisor] fork, make the stub know the child, execute it, send it boot.
 * crash_fd: of crash_record_create(), for this agent alone.
 * Returns 0, *ret_pid and *ret_control_fd (becomes readable with a struct agent_report; the
 * caller closes it), or -errno with a sentence.
 */
int agent_start(const struct kern *kern, const struct handover_fds *handover, int hints_fd,
		int crash_fd, const struct agent_boot *boot, pid_t *ret_pid, int *ret_control_fd,
		struct diag *diag);

/*
 * agent_send_go, agent_receive - [supervisor] speak with it. agent_receive() never blocks: 1 and
 * *ret_report, 0 when there is nothing to read, -EPIPE when it has closed its end.
 */
void agent_send_go(int control_fd, const struct agent_go *go);
int agent_receive(int control_fd, struct agent_report *ret_report);

/* agent_main - never returns 0: the loop ends by a signal, or with an error (an EXIT_CODE_*). */
int agent_main(void);

#endif
