/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock.h - the machine's monotonic clock (CLOCK_MONOTONIC), the only one that scx-cland measures
 * by; bpf_ktime_get_ns() of the stub reads the same. It stands still while the machine is
 * suspended.
 *
 * Any thread; no system call (the vDSO), so in hot loops, too.
 */
#ifndef CLAND_CLOCK_H
#define CLAND_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds since some moment before now, mostly the machine's start. */
static inline uint64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* CPU time that this process has used, in ns. */
static inline uint64_t process_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* monotonic_ns() in milliseconds, rounded down. */
static inline uint64_t monotonic_ms(void)
{
	return monotonic_ns() / 1000000;
}

#endif
