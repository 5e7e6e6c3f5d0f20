/* SPDX-License-Identifier: GPL-2.0-only */
/* A type of parameter that is yet to come. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

static const struct cland_param params[] = {
	{ .name = "a", .type = 77 },
	{ .name = NULL },
};

CLAND_POLICY(.name = "param-type", .summary = "x", .params = params, .rank = rank);
