/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes what it is shown. */
#include <string.h>

#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	uint64_t rank_ns = task->vtime_ns;

	(void)policy;
	memset((char *)(uintptr_t)task + offsetof(struct cland_task, weight), 0x11,
	       sizeof(task->weight));
	return rank_ns;
}

CLAND_POLICY(.name = "hot-writes-task", .summary = "x", .rank = rank);
