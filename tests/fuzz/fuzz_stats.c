/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target for stats_json.h and metrics_http.h: what clients say at the stats socket and at
 * the page for Prometheus, and what a monitor is answered. The input's first byte says which (0:
 * lines of tools, 1: HTTP, 2: answers to a monitor, modulo 3); the rest is lines. Run: see
 * tests/fuzz/CMakeLists.txt.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "metrics_http.h"
#include "must.h"
#include "stats_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct stats stats;
static struct diag diag;

static void line_of_tools(const char *line, size_t len)
{
	struct json_object *answer, *args, *number, *resp;
	bool understood;
	size_t said_len;
	char *said = stats_json_answer(&stats, line, len, &said_len, &understood);

	must(said && said_len && said[said_len - 1] == '\n', "an answer is a line");
	must(!memchr(said, '\n', said_len - 1), "and only one");
	said[said_len - 1] = '\0';
	answer = json_tokener_parse(said);
	must(json_object_object_get_ex(answer, "errno", &number) &&
	     json_object_object_get_ex(answer, "args", &args) &&
	     json_object_object_get_ex(args, "resp", &resp), "an answer has what scx_stats expects");
	must(!json_object_get_int(number) == understood, "an error has a number");
	must(json_object_is_type(resp, understood ? json_type_object : json_type_string),
	     "figures or a sentence");
	json_object_put(answer);
	free(said);
}

/* Returns whether the connection goes on. */
static bool line_of_http(uint64_t *state, unsigned int *nr, const char *line, size_t len)
{
	bool served;
	size_t said_len;
	char *said, *end;

	/* an empty line, the one that asks, and its fields */
	must(++*nr <= 2 + METRICS_HTTP_LINES_MAX, "a head has an end");
	if (!metrics_http_line(state, line, len))
		return true;
	said = metrics_http_answer(*state, &stats, &said_len, &served);
	must(said && !strncmp(said, "HTTP/1.1 ", 9), "an answer is HTTP");
	must(!strncmp(said + 9, "200 ", 4) == served, "what is served is 200");
	end = strstr(said, "\r\n\r\n");
	must(end && strstr(said, "\r\nContent-Length: ") < end, "a head ends, and has a length");
	free(said);
	return false;
}

static void answer_to_monitor(const char *line, size_t len)
{
	struct json_object *resp = stats_json_resp(line, len, &diag);
	static struct stats before, now;
	char text[2048];

	if (!resp) {
		must(diag.text[0], "a sentence");
		return;
	}
	if (!stats_json_parse(resp, &now)) {
		must(memchr(now.policy, 0, sizeof(now.policy)), "a policy's name ends");
		must(memchr(now.version, 0, sizeof(now.version)), "a version ends");
		stats_format_between(&before, &now, text, sizeof(text));
		must(memchr(text, 0, sizeof(text)), "a line fits");
		before = now;
	}
	json_object_put(resp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, *line, *end;
	uint64_t state = 0;
	unsigned int nr = 0;
	bool goes_on = true;

	if (size < 2)
		return 0;
	/* each line has a newline behind it, as in the daemon */
	text = malloc(size);
	must(text, "memory");
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\n';
	strcpy(diag.text, "");
	for (line = text; goes_on && line < text + size; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + size - line));
		if (data[0] % 3 == 0)
			line_of_tools(line, (size_t)(end - line));
		else if (data[0] % 3 == 1)
			goes_on = line_of_http(&state, &nr, line, (size_t)(end - line));
		else
			answer_to_monitor(line, (size_t)(end - line));
	}
	free(text);
	return 0;
}
