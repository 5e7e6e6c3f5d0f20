/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_rule.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cland_msg.h"
#include "config.h"

#define PERIOD_MIN_US 1000
#define PERIOD_MAX_US 1000000
#define BUDGET_MIN_US 100

/* By which policies know nice levels. */
static const uint32_t nice_weights[] = CLAND_NICE_WEIGHTS;

static int parse_time(const char *text, uint64_t min_us, uint64_t max_us, uint64_t *ret_ns)
{
	uint64_t us;

	if (config_parse_u64(text, &us) || us < min_us || us > max_us)
		return -EINVAL;
	*ret_ns = us * 1000;
	return 0;
}

static int parse_nice(const char *text, uint32_t *ret_weight)
{
	uint64_t nice;
	bool negative = *text == '-';

	if (config_parse_u64(text + negative, &nice) || nice > (negative ? 20u : 19u))
		return -EINVAL;
	*ret_weight = nice_weights[negative ? 20 - nice : 20 + nice];
	return 0;
}

static int parse_cgroup(const char *text, const char *cgroup_root, uint64_t *ret_id)
{
	char path[512];
	struct stat st;

	if (*text != '/')
		return config_parse_u64(text, ret_id) || !*ret_id || *ret_id == POLICY_RULE_ABSENT ?
			       -EINVAL : 0;
	if (snprintf(path, sizeof(path), "%s%s", cgroup_root, text) >= (int)sizeof(path))
		return -EINVAL;
	if (stat(path, &st)) {
		/* A service's, for instance, before it has been started. */
		*ret_id = POLICY_RULE_ABSENT;
		return errno == ENOENT ? 0 : -EINVAL;
	}
	*ret_id = st.st_ino; /* which is the kernel's number of the cgroup */
	return S_ISDIR(st.st_mode) ? 0 : -EINVAL;
}

static int parse_word(const char *where, const char *key, const char *value,
		      const char *cgroup_root, struct cland_rule *rule, struct diag *diag)
{
	if (!strcmp(key, "comm")) {
		if (!*value || strlen(value) >= sizeof(rule->comm))
			return diag_set(diag, -EINVAL, "%s: comm=%s: expected 1 to 15 characters, "
					"of which * stands for any and ? for one", where, value);
		strcpy(rule->comm, value);
		return 0;
	}
	if (!strcmp(key, "cgroup")) {
		if (parse_cgroup(value, cgroup_root, &rule->cgroup_id))
			return diag_set(diag, -EINVAL, "%s: cgroup=%s: there is no such cgroup; "
					"expected a path below %s, or the number of one", where,
					value, cgroup_root);
		return 0;
	}
	if (!strcmp(key, "nice")) {
		if (parse_nice(value, &rule->weight))
			return diag_set(diag, -EINVAL, "%s: nice=%s: expected -20 to 19", where,
					value);
		return 0;
	}
	if (!strcmp(key, "period_us")) {
		if (parse_time(value, PERIOD_MIN_US, PERIOD_MAX_US, &rule->period_ns))
			return diag_set(diag, -EINVAL, "%s: period_us=%s: expected %d to %d",
					where, value, PERIOD_MIN_US, PERIOD_MAX_US);
		return 0;
	}
	if (!strcmp(key, "budget_us")) {
		if (parse_time(value, BUDGET_MIN_US, PERIOD_MAX_US, &rule->budget_ns))
			return diag_set(diag, -EINVAL, "%s: budget_us=%s: expected %d to %d",
					where, value, BUDGET_MIN_US, PERIOD_MAX_US);
		return 0;
	}
	return diag_set(diag, -EINVAL, "%s: '%s' is not known in a rule; it has comm, cgroup, nice, "
			"period_us and budget_us", where, key);
}

int policy_rule_parse(const char *where, const char *name, const char *text,
		      const char *cgroup_root, struct cland_rule *ret_rule, struct diag *diag)
{
	char words[sizeof(((struct config_param *)0)->value) + 1], *word, *value, *rest = words;
	const char *seen[8]; /* more than there are to know */
	struct cland_rule rule = { 0 };
	size_t i, nr_seen = 0;
	int err;

	if (!*name || strlen(name) >= sizeof(rule.name))
		return diag_set(diag, -EINVAL, "%s: rule.%s: a rule's name has 1 to %zu letters",
				where, name, sizeof(rule.name) - 1);
	strcpy(rule.name, name);
	if (strlen(text) >= sizeof(words))
		return diag_set(diag, -EINVAL, "%s: the rule is too long", where);
	strcpy(words, text);
	while ((word = strtok_r(rest, " \t", &rest))) {
		value = strchr(word, '=');
		if (!value)
			return diag_set(diag, -EINVAL, "%s: '%s' has no '='; a rule reads like "
					"comm=mpv period_us=16667 budget_us=4000", where, word);
		*value++ = '\0';
		for (i = 0; i < nr_seen; i++) {
			if (!strcmp(seen[i], word))
				return diag_set(diag, -EINVAL, "%s: %s is given twice; a rule is for "
						"what one of each says", where, word);
		}
		seen[nr_seen++] = word;
		err = parse_word(where, word, value, cgroup_root, &rule, diag);
		if (err)
			return err;
	}
	if (!rule.comm[0] && !rule.cgroup_id && !rule.weight)
		return diag_set(diag, -EINVAL, "%s: the rule is for nobody: give it comm, cgroup or "
				"nice", where);
	if (!rule.period_ns || !rule.budget_ns)
		return diag_set(diag, -EINVAL, "%s: a rule must give period_us and budget_us", where);
	if (rule.budget_ns > rule.period_ns)
		return diag_set(diag, -EINVAL, "%s: budget_us=%" PRIu64 " is more than period_us=%"
				PRIu64 ": one CPU has no more time than that", where,
				rule.budget_ns / 1000, rule.period_ns / 1000);
	*ret_rule = rule;
	return 0;
}
