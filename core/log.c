/* SPDX-License-Identifier: GPL-2.0-only */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool verbose_on;

/* One write per line, so that lines of supervisor and agent do not mix. */
__attribute__((format(printf, 2, 0))) static void log_line(const char *tag, const char *fmt,
							    va_list args)
{
	char line[2048];
	size_t len;
	int n;

	n = snprintf(line, sizeof(line), "scx-cland: %s", tag);
	len = n > 0 ? (size_t)n : 0;
	vsnprintf(line + len, sizeof(line) - len - 1, fmt, args);
	len = strlen(line);
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* nowhere to complain to */
}

void log_set_verbose(bool verbose)
{
	verbose_on = verbose;
}

#define DEFINE_LOG(name, tag, condition)                                                           \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list args;                                                                      \
                                                                                                   \
		if (!(condition))                                                                  \
			return;                                                                    \
		va_start(args, fmt);                                                               \
		log_line(tag, fmt, args);                                                          \
		va_end(args);                                                                      \
	}

DEFINE_LOG(log_info, "", true)
DEFINE_LOG(log_warn, "warning: ", true)
DEFINE_LOG(log_error, "error: ", true)
DEFINE_LOG(log_debug, "debug: ", verbose_on)
