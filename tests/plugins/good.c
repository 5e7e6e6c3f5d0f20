/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing wrong with it: all that a table can have. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

static uint32_t reason(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->flags & CLAND_TASK_WAKEUP ? 1 : 0;
}

static const char *const reasons[] = { "its slice is over", "it has woken up", NULL };

static const struct cland_param params[] = {
	{
		.name = "slice_us",
		.unit = "us",
		.help = "how long",
		.min = 100,
		.max = 100000,
		.def = 3000,
		.type = CLAND_PARAM_U64,
	},
	{ .name = "boost", .help = "whether", .def = 1, .type = CLAND_PARAM_BOOL },
	{ .name = "depth", .max = UINT64_MAX, .def = UINT64_MAX, .type = CLAND_PARAM_U64 },
	{ .name = NULL },
};

CLAND_POLICY(.name = "good", .summary = "nothing wrong with it", .version = "1.2",
	     .task_priv_size = 16, .params = params, .rank = rank, .reasons = reasons,
	     .reason = reason);
