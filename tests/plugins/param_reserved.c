/* SPDX-License-Identifier: GPL-2.0-only */
/* Something where nothing is to be. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

static const struct cland_param params[] = {
	{ .name = "a", .type = CLAND_PARAM_U64, .reserved = 1 },
	{ .name = NULL },
};

CLAND_POLICY(.name = "param-reserved", .summary = "x", .params = params, .rank = rank);
