/* SPDX-License-Identifier: GPL-2.0-only */
/* Says that its table ends before what is required. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.struct_size = offsetof(struct cland_policy_ops, rank), .name = "too-short-table",
	     .summary = "x", .rank = rank);
