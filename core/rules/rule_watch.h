/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_watch.h - keeps the table of hints up to date with the rules and with the tasks that come,
 * take other names, execute, and move between cgroups.
 *
 * The stub's news tell of most of it at once; cgroup, user and program of tasks that have been
 * there for longer are looked at anew every RULE_WATCH_LOOK_MS, where a rule goes by them. All
 * tasks are never looked at in one go: the supervisor has other things to watch. Supervisor's
 * thread. Logs.
 */
#ifndef CLAND_RULE_WATCH_H
#define CLAND_RULE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config_rule.h"
#include "diag.h"
#include "kern.h"

#define RULE_WATCH_LOOK_MS 5000

struct rule_watch;

/*
 * rule_watch_open - for the tasks of kern, borrowed until the close; no rules yet. Returns 0, or
 * -errno with a sentence.
 */
int rule_watch_open(struct kern *kern, uint32_t max_tasks, struct rule_watch **ret_watch,
		    struct diag *diag);

/* rule_watch_close - Accepts NULL. */
void rule_watch_close(struct rule_watch *watch);

/* rule_watch_table_fd - for agents: see hint_table_open(). Owned by watch. */
int rule_watch_table_fd(const struct rule_watch *watch);

/* rule_watch_set_rules - obey these from now on; copied. */
void rule_watch_set_rules(struct rule_watch *watch, const struct config_rule *rules, size_t nr_rules);

/* rule_watch_fd - readable, or after rule_watch_timeout_ms() (-1: never): rule_watch_serve() is due. */
int rule_watch_fd(const struct rule_watch *watch);
int rule_watch_timeout_ms(const struct rule_watch *watch);

/* rule_watch_serve - Returns whether hints have changed, so that the agent is to be nudged. */
bool rule_watch_serve(struct rule_watch *watch);

/* rule_watch_nr_hinted - how many tasks have hints. */
uint32_t rule_watch_nr_hinted(const struct rule_watch *watch);

#endif
