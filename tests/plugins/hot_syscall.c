/* SPDX-License-Identifier: GPL-2.0-only */
/* Lets others run first. */
#include <sched.h>

#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	sched_yield();
	return task->vtime_ns;
}

CLAND_POLICY(.name = "hot-syscall", .summary = "x", .rank = rank);
