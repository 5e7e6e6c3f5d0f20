/* SPDX-License-Identifier: GPL-2.0-only */
#include "config_rule.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "suggest.h"

/* The kernel keeps so much of a thread's name. */
#define COMM_MAX 15

#define CGROUP_ROOT "/sys/fs/cgroup"

const struct config_rule_entry config_rule_entries[CONFIG_RULE_NR_KEYS] = {
	[CONFIG_RULE_COMM] = {
		.name = "comm",
		.arg = "a pattern for the thread's name",
	},
	[CONFIG_RULE_CGROUP] = {
		.name = "cgroup",
		.arg = "a pattern for the path of the cgroup",
	},
	[CONFIG_RULE_UID] = {
		.name = "uid",
		.arg = "a user's number or name",
		.max = UINT32_MAX - 1,
	},
	[CONFIG_RULE_EXE] = {
		.name = "exe",
		.arg = "a pattern for the path of the program",
	},
	[CONFIG_RULE_WEIGHT_FACTOR_PCT] = {
		.name = "weight_factor_pct",
		.arg = "percent",
		.hint = true,
		.min = 1,
		.max = 10000,
	},
	[CONFIG_RULE_BOOST] = {
		.name = "boost",
		.arg = "a level",
		.hint = true,
		.min = 0,
		.max = 3,
	},
	[CONFIG_RULE_SLICE_US] = {
		.name = "slice_us",
		.arg = "microseconds",
		.hint = true,
		.min = 100,
		.max = 100000,
	},
	[CONFIG_RULE_DEADLINE_US] = {
		.name = "deadline_us",
		.arg = "microseconds",
		.hint = true,
		.min = 100,
		.max = 1000000,
	},
};

int config_rule_find_key(const char *key, const char *(*name_of)(int i), int nr, const char *whose,
			 const char *origin, struct diag *diag)
{
	struct suggest suggest;
	char all[192] = "";
	int i;

	suggest_init(&suggest, key);
	for (i = 0; i < nr; i++) {
		if (!strcmp(name_of(i), key))
			return i;
		suggest_try(&suggest, name_of(i));
		suggest_list(all, sizeof(all), name_of(i));
	}
	return diag_set(diag, -EINVAL, "%s: %s has no key '%.64s'; expected one of %s%s", origin, whose,
			key, all, suggest_hint(&suggest));
}

static const char *name_of(int key)
{
	return config_rule_entries[key].name;
}

static bool is_pattern(const char *text)
{
	return strpbrk(text, "*?[");
}

/* As many bytes at least has what the pattern matches; maybe more, where it has brackets. */
static size_t shortest_match(const char *pattern)
{
	const char *end;
	size_t nr = 0;

	for (; *pattern; pattern++) {
		nr += *pattern != '*';
		/* without an end the bracket stands for itself */
		end = *pattern == '[' ? strrchr(pattern, ']') : NULL;
		if (end)
			pattern = end;
		else if (*pattern == '\\' && pattern[1])
			pattern++;
	}
	return nr;
}

int config_rule_check_comm(const char *key, const char *text, const char *origin, struct diag *diag)
{
	size_t len = shortest_match(text);

	if (len > COMM_MAX)
		return diag_set(diag, -EINVAL,
				"%s: %s: '%.64s' is %s%zu bytes long, and the kernel keeps %d "
				"of a thread's name; cut it, or end it in '*' before that",
				origin, key, text, is_pattern(text) ? "for names that are at least " : "", len,
				COMM_MAX);
	return 0;
}

/* What can never match is a mistake. */
static int check_pattern(int key, const char *text, const char *origin, struct diag *diag)
{
	const char *name = config_rule_entries[key].name;

	if (key == CONFIG_RULE_COMM)
		return config_rule_check_comm(name, text, origin, diag);
	if (text[0] != '/' && text[0] != '*')
		return diag_set(diag, -EINVAL,
				"%s: %s: '%.64s' can match no path; expected one that starts with "
				"'/', or with '*'",
				origin, name, text);
	if (key == CONFIG_RULE_CGROUP && !strncmp(text, CGROUP_ROOT "/", sizeof(CGROUP_ROOT)))
		return diag_set(diag, -EINVAL,
				"%s: %s: '%.64s': paths of cgroups begin below " CGROUP_ROOT "; leave that out",
				origin, name, text);
	if (strlen(text) > 1 && text[strlen(text) - 1] == '/')
		return diag_set(diag, -EINVAL,
				"%s: %s: '%.64s' can match no path: none ends in '/'; leave that out, or put "
				"'*' behind it",
				origin, name, text);
	return 0;
}

