/* SPDX-License-Identifier: GPL-2.0-only */
#include "log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "utf8.h"

/* How long a line waits for whoever reads the log. */
#define WAIT_MS 200

static bool verbose_on;
static bool is_stuck;
static unsigned int nr_lost;

/*
 * Whether a line can be written without being held up. A terminal may be stopped (Ctrl-S), or
 * whoever reads a pipe: the supervisor has agents to watch meanwhile. Once stuck, nothing is waited
 * for. A pipe that has room has it for more than a line.
 */
static bool has_room(void)
{
	struct pollfd pfd = { .fd = STDERR_FILENO, .events = POLLOUT };

	is_stuck = !poll(&pfd, 1, is_stuck ? 0 : WAIT_MS);
	return !is_stuck;
}

static void write_lost(void)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "scx-cland: warning: %u lines are not here: nobody has "
			 "read the log for a while\n", nr_lost);

	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) > 0)
		nr_lost = 0;
}

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
	/* names of tasks, files and policies are whatever somebody chose */
	utf8_clean(line);
	len = strlen(line);
	line[len++] = '\n';
	if (nr_lost && has_room())
		write_lost();
	if (!has_room()) {
		nr_lost++;
		return;
	}
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
