/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends the process that loads it, as if all were well. */
#include <stdlib.h>

#include <scx-cland/policy.h>

__attribute__((constructor)) static void loaded(void)
{
	exit(0);
}

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->vtime_ns;
}

CLAND_POLICY(.name = "ctor-exits", .summary = "x", .rank = rank);
