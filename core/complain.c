/* SPDX-License-Identifier: GPL-2.0-only */
#include "complain.h"

#include <stdio.h>

#include "utf8.h"

int complain(const char *program, int code, const char *fmt, va_list args)
{
	char text[2048];

	vsnprintf(text, sizeof(text), fmt, args);
	utf8_clean(text);
	fprintf(stderr, "%s: %s\n", program, text);
	return code;
}
