/* SPDX-License-Identifier: GPL-2.0-only */
/* A parameter that cannot be spelled in the file. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

static const struct cland_param params[] = {
	{ .name = "a=b", .type = CLAND_PARAM_U64 },
	{ .name = NULL },
};

CLAND_POLICY(.name = "param-name", .summary = "x", .params = params, .rank = rank);
