/* SPDX-License-Identifier: GPL-2.0-only */
#include "config_show.h"

#include <string.h>

#include "suggest.h"
#include "utf8.h"

/* A path may hold anything, a comment ends with the line. */
static void put_comment(FILE *out, const char *text)
{
	fputs("# ", out);
	utf8_put(out, text);
	fputc('\n', out);
}

static void put_params(FILE *out, const struct config_param *params, size_t nr)
{
	size_t i, j;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < i && strcmp(params[j].policy, params[i].policy) != 0; j++)
			;
		if (j < i)
			continue; /* its section was written at the first of its parameters */
		fprintf(out, "\n[policy.%s]\n", params[i].policy);
		for (j = i; j < nr; j++) {
			if (strcmp(params[j].policy, params[i].policy) != 0)
				continue;
			put_comment(out, params[j].origin);
			fprintf(out, "%s = %s\n", params[j].key, params[j].value);
		}
	}
}

static void put_mode(FILE *out, const struct config_mode *mode)
{
	size_t i;

	fprintf(out, "\n[mode.%s]\n", mode->name);
	if (mode->summary[0]) {
		put_comment(out, mode->summary_origin.text);
		fprintf(out, "summary = %s\n", mode->summary);
	}
	if (mode->policy[0]) {
		put_comment(out, mode->policy_origin.text);
		fprintf(out, "policy = %s\n", mode->policy);
	}
	for (i = 0; i < mode->nr_params; i++) {
		put_comment(out, mode->params[i].origin);
		fprintf(out, "%s.%s = %s\n", mode->params[i].policy, mode->params[i].key,
			mode->params[i].value);
	}
}

static void put_value(FILE *out, const struct config_rule_value *value, const char *name)
{
	if (!value->is_set)
		return;
	put_comment(out, value->origin);
	fprintf(out, "%s = %s\n", name, value->text);
}

static void put_rule(FILE *out, const struct config_rule *rule)
{
	int i;

	fprintf(out, "\n[rule %s]\n", rule->name);
	for (i = 0; i < CONFIG_RULE_NR_KEYS; i++)
		put_value(out, &rule->values[i], config_rule_entries[i].name);
}

static void put_auto(FILE *out, const struct config_auto *rule)
{
	int key;

	fprintf(out, "\n[auto %s]\n", rule->name);
	for (key = 0; key < CONFIG_AUTO_NR_KEYS; key++)
		put_value(out, &rule->values[key], config_auto_name(key));
}

void config_show(const struct config *config, FILE *out)
{
	const struct config_key *keys, *key;
	const char *origin, *value;
	char buf[CONFIG_PATH_SIZE];
	size_t nr, i;

	keys = config_keys(&nr);
	fputs("# What counts, and above each value where it comes from. Files that were read, the\n"
	      "# later over the earlier:\n",
	      out);
	for (i = 0; i < config->files.nr; i++)
		put_comment(out, config->files.paths[i]);
	if (!config->files.nr)
		put_comment(out, "none");

	fputs("\n[scheduler]\n", out);
	for (key = keys; key < keys + nr; key++) {
		if (!key->section)
			continue;
		origin = config->origins[key - keys].text;
		value = config_key_text(config, key, buf, sizeof(buf));
		/* as it is without the mode, which comes below */
		if (key->type == CONFIG_TYPE_POLICY) {
			origin = config->base.policy_origin.text;
			value = config->base.policy;
		}
		put_comment(out, origin);
		fprintf(out, "%s = %s\n", key->name, value);
	}
	put_params(out, config->base.params, config->base.nr_params);
	for (i = 0; i < config->nr_modes; i++)
		put_mode(out, &config->modes[i]);
	for (i = 0; i < config->nr_rules; i++)
		put_rule(out, &config->rules[i]);
	for (i = 0; i < config->nr_autos; i++)
		put_auto(out, &config->autos[i]);
}

static void note(struct config_diff *diff, const char *name, const char *before, const char *after)
{
	char what[2 * CONFIG_PATH_SIZE + 100];

	snprintf(what, sizeof(what), "%s: %s -> %s", name, before, after);
	suggest_list(diff->text, sizeof(diff->text), what);
}

static bool same_params(const struct config_param *a, size_t nr_a, const struct config_param *b,
			size_t nr_b)
{
	const struct config_param *other;
	size_t i;

	for (i = 0; i < nr_a; i++) {
		other = config_find_param(b, nr_b, a[i].policy, a[i].key);
		if (!other || strcmp(other->value, a[i].value) != 0)
			return false;
	}
	/* no key is in one of them twice */
	return nr_a == nr_b;
}

static void note_params(struct config_diff *diff, const struct config *before,
			const struct config *after)
{
	const struct config_param *param, *other;
	char name[80];
	size_t i;

	for (i = 0; i < after->nr_params; i++) {
		param = &after->params[i];
		other = config_find_param(before->params, before->nr_params, param->policy,
					  param->key);
		if (other && !strcmp(other->value, param->value))
			continue;
		diff->params = true;
		snprintf(name, sizeof(name), "%s.%s", param->policy, param->key);
		note(diff, name, other ? other->value : "default", param->value);
	}
	for (i = 0; i < before->nr_params; i++) {
		param = &before->params[i];
		if (config_find_param(after->params, after->nr_params, param->policy, param->key))
			continue;
		diff->params = true;
		snprintf(name, sizeof(name), "%s.%s", param->policy, param->key);
		note(diff, name, param->value, "default");
	}
}

