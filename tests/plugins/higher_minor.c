/* SPDX-License-Identifier: GPL-2.0-only */
/* Built with a later header of the same major version, using nothing new. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.abi_minor = CLAND_POLICY_ABI_MINOR + 7, .name = "higher-minor", .summary = "x",
	     .rank = rank);
