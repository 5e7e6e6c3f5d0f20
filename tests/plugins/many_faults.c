/* SPDX-License-Identifier: GPL-2.0-only */
/* Wrong in all that a table can be wrong in at a time. */
#include <scx-cland/policy.h>

static const struct cland_param params[] = {
	{ .name = "a b", .type = CLAND_PARAM_U64 },
	{ .name = "c", .type = 9 },
	{ .name = "d", .max = 1, .def = 2, .type = CLAND_PARAM_U64 },
	{ .name = NULL },
};

CLAND_POLICY(.capabilities = 1, .task_priv_size = 5000, .name = "Many Faults", .summary = "",
	     .params = params);
