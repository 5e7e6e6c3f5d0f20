/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_rule.h - a rule of a policy's parameter of type CLAND_PARAM_RULES: what its line in the
 * configuration says, checked. Supervisor. Non-logging.
 *
 *	rule.NAME = [comm=PATTERN] [cgroup=PATH|ID] [nice=N] period_us=N budget_us=N
 */
#ifndef CLAND_POLICY_RULE_H
#define CLAND_POLICY_RULE_H

#include <stdint.h>

#include "diag.h"
#include "scx-cland/policy.h"

/* In cland_rule.cgroup_id: a path where there is no cgroup at the moment. No cgroup has this number. */
#define POLICY_RULE_ABSENT UINT64_MAX

/*
 * policy_rule_parse - fill in *ret_rule. A cgroup given by its path, like /user.slice, is looked up
 * below cgroup_root; one that is not there is POLICY_RULE_ABSENT. Returns 0, or -EINVAL with a
 * sentence that begins with where.
 */
int policy_rule_parse(const char *where, const char *name, const char *text,
		      const char *cgroup_root, struct cland_rule *ret_rule, struct diag *diag);

#endif
