/* SPDX-License-Identifier: GPL-2.0-only */
/* A later, longer table with a function we do not know: zero until it is relocated. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

struct larger {
	struct cland_policy_ops ops;
	uint64_t (*more)(void *policy, const struct cland_task *task);
};

extern const struct larger cland_policy;
CLAND_EXPORT const struct larger cland_policy = {
	.ops =
		{
			.magic = CLAND_POLICY_MAGIC,
			.abi_major = CLAND_POLICY_ABI_MAJOR,
			.abi_minor = CLAND_POLICY_ABI_MINOR + 1,
			.struct_size = sizeof(struct larger),
			.name = "larger-pointer-tail",
			.summary = "x",
			.rank = rank,
		},
	.more = rank,
};
