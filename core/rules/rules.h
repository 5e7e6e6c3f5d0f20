/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rules.h - which [rule NAME] are for a task, and what they come to together. Looks into /proc only
 * for what a rule asks for. Supervisor. Non-logging.
 */
#ifndef CLAND_RULES_H
#define CLAND_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config_rule.h"
#include "hint.h"

/* What is known of a task. Give pid, and comm if there is one; what it has not is looked up when a
 * rule asks for it. */
struct rules_task {
	pid_t pid;		/* of the thread */
	char comm[16];		/* stays when there is no newer one to be had */
	bool has_comm, has_uid, has_cgroup, has_exe;
	uint32_t uid;		/* effective; UINT32_MAX: the task is gone */
	char cgroup[1024];	/* "": unknown, which no pattern matches */
	char exe[1024];		/* likewise */
};

/*
 * rules_hint - all rules that match the task, put together: of each hint, the first rule's that
 * gives it. Returns how many match; with none *ret_hint is all zero.
 */
unsigned int rules_hint(const struct config_rule *rules, size_t nr_rules, struct rules_task *task,
			struct hint *ret_hint);

/* rules_look_outside - whether a rule goes by what changes without news: uid, cgroup or exe. */
bool rules_look_outside(const struct config_rule *rules, size_t nr_rules);

#endif
