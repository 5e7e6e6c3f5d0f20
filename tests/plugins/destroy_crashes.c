/* SPDX-License-Identifier: GPL-2.0-only */
/* Crashes when it is to go. */
#include <stdlib.h>

#include <scx-cland/policy.h>

static void crash(void *policy)
{
	(void)policy;
	abort();
}

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->vtime_ns;
}

CLAND_POLICY(.name = "destroy-crashes", .summary = "x", .destroy = crash, .rank = rank);
