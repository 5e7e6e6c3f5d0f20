/* SPDX-License-Identifier: GPL-2.0-only */
/* Remembers what was before it was created. */
#include <scx-cland/policy.h>

static uint64_t nr_asked;

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->vtime_ns + (nr_asked++ >> 8);
}

CLAND_POLICY(.name = "hot-static", .summary = "x", .rank = rank);
