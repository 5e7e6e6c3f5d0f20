/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fails. ctest knows it as one that must: if a failed assertion did not fail the run, all other
 * tests would prove nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void runner__reports_a_failed_assertion(void **state)
{
	(void)state;
	assert_int_equal(1, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(runner__reports_a_failed_assertion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
