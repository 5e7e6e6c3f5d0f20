/* SPDX-License-Identifier: GPL-2.0-only */
/* One of the texts would be cut where it is read. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

static uint32_t reason(void *policy, const struct cland_task *task)
{
	(void)policy;
	(void)task;
	return 0;
}

static const char *const reasons[] = {
	"as it comes",
	"one that goes on where half a sentence would have told it as well",
	NULL,
};

CLAND_POLICY(.name = "reasons-long", .summary = "x", .rank = rank, .reasons = reasons,
	     .reason = reason);
