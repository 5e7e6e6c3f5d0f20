/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the clock by itself, without a call to the system. */
#include <time.h>

#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	struct timespec ts;

	(void)policy;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return task->vtime_ns + (uint64_t)ts.tv_nsec % 1000;
}

CLAND_POLICY(.name = "hot-clock", .summary = "x", .rank = rank);
