/* SPDX-License-Identifier: GPL-2.0-only */
/* Crashes in create(). */
#include <stdlib.h>

#include <scx-cland/policy.h>

static int crash(const struct cland_host *host, const union cland_value *values, void **ret_policy)
{
	(void)host;
	(void)values;
	(void)ret_policy;
	abort();
}

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->vtime_ns;
}

CLAND_POLICY(.name = "create-crashes", .summary = "x", .create = crash, .rank = rank);
