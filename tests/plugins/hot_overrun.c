/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps more of a task than it has asked room for. */
#include <string.h>

#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	memset(task->priv, 0, 12);
	return task->vtime_ns;
}

CLAND_POLICY(.task_priv_size = 8, .name = "hot-overrun", .summary = "x", .rank = rank);
