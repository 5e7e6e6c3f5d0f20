/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config/scx-cland.ini says of every key and parameter what the program says, no more and no less.
 * A setting in it is a line "#key = value", the head of an example "#[mode.NAME]",
 * "#[rule NAME]" or "#[auto NAME]"; other comments
 * have a blank after the '#'. Examples are no defaults: they must be sound, and use each policy.
 */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <scx-cland/policy.h>

#include "config.h"
#include "policy_meta.h"

struct setting {
	char section[64], key[64], value[128];
	char text[1024]; /* the comment above it */
	bool seen;
};

static struct setting settings[96];
static size_t nr_settings;
static struct diag diag;

static int read_sample(void **state)
{
	FILE *file = fopen(SAMPLE, "r");
	char line[256], section[64] = "", text[1024] = "";
	struct setting *setting;

	(void)state;
	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		setting = &settings[nr_settings];
		if (line[0] == '[' || !strncmp(line, "#[", 2)) {
			sscanf(line + (line[0] == '#'), "[%63[^]]", section);
		} else if (line[0] == '#' && line[1] == ' ') {
			/* with its line breaks gone */
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", line + 1);
		} else if (line[0] && strcmp(line, "#") != 0) {
			if (sscanf(line, "#%63s = %127[^\n]", setting->key, setting->value) != 2 ||
			    ++nr_settings == sizeof(settings) / sizeof(settings[0])) {
				print_error("not understood: %s\n", line);
				return -1;
			}
			strcpy(setting->section, section);
			strcpy(setting->text, text);
		}
		if (!line[0])
			text[0] = '\0';
	}
	fclose(file);
	return 0;
}

static struct setting *find(const char *section, const char *key)
{
	size_t i;

	for (i = 0; i < nr_settings; i++) {
		if (!strcmp(settings[i].section, section) && !strcmp(settings[i].key, key)) {
			settings[i].seen = true;
			return &settings[i];
		}
	}
	fail_msg("[%s] %s is not in the sample", section, key);
	return NULL;
}

static void check_range(const struct setting *setting, uint64_t min, uint64_t max)
{
	char range[64];

	snprintf(range, sizeof(range), " %" PRIu64 " to %" PRIu64, min, max);
	if (!strstr(setting->text, range))
		fail_msg("[%s] %s: the sample does not say '%s'", setting->section, setting->key,
			 range + 1);
}

static void sample__lists_every_key_with_default_and_range(void **state)
{
	const struct config_key *keys;
	struct setting *setting;
	size_t i, nr;

	(void)state;
	keys = config_keys(&nr);
	for (i = 0; i < nr; i++) {
		if (!keys[i].section)
			continue;
		setting = find(keys[i].section, keys[i].name);
		assert_string_equal(setting->value, keys[i].def);
		if (keys[i].type == CONFIG_TYPE_U32)
			check_range(setting, keys[i].min, keys[i].max);
		if (!keys[i].live != !!strstr(setting->text, "Counts from the next start."))
			fail_msg("%s: is it said when it counts?", keys[i].name);
		for (size_t j = 0; keys[i].choices && keys[i].choices[j]; j++)
			assert_non_null(strstr(setting->text, keys[i].choices[j]));
	}
}

/* docs/configuration.md has a row "| `key` | values | default | when it counts |" for each. */
static void sample__and_the_manual_agree(void **state)
{
	const struct config_key *keys;
	char line[512], start[64], end[96], range[64];
	FILE *file;
	size_t i, nr;

	(void)state;
	keys = config_keys(&nr);
	for (i = 0; i < nr; i++) {
		if (!keys[i].section)
			continue;
		snprintf(start, sizeof(start), "| `%s` | ", keys[i].name);
		snprintf(end, sizeof(end), " | %s%s%s | %s |\n",
			 keys[i].type == CONFIG_TYPE_U32 ? "" : "`", keys[i].def,
			 keys[i].type == CONFIG_TYPE_U32 ? "" : "`",
			 keys[i].live ? "live" : "from the next start");
		snprintf(range, sizeof(range), "| %" PRIu32 " to %" PRIu32 " |", keys[i].min,
			 keys[i].max);
		file = fopen(MANUAL, "r");
		assert_non_null(file);
		while (fgets(line, sizeof(line), file) && strncmp(line, start, strlen(start)) != 0)
			;
		fclose(file);
		if (strncmp(line, start, strlen(start)) != 0)
			fail_msg("%s: no row for %s", MANUAL, keys[i].name);
		if (!strstr(line, end) || (keys[i].type == CONFIG_TYPE_U32 && !strstr(line, range)))
			fail_msg("%s: not as the key table has it: %s", MANUAL, line);
		for (size_t j = 0; keys[i].choices && keys[i].choices[j]; j++)
			assert_non_null(strstr(line, keys[i].choices[j]));
	}
}

static void check_policy(const char *path)
{
	const struct policy_meta_param *param;
	struct policy_meta meta;
	struct setting *setting;
	char section[64], value[32];
	size_t i;

	if (policy_meta_read(path, &meta, &diag))
		fail_msg("%s", diag.text);
	snprintf(section, sizeof(section), "policy.%s", meta.name);
	for (i = 0; i < meta.nr_params; i++) {
		param = &meta.params[i];
		if (param->type == CLAND_PARAM_RULES) {
			/* any number of keys: one as an example */
			find(section, "rule.mpv");
			continue;
		}
		setting = find(section, param->name);
		if (param->type == CLAND_PARAM_BOOL) {
			assert_string_equal(setting->value, param->def ? "yes" : "no");
			continue;
		}
		snprintf(value, sizeof(value), "%" PRIu64, param->def);
		assert_string_equal(setting->value, value);
		check_range(setting, param->min, param->max);
	}
}

