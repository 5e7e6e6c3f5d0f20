/* SPDX-License-Identifier: GPL-2.0-only */
/* Built when the table ended after rank(); what follows in the file is not its. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

static void lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	(void)policy;
	(void)task;
	(void)lease;
	__builtin_trap();
}

CLAND_POLICY(.struct_size = offsetof(struct cland_policy_ops, lease), .name = "short-table",
	     .summary = "x", .rank = rank, .lease = lease);
