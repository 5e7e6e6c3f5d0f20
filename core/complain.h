/* SPDX-License-Identifier: GPL-2.0-only */
/* complain.h - how the tools for people, clandctl and clandsim, say on stderr what went wrong. */
#ifndef CLAND_COMPLAIN_H
#define CLAND_COMPLAIN_H

#include <stdarg.h>

/*
 * complain - a line that starts with "PROGRAM: "; what a terminal would take for more than text is
 * made harmless. Returns code.
 */
__attribute__((format(printf, 3, 0))) int complain(const char *program, int code, const char *fmt,
						   va_list args);

#endif
