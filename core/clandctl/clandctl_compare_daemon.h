/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_compare_daemon.h - what clandctl compare asks the daemon (docs/control.md): what runs
 * and why, the figures, and changes of policy. One thread; each call waits for the answer.
 * Non-logging.
 */
#ifndef CLAND_CLANDCTL_COMPARE_DAEMON_H
#define CLAND_CLANDCTL_COMPARE_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "diag.h"

#define VIEW_FAULTS_MAX 16

/* What the daemon has noticed of a policy, by the name in its file, since it was started. */
struct view_fault {
	char policy[32];
	uint64_t nr;		/* crashes and hangs */
	bool quarantined;
	char reason[256];	/* of the last; "": none is known */
};

/* The parts of the status that matter here. Texts are cut to their room. */
struct view {
	bool attached, swap_under_way;
	char not_attached_why[256];
	char policy[32], version[32], path[4096];	/* what runs */
	char in_place_of[32];	/* the policy in quarantine for which it does; "" */
	char desired[256], mode[32], cause[16], reason[256];
	uint64_t ends_in_s;	/* 0: not by time */
	pid_t hold_pid;		/* 0: not with a process */
	uint64_t daemon_pid, nr_upgrades;
	struct view_fault faults[VIEW_FAULTS_MAX];
	size_t nr_faults;
};

/* What somebody wants to run. */
struct view_choice {
	char policy[256];	/* a name or an absolute path */
	char mode[32];		/* then this mode, instead; "" */
	uint64_t for_s;		/* and for so long; 0: not by time */
	pid_t hold_pid;		/* or as long as that process lives; 0 */
};

/* All return EXIT_CODE_OK, or another EXIT_CODE_* with a sentence. */

int view_look(struct view *ret_view, struct diag *diag);
/* view_change - done, or failed, when it returns. */
int view_change(const struct view_choice *choice, struct diag *diag);

#endif
