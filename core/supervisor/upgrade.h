/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * upgrade.h - another build of this program takes the place of the one that runs, in the same
 * process: it is tried first, as a child with --check-takeover, and executed when it says that it
 * can. All that the machine needs meanwhile is pinned (stub.h) or another process (the agent).
 * Supervisor's thread; never blocks but for up to a second to reap the child. Non-logging.
 */
#ifndef CLAND_UPGRADE_H
#define CLAND_UPGRADE_H

#include <stdint.h>
#include <sys/types.h>

#include "diag.h"

/* What a program that is asked for --check-takeover logs as its last line, and then exits with 0. */
#define UPGRADE_YES "can take over"

struct upgrade {
	char path[4096];	/* of the new program */
	uint64_t ticket;	/* of the request to answer */
	int out_fd;		/* of the child that tries it; -1: no upgrade is under way */
	pid_t pid;
	uint64_t until_ms;	/* CLOCK_MONOTONIC: when the child is given up */
	char said[2048];	/* its output, cut */
	size_t nr_said;
};

/* upgrade_init - none is under way. */
void upgrade_init(struct upgrade *upgrade);

/*
 * upgrade_begin - try the program at path (NULL: the file that this one was executed from, which
 * may be another one by now), with the arguments argv of this one. Returns 0 or -errno with a
 * sentence.
 */
int upgrade_begin(struct upgrade *upgrade, const char *path, int argc, char *const argv[],
		  uint64_t ticket, struct diag *diag);

/* upgrade_fd, upgrade_timeout_ms - when upgrade_serve() is due: readable, or that late; -1: never. */
int upgrade_fd(const struct upgrade *upgrade);
int upgrade_timeout_ms(const struct upgrade *upgrade);

/*
 * upgrade_serve - see how the trial goes. Returns -EINPROGRESS, 0 when the new program can take
 * over, or another -errno with a sentence. Of these last two no upgrade is under way any more.
 */
int upgrade_serve(struct upgrade *upgrade, struct diag *diag);

/* upgrade_exec - execute it in this process, with argv. Returns only if that fails, with -errno. */
int upgrade_exec(const struct upgrade *upgrade, int argc, char *const argv[], struct diag *diag);

/* upgrade_cancel - end the trial, if one is under way. */
void upgrade_cancel(struct upgrade *upgrade);

#endif
