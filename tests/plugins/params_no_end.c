/* SPDX-License-Identifier: GPL-2.0-only */
/* Parameters without the entry that ends them, and nothing after them. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

#define PARAM(n)                                                                                   \
	{                                                                                          \
		.name = n, .max = 1, .type = CLAND_PARAM_U64                                       \
	}
#define PARAMS(n) PARAM(n "0"), PARAM(n "1"), PARAM(n "2"), PARAM(n "3"), PARAM(n "4")

/* more than the host takes, so that what the linker puts behind them does not matter */
static const struct cland_param params[] = {
	PARAMS("a"), PARAMS("b"), PARAMS("c"), PARAMS("d"), PARAMS("e"), PARAMS("f"), PARAMS("g"),
};

CLAND_POLICY(.name = "params-no-end", .summary = "x", .params = params, .rank = rank);
