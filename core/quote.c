/* SPDX-License-Identifier: GPL-2.0-only */
#include "quote.h"

#include <string.h>

void quote_json(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (quote_needs_escape(*text))
			fputc('\\', out);
		fputc(quote_char(*text), out);
	}
	fputc('"', out);
}

void quote_word(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_./=,:@%+-";

	if (*word && !word[strspn(word, plain)]) {
		fputs(word, out);
		return;
	}
	fputc('\'', out);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	}
	fputc('\'', out);
}
