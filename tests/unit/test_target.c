/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an agent is to run: made from a configuration and a policy's table, rules and all, and told
 * from what another agent runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "exit_codes.h"
#include "target.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct config config;
static struct diag diag;

static int resolve(const char *const settings[], struct target *ret_target)
{
	char program[] = "scx-cland", file[] = "--config=/dev/null", name[] = "--policy=" DEADLINE;
	char options[4][256], *argv[ARRAY_LEN(options) + 4] = { program, file, name };
	int argc = 3;
	size_t i;

	for (i = 0; i < ARRAY_LEN(options) && settings[i]; i++) {
		snprintf(options[i], sizeof(options[i]), "--set=deadline.%s", settings[i]);
		argv[argc++] = options[i];
	}
	if (config_load(argc, argv, &config, &diag))
		fail_msg("%s", diag.text);
	return target_resolve(&config, ret_target, &diag);
}

static void target__carries_rules_behind_the_parameters(void **state)
{
	static const char *const settings[] = {
		"rule.one=comm=mpv period_us=16667 budget_us=4000",
		"slice_us=4000",
		"rule.two=nice=-11 period_us=5000 budget_us=500", NULL
	};
	static struct target target;
	struct cland_rule rules[2];

	(void)state;
	assert_int_equal(resolve(settings, &target), EXIT_CODE_OK);
	assert_true(target.nr_values >= 4);
	memcpy(rules, &target.values[target.nr_values], sizeof(rules));
	assert_string_equal(rules[0].name, "one");
	assert_string_equal(rules[0].comm, "mpv");
	assert_int_equal(rules[0].period_ns, 16667000);
	assert_string_equal(rules[1].name, "two");
	assert_int_equal(rules[1].budget_ns, 500000);
}

static void target__is_the_same_with_the_same_rules_only(void **state)
{
	static const char *const others[][4] = {
		{ NULL },
		{ "slice_us=4000" },
		{ "slice_us=4000", "rule.one=comm=mpv period_us=16667 budget_us=4001" },
		{ "slice_us=4000", "rule.one=comm=mpw period_us=16667 budget_us=4000" },
		{ "slice_us=4000", "rule.won=comm=mpv period_us=16667 budget_us=4000" },
		{ "slice_us=4001", "rule.one=comm=mpv period_us=16667 budget_us=4000" },
		{ "slice_us=4000", "rule.one=comm=mpv period_us=16667 budget_us=4000",
		  "rule.two=nice=0 period_us=5000 budget_us=500" },
	};
	static const char *const settings[][4] = {
		{ "slice_us=4000", "rule.one=comm=mpv period_us=16667 budget_us=4000" },
		{ "rule.one=comm=mpv budget_us=4000  period_us=16667", "slice_us=4000" },
	};
	static struct target target, other;
	size_t i;

	(void)state;
	assert_int_equal(resolve(settings[0], &target), EXIT_CODE_OK);
	assert_int_equal(resolve(settings[1], &other), EXIT_CODE_OK);
	assert_true(target_is_same(&target, &other));
	for (i = 0; i < ARRAY_LEN(others); i++) {
		assert_int_equal(resolve(others[i], &other), EXIT_CODE_OK);
		if (target_is_same(&target, &other))
			fail_msg("number %zu is told to be the same", i);
	}
}

static void target__refuses_what_is_no_rule(void **state)
{
	static const struct {
		const char *settings[2], *said;
	} cases[] = {
		{ { "rule.one=comm=mpv" }, "--set: a rule must give period_us and budget_us" },
		{ { "rule.one=4000" }, "--set: '4000' has no '='" },
		{ { "rule=4000" }, "has no parameter 'rule'; it has " },
		{ { "rule.0123456789abcdef=nice=0 period_us=5000 budget_us=500" },
		  "a rule's name has 1 to 15 letters" },
		{ { "rules.one=nice=0 period_us=5000 budget_us=500" },
		  "has no parameter 'rules.one'; it has " },
	};
	static struct target target;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(resolve(cases[i].settings, &target), EXIT_CODE_PARAMETERS);
		if (!strstr(diag.text, cases[i].said))
			fail_msg("'%s' is not in: %s", cases[i].said, diag.text);
	}
}

