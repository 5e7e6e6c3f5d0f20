/* SPDX-License-Identifier: GPL-2.0-only */
/* Says nothing of itself. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.name = "no-summary", .summary = "", .rank = rank);
