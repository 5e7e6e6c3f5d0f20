/* SPDX-License-Identifier: GPL-2.0-only */
#include "diag.h"

#include <stdarg.h>
#include <stdio.h>

int diag_set(struct diag *diag, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(diag->text, sizeof(diag->text), fmt, args);
	va_end(args);
	return err;
}
