/* SPDX-License-Identifier: GPL-2.0-only */
/* Has no name. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.summary = "x", .rank = rank);
