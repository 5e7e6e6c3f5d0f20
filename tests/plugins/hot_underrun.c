/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes before what is its own, when the task has gone. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->vtime_ns;
}

static void task_exit(void *policy, int32_t pid, void *priv)
{
	(void)policy;
	(void)pid;
	((volatile char *)priv)[-1] = 0;
}

CLAND_POLICY(.task_priv_size = 8, .name = "hot-underrun", .summary = "x", .rank = rank,
	     .task_exit = task_exit);
