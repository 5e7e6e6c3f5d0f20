/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target for policy_meta_values() and policy_rule.h: what people set parameters to. The
 * input is lines KEY=VALUE for one made-up policy, as far as they could stand in a file. Whatever
 * they say, a policy gets values within its table's ranges and rules that hold together, or
 * nothing. Run: see tests/fuzz/CMakeLists.txt.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "policy_meta.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLICE, WHOLE, SWITCH, RULE, NR };

static const struct policy_meta meta = {
	.path = "/fuzz.so",
	.name = "fuzz",
	.nr_params = NR,
	.params = {
		[SLICE] = { .name = "slice_us", .unit = "us", .type = CLAND_PARAM_U64,
			    .min = 500, .max = 100000, .def = 3000 },
		[WHOLE] = { .name = "whole", .type = CLAND_PARAM_U64, .max = UINT64_MAX },
		[SWITCH] = { .name = "switch", .type = CLAND_PARAM_BOOL, .max = 1, .def = 1 },
		[RULE] = { .name = "rule", .type = CLAND_PARAM_RULES },
	},
};

static struct config config;
static struct diag diag;

/* A line of the input becomes an entry, unless config.h would have refused it. */
static void add_line(const char *line, size_t len)
{
	const char *equals = memchr(line, '=', len);
	struct config_param *param = &config.params[config.nr_params];
	size_t key_len, value_len, i;

	if (!equals || config.nr_params == CONFIG_MAX_PARAMS || memchr(line, '\0', len))
		return;
	key_len = (size_t)(equals - line);
	value_len = len - key_len - 1;
	if (!key_len || !value_len || key_len >= sizeof(param->key) ||
	    value_len >= sizeof(param->value))
		return;
	snprintf(param->policy, sizeof(param->policy), "%s", meta.name);
	snprintf(param->key, sizeof(param->key), "%.*s", (int)key_len, line);
	snprintf(param->value, sizeof(param->value), "%.*s", (int)value_len, equals + 1);
	snprintf(param->origin, sizeof(param->origin), "fuzz.ini:%zu", config.nr_params);
	for (i = 0; i < config.nr_params; i++) {
		if (!strcmp(config.params[i].key, param->key))
			return;
	}
	config.nr_params++;
}

static void check_rule(const struct cland_rule *rule)
{
	must(rule->name[0] && memchr(rule->name, 0, sizeof(rule->name)), "a rule's name");
	must(memchr(rule->comm, 0, sizeof(rule->comm)), "comm");
	must(rule->comm[0] || rule->cgroup_id || rule->weight, "it is for somebody");
	must(!rule->reserved, "reserved");
	must(rule->period_ns >= 1000000 && rule->period_ns <= 1000000000, "period_ns");
	must(rule->budget_ns >= 100000 && rule->budget_ns <= rule->period_ns, "budget_ns");
}

static void check(int err, const uint64_t *values)
{
	struct cland_rule rule;
	uint64_t i;

	must(err <= 0, "0 or -errno");
	must(!err == !diag.text[0], "a sentence for each error");
	if (err) {
		must(strlen(diag.text) < sizeof(diag.text) - 1, "a sentence that is not cut");
		must(!strncmp(diag.text, "fuzz.ini:", 9), "it says where");
		for (i = 0; i < POLICY_META_MAX_PARAMS; i++)
			must(values[i] == UINT64_MAX, "nothing is written");
		return;
	}
	must(values[SLICE] >= 500 && values[SLICE] <= 100000, "slice_us");
	must(values[SWITCH] <= 1, "switch");
	must(values[RULE] <= CLAND_RULES_MAX, "the number of rules");
	for (i = 0; i < values[RULE]; i++) {
		memcpy(&rule, &values[NR + i * POLICY_META_RULE_WORDS], sizeof(rule));
		check_rule(&rule);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint64_t values[POLICY_META_MAX_PARAMS];
	const char *line = (const char *)data, *end = line + size, *next;

	config.nr_params = 0;
	diag.text[0] = '\0';
	for (; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next)
			next = end;
		add_line(line, (size_t)(next - line));
	}
	memset(values, 0xff, sizeof(values));
	check(policy_meta_values(&meta, &config, values, &diag), values);
	return 0;
}
