/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_compare_command.h - a command of the user's, run beside a turn: /bin/sh -c, in a process
 * group of its own, with nothing to read. What it prints is kept, as far as its end goes. Its
 * stderr is ours. One thread; nothing here waits but command_stop(). Non-logging.
 */
#ifndef CLAND_CLANDCTL_COMPARE_COMMAND_H
#define CLAND_CLANDCTL_COMPARE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "diag.h"

#define COMMAND_SECONDS "CLAND_SECONDS"	/* its environment: how long the turn still takes, like 2.700 */
#define COMMAND_POLICY "CLAND_POLICY"	/* and the policy, as the command line of compare has it */
#define COMMAND_KEPT 4096

struct command {
	pid_t pid;		/* 0: there is none, or it has been reaped */
	int pid_fd, out_fd;	/* -1: none. Readable when it has ended, and when it has printed */
	int status;		/* of waitpid(), after command_stop() */
	char text[COMMAND_KEPT + 1];
	size_t len;
};

/* command_init - none runs; for the functions below. */
void command_init(struct command *command);

/* command_start - begin. Returns 0 or -errno with a sentence; command_stop() in any case. */
int command_start(struct command *command, const char *line, const char *policy, uint64_t turn_ns,
		  struct diag *diag);

/* command_read - take what is there to be read, and notice the end. Returns whether it has ended. */
bool command_read(struct command *command);

/* command_said - after command_stop(): how it has ended, 0, or -EINVAL with a sentence when that was no success. */
int command_said(const struct command *command, struct diag *diag);

/* command_stop - end it, with those that it has started: by SIGTERM, and if it still runs by SIGKILL a
 * second later. The text stays. */
void command_stop(struct command *command);

#endif
