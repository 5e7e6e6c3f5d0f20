/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_rule.h - sections [rule NAME]: which tasks a rule is for, and what it hints of them. Knows
 * the keys and what their values may be, and matches nothing itself. Used by config.c and by who
 * obeys the rules. Non-logging.
 */
#ifndef CLAND_CONFIG_RULE_H
#define CLAND_CONFIG_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"

#define CONFIG_MAX_RULES 64

/* In the order of the table: first what a task must be, then what is hinted. */
enum config_rule_key {
	CONFIG_RULE_COMM,
	CONFIG_RULE_CGROUP,
	CONFIG_RULE_UID,
	CONFIG_RULE_EXE,
	CONFIG_RULE_WEIGHT_FACTOR_PCT,
	CONFIG_RULE_BOOST,
	CONFIG_RULE_SLICE_US,
	CONFIG_RULE_DEADLINE_US,
	CONFIG_RULE_NR_KEYS,
};

/* One key of one rule. */
struct config_rule_value {
	bool is_set;
	uint32_t layer;	 /* as in struct config_origin */
	uint32_t number; /* of a user's name: the uid */
	char text[128];	 /* as it was written */
	char origin[272];
};

struct config_rule {
	char name[32];
	char origin[272]; /* of the first line of its first section */
	struct config_rule_value values[CONFIG_RULE_NR_KEYS];
};

/* One row of the table of keys. */
struct config_rule_entry {
	const char *name;
	const char *arg;   /* what is expected, for people */
	bool hint;	   /* else it is a match */
	uint32_t min, max; /* of numbers */
};

/* config_rule_entries - the table, by enum config_rule_key. Static. */
extern const struct config_rule_entry config_rule_entries[CONFIG_RULE_NR_KEYS];

/*
 * config_rule_set - set a key. origin is the place of the line, layer that of its file: within one
 * a key is set once, what an earlier one said is replaced.
 * Returns 0, or -EINVAL with a sentence that starts with the origin.
 */
int config_rule_set(struct config_rule *rule, const char *key, const char *value,
		    const char *origin, uint32_t layer, struct diag *diag);

/* config_rule_check - whether it matches by something and hints something. 0 or -EINVAL. */
int config_rule_check(const struct config_rule *rule, struct diag *diag);

/* config_rule_equal - whether two rules say the same, wherever they say it. */
bool config_rule_equal(const struct config_rule *a, const struct config_rule *b);

/*
 * What other sections with values like these share.
 * config_rule_find_key - the number of the key of that name, among nr that are called name_of(0)
 * and so on; whose: "a rule", for people.
 * config_rule_check_value - whether a key whose value so far is *value may be set to text: it is
 * there, fits, and is not set twice in a layer. arg: what is expected.
 * config_rule_check_comm - whether a pattern can match the name of a thread, which the kernel cuts.
 * These: the number or 0, or -EINVAL with a sentence that starts with the origin.
 * config_rule_values_equal - whether nr values are the same, wherever they are from.
 */
int config_rule_find_key(const char *key, const char *(*name_of)(int i), int nr, const char *whose,
			 const char *origin, struct diag *diag);
int config_rule_check_value(const struct config_rule_value *value, const char *key, const char *arg,
			    const char *text, const char *origin, uint32_t layer, struct diag *diag);
int config_rule_check_comm(const char *key, const char *text, const char *origin, struct diag *diag);
bool config_rule_values_equal(const struct config_rule_value *a, const struct config_rule_value *b,
			      size_t nr);

#endif
