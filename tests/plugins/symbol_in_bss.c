/* SPDX-License-Identifier: GPL-2.0-only */
/* Filled in when it is loaded, so that the file holds nothing to read. */
#include <scx-cland/policy.h>

extern struct cland_policy_ops cland_policy;
CLAND_EXPORT struct cland_policy_ops cland_policy;
