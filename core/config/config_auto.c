/* SPDX-License-Identifier: GPL-2.0-only */
#include "config_auto.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "config_value.h"
#include "intent.h"

#define HOLD_DEFAULT_S 10
#define HOLD_MAX_S     3600
#define LOAD_MAX       1000000 /* hundredths */

static const struct {
	const char *name;
	const char *arg; /* what is expected, for people */
} entries[CONFIG_AUTO_NR_KEYS] = {
	[CONFIG_AUTO_ON_BATTERY] = { "on_battery", "yes|no" },
	[CONFIG_AUTO_POWER_PROFILE] = { "power_profile", "power-saver|balanced|performance" },
	[CONFIG_AUTO_LOAD_ABOVE] = { "load_above", "a load average, 0.01 to 10000" },
	[CONFIG_AUTO_LOAD_BELOW] = { "load_below", "a load average, 0.01 to 10000" },
	[CONFIG_AUTO_PROCESS] = { "process", "a pattern for a process's name" },
	[CONFIG_AUTO_HOLD] = { "hold", "a time such as 10s or 2m, 0 to 1h" },
	[CONFIG_AUTO_POLICY] = { "policy", "a policy's name or path" },
	[CONFIG_AUTO_MODE] = { "mode", "NAME of a [mode.NAME]" },
};

const char *config_auto_name(int key)
{
	return entries[key].name;
}

/* "4", "2.5" or "0.75", in hundredths. */
static int parse_load(const char *text, uint32_t *ret_hundredths)
{
	const char *point = strchr(text, '.');
	size_t len = point ? (size_t)(point - text) : strlen(text);
	uint64_t whole, part = 0;
	char digits[8];

	if (!len || len >= sizeof(digits))
		return -EINVAL;
	snprintf(digits, sizeof(digits), "%.*s", (int)len, text);
	if (config_parse_u64(digits, &whole))
		return -EINVAL;
	if (point) {
		len = strlen(point + 1);
		if (len > 2 || config_parse_u64(point + 1, &part))
			return -EINVAL;
		if (len == 1)
			part *= 10;
	}
	if (whole * 100 + part < 1 || whole * 100 + part > LOAD_MAX)
		return -ERANGE;
	*ret_hundredths = (uint32_t)(whole * 100 + part);
	return 0;
}

static int parse_hold(const char *text, uint32_t *ret_s)
{
	uint64_t ns;

	if (!strcmp(text, "0") || !strcmp(text, "0s")) {
		*ret_s = 0;
		return 0;
	}
	if (intent_parse_duration(text, &ns) || ns > HOLD_MAX_S * 1000000000ULL)
		return -EINVAL;
	*ret_s = (uint32_t)(ns / 1000000000);
	return 0;
}

static int parse_number(int key, const char *text, uint32_t *ret_number)
{
	bool yes;

	switch (key) {
	case CONFIG_AUTO_ON_BATTERY:
		if (config_parse_bool(text, &yes))
			return -EINVAL;
		*ret_number = yes;
		return 0;
	case CONFIG_AUTO_POWER_PROFILE:
		*ret_number = power_profile_of(text);
		return *ret_number == POWER_PROFILE_NONE ? -EINVAL : 0;
	case CONFIG_AUTO_LOAD_ABOVE:
	case CONFIG_AUTO_LOAD_BELOW:
		return parse_load(text, ret_number);
	default:
		return parse_hold(text, ret_number);
	}
}

static int check_text(int key, const char *text, const char *origin, uint32_t layer,
		      struct diag *diag)
{
	char policy[sizeof(((struct config_rule_value *)0)->text)];
	struct config_place place;

	switch (key) {
	case CONFIG_AUTO_PROCESS:
		return config_rule_check_comm(entries[key].name, text, origin, diag);
	case CONFIG_AUTO_POLICY:
		config_place_set(&place, layer, origin, entries[key].name);
		return config_set_policy(&place, text, policy, sizeof(policy), diag);
	default:
		if (config_is_policy_name(text))
			return 0;
		return diag_set(diag, -EINVAL,
				"%s: mode: '%.64s' is no mode; expected a name with at most 31 of "
				"a-z, 0-9 and '-'", origin, text);
	}
}

