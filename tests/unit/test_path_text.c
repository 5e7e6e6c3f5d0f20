/* SPDX-License-Identifier: GPL-2.0-only */
/* core/path_text.c: every way and place has its words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cland_msg.h"
#include "cland_path.h"
#include "path_text.h"

static void names__are_those_of_the_counters(void **state)
{
	static const char *const counters[] = {
#define COUNTER(name, help) #name,
		CLAND_STATS(COUNTER)
#undef COUNTER
	};
	uint32_t path, i;

	(void)state;
	for (path = 0; path < CLAND_PATH_NR; path++) {
		for (i = 0; i < CLAND_STAT_NR; i++)
			if (!strcmp(counters[i], path_text_name(path)))
				break;
		if (i == CLAND_STAT_NR)
			fail_msg("no counter is called %s", path_text_name(path));
		assert_true(strlen(path_text_means(path)) > 10);
	}
	assert_string_equal(path_text_name(CLAND_PATH_NR), "?");
	assert_non_null(strstr(path_text_means(UINT32_MAX), "newer"));
}

static void places__have_their_words(void **state)
{
	static const struct {
		uint32_t place;
		const char *text;
	} places[] = {
		{ CLAND_PLACE_QUEUE | 0, "queue of cache 0" },
		{ CLAND_PLACE_QUEUE | 1, "queue of cache 1" },
		{ CLAND_PLACE_QUEUE | 2, "queue of CPU 0" },
		{ CLAND_PLACE_QUEUE | 0xffffff, "queue of CPU 16777213" },
		{ CLAND_PLACE_CPU | 8191, "CPU 8191" },
		{ CLAND_PLACE_EXPRESS, "EXPRESS" },
		{ CLAND_PLACE_STARVED, "STARVED" },
		{ CLAND_PLACE_UNHURRIED, "UNHURRIED" },
		{ CLAND_PLACE_PARK, "PARK" },
		{ CLAND_PLACE_REST, "REST" },
		{ CLAND_PLACE_NONE, "where it is" },
		{ UINT32_MAX, "?" },
	};
	char text[PATH_TEXT_PLACE_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		assert_string_equal(path_text_place(places[i].place, 2, text), places[i].text);
	assert_string_equal(path_text_place_short(CLAND_PLACE_QUEUE | 1, 2, text), "cache 1");
	assert_string_equal(path_text_place_short(CLAND_PLACE_QUEUE | 12, 2, text), "only CPU 10");
	assert_string_equal(path_text_place_short(CLAND_PLACE_CPU | 10, 2, text), "CPU 10");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names__are_those_of_the_counters),
		cmocka_unit_test(places__have_their_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
