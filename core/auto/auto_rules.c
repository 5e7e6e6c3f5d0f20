/* SPDX-License-Identifier: GPL-2.0-only */
#include "auto_rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "suggest.h"

#define NS_PER_S 1000000000ULL

/* What a condition comes to, and in words. */
struct verdict {
	bool known, holds;
	char words[160];
};

void auto_rules_init(struct auto_rules *autos)
{
	memset(autos, 0, sizeof(*autos));
}

void auto_rules_set(struct auto_rules *autos, const struct config_auto *rules, size_t nr)
{
	struct auto_rule_state states[CONFIG_MAX_AUTO] = { 0 };
	size_t i;
	int before;

	for (i = 0; i < nr; i++) {
		before = auto_rules_find(autos, rules[i].name);
		if (before >= 0 && config_auto_equal(&autos->rules[before], &rules[i]))
			states[i] = autos->states[before];
	}
	memcpy(autos->rules, rules, nr * sizeof(*rules));
	memcpy(autos->states, states, sizeof(states));
	autos->nr = nr;
}

int auto_rules_find(const struct auto_rules *autos, const char *name)
{
	size_t i;

	for (i = 0; i < autos->nr; i++)
		if (!strcmp(autos->rules[i].name, name))
			return (int)i;
	return -1;
}

static void judge_load(const struct config_auto *rule, const struct auto_rule_state *state,
		       const struct auto_facts *facts, struct verdict *verdict)
{
	uint32_t above = rule->values[CONFIG_AUTO_LOAD_ABOVE].number;
	uint32_t limit = state->applies ? config_auto_load_below(rule) : above;

	verdict->known = facts->load_known;
	/* A rule ends below its lower limit, not at it. */
	verdict->holds = facts->has_load && (state->applies ? facts->load >= limit :
							      facts->load > limit);
	if (!facts->has_load)
		snprintf(verdict->words, sizeof(verdict->words), "the load cannot be read");
	else
		snprintf(verdict->words, sizeof(verdict->words),
			 "the load %" PRIu32 ".%02" PRIu32 " is %s %" PRIu32 ".%02" PRIu32,
			 facts->load / 100, facts->load % 100,
			 facts->load > limit ? "above" : facts->load < limit ? "below" : "at",
			 limit / 100, limit % 100);
}

static void judge_key(const struct auto_rules *autos, size_t i, enum config_auto_key key,
		      const struct auto_facts *facts, struct verdict *ret_verdict)
{
	const struct config_rule_value *value = &autos->rules[i].values[key];
	struct verdict verdict = { 0 };

	switch (key) {
	case CONFIG_AUTO_ON_BATTERY:
		verdict.known = facts->battery_known;
		verdict.holds = facts->on_battery == (value->number != 0);
		snprintf(verdict.words, sizeof(verdict.words), "%son battery",
			 facts->on_battery ? "" : "not ");
		break;
	case CONFIG_AUTO_POWER_PROFILE:
		verdict.known = facts->profile_known;
		verdict.holds = facts->profile == value->number;
		snprintf(verdict.words, sizeof(verdict.words), "the power profile is %s (%s)",
			 power_profile_name(facts->profile),
			 facts->profile_from ? facts->profile_from : "nobody says");
		break;
	case CONFIG_AUTO_LOAD_ABOVE:
		judge_load(&autos->rules[i], &autos->states[i], facts, &verdict);
		break;
	case CONFIG_AUTO_PROCESS:
		verdict.known = facts->processes_known;
		verdict.holds = facts->running & 1u << i;
		snprintf(verdict.words, sizeof(verdict.words), "%s%.64s%s",
			 verdict.holds ? "" : "no ", value->text, " runs");
		break;
	default:
		verdict.known = verdict.holds = true;
	}
	*ret_verdict = verdict;
}

/* All conditions together: one that does not hold decides, and is what is told. */
static void judge(const struct auto_rules *autos, size_t i, const struct auto_facts *facts,
		  struct verdict *ret_verdict)
{
	struct verdict all = { .known = true, .holds = true }, one;
	enum config_auto_key key;

	for (key = 0; key < CONFIG_AUTO_NR_KEYS; key++) {
		if (!autos->rules[i].values[key].is_set || key == CONFIG_AUTO_LOAD_BELOW ||
		    key >= CONFIG_AUTO_HOLD)
			continue;
		judge_key(autos, i, key, facts, &one);
		if (one.known && !one.holds) {
			*ret_verdict = one;
			return;
		}
		all.known &= one.known;
		suggest_list(all.words, sizeof(all.words), one.words);
	}
	*ret_verdict = all;
}

bool auto_rules_update(struct auto_rules *autos, const struct auto_facts *facts, uint64_t now_ns)
{
	struct auto_rule_state *state;
	struct verdict verdict;
	bool changed = false;
	size_t i;

	for (i = 0; i < autos->nr; i++) {
		state = &autos->states[i];
		judge(autos, i, facts, &verdict);
		if (!verdict.known)
			continue;
		if (state->decided && verdict.holds == state->applies) {
			state->differs = false;
			continue;
		}
		if (!state->differs) {
			state->differs = true;
			state->differs_since_ns = now_ns;
		}
		if (state->decided && now_ns - state->differs_since_ns <
					      config_auto_hold_s(&autos->rules[i]) * NS_PER_S)
			continue;
		*state = (struct auto_rule_state){ .decided = true, .applies = verdict.holds };
		snprintf(state->why, sizeof(state->why), "%s", verdict.words);
		changed = true;
	}
	return changed;
}

uint64_t auto_rules_deadline_ns(const struct auto_rules *autos)
{
	uint64_t deadline_ns = AUTO_RULES_NEVER_NS, at_ns;
	size_t i;

	for (i = 0; i < autos->nr; i++) {
		if (!autos->states[i].differs)
			continue;
		at_ns = autos->states[i].differs_since_ns +
			config_auto_hold_s(&autos->rules[i]) * NS_PER_S;
		if (at_ns < deadline_ns)
			deadline_ns = at_ns;
	}
	return deadline_ns;
}

uint64_t auto_rules_look_ns(const struct auto_rules *autos)
{
	uint64_t look_ns = AUTO_RULES_NEVER_NS, its_ns;
	size_t i;

	for (i = 0; i < autos->nr; i++) {
		its_ns = config_auto_hold_s(&autos->rules[i]) * NS_PER_S / AUTO_RULES_LOOKS;
		if (autos->states[i].differs && its_ns < look_ns)
			look_ns = its_ns;
	}
	return look_ns;
}
