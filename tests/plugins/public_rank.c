/* SPDX-License-Identifier: GPL-2.0-only */
/* A rank() with external linkage: its pointer is relocated by symbol. */
#include <scx-cland/policy.h>

extern uint64_t public_rank(void *policy, const struct cland_task *task);
CLAND_EXPORT uint64_t public_rank(void *policy, const struct cland_task *task)
{
	return task->clock_ns + (policy == NULL);
}

CLAND_POLICY(.name = "public-rank", .summary = "x", .rank = public_rank);
