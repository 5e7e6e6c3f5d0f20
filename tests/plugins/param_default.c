/* SPDX-License-Identifier: GPL-2.0-only */
/* A default out of its own range. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

static const struct cland_param params[] = {
	{ .name = "a", .min = 5, .max = 9, .def = 10, .type = CLAND_PARAM_U64 },
	{ .name = NULL },
};

CLAND_POLICY(.name = "param-default", .summary = "x", .params = params, .rank = rank);
