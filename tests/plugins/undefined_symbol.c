/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls a function that nobody has; linked with neither -z defs nor -z now, unlike ours. */
#include <scx-cland/policy.h>

uint64_t cland_test_nobody_has_this(uint64_t clock_ns);

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return cland_test_nobody_has_this(task->clock_ns);
}

CLAND_POLICY(.name = "undefined-symbol", .summary = "x", .rank = rank);
