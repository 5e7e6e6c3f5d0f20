/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_comm.h - what a thread is called, runs, and since when it is there, as /proc says. Non-logging. */
#ifndef CLAND_PROC_COMM_H
#define CLAND_PROC_COMM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* proc_comm_read - the name now. Returns 0, or -errno (it has gone) and leaves the name as it is. */
int proc_comm_read(pid_t pid, char ret_comm[16]);

/*
 * proc_exe_read - the path that its program was executed from, cut to size bytes: an upgrade may
 * have put another file there since. Returns 0, or -errno and an empty path.
 */
int proc_exe_read(pid_t pid, char *ret_path, size_t size);

/* proc_start_read - a number that tells it from a later one with its pid. Returns 0 or -errno. */
int proc_start_read(pid_t pid, uint64_t *ret_start);

#endif
