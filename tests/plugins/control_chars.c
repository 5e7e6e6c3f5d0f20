/* SPDX-License-Identifier: GPL-2.0-only */
/* A summary that would colour the terminal. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.name = "control-chars", .summary = "\033[31mred", .rank = rank);