int config_auto_set(struct config_auto *rule, const char *key, const char *text, const char *origin,
		    uint32_t layer, struct diag *diag)
{
	struct config_rule_value value = { .is_set = true, .layer = layer }, *to;
	int err, i = config_rule_find_key(key, config_auto_name, CONFIG_AUTO_NR_KEYS, "an [auto] rule",
					  origin, diag);

	if (i < 0)
		return i;
	to = &rule->values[i];
	err = config_rule_check_value(to, key, entries[i].arg, text, origin, layer, diag);
	if (err)
		return err;
	if (i == CONFIG_AUTO_PROCESS || i == CONFIG_AUTO_POLICY || i == CONFIG_AUTO_MODE)
		err = check_text(i, text, origin, layer, diag);
	else if (parse_number(i, text, &value.number))
		err = diag_set(diag, -EINVAL, "%s: %s: '%.64s' is not possible; expected %s", origin,
			       key, text, entries[i].arg);
	if (err)
		return err;
	strcpy(value.text, text);
	snprintf(value.origin, sizeof(value.origin), "%s", origin);
	*to = value;
	return 0;
}

uint32_t config_auto_load_below(const struct config_auto *rule)
{
	const struct config_rule_value *below = &rule->values[CONFIG_AUTO_LOAD_BELOW];

	return below->is_set ? below->number :
			       (rule->values[CONFIG_AUTO_LOAD_ABOVE].number * 3 + 3) / 4;
}

uint32_t config_auto_hold_s(const struct config_auto *rule)
{
	const struct config_rule_value *hold = &rule->values[CONFIG_AUTO_HOLD];

	return hold->is_set ? hold->number : HOLD_DEFAULT_S;
}

int config_auto_check(const struct config_auto *rule, struct diag *diag)
{
	const struct config_rule_value *values = rule->values;
	const struct config_rule_value *below = &values[CONFIG_AUTO_LOAD_BELOW];

	if (below->is_set && !values[CONFIG_AUTO_LOAD_ABOVE].is_set)
		return diag_set(diag, -EINVAL,
				"%s: load_below: [auto %s] has no load_above; load_below says when that "
				"one ends", below->origin, rule->name);
	if (!values[CONFIG_AUTO_ON_BATTERY].is_set && !values[CONFIG_AUTO_POWER_PROFILE].is_set &&
	    !values[CONFIG_AUTO_LOAD_ABOVE].is_set && !values[CONFIG_AUTO_PROCESS].is_set)
		return diag_set(diag, -EINVAL,
				"%s: [auto %s] does not say when it applies; expected on_battery, "
				"power_profile, load_above or process", rule->origin, rule->name);
	if (below->is_set && below->number > values[CONFIG_AUTO_LOAD_ABOVE].number)
		return diag_set(diag, -EINVAL,
				"%s: load_below: '%s' is more than load_above, which is '%s' at %s: the "
				"rule would end as soon as it applies", below->origin, below->text,
				values[CONFIG_AUTO_LOAD_ABOVE].text,
				values[CONFIG_AUTO_LOAD_ABOVE].origin);
	if (values[CONFIG_AUTO_POLICY].is_set == values[CONFIG_AUTO_MODE].is_set)
		return diag_set(diag, -EINVAL, "%s: [auto %s] %s; expected policy or mode, one of them",
				rule->origin, rule->name, values[CONFIG_AUTO_POLICY].is_set ?
				"names a policy and a mode" : "does not say what is to run");
	return 0;
}

bool config_auto_equal(const struct config_auto *a, const struct config_auto *b)
{
	return !strcmp(a->name, b->name) &&
	       config_rule_values_equal(a->values, b->values, CONFIG_AUTO_NR_KEYS);
}
