/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes and gives back memory for every answer. */
#include <stdlib.h>

#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	volatile uint64_t *memory = malloc(sizeof(*memory));
	uint64_t rank_ns = task->vtime_ns;

	(void)policy;
	if (memory)
		*memory = rank_ns; /* so that it is not optimised away */
	free((void *)memory);
	return rank_ns;
}

CLAND_POLICY(.name = "hot-allocates", .summary = "x", .rank = rank);