static bool same_mode(const struct config_mode *a, const struct config_mode *b)
{
	return !strcmp(a->policy, b->policy) && !strcmp(a->summary, b->summary) &&
	       same_params(a->params, a->nr_params, b->params, b->nr_params);
}

static void note_modes(struct config_diff *diff, const struct config *before,
		       const struct config *after)
{
	const struct config_mode *mode, *other;
	char what[64];
	size_t i;

	for (i = 0; i < after->nr_modes; i++) {
		mode = &after->modes[i];
		other = config_find_mode(before, mode->name);
		if (other && same_mode(other, mode))
			continue;
		diff->modes = true;
		snprintf(what, sizeof(what), "mode.%s: %s", mode->name, other ? "changed" : "new");
		suggest_list(diff->text, sizeof(diff->text), what);
	}
	for (i = 0; i < before->nr_modes; i++) {
		mode = &before->modes[i];
		if (config_find_mode(after, mode->name))
			continue;
		diff->modes = true;
		snprintf(what, sizeof(what), "mode.%s: gone", mode->name);
		suggest_list(diff->text, sizeof(diff->text), what);
	}
}

static void note_rules(struct config_diff *diff, const struct config *before,
		       const struct config *after)
{
	const struct config_rule *rule, *other;
	bool moved = false;
	char what[64];
	size_t i;

	for (i = 0; i < after->nr_rules; i++) {
		rule = &after->rules[i];
		other = config_find_rule(before, rule->name);
		if (other && config_rule_equal(other, rule)) {
			moved |= i >= before->nr_rules ||
				 strcmp(before->rules[i].name, rule->name) != 0;
			continue;
		}
		diff->rules = true;
		snprintf(what, sizeof(what), "rule %s: %s", rule->name, other ? "changed" : "new");
		suggest_list(diff->text, sizeof(diff->text), what);
	}
	for (i = 0; i < before->nr_rules; i++) {
		rule = &before->rules[i];
		if (config_find_rule(after, rule->name))
			continue;
		diff->rules = true;
		snprintf(what, sizeof(what), "rule %s: gone", rule->name);
		suggest_list(diff->text, sizeof(diff->text), what);
	}
	/* new ones and lost ones move the others along */
	if (moved && !diff->rules) {
		diff->rules = true;
		suggest_list(diff->text, sizeof(diff->text), "rules: in another order");
	}
}

static void note_autos(struct config_diff *diff, const struct config *before,
		       const struct config *after)
{
	const struct config_auto *rule, *other;
	char what[64];
	size_t i;

	for (i = 0; i < after->nr_autos; i++) {
		rule = &after->autos[i];
		other = config_find_auto(before, rule->name);
		if (i < before->nr_autos && config_auto_equal(&before->autos[i], rule))
			continue;
		diff->autos = true;
		snprintf(what, sizeof(what), "auto %s: %s", rule->name,
			 !other ? "new" : config_auto_equal(other, rule) ? "moved" : "changed");
		suggest_list(diff->text, sizeof(diff->text), what);
	}
	for (i = 0; i < before->nr_autos; i++) {
		rule = &before->autos[i];
		if (config_find_auto(after, rule->name))
			continue;
		diff->autos = true;
		snprintf(what, sizeof(what), "auto %s: gone", rule->name);
		suggest_list(diff->text, sizeof(diff->text), what);
	}
}

bool config_diff_of(const struct config *before, const struct config *after,
		    struct config_diff *ret_diff)
{
	char from[CONFIG_PATH_SIZE], to[CONFIG_PATH_SIZE];
	const struct config_key *keys, *key;
	struct config_diff diff = { 0 };
	size_t nr;

	keys = config_keys(&nr);
	for (key = keys; key < keys + nr; key++) {
		if (!key->section)
			continue;
		config_key_text(before, key, from, sizeof(from));
		config_key_text(after, key, to, sizeof(to));
		if (!strcmp(from, to))
			continue;
		note(&diff, key->name, from, to);
		diff.policy |= key->type == CONFIG_TYPE_POLICY;
		diff.modes |= key->type == CONFIG_TYPE_MODE;
		diff.verbose |= !strcmp(key->name, "verbose");
		if (!key->live) {
			diff.restart = true;
			suggest_list(diff.restart_text, sizeof(diff.restart_text), key->name);
		}
	}
	note_params(&diff, before, after);
	note_modes(&diff, before, after);
	note_rules(&diff, before, after);
	note_autos(&diff, before, after);
	/* what [scheduler] and [policy.NAME] say below a mode counts when the mode ends */
	if (!diff.text[0] && (strcmp(before->base.policy, after->base.policy) != 0 ||
			      !same_params(before->base.params, before->base.nr_params,
					   after->base.params, after->base.nr_params))) {
		diff.modes = true;
		suggest_list(diff.text, sizeof(diff.text), "what counts without a mode: changed");
	}
	*ret_diff = diff;
	return diff.text[0];
}
