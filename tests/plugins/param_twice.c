/* SPDX-License-Identifier: GPL-2.0-only */
/* Two parameters of one name. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

static const struct cland_param params[] = {
	{ .name = "a", .type = CLAND_PARAM_U64 },
	{ .name = "a", .type = CLAND_PARAM_U64 },
	{ .name = NULL },
};

CLAND_POLICY(.name = "param-twice", .summary = "x", .params = params, .rank = rank);
