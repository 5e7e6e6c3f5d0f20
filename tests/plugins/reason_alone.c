/* SPDX-License-Identifier: GPL-2.0-only */
/* Chooses, and has nothing to choose from. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

static uint32_t reason(void *policy, const struct cland_task *task)
{
	(void)policy;
	(void)task;
	return 0;
}

CLAND_POLICY(.name = "reason-alone", .summary = "x", .rank = rank, .reason = reason);
