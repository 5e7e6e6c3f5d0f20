/* SPDX-License-Identifier: GPL-2.0-only */
#include "metrics_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "metrics.h"

/* What the state of a request has: bits, and from LINES on a count. */
#define BEGUN 1u
#define GET 2u
#define HEAD 4u
#define FOUND 8u	/* it is our page that is asked for */
#define BAD 16u		/* it is no HTTP */
#define OPENMETRICS 32u	/* is understood */
#define LONG 64u	/* more lines than there may be */
#define BLANK 128u	/* an empty line came before the request */
#define LINES 256u

/* The next word, up to a blank. Returns its length. */
static size_t word(const char *text, size_t len)
{
	const char *blank = memchr(text, ' ', len);

	return blank ? (size_t)(blank - text) : len;
}

static bool is(const char *text, size_t len, const char *wanted)
{
	return len == strlen(wanted) && !memcmp(text, wanted, len);
}

/* How much of a target stands before its path: "http://HOST" where it is an absolute one, as proxies send it. */
static size_t before_path(const char *target, size_t len)
{
	static const char scheme[] = "http://";
	const char *slash;

	if (len < strlen(scheme) || strncasecmp(target, scheme, strlen(scheme)) != 0)
		return 0;
	slash = memchr(target + strlen(scheme), '/', len - strlen(scheme));
	return slash ? (size_t)(slash - target) : len;
}

/* "GET /metrics HTTP/1.1" */
static uint64_t request_line(const char *line, size_t len)
{
	size_t method = word(line, len), path, begin, i;
	const char *rest = line + method;
	uint64_t state = BEGUN;

	len -= method;
	if (!method || !len)
		return state | BAD;
	if (is(line, method, "GET"))
		state |= GET;
	else if (is(line, method, "HEAD"))
		state |= HEAD;
	path = word(++rest, --len);
	if (len - path < 8 || memcmp(rest + path, " HTTP/1.", 8) != 0)
		return state | BAD;
	begin = before_path(rest, path);
	for (i = begin; i < path && rest[i] != '?'; i++)
		;
	if (is(rest + begin, i - begin, "/metrics"))
		state |= FOUND;
	return state;
}

static bool has(const char *text, size_t len, const char *wanted)
{
	size_t i, wanted_len = strlen(wanted);

	for (i = 0; i + wanted_len <= len; i++) {
		if (!strncasecmp(text + i, wanted, wanted_len))
			return true;
	}
	return false;
}

bool metrics_http_line(uint64_t *state, const char *line, size_t len)
{
	static const char accept[] = "accept:";

	if (len && line[len - 1] == '\r')
		len--;
	if (!(*state & BEGUN)) {
		/* Some send an empty line before; one, as a client that sends only such must end too. */
		if (!len && !(*state & BLANK)) {
			*state |= BLANK;
			return false;
		}
		*state |= request_line(line, len);
		return *state & BAD;
	}
	if (!len)
		return true;
	*state += LINES;
	if (*state / LINES >= METRICS_HTTP_LINES_MAX) {
		*state |= LONG;
		return true;
	}
	if (len > strlen(accept) && !strncasecmp(line, accept, strlen(accept)) &&
	    has(line, len, "application/openmetrics-text"))
		*state |= OPENMETRICS;
	return false;
}

/* Takes body over; NULL: there was no memory. */
static char *answer(const char *status, const char *type, char *body, size_t body_len, bool head,
		    size_t *ret_len)
{
	char *text = NULL;
	FILE *out = body ? open_memstream(&text, ret_len) : NULL;
	bool bad;

	if (!out) {
		free(body);
		return NULL;
	}
	fprintf(out, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		     "Cache-Control: no-store\r\nConnection: close\r\n%s\r\n", status, type, body_len,
		!strncmp(status, "405", 3) ? "Allow: GET, HEAD\r\n" : "");
	if (!head)
		fwrite(body, 1, body_len, out);
	free(body);
	bad = ferror(out);
	if (fclose(out) || bad) {
		free(text);
		return NULL;
	}
	return text;
}

char *metrics_http_answer(uint64_t state, const struct stats *stats, size_t *ret_len,
			  bool *ret_served)
{
	enum metrics_format format = state & OPENMETRICS ? METRICS_OPENMETRICS : METRICS_TEXT;
	const char *status = NULL;
	size_t len = 0;
	char *body;

	if (state & BAD)
		status = "400 Bad Request";
	else if (state & LONG)
		status = "431 Request Header Fields Too Large";
	else if (!(state & FOUND))
		status = "404 Not Found";
	else if (!(state & (GET | HEAD)))
		status = "405 Method Not Allowed";
	*ret_served = !status;
	if (!status) {
		body = metrics_write(stats, format, &len);
		return answer("200 OK", metrics_content_type(format), body, len, state & HEAD, ret_len);
	}
	if (asprintf(&body, "%s: the figures of scx-cland are at /metrics\n", status) < 0)
		return NULL;
	return answer(status, "text/plain; charset=utf-8", body, strlen(body), state & HEAD, ret_len);
}
