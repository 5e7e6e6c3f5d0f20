/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes the larger of two virtual times by their value. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->vtime_ns > task->clock_ns ? task->vtime_ns : task->clock_ns;
}

CLAND_POLICY(.name = "hot-wraps", .summary = "x", .rank = rank);
