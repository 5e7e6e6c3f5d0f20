/* SPDX-License-Identifier: GPL-2.0-only */
/* Gives terms without an end, as one that fills them with ones: added to a time they make it go back. */
#include <string.h>

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
	memset(lease, 0xff, sizeof(*lease));
}

CLAND_POLICY(.name = "hot-full-lease", .summary = "x", .rank = rank, .lease = lease);