/* A mode changes a rule in its place, and adds others behind. */
static void target__has_the_rules_of_a_mode(void **state)
{
	static const char text[] = "[scheduler]\npolicy = " DEADLINE "\n"
				   "[policy.deadline]\n"
				   "rule.one = comm=mpv period_us=16667 budget_us=4000\n"
				   "rule.two = nice=-11 period_us=5000 budget_us=500\n"
				   "[mode.more]\n"
				   "deadline.rule.three = nice=0 period_us=5000 budget_us=600\n"
				   "deadline.rule.one = comm=mpv period_us=16667 budget_us=8000\n";
	char path[] = "target.XXXXXX", option[64], program[] = "scx-cland";
	char *argv[] = { program, option, NULL };
	static struct target base, mode, again;
	static struct config in_mode;
	struct cland_rule rules[3];
	int fd = mkstemp(path), err;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	snprintf(option, sizeof(option), "--config=%s", path);
	err = config_load(2, argv, &config, &diag);
	unlink(path);
	if (err || config_apply_mode(&config, "more", &in_mode, &diag))
		fail_msg("%s", diag.text);
	assert_int_equal(target_resolve(&config, &base, &diag), EXIT_CODE_OK);
	assert_int_equal(target_resolve(&in_mode, &mode, &diag), EXIT_CODE_OK);
	memcpy(rules, &mode.values[mode.nr_values], sizeof(rules));
	assert_string_equal(rules[0].name, "one");
	assert_int_equal(rules[0].budget_ns, 8000000);
	assert_string_equal(rules[1].name, "two");
	assert_string_equal(rules[2].name, "three");
	assert_false(target_is_same(&base, &mode));
	assert_int_equal(config_apply_mode(&in_mode, CONFIG_NO_MODE, &in_mode, &diag), 0);
	assert_int_equal(target_resolve(&in_mode, &again, &diag), EXIT_CODE_OK);
	assert_true(target_is_same(&base, &again));
}

/* A name in the configuration that nobody has is a slip; one that a chosen path has is none. */
static void target__knows_the_names_of_what_is_chosen(void **state)
{
	static const struct {
		const char *text, *said; /* NULL: nothing is wrong */
	} cases[] = {
		{ "[scheduler]\npolicy = " DEADLINE "\n[policy.deadline]\nslice_us = 4000\n", NULL },
		{ "[scheduler]\npolicy = x\n[mode.day]\npolicy = " DEADLINE "\n"
		  "[policy.deadline]\nslice_us = 4000\n", NULL },
		{ "[scheduler]\npolicy = x\n[auto day]\non_battery = no\npolicy = " DEADLINE "\n"
		  "[policy.deadline]\nslice_us = 4000\n", NULL },
		{ "[scheduler]\npolicy = " DEADLINE "\n[policy.deadlin]\nslice_us = 4000\n",
		  ":4: 'slice_us' is set for a policy that is not there: no policy 'deadlin'" },
	};
	char folder[] = "target.XXXXXX", path[64], option[96], program[] = "scx-cland";
	char *argv[] = { program, option, NULL };
	size_t i;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder)); /* with no policy in it */
	setenv("SCX_CLAND_POLICY_PATH", folder, 1);
	snprintf(path, sizeof(path), "%s/x.ini", folder);
	snprintf(option, sizeof(option), "--config=%s", path);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		file = fopen(path, "we");
		assert_non_null(file);
		fputs(cases[i].text, file);
		fclose(file);
		if (config_load(2, argv, &config, &diag))
			fail_msg("%s", diag.text);
		assert_int_equal(target_check_names(&config, &diag),
				 cases[i].said ? EXIT_CODE_PARAMETERS : EXIT_CODE_OK);
		if (cases[i].said && !strstr(diag.text, cases[i].said))
			fail_msg("'%s' is not in: %s", cases[i].said, diag.text);
	}
	unsetenv("SCX_CLAND_POLICY_PATH");
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(target__carries_rules_behind_the_parameters),
		cmocka_unit_test(target__is_the_same_with_the_same_rules_only),
		cmocka_unit_test(target__has_the_rules_of_a_mode),
		cmocka_unit_test(target__refuses_what_is_no_rule),
		cmocka_unit_test(target__knows_the_names_of_what_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
