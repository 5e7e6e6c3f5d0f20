/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * child_run.h - `clandsim run` or `replay` as a process of its own, as the stub keeps what it knows
 * and one in a process is all there can be. What it prints is kept in memory, whole, so nobody
 * waits for a reader.
 */
#ifndef CLAND_SIM_CHILD_RUN_H
#define CLAND_SIM_CHILD_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child_run {
	pid_t pid;		/* 0: there is none */
	int out, err;		/* -1: goes where ours goes */
};

/*
 * child_run_start - this program anew with the words of argv, which NULL ends: "run" or "replay"
 * and what follows. keep_err: its sentences are kept as well instead of printed. Returns 0 or
 * -errno.
 */
int child_run_start(struct child_run *run, const char *const argv[], bool keep_err);

/*
 * child_run_wait - wait until one of nr runs has ended. Returns its index and sets *ret_code to its
 * exit code, or to minus the signal that ended it; -errno when none is running.
 */
int child_run_wait(struct child_run *runs, size_t nr, int *ret_code);

/*
 * child_run_text - what was printed to out or err (of the run), with a 0 at its end. The caller
 * frees it. NULL: no memory, or nothing is kept.
 */
char *child_run_text(int fd, size_t *ret_size);

/* child_run_close - forget what it printed. The process must have ended. */
void child_run_close(struct child_run *run);

#endif
