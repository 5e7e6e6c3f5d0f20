/* SPDX-License-Identifier: GPL-2.0-only */
#include "quote.h"

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
