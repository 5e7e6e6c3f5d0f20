/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * metrics_http.h - as much of HTTP as it takes to be scraped: GET and HEAD of /metrics, one request
 * a connection. Lines of a request come one after the other; the answer is made when its head has
 * ended. Pure: no I/O. Any thread, non-logging.
 */
#ifndef CLAND_METRICS_HTTP_H
#define CLAND_METRICS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats.h"

#define METRICS_HTTP_LINE_MAX 2048	/* bytes of a line */
#define METRICS_HTTP_LINES_MAX 64	/* of a head, behind the line that asks */

/* For whom there is no place, and for those whose line is longer. */
#define METRICS_HTTP_BUSY                                                                          \
	"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
#define METRICS_HTTP_TOO_LONG                                                                      \
	"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\n"                     \
	"Connection: close\r\n\r\n"
#define METRICS_HTTP_FORBIDDEN                                                                     \
	"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

/*
 * metrics_http_line - a line of a request's head, without its newline. *state is 0 for the first
 * one. Returns whether the head has ended, or is not worth reading on: then metrics_http_answer()
 * is due.
 */
bool metrics_http_line(uint64_t *state, const char *line, size_t len);

/*
 * metrics_http_answer - the whole answer, *ret_len bytes to be freed, or NULL: no memory.
 * ret_served: it has the figures; else it says what was wrong.
 */
char *metrics_http_answer(uint64_t state, const struct stats *stats, size_t *ret_len,
			  bool *ret_served);

#endif
