/* SPDX-License-Identifier: GPL-2.0-only */
/* Something else of the same name. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.magic = 0x1234, .name = "bad-magic", .summary = "x", .rank = rank);
