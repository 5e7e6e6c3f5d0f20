/* SPDX-License-Identifier: GPL-2.0-only */
/* Needs what nobody has. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.capabilities = 1ULL << 63, .name = "unknown-capability", .summary = "x",
	     .rank = rank);
