/* SPDX-License-Identifier: GPL-2.0-only */
/* What stats.h and stats_histogram.h promise, and whether docs/statistics.md tells the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stats.h"
#include "stats_histogram.h"

static uint64_t stats[CLAND_STAT_NR];
static char text[4096];

static int reset(void **state)
{
	(void)state;
	memset(stats, 0, sizeof(stats));
	memset(text, 'x', sizeof(text));
	return 0;
}

static void stats__table_has_every_counter_once(void **state)
{
	int a, b;

	(void)state;
	for (a = 0; a < STATS_NR; a++) {
		assert_non_null(stats_table[a].name);
		assert_non_null(stats_table[a].help);
		assert_true(strlen(stats_table[a].help) > 0);
		for (b = 0; b < a; b++)
			assert_string_not_equal(stats_table[a].name, stats_table[b].name);
	}
	assert_string_equal(stats_table[CLAND_STAT_direct].name, "direct");
	assert_string_equal(stats_table[CLAND_STAT_drained].name, "drained");
}

static void stats__text_leaves_out_zeros(void **state)
{
	(void)state;
	stats_format(stats, text, sizeof(text));
	assert_string_equal(text, "");
	stats[CLAND_STAT_direct] = 1;
	stats_format(stats, text, sizeof(text));
	assert_string_equal(text, "direct=1");
	stats[CLAND_STAT_stale] = UINT64_MAX;
	stats[CLAND_STAT_drained] = 30;
	stats_format(stats, text, sizeof(text));
	assert_string_equal(text, "direct=1 stale=18446744073709551615 drained=30");
}

static void stats__text_stays_within_its_room(void **state)
{
	char full[4096];
	size_t size, len;
	int stat;

	(void)state;
	for (stat = 0; stat < CLAND_STAT_NR; stat++)
		stats[stat] = (uint64_t)(1000000 + stat);
	stats_format(stats, full, sizeof(full));
	len = strlen(full);
	for (size = 1; size <= len + 2; size++) {
		memset(text, 'x', sizeof(text));
		stats_format(stats, text, size);
		assert_int_equal(text[size], 'x');
		assert_memory_equal(text, full, strlen(text));
		/* whole entries only: a figure cut short would be a wrong one */
		assert_true(!text[0] || !full[strlen(text)] || full[strlen(text)] == ' ');
		assert_int_equal(!strcmp(text, full), size > len);
	}
}

/* ---- histograms ------------------------------------------------------------------------------ */

/* The same by another way: the largest bucket whose begin is not above. */
static uint32_t slow_bucket(uint64_t ns)
{
	uint32_t bucket = 0;

	while (bucket < CLAND_HISTOGRAM_BUCKETS - 1 && stats_histogram_end_ns(bucket) <= ns)
		bucket++;
	return bucket;
}

static void histogram__buckets_follow_each_other(void **state)
{
	uint64_t ns, step, end_ns = 0;
	uint32_t i, shift;

	(void)state;
	for (i = 0; i < CLAND_HISTOGRAM_BUCKETS; i++) {
		assert_true(stats_histogram_end_ns(i) > end_ns);
		assert_int_equal(cland_histogram_bucket(end_ns), i);
		assert_int_equal(cland_histogram_bucket(stats_histogram_end_ns(i) - 1), i);
		/* a quarter of where it begins, but at the lower end */
		if (i > 4 && i < CLAND_HISTOGRAM_BUCKETS - 1)
			assert_true(stats_histogram_end_ns(i) - end_ns <= end_ns / 4);
		end_ns = stats_histogram_end_ns(i);
	}
	assert_true(end_ns == UINT64_MAX);
	for (shift = 0; shift < 64; shift++) {
		for (step = 0; step <= 2; step++) {
			ns = ((uint64_t)1 << shift) - 1 + step;
			assert_int_equal(cland_histogram_bucket(ns), slow_bucket(ns));
		}
	}
	for (i = 0; i < sizeof(cland_histogram_short); i++)
		assert_int_equal(cland_histogram_short[i],
				 cland_histogram_bucket((uint64_t)i << CLAND_HISTOGRAM_UNIT_SHIFT));
	/* what the header says of both ends */
	assert_true(stats_histogram_end_ns(3) == 1024);
	assert_int_equal(cland_histogram_bucket(69000000000), CLAND_HISTOGRAM_BUCKETS - 1);
	assert_true(cland_histogram_bucket(59000000000) < CLAND_HISTOGRAM_BUCKETS - 1);
}

