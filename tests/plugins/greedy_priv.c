/* SPDX-License-Identifier: GPL-2.0-only */
/* Wants more private bytes than there are. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.task_priv_size = 4097, .name = "greedy-priv", .summary = "x", .rank = rank);
