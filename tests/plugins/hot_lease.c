/* SPDX-License-Identifier: GPL-2.0-only */
/* Lets virtual time stand still. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->vtime_ns;
}

static void lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	(void)policy;
	(void)task;
	lease->rate = 0;
}

CLAND_POLICY(.name = "hot-lease", .summary = "x", .rank = rank, .lease = lease);
