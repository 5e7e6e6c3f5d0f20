/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config/scx-cland.ini says of every key and parameter what the program says, no more and no less.
 * A setting in it is a line "#key = value"; other comments have a blank after the '#'.
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

static struct setting settings[64];
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
		if (line[0] == '[') {
			sscanf(line, "[%63[^]]", section);
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
		for (size_t j = 0; keys[i].choices && keys[i].choices[j]; j++)
			assert_non_null(strstr(setting->text, keys[i].choices[j]));
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
		if (!settings[i].seen)
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

/* As it is, and with every '#' taken away: the same settings, which are the defaults. */
static void sample__loads_to_the_defaults(void **state)
{
	char path[] = "/tmp/test_sample.XXXXXX", line[256];
	FILE *in = fopen(SAMPLE, "r"), *out;
	struct config plain, all;
	int fd = mkstemp(path);

	(void)state;
	assert_non_null(in);
	assert_true(fd >= 0);
	out = fdopen(fd, "w");
	assert_non_null(out);
	while (fgets(line, sizeof(line), in))
		fputs(line[0] == '#' && line[1] >= 'a' && line[1] <= 'z' ? line + 1 : line, out);
	fclose(in);
	fclose(out);
	load(SAMPLE, &plain);
	load(path, &all);
	unlink(path);

	assert_string_equal(plain.policy, all.policy);
	assert_int_equal(plain.decisions, all.decisions);
	assert_int_equal(plain.partial, all.partial);
	assert_int_equal(plain.exit_dump_len, all.exit_dump_len);
	assert_int_equal(plain.rescue_ms, all.rescue_ms);
	assert_int_equal(plain.max_tasks, all.max_tasks);
	assert_int_equal(plain.nr_params, 0);
	assert_true(all.nr_params > 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample__loads_to_the_defaults),
		cmocka_unit_test(sample__lists_every_key_with_default_and_range),
		cmocka_unit_test(sample__lists_every_parameter_of_our_policies),
		cmocka_unit_test(sample__lists_nothing_else),
	};

	return cmocka_run_group_tests(tests, read_sample, NULL);
}
