/* SPDX-License-Identifier: GPL-2.0-only */
/* Built for another version of the interface. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.abi_major = CLAND_POLICY_ABI_MAJOR + 1, .name = "foreign-major", .summary = "x",
	     .rank = rank);
