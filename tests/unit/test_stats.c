/* SPDX-License-Identifier: GPL-2.0-only */
/* What stats.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stats.h"

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
	for (a = 0; a < CLAND_STAT_NR; a++) {
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(stats__table_has_every_counter_once, reset),
		cmocka_unit_test_setup(stats__text_leaves_out_zeros, reset),
		cmocka_unit_test_setup(stats__text_stays_within_its_room, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
