/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_meta.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "policy_rule.h"
#include "suggest.h"

/* Whether the key is a rule's: "NAME.RULE", of a parameter of rules called NAME. */
static const char *rule_name(const struct policy_meta_param *param, const char *key)
{
	size_t len = strlen(param->name);

	if (param->type != CLAND_PARAM_RULES || strncmp(key, param->name, len) != 0 ||
	    key[len] != '.')
		return NULL;
	return key + len + 1;
}

/* One more rule, behind the values of the parameters. *nr: how many there are. */
static int add_rule(const struct policy_meta *meta, const char *name,
		    const struct config_param *entry, uint64_t *values, uint64_t *nr,
		    struct diag *diag)
{
	struct cland_rule rule;
	int err;

	_Static_assert(sizeof(rule) % sizeof(uint64_t) == 0, "a rule is a number of values");
	if (*nr == CLAND_RULES_MAX)
		return diag_set(diag, -EINVAL, "%s: %s: only %u rules fit", entry->origin,
				entry->key, CLAND_RULES_MAX);
	err = policy_rule_parse(entry->origin, name, entry->value, "/sys/fs/cgroup", &rule, diag);
	if (err)
		return err;
	memcpy(&values[meta->nr_params + *nr * POLICY_META_RULE_WORDS], &rule, sizeof(rule));
	(*nr)++;
	return 0;
}

static int param_value(const struct policy_meta_param *param, const struct config_param *entry,
		       uint64_t *ret_value, struct diag *diag)
{
	uint64_t value;
	bool yes;
	int err;

	if (param->type == CLAND_PARAM_BOOL) {
		if (config_parse_bool(entry->value, &yes))
			return diag_set(diag, -EINVAL, "%s: %s: '%s' is neither yes nor no%s", entry->origin,
					entry->key, entry->value, config_value_hint(entry->value));
		*ret_value = yes;
		return 0;
	}
	err = config_parse_u64(entry->value, &value);
	if (err || value < param->min || value > param->max)
		return diag_set(diag, -EINVAL,
				"%s: %s: '%s' is %s; expected %" PRIu64 " to %" PRIu64 "%s%s%s",
				entry->origin, entry->key, entry->value,
				err == -EINVAL ? "not a whole number" : "out of range", param->min,
				param->max, param->unit[0] ? " " : "", param->unit,
				config_value_hint(entry->value));
	*ret_value = value;
	return 0;
}

int policy_meta_values(const struct policy_meta *meta, const struct config *config,
		       uint64_t *ret_values, struct diag *diag)
{
	const struct config_param *entry;
	uint64_t values[POLICY_META_MAX_PARAMS] = { 0 }, nr_rules = 0;
	struct suggest suggest;
	const char *name = NULL;
	char all[384] = "";
	size_t i, j;
	int err;

	for (i = 0; i < meta->nr_params; i++)
		values[i] = meta->params[i].def;
	for (i = 0; i < config->nr_params; i++) {
		entry = &config->params[i];
		if (strcmp(entry->policy, meta->name) != 0)
			continue;
		suggest_init(&suggest, entry->key);
		for (j = 0; j < meta->nr_params; j++) {
			name = rule_name(&meta->params[j], entry->key);
			if (name || (meta->params[j].type != CLAND_PARAM_RULES &&
				     !strcmp(meta->params[j].name, entry->key)))
				break;
			suggest_try(&suggest, meta->params[j].name);
			suggest_list(all, sizeof(all), meta->params[j].name);
		}
		if (j == meta->nr_params)
			return diag_set(diag, -EINVAL,
					"%s: the policy '%s' has no parameter '%s'; it has %s%s",
					entry->origin, meta->name, entry->key,
					all[0] ? all : "none", suggest_hint(&suggest));
		all[0] = '\0';
		if (name) {
			err = add_rule(meta, name, entry, values, &nr_rules, diag);
			values[j] = nr_rules;
		} else {
			err = param_value(&meta->params[j], entry, &values[j], diag);
		}
		if (err)
			return err;
	}
	memcpy(ret_values, values,
	       (meta->nr_params + nr_rules * POLICY_META_RULE_WORDS) * sizeof(values[0]));
	return 0;
}
