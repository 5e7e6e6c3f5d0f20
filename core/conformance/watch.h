/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch.h - catch what a policy's hot functions must not do, in a process that is given up for it:
 * every call to the system, or every look at the clock, is noted under a number that the caller
 * chooses. There is no way back. Neither allocates afterwards.
 */
#ifndef CLAND_WATCH_H
#define CLAND_WATCH_H

#include <stddef.h>
#include <stdint.h>

#define WATCH_MAX 8

/* Lives in shared memory, so that it outlives the process. */
struct watch {
	volatile uint32_t context;	/* what runs now; kept by the caller */
	volatile uint32_t nr;		/* entries below, each another pair */
	struct {
		uint32_t context;
		int32_t syscall_nr;	/* -1: the clock */
	} seen[WATCH_MAX];
};

/*
 * watch_syscalls - from now on every call to the system but the one that ends the process is noted,
 * not carried out, and answered with -ENOSYS. Returns 0, -errno, or -ENOTSUP under a sanitizer,
 * which has calls of its own to make.
 */
int watch_syscalls(struct watch *watch);

/*
 * watch_clock - from now on the first look at the clock that needs no call to the system (through
 * the C library's vDSO, or the CPU's counter where the machine lets us forbid it) is noted, and
 * allowed. Returns as watch_syscalls() does, and -ENOTSUP too where there is no vDSO.
 */
int watch_clock(struct watch *watch);

/* watch_syscall_name - its name, or "number N" in buffer. */
const char *watch_syscall_name(int nr, char *buffer, size_t size);

#endif
