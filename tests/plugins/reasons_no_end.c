/* SPDX-License-Identifier: GPL-2.0-only */
/* As many as may be, and no NULL behind them. */
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

#define FOUR "as it comes", "as it comes", "as it comes", "as it comes"
#define SIXTEEN FOUR, FOUR, FOUR, FOUR
#define SIXTY_FOUR SIXTEEN, SIXTEEN, SIXTEEN, SIXTEEN
static const char *const reasons[] = { SIXTY_FOUR, SIXTY_FOUR, SIXTY_FOUR, SIXTY_FOUR };

CLAND_POLICY(.name = "reasons-no-end", .summary = "x", .rank = rank, .reasons = reasons,
	     .reason = reason);
