/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes a parameter for a slice, of which most are none. */
#include <errno.h>
#include <stdlib.h>

#include <scx-cland/policy.h>

static const struct cland_param params[] = {
	{ .name = "slice_us", .max = 1000000, .def = 3000, .type = CLAND_PARAM_U64 },
	{ .name = NULL },
};

static int create(const struct cland_host *host, const union cland_value *values, void **ret_policy)
{
	uint64_t *slice_ns = malloc(sizeof(*slice_ns));

	(void)host;
	if (!slice_ns)
		return -ENOMEM;
	*slice_ns = values[0].u64 * 1000;
	*ret_policy = slice_ns;
	return 0;
}

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->vtime_ns;
}

static void lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	(void)task;
	lease->slice_ns = *(const uint64_t *)policy;
}

CLAND_POLICY(.name = "hot-extreme", .summary = "x", .params = params, .create = create,
	     .destroy = free, .rank = rank, .lease = lease);
