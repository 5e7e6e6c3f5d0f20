/* SPDX-License-Identifier: GPL-2.0-only */
/* A later, longer table that does not use what it has more. */
#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

struct larger {
	struct cland_policy_ops ops;
	uint64_t more;
};

extern const struct larger cland_policy;
CLAND_EXPORT const struct larger cland_policy = {
	.ops =
		{
			.magic = CLAND_POLICY_MAGIC,
			.abi_major = CLAND_POLICY_ABI_MAJOR,
			.abi_minor = CLAND_POLICY_ABI_MINOR + 1,
			.struct_size = sizeof(struct larger),
			.name = "larger-zero-tail",
			.summary = "x",
			.rank = rank,
		},
	.more = 0,
};
