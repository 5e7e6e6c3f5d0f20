/* SPDX-License-Identifier: GPL-2.0-only */
/* Computes long for every answer. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	volatile uint64_t i;

	(void)policy;
	for (i = 0; i < 300000; i++)
		;
	return task->vtime_ns;
}

CLAND_POLICY(.name = "hot-slow", .summary = "x", .rank = rank);
