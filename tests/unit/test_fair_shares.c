/* SPDX-License-Identifier: GPL-2.0-only */
/* Shares by weight: what each is due, where a CPU is the limit, and who is furthest from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fair_shares.h"

static void fair_shares__divides_by_weight(void **state)
{
	struct fair_claim claims[] = {
		{ .weight = 1024, .got_s = 2.2 }, { .weight = 1024, .got_s = 1.8 }, { .weight = 2048, .got_s = 4 },
	};
	struct fair_shares shares;

	(void)state;
	fair_shares_judge(claims, 3, 10, &shares);
	assert_int_equal(shares.nr_claims, 3);
	assert_float_equal(claims[0].due_s, 2, 1e-9);
	assert_float_equal(claims[2].due_s, 4, 1e-9);
	assert_float_equal(shares.max_pct, 10, 1e-9);
	assert_float_equal(shares.mean_pct, 20.0 / 3, 1e-9);
	assert_ptr_equal(shares.furthest, &claims[0]);
}

static void fair_shares__nobody_is_due_more_than_a_cpu(void **state)
{
	/* By weight alone the first would be due 7.9 of the 8 seconds of two CPUs. */
	struct fair_claim claims[] = {
		{ .weight = 88761, .got_s = 4 }, { .weight = 1024, .got_s = 2 }, { .weight = 1024, .got_s = 2 },
	};
	struct fair_shares shares;

	(void)state;
	fair_shares_judge(claims, 3, 4, &shares);
	assert_float_equal(claims[0].due_s, 4, 1e-9);
	assert_float_equal(claims[1].due_s, 2, 1e-9);
	assert_float_equal(shares.max_pct, 0, 1e-9);
}

static void fair_shares__of_nobody_says_nothing(void **state)
{
	struct fair_claim idle = { .weight = 3 };
	struct fair_shares shares;

	(void)state;
	fair_shares_judge(NULL, 0, 1, &shares);
	assert_int_equal(shares.nr_claims, 0);
	assert_null(shares.furthest);
	/* who has got nothing of nothing has what is due */
	fair_shares_judge(&idle, 1, 1, &shares);
	assert_float_equal(shares.max_pct, 0, 1e-9);
	assert_ptr_equal(shares.furthest, &idle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fair_shares__divides_by_weight),
		cmocka_unit_test(fair_shares__nobody_is_due_more_than_a_cpu),
		cmocka_unit_test(fair_shares__of_nobody_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
