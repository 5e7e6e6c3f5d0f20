/* SPDX-License-Identifier: GPL-2.0-only */
/* Decides by an address, which differs from process to process. */
#include <errno.h>
#include <stdlib.h>

#include <scx-cland/policy.h>

static int create(const struct cland_host *host, const union cland_value *values, void **ret_policy)
{
	(void)host;
	(void)values;
	*ret_policy = malloc(1 << 20); /* so large that it is mapped */
	return *ret_policy ? 0 : -ENOMEM;
}

static uint64_t rank(void *policy, const struct cland_task *task)
{
	return task->vtime_ns + ((uintptr_t)policy >> 12) % 1009;
}

CLAND_POLICY(.name = "hot-random", .summary = "x", .create = create, .destroy = free, .rank = rank);
