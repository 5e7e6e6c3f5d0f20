/* SPDX-License-Identifier: GPL-2.0-only */
/* Never comes back from tick(). */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->vtime_ns;
}

static void tick(void *policy, uint64_t now_ns)
{
	static volatile uint64_t turns;

	(void)policy;
	(void)now_ns;
	for (;;)
		turns++;
}

CLAND_POLICY(.name = "hot-hangs", .summary = "x", .rank = rank, .tick = tick);
