/* SPDX-License-Identifier: GPL-2.0-only */
/* Gives an index behind its last text, of every tenth task. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

static const char *const reasons[] = { "as it comes", "in turn", NULL };

static uint32_t reason(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->pid % 10 ? (uint32_t)task->pid % 2 : 2;
}

CLAND_POLICY(.name = "hot-reason", .summary = "x", .rank = rank, .reasons = reasons,
	     .reason = reason);
