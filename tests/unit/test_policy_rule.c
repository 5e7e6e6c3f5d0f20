/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of a policy: what a line says, and what is refused, with the place and the reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy_rule.h"

static char root[] = "/tmp/cland-rule-XXXXXX";

static void rule__says_whom_and_what(void **state)
{
	struct cland_rule rule;
	struct diag diag;

	(void)state;
	assert_int_equal(policy_rule_parse("x.ini:1", "mpv", "comm=mpv*  period_us=16667 "
					   "budget_us=4000 nice=-20", root, &rule, &diag), 0);
	assert_string_equal(rule.name, "mpv");
	assert_string_equal(rule.comm, "mpv*");
	assert_int_equal(rule.weight, 88761);
	assert_int_equal(rule.cgroup_id, 0);
	assert_int_equal(rule.period_ns, 16667000);
	assert_int_equal(rule.budget_ns, 4000000);
	assert_int_equal(policy_rule_parse("x.ini:1", "n", "nice=19 period_us=1000000 "
					   "budget_us=100", root, &rule, &diag), 0);
	assert_int_equal(rule.weight, 15);
	assert_string_equal(rule.comm, "");
}

static void rule__finds_a_cgroup_by_path_or_number(void **state)
{
	struct cland_rule rule;
	char path[sizeof(root) + 8];
	struct diag diag;
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/game", root);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(policy_rule_parse("x", "g", "cgroup=/game period_us=5000 budget_us=200",
					   root, &rule, &diag), 0);
	assert_int_equal(rule.cgroup_id, st.st_ino);
	assert_int_equal(policy_rule_parse("x", "g", "cgroup=4711 period_us=5000 budget_us=200",
					   root, &rule, &diag), 0);
	assert_int_equal(rule.cgroup_id, 4711);
	rmdir(path);
	assert_int_equal(policy_rule_parse("x", "g", "cgroup=/game period_us=5000 budget_us=200",
					   root, &rule, &diag), 0);
	assert_int_equal(rule.cgroup_id, POLICY_RULE_ABSENT);
}

static void rule__refuses_what_makes_no_sense(void **state)
{
	static const struct {
		const char *name, *text, *said;
	} cases[] = {
		{ "", "comm=a period_us=5000 budget_us=200", "a rule's name has 1 to 15" },
		{ "a-name-much-too-long", "comm=a period_us=5000 budget_us=200", "1 to 15" },
		{ "r", "period_us=5000 budget_us=200", "for nobody" },
		{ "r", "comm=a", "must give period_us and budget_us" },
		{ "r", "comm=a period_us=5000", "must give period_us and budget_us" },
		{ "r", "comm period_us=5000 budget_us=200", "'comm' has no '='" },
		{ "r", "comm=a comm=b period_us=5000 budget_us=200", "comm is given twice" },
		{ "r", "nice=0 period_us=5000 budget_us=200 period_us=6000", "period_us is given" },
		{ "r", "comm= period_us=5000 budget_us=200", "expected 1 to 15" },
		{ "r", "comm=abcdefghijklmnop period_us=5000 budget_us=200", "expected 1 to 15" },
		{ "r", "uid=3 period_us=5000 budget_us=200", "'uid' is not known" },
		{ "r", "nice=20 period_us=5000 budget_us=200", "expected -20 to 19" },
		{ "r", "nice=-21 period_us=5000 budget_us=200", "expected -20 to 19" },
		{ "r", "nice= period_us=5000 budget_us=200", "expected -20 to 19" },
		{ "r", "nice=0 period_us=999 budget_us=200", "period_us=999: expected 1000 to" },
		{ "r", "nice=0 period_us=5000 budget_us=99", "budget_us=99: expected 100 to" },
		{ "r", "nice=0 period_us=5000 budget_us=5001", "more than period_us=5000" },
		{ "r", "cgroup=18446744073709551615 period_us=5000 budget_us=200", "no such cgroup" },
		{ "r", "cgroup=0 period_us=5000 budget_us=200", "no such cgroup" },
		{ "r", "cgroup=game period_us=5000 budget_us=200", "no such cgroup" },
	};
	struct cland_rule rule = { .weight = 7 };
	struct diag diag;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(policy_rule_parse("x.ini:9", cases[i].name, cases[i].text, root,
						   &rule, &diag), -EINVAL);
		if (!strstr(diag.text, cases[i].said) || strncmp(diag.text, "x.ini:9: ", 9) != 0)
			fail_msg("'%s' is not in '%s'", cases[i].said, diag.text);
		assert_int_equal(rule.weight, 7);
	}
}

static int make_root(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)state;
	return rmdir(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule__says_whom_and_what),
		cmocka_unit_test(rule__finds_a_cgroup_by_path_or_number),
		cmocka_unit_test(rule__refuses_what_makes_no_sense),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
