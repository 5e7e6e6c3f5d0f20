/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts, and nothing that chooses among them. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

static const char *const reasons[] = { "as it comes", NULL };

CLAND_POLICY(.name = "reasons-alone", .summary = "x", .rank = rank, .reasons = reasons);
