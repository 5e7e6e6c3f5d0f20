/* SPDX-License-Identifier: GPL-2.0-only */
/* Crashes when it is loaded. */
#include <stdlib.h>

#include <scx-cland/policy.h>

__attribute__((constructor)) static void loaded(void)
{
	abort();
}

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->vtime_ns;
}

CLAND_POLICY(.name = "ctor-crashes", .summary = "x", .rank = rank);
