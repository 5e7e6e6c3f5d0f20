/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log.h - lines for people, on stderr, each starting with "scx-cland: ". Only main.c, supervisor.c,
 * changes.c, agents.c and agent.c log; every other module counts, or fills a struct diag. Waits for
 * at most 200 ms: a line that nobody reads is lost, and counted in a later one. One thread of a
 * process.
 */
#ifndef CLAND_LOG_H
#define CLAND_LOG_H

#include <stdbool.h>

/* log_set_verbose - whether log_debug() prints. Off at start. */
void log_set_verbose(bool verbose);

__attribute__((format(printf, 1, 2))) void log_info(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_warn(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_error(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_debug(const char *fmt, ...);

#endif
