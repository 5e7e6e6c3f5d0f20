/* SPDX-License-Identifier: GPL-2.0-only */
/* What clandsim compare says of numbers: intervals, chances, and which of many to believe. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "estimate.h"

static void near(double got, double want, double within)
{
	if (fabs(got - want) > within)
		fail_msg("got %.6f, want %.6f", got, want);
}

static void mean_of_one_has_no_interval(void **state)
{
	struct estimate e = estimate_mean((const double[]){ 7 }, 1);

	(void)state;
	near(e.mean, 7, 0);
	assert_true(isnan(e.low) && isnan(e.high));
}

/* By hand: mean 3, standard deviation sqrt(2.5), t(4) = 2.776. */
static void interval_is_students(void **state)
{
	struct estimate e = estimate_mean((const double[]){ 1, 2, 3, 4, 5 }, 5);

	(void)state;
	near(e.mean, 3, 1e-12);
	near(e.high - e.mean, 2.776 * sqrt(2.5 / 5), 1e-9);
	near(e.mean - e.low, 2.776 * sqrt(2.5 / 5), 1e-9);
}

/* Of many values the table's end must not show: t(60) = 2.000, t(1000) = 1.962. */
static void interval_of_many_values(void **state)
{
	static double values[1001];
	struct estimate e;
	size_t i, sizes[] = { 61, 1001 };
	const double t[] = { 2.000, 1.962 };

	(void)state;
	for (i = 0; i < 1001; i++)
		values[i] = i % 2 ? 1 : -1;
	for (i = 0; i < 2; i++) {
		double n = (double)sizes[i];

		e = estimate_mean(values, sizes[i]);
		near((e.high - e.mean) / sqrt((n - 1 / n) / (n - 1) / n), t[i], 0.003);
	}
}

static void no_difference_is_chance(void **state)
{
	(void)state;
	near(estimate_chance((const double[]){ 0, 0, 0 }, 3), 1, 0);
}

/* All of ten on one side: two of the 1024 ways to sign them are as far off. */
static void all_on_one_side(void **state)
{
	static const double ones[20] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

	(void)state;
	near(estimate_chance(ones, 10), 2.0 / 1024, 1e-12);
	/* Of twenty, sampled: hardly ever, and never never. */
	assert_true(estimate_chance(ones, 20) < 0.001);
	assert_true(estimate_chance(ones, 20) > 0);
}

/* 3 against 1: of the 16 sums of +-1 four times, 10 are as far from 0 as 2. */
static void some_on_the_other_side(void **state)
{
	(void)state;
	near(estimate_chance((const double[]){ 1, 1, 1, -1 }, 4), 10.0 / 16, 1e-12);
}

/* The interval and the chance are one test: 0 is outside where the chance is less than 5 %, and only there. */
static void interval_of_a_difference_agrees_with_its_chance(void **state)
{
	static const double tails[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 100 };
	uint64_t random = 7;
	struct estimate e;
	size_t i, nr, nr_outside = 0;

	(void)state;
	e = estimate_difference(tails, 10);
	near(e.mean, 10.9, 1e-12);
	assert_true(e.low >= 1 && e.low < e.mean && e.high > e.mean);
	assert_true(isnan(estimate_difference(tails, 5).low));
	e = estimate_difference(tails + 3, 6); /* two of 64 ways: just enough */
	near(e.low, 1, 0);
	near(e.high, 1, 0);
	for (i = 0; i < 200; i++) {
		double values[20];

		nr = 6 + i % 9;
		for (size_t j = 0; j < nr; j++) {
			random = random * 6364136223846793005ULL + 1442695040888963407ULL;
			values[j] = (double)(random >> 40) / (1 << 24) - 0.3;
		}
		e = estimate_difference(values, nr);
		assert_true(e.low <= e.mean && e.mean <= e.high);
		assert_int_equal(e.low > 0 || e.high < 0, estimate_chance(values, nr) <= 0.05);
		nr_outside += e.low > 0;
	}
	assert_true(nr_outside > 20 && nr_outside < 180);
}

/* Of more than are tried in every way, the interval is about Student's where nothing is odd. */
static void interval_of_many_differences(void **state)
{
	double values[20];
	struct estimate e, mean;
	size_t i;

	(void)state;
	for (i = 0; i < 20; i++)
		values[i] = (double)(i % 5);
	e = estimate_difference(values, 20);
	mean = estimate_mean(values, 20);
	near(e.low, mean.low, 0.15);
	near(e.high, mean.high, 0.15);
}

static void holm_believes_the_strong_ones(void **state)
{
	unsigned char real[4];

	(void)state;
	/* 0.01 <= 0.05/4, 0.015 <= 0.05/3, 0.04 > 0.05/2: there it ends, for 0.03 too. */
	estimate_holm((const double[]){ 0.04, 0.01, 0.04, 0.015 }, 4, 0.05, real);
	assert_int_equal(real[0], 0);
	assert_int_equal(real[1], 1);
	assert_int_equal(real[2], 0);
	assert_int_equal(real[3], 1);
	estimate_holm(NULL, 0, 0.05, real);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mean_of_one_has_no_interval),
		cmocka_unit_test(interval_is_students),
		cmocka_unit_test(interval_of_many_values),
		cmocka_unit_test(no_difference_is_chance),
		cmocka_unit_test(all_on_one_side),
		cmocka_unit_test(some_on_the_other_side),
		cmocka_unit_test(interval_of_a_difference_agrees_with_its_chance),
		cmocka_unit_test(interval_of_many_differences),
		cmocka_unit_test(holm_believes_the_strong_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