static void sample__lists_every_parameter_of_our_policies(void **state)
{
	DIR *dir = opendir(POLICIES);
	struct dirent *entry;
	char path[PATH_MAX];
	size_t nr = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (!strstr(entry->d_name, ".so"))
			continue;
		snprintf(path, sizeof(path), POLICIES "/%s", entry->d_name);
		check_policy(path);
		nr++;
	}
	closedir(dir);
	assert_true(nr > 0);
}

/* Comes last: the two above have ticked off what there is. */
static void sample__lists_nothing_else(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < nr_settings; i++) {
		if (!settings[i].seen && strncmp(settings[i].section, "mode.", 5) != 0 &&
		    strncmp(settings[i].section, "rule ", 5) != 0 &&
		    strncmp(settings[i].section, "auto ", 5) != 0)
			fail_msg("the sample has [%s] %s, and nobody knows it", settings[i].section,
				 settings[i].key);
	}
}

static void load(const char *path, struct config *ret_config)
{
	char option[PATH_MAX + 16], *argv[] = { "scx-cland", option, NULL };

	snprintf(option, sizeof(option), "--config=%s", path);
	if (config_load(2, argv, ret_config, &diag))
		fail_msg("%s", diag.text);
}

/* The sample with every '#' taken away that hides a setting. */
static void load_all(struct config *ret_config)
{
	char path[] = "/tmp/test_sample.XXXXXX", line[256];
	FILE *in = fopen(SAMPLE, "r"), *out;
	int fd = mkstemp(path);

	assert_non_null(in);
	assert_true(fd >= 0);
	out = fdopen(fd, "w");
	assert_non_null(out);
	while (fgets(line, sizeof(line), in)) {
		bool hidden =
			line[0] == '#' && ((line[1] >= 'a' && line[1] <= 'z') || line[1] == '[');

		fputs(hidden ? line + 1 : line, out);
	}
	fclose(in);
	fclose(out);
	load(path, ret_config);
	unlink(path);
}

/* As it is, and all of it: the same settings, which are the defaults. */
static void sample__loads_to_the_defaults(void **state)
{
	struct config plain, all;

	(void)state;
	load(SAMPLE, &plain);
	load_all(&all);
	assert_string_equal(plain.policy, all.policy);
	assert_string_equal(plain.mode, all.mode);
	assert_int_equal(plain.verbose, all.verbose);
	assert_int_equal(plain.decisions, all.decisions);
	assert_int_equal(plain.partial, all.partial);
	assert_int_equal(plain.exit_dump_len, all.exit_dump_len);
	assert_int_equal(plain.rescue_ms, all.rescue_ms);
	assert_int_equal(plain.max_tasks, all.max_tasks);
	assert_int_equal(plain.nr_params, 0);
	assert_true(all.nr_params > 0);
	assert_int_equal(plain.nr_modes, 0);
}

/* Each example can be used as it stands, and each of our policies has one. */
static void sample__shows_a_mode_for_each_policy(void **state)
{
	uint64_t values[POLICY_META_MAX_PARAMS];
	struct policy_meta meta;
	struct config all, in_mode;
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir = opendir(POLICIES);
	size_t i, j;

	(void)state;
	load_all(&all);
	for (i = 0; i < all.nr_modes; i++) {
		if (config_apply_mode(&all, all.modes[i].name, &in_mode, &diag))
			fail_msg("%s", diag.text);
		assert_string_equal(in_mode.mode, all.modes[i].name);
		assert_true(all.modes[i].summary[0] && all.modes[i].policy[0]);
		for (j = 0; j < all.modes[i].nr_params; j++)
			assert_string_equal(all.modes[i].params[j].policy, all.modes[i].policy);
		snprintf(path, sizeof(path), POLICIES "/%s.so", in_mode.policy);
		if (policy_meta_read(path, &meta, &diag))
			fail_msg("%s", diag.text);
		in_mode.nr_params = all.modes[i].nr_params;
		memcpy(in_mode.params, all.modes[i].params, sizeof(all.modes[i].params));
		if (policy_meta_values(&meta, &in_mode, values, &diag))
			fail_msg("%s", diag.text);
	}
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (!strstr(entry->d_name, ".so"))
			continue;
		for (i = 0; i < all.nr_modes; i++) {
			if (!strncmp(all.modes[i].policy, entry->d_name, strlen(entry->d_name) - 3))
				break;
		}
		if (i == all.nr_modes)
			fail_msg("the sample has no mode for %s", entry->d_name);
	}
	closedir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample__loads_to_the_defaults),
		cmocka_unit_test(sample__shows_a_mode_for_each_policy),
		cmocka_unit_test(sample__lists_every_key_with_default_and_range),
		cmocka_unit_test(sample__and_the_manual_agree),
		cmocka_unit_test(sample__lists_every_parameter_of_our_policies),
		cmocka_unit_test(sample__lists_nothing_else),
	};

	return cmocka_run_group_tests(tests, read_sample, NULL);
}
