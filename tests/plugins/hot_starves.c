/* SPDX-License-Identifier: GPL-2.0-only */
/* Lets virtual time nearly stand still, and the oldest task go first. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns + (uint64_t)task->pid * 1000;
}

static void lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	(void)policy;
	lease->rate = 1;
	lease->offset_ns = (int64_t)task->pid * 1000;
}

CLAND_POLICY(.name = "hot-starves", .summary = "x", .rank = rank, .lease = lease);