static void histogram__quantiles(void **state)
{
	struct cland_histogram h = { .sum_ns = 0 };
	int i;

	(void)state;
	assert_true(stats_histogram_quantile_ns(&h, 500) == 0);
	for (i = 1; i <= 1000; i++)
		stats_histogram_add(&h, (uint64_t)i * 1000);
	assert_int_equal(stats_histogram_nr(&h), 1000);
	assert_true(h.sum_ns == 500500000);
	for (i = 1; i <= 1000; i++) {
		uint64_t ns = stats_histogram_quantile_ns(&h, (uint32_t)i);

		/* never too little, and at most its bucket too much */
		assert_true(ns > (uint64_t)i * 1000 && ns <= (uint64_t)i * 1250 + 256);
	}
	memset(&h, 0, sizeof(h));
	stats_histogram_add(&h, UINT64_MAX / 2);
	assert_true(stats_histogram_quantile_ns(&h, 1) > 59000000000);
}

static void histogram__what_has_been_added_between(void **state)
{
	struct cland_histogram a = { .sum_ns = 0 }, b, between;

	(void)state;
	stats_histogram_add(&a, 5000);
	b = a;
	stats_histogram_add(&b, 7000000);
	stats_histogram_since(&a, &b, &between);
	assert_int_equal(stats_histogram_nr(&between), 1);
	assert_true(between.sum_ns == 7000000);
	/* begun anew: all of it */
	stats_histogram_since(&b, &a, &between);
	assert_memory_equal(&between, &a, sizeof(a));
}

/* ---- a line of what has happened ------------------------------------------------------------- */

static void stats__line_of_what_has_happened(void **state)
{
	static struct stats before, now;

	(void)state;
	before.taken_ns = 1;
	before.values[CLAND_STAT_decided] = 1000;
	before.values[STATS_swaps] = 9;
	now = before;
	now.taken_ns += 2000000000;
	now.values[CLAND_STAT_decided] += 500;
	now.values[STATS_swaps] = 1; /* another process */
	now.values[STATS_rules] = 7;
	now.values[STATS_agent_cpu] += 1000000;
	strcpy(now.policy, "fifo");
	stats_histogram_add(&now.histograms[CLAND_HISTOGRAM_runnable_to_running], 1000000);
	stats_format_between(&before, &now, text, sizeof(text));
	assert_string_equal(text, "2.0 s, fifo, per second: decided=250.0 swaps=0.5; "
			    "runnable_to_running p50=1.0 ms p99=1.0 ms p99.9=1.0 ms; "
			    "agent CPU 0.05 %, 2.0 us a decision");
	stats_format_between(&now, &now, text, sizeof(text));
	assert_string_equal(text, "0.0 s, fifo, per second: nothing; agent CPU 0.00 %");
	stats_format_between(&before, &now, text, 30);
	assert_string_equal(text, "2.0 s, fifo, per second:");
}

/* ---- docs/statistics.md ---------------------------------------------------------------------- */

static char *read_doc(void)
{
	FILE *file = fopen(STATISTICS_DOC, "r");
	char *doc = calloc(1, 65536);

	assert_non_null(file);
	assert_non_null(doc);
	assert_true(fread(doc, 1, 65535, file) > 0);
	fclose(file);
	return doc;
}

static size_t count_rows(const char *from, const char *to)
{
	size_t nr = 0;

	while ((from = strstr(from, "\n| `")) && from < to) {
		nr++;
		from++;
	}
	return nr;
}

static void doc__has_every_figure_and_no_other(void **state)
{
	char *doc = read_doc(), *values = strstr(doc, "\n## The figures\n");
	char *times = strstr(doc, "\n## Times\n"), *end, row[512];
	int i;

	(void)state;
	assert_non_null(values);
	assert_true(times > values);
	end = strstr(times + 1, "\n## ");
	assert_non_null(end);
	for (i = 0; i < STATS_NR; i++) {
		snprintf(row, sizeof(row), "\n| `%s` | %s | %s | %s |\n", stats_table[i].name,
			 stats_type_name(stats_table[i].type), stats_unit_name(stats_table[i].unit),
			 stats_table[i].help);
		if (!strstr(values, row))
			fail_msg("docs/statistics.md lacks the row%s", row);
	}
	assert_int_equal(count_rows(values, times), STATS_NR);
	for (i = 0; i < STATS_HISTOGRAM_NR; i++) {
		snprintf(row, sizeof(row), "\n| `%s` | %s |\n", stats_histograms[i].name,
			 stats_histograms[i].help);
		if (!strstr(times, row))
			fail_msg("docs/statistics.md lacks the row%s", row);
	}
	assert_int_equal(count_rows(times, end), STATS_HISTOGRAM_NR);
	free(doc);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(stats__table_has_every_counter_once, reset),
		cmocka_unit_test_setup(stats__text_leaves_out_zeros, reset),
		cmocka_unit_test_setup(stats__text_stays_within_its_room, reset),
		cmocka_unit_test(histogram__buckets_follow_each_other),
		cmocka_unit_test(histogram__quantiles),
		cmocka_unit_test(histogram__what_has_been_added_between),
		cmocka_unit_test_setup(stats__line_of_what_has_happened, reset),
		cmocka_unit_test(doc__has_every_figure_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
