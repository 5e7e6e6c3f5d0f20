/* SPDX-License-Identifier: GPL-2.0-only */
/* Sleeps for half a second before every answer: nothing that takes a few answers is ever done. */
#include <time.h>

#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	const struct timespec half_s = { .tv_nsec = 500000000 };

	(void)policy;
	nanosleep(&half_s, NULL);
	return task->vtime_ns;
}

CLAND_POLICY(.name = "hot-sleeps", .summary = "x", .rank = rank);
