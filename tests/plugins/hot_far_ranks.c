/* SPDX-License-Identifier: GPL-2.0-only */
/* Ranks by when it was asked, which is no virtual time. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->now_ns;
}

CLAND_POLICY(.name = "hot-far-ranks", .summary = "x", .rank = rank);