static int find_user(const char *name, uint32_t *ret_uid)
{
	struct passwd passwd, *found = NULL;
	char buf[16384];

	getpwnam_r(name, &passwd, buf, sizeof(buf), &found);
	if (!found)
		return -ENOENT;
	*ret_uid = found->pw_uid;
	return 0;
}

static int parse_number(int key, const char *text, uint32_t *ret_number, const char *origin,
			struct diag *diag)
{
	const struct config_rule_entry *entry = &config_rule_entries[key];
	uint64_t number;
	int err = config_parse_u64(text, &number);

	if (err == -EINVAL && key == CONFIG_RULE_UID) {
		if (!find_user(text, ret_number))
			return 0;
		return diag_set(diag, -EINVAL, "%s: uid: there is no user '%.64s'; expected %s",
				origin, text, entry->arg);
	}
	if (err || number < entry->min || number > entry->max)
		return diag_set(diag, -EINVAL,
				"%s: %s: '%.64s' is %s; expected %s, %" PRIu32 " to %" PRIu32,
				origin, entry->name, text,
				err == -EINVAL ? "not a whole number" : "out of range", entry->arg,
				entry->min, entry->max);
	*ret_number = (uint32_t)number;
	return 0;
}

int config_rule_check_value(const struct config_rule_value *value, const char *key, const char *arg,
			    const char *text, const char *origin, uint32_t layer, struct diag *diag)
{
	if (!*text)
		return diag_set(diag, -EINVAL, "%s: %s: the value is missing; expected %s", origin,
				key, arg);
	if (strlen(text) >= sizeof(value->text))
		return diag_set(diag, -EINVAL,
				"%s: %s: the value is %zu bytes long; at most %zu fit", origin, key,
				strlen(text), sizeof(value->text) - 1);
	if (value->is_set && value->layer == layer)
		return diag_set(diag, -EINVAL, "%s: %s is set twice; first at %s", origin, key,
				value->origin);
	return 0;
}

int config_rule_set(struct config_rule *rule, const char *key, const char *text, const char *origin,
		    uint32_t layer, struct diag *diag)
{
	struct config_rule_value value = { .is_set = true, .layer = layer }, *to;
	int err, i = config_rule_find_key(key, name_of, CONFIG_RULE_NR_KEYS, "a rule", origin, diag);

	if (i < 0)
		return i;
	to = &rule->values[i];
	err = config_rule_check_value(to, key, config_rule_entries[i].arg, text, origin, layer, diag);
	if (err)
		return err;
	if (i == CONFIG_RULE_COMM || i == CONFIG_RULE_CGROUP || i == CONFIG_RULE_EXE)
		err = check_pattern(i, text, origin, diag);
	else
		err = parse_number(i, text, &value.number, origin, diag);
	if (err)
		return err;
	strcpy(value.text, text);
	snprintf(value.origin, sizeof(value.origin), "%s", origin);
	*to = value;
	return 0;
}

int config_rule_check(const struct config_rule *rule, struct diag *diag)
{
	bool matches = false, hints = false;
	int i;

	for (i = 0; i < CONFIG_RULE_NR_KEYS; i++) {
		if (!rule->values[i].is_set)
			continue;
		if (config_rule_entries[i].hint)
			hints = true;
		else
			matches = true;
	}
	if (!matches)
		return diag_set(diag, -EINVAL,
				"%s: [rule %s] does not say for whom it is; expected comm, cgroup, "
				"uid or exe",
				rule->origin, rule->name);
	if (!hints)
		return diag_set(diag, -EINVAL,
				"%s: [rule %s] says nothing of whom it is for; expected "
				"weight_factor_pct, boost, slice_us or deadline_us",
				rule->origin, rule->name);
	return 0;
}

bool config_rule_values_equal(const struct config_rule_value *a, const struct config_rule_value *b,
			      size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (a[i].is_set != b[i].is_set || a[i].number != b[i].number ||
		    strcmp(a[i].text, b[i].text) != 0)
			return false;
	}
	return true;
}

bool config_rule_equal(const struct config_rule *a, const struct config_rule *b)
{
	return !strcmp(a->name, b->name) &&
	       config_rule_values_equal(a->values, b->values, CONFIG_RULE_NR_KEYS);
}
