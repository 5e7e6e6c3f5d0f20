/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * instance.h - there is one scx-cland at a time: whoever holds the lock file. A program that
 * executes another one in its place hands the lock over, the agent that serves meanwhile, and the
 * socket at which clients wait. Supervisor's thread, non-logging.
 */
#ifndef CLAND_INSTANCE_H
#define CLAND_INSTANCE_H

#include <stdbool.h>
#include <sys/types.h>

#include "diag.h"

#define INSTANCE_LOCK_PATH "/run/scx-cland.lock"

struct instance {
	int lock_fd;
	int lock_err;		/* why it does not say whose it is, -errno; 0: it does */
	bool taken_over;	/* from the program that this process was before */
	pid_t agent_pid;	/* a child of this process, which it has left serving; 0: none */
	int control_fd;		/* listens at the control socket; whoever takes it sets -1. -1: none */
	unsigned int nr_upgrades; /* of this process */
};

/* instance_inherit - what the program before has handed over, if there was one. Once, at the start. */
void instance_inherit(struct instance *instance);

/*
 * instance_lock - hold the lock for as long as the process lives, if it was not inherited.
 * Returns 0, or -EBUSY when another one does, or another -errno; with a sentence.
 */
int instance_lock(struct instance *instance, struct diag *diag);

/*
 * instance_hand_over - let the program that is executed next inherit all this, and what listens at
 * the control socket (-1: nothing does). Returns 0 or -errno.
 * instance_keep - it has not come to that.
 */
int instance_hand_over(const struct instance *instance, pid_t agent_pid, int control_fd);
void instance_keep(const struct instance *instance, int control_fd);

/* instance_unlock - let another one start. */
void instance_unlock(struct instance *instance);

#endif
