/* SPDX-License-Identifier: GPL-2.0-only */
/* A name that no section of the configuration can have. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.name = "Bad Name", .summary = "x", .rank = rank);
