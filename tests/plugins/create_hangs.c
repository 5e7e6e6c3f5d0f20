/* SPDX-License-Identifier: GPL-2.0-only */
/* Never comes back from create(), and takes a CPU for it. */
#include <scx-cland/policy.h>

static int hang(const struct cland_host *host, const union cland_value *values, void **ret_policy)
{
	(void)values;
	(void)ret_policy;
	while (*(volatile const uint32_t *)&host->struct_size)
		;
	return 0;
}

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->vtime_ns;
}

CLAND_POLICY(.name = "create-hangs", .summary = "x", .create = hang, .rank = rank);
