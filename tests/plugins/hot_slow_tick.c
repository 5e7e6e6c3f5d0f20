/* SPDX-License-Identifier: GPL-2.0-only */
/* Is quick but for one long pause a second. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->vtime_ns;
}

static void tick(void *policy, uint64_t now_ns)
{
	volatile uint64_t i;

	(void)policy;
	(void)now_ns;
	for (i = 0; i < 20000000; i++)
		;
}

CLAND_POLICY(.name = "hot-slow-tick", .summary = "x", .rank = rank, .tick = tick);
