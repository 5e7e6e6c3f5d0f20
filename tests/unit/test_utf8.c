/* SPDX-License-Identifier: GPL-2.0-only */
/* What utf8.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "utf8.h"

static const struct {
	const char *text, *clean;
} cases[] = {
	{ "", "" },
	{ "plain, with\ta tab ~", "plain, with\ta tab ~" },
	{ "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80" },
	/* C0, DEL, and C1, which xterm obeys as well: U+009B is "escape [" */
	{ "a\033[31mb\n\r\x7f", "a?[31mb???" },
	{ "a\xc2\x9b" "31mb\xc2\x80", "a?31mb?" },
	{ "\xc2\xa0 is a blank", "\xc2\xa0 is a blank" },
	/* bytes alone, cut letters, and forms that are none: overlong, surrogates, beyond Unicode */
	{ "\x9b" "31m \xff \xc3", "?31m ? ?" },
	{ "\xe2\x82", "??" },
	{ "\xc0\xaf \xe0\x80\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xf5", "?? ??? ??? ???? ?" },
	/* what turns the direction round, and lines that end by other means */
	{ "\xe2\x80\xaegnp\xe2\x80\xac \xe2\x81\xa6x\xe2\x81\xa9", "?gnp? ?x?" },
	{ "a\xe2\x80\xa8z\xe2\x80\xa9\xe2\x80\x8f\xd8\x9c", "a?z???" },
	{ "\xe2\x80\x93 \xe2\x80\xb0", "\xe2\x80\x93 \xe2\x80\xb0" },
};

#define NR_CASES (sizeof(cases) / sizeof(cases[0]))

static void utf8__cleans_what_a_terminal_would_obey(void **state)
{
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < NR_CASES; i++) {
		strcpy(text, cases[i].text);
		utf8_clean(text);
		assert_string_equal(text, cases[i].clean);
		utf8_clean(text);
		assert_string_equal(text, cases[i].clean);
	}
}

static void put(void (*with)(FILE *out, const char *text), const char *text, const char *expected)
{
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	with(out, text);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(got, expected);
	free(got);
}

static void utf8__puts_the_same(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NR_CASES; i++)
		put(utf8_put, cases[i].text, cases[i].clean);
	put(utf8_put, "a\nb\033\n", "a?b??");
	put(utf8_put_lines, "a\nb\033\n", "a\nb?\n");
}

static void utf8__reads_nothing_behind_a_cut_letter(void **state)
{
	(void)state;
	assert_int_equal(utf8_letter_len(""), 0);
	assert_int_equal(utf8_letter_len("\xf0"), 0);
	assert_int_equal(utf8_letter_len("\xf0\x9f"), 0);
	assert_int_equal(utf8_letter_len("\xf0\x9f\x98"), 0);
	assert_int_equal(utf8_letter_len("\xf0\x9f\x98\x80"), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8__cleans_what_a_terminal_would_obey),
		cmocka_unit_test(utf8__puts_the_same),
		cmocka_unit_test(utf8__reads_nothing_behind_a_cut_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
