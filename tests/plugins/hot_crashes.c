/* SPDX-License-Identifier: GPL-2.0-only */
/* Crashes once it knows a task well. */
#include <stdlib.h>

#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	if (task->nr_wakeups > 3)
		abort();
	return task->vtime_ns;
}

CLAND_POLICY(.name = "hot-crashes", .summary = "x", .rank = rank);
