/* SPDX-License-Identifier: GPL-2.0-only */
/* Says that its table is as long as can be. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.struct_size = UINT32_MAX, .name = "huge-table", .summary = "x", .rank = rank);
