/* SPDX-License-Identifier: GPL-2.0-only */
/* As little as a policy can be. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.name = "minimal", .summary = "as little as can be", .rank = rank);
