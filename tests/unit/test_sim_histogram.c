/* SPDX-License-Identifier: GPL-2.0-only */
/* core/sim/histogram.c: what is drawn of it agrees with its percentiles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "histogram.h"

static const uint64_t values[] = {
	0,	    0, 7, 8, 31, 32, 33, 1000, 1000, 123456, 99999999, 5000000000, UINT64_MAX / 3,
	UINT64_MAX,
};

#define NR_VALUES (sizeof(values) / sizeof(values[0]))

static void bins__follow_each_other_and_hold_all(void **state)
{
	static struct histogram h;
	uint64_t nr = 0, next = 0;
	uint32_t i;
	size_t v;

	(void)state;
	for (v = 0; v < NR_VALUES; v++)
		histogram_add(&h, values[v]);
	for (i = 0; i < HISTOGRAM_BINS; i++) {
		struct histogram_bin bin = histogram_bin(&h, i);
		uint64_t wanted = 0;

		assert_int_equal(bin.from, next);
		assert_true(bin.to >= bin.from);
		for (v = 0; v < NR_VALUES; v++)
			wanted += values[v] >= bin.from && values[v] <= bin.to;
		assert_int_equal(bin.nr, wanted);
		nr += bin.nr;
		next = bin.to + 1;
	}
	assert_int_equal(next, 0); /* behind the largest number there is */
	assert_int_equal(nr, NR_VALUES);
}

/* A quarter of a power of two, for all but the smallest. */
static void bins__are_narrow(void **state)
{
	static const struct histogram h;
	uint32_t i;

	(void)state;
	for (i = 4; i < HISTOGRAM_BINS; i++) {
		struct histogram_bin bin = histogram_bin(&h, i);

		assert_true(bin.to - bin.from < bin.from / 4 + 1);
	}
}

static void percentiles__are_in_the_bins_that_hold_them(void **state)
{
	static const uint32_t pct_100[] = { 1, 2500, 5000, 9000, 9900, 10000 };
	static struct histogram h;
	uint64_t seen, value;
	uint32_t i, p;
	size_t v;

	(void)state;
	for (v = 0; v < NR_VALUES; v++)
		histogram_add(&h, values[v]);
	for (p = 0; p < sizeof(pct_100) / sizeof(pct_100[0]); p++) {
		value = histogram_percentile(&h, pct_100[p]);
		for (seen = i = 0; i < HISTOGRAM_BINS; i++) {
			struct histogram_bin bin = histogram_bin(&h, i);

			seen += bin.nr;
			if (value > bin.to)
				continue;
			assert_true(value >= bin.from);
			assert_true(bin.nr > 0);
			assert_true(seen * 10000 >= (uint64_t)pct_100[p] * NR_VALUES);
			break;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bins__follow_each_other_and_hold_all),
		cmocka_unit_test(bins__are_narrow),
		cmocka_unit_test(percentiles__are_in_the_bins_that_hold_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
