/* SPDX-License-Identifier: GPL-2.0-only */
/* A name of 32 letters, one too many. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.name = "abcdefghijklmnopqrstuvwxyz012345", .summary = "x", .rank = rank);
