/* SPDX-License-Identifier: GPL-2.0-only */
/* Says that its table is longer than the symbol. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.struct_size = sizeof(struct cland_policy_ops) + 1024, .name = "lying-size",
	     .summary = "x", .rank = rank);
