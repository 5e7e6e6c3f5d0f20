/* SPDX-License-Identifier: GPL-2.0-only */
/* Lacks the one required function. */
#include <scx-cland/policy.h>

CLAND_POLICY(.name = "no-rank", .summary = "x");
