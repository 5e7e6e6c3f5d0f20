/* SPDX-License-Identifier: GPL-2.0-only */
/* What stats_server.h, stats_json.h and metrics_http.h promise, on real sockets in a folder of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "clock.h"
#include "listen_address.h"
#include "metrics_http.h"
#include "stats_histogram.h"
#include "stats_json.h"
#include "stats_server.h"

static char folder[64], line_path[96], page_path[96];
static struct stats_server server;
static struct diag diag;
static unsigned int nr_taken;
static char answer[65536];

static void take(void *ctx, struct stats *stats)
{
	int i;

	assert_ptr_equal(ctx, &nr_taken);
	nr_taken++;
	for (i = 0; i < STATS_NR; i++)
		stats->values[i] = (uint64_t)(1000 + i);
	stats->values[CLAND_STAT_direct] = UINT64_MAX;
	stats->values[STATS_uptime] = 1500000000;
	strcpy(stats->policy, "a\"b\\");
	strcpy(stats->version, "0.1.0");
	for (i = 1; i <= 100; i++)
		stats_histogram_add(&stats->histograms[0], (uint64_t)i * 1000);
}

static int start(void **state)
{
	(void)state;
	nr_taken = 0;
	strcpy(folder, "/tmp/test_stats.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(line_path, sizeof(line_path), "%s/scx/root/stats", folder);
	snprintf(page_path, sizeof(page_path), "%s/run/metrics.sock", folder);
	stats_server_init(&server, take, &nr_taken);
	assert_int_equal(stats_server_open_line(&server, line_path, &diag), 0);
	assert_int_equal(stats_server_open_page(&server, page_path, &diag), 0);
	return 0;
}

static int stop(void **state)
{
	char path[96];

	(void)state;
	stats_server_close(&server);
	assert_int_equal(access(line_path, F_OK), -1);
	assert_int_equal(access(page_path, F_OK), -1);
	snprintf(path, sizeof(path), "%s/scx/root", folder);
	assert_int_equal(rmdir(path), 0);
	snprintf(path, sizeof(path), "%s/scx", folder);
	assert_int_equal(rmdir(path), 0);
	snprintf(path, sizeof(path), "%s/run", folder);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(folder), 0);
	return 0;
}

/* ---- the other end --------------------------------------------------------------------------- */

static int reach(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, path);
	assert_true(fd >= 0);
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	close(fd);
	return -1;
}

/* Serve until the answer is there: a line, or all until the connection ends. Returns its length. */
static size_t hear(int fd, bool to_the_end)
{
	uint64_t end_ns = monotonic_ns() + 20000000000ULL;
	size_t len = 0;
	ssize_t n = 1;

	while (n) {
		assert_true(monotonic_ns() < end_ns);
		stats_server_serve(&server);
		n = recv(fd, answer + len, sizeof(answer) - 1 - len, MSG_DONTWAIT);
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			continue;
		}
		len += (size_t)n;
		assert_true(len < sizeof(answer) - 1);
		if (!to_the_end && len && answer[len - 1] == '\n')
			break;
	}
	answer[len] = '\0';
	return len;
}

static struct json_object *ask(int fd, const char *line)
{
	struct json_object *object;

	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), strlen(line));
	hear(fd, false);
	object = json_tokener_parse(answer);
	assert_non_null(object);
	return object;
}

/* Returns the part behind the head. */
static char *get(const char *request)
{
	int fd = reach(page_path);
	char *body;

	assert_true(fd >= 0);
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	hear(fd, true);
	close(fd);
	body = strstr(answer, "\r\n\r\n");
	assert_non_null(body);
	return body + 4;
}

static bool status_is(const char *status)
{
	return !strncmp(answer, "HTTP/1.1 ", 9) && !strncmp(answer + 9, status, strlen(status));
}

static struct json_object *member(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, name, &value))
		fail_msg("no '%s' in %s", name, json_object_to_json_string(object));
	return value;
}

/* ---- the stats socket ------------------------------------------------------------------------ */

static void line__gives_figures_and_what_they_are(void **state)
{
	struct json_object *object, *resp, *meta, *fields, *time;
	struct stats back;
	int fd = reach(line_path), i;

	(void)state;
	object = ask(fd, "{\"req\":\"stats_meta\",\"args\":{}}\n");
	meta = json_object_get(member(member(object, "args"), "resp"));
	assert_int_equal(json_object_get_int(member(object, "errno")), 0);
	json_object_put(object);
	object = ask(fd, "{\"req\":\"stats\",\"args\":{\"target\":\"top\"}}\n");
	resp = member(member(object, "args"), "resp");
	assert_string_equal(json_object_get_string(member(member(meta, "ClandStats"), "top")), "true");
	fields = member(member(meta, "ClandStats"), "fields");
	assert_int_equal(json_object_object_length(fields), json_object_object_length(resp));
	json_object_object_foreach(resp, name, value) {
		(void)value;
		member(fields, name);
	}
	assert_true(json_object_get_uint64(member(resp, "direct")) == UINT64_MAX);
	time = member(member(resp, "times"), stats_histograms[0].name);
	fields = member(member(meta, "ClandTime"), "fields");
	assert_int_equal(json_object_object_length(fields), json_object_object_length(time));
	assert_int_equal(json_object_get_int(member(time, "count")), 100);
	assert_true(json_object_get_uint64(member(time, "p50_ns")) >= 50000);

	assert_int_equal(stats_json_parse(resp, &back), 0);
	for (i = 0; i < STATS_NR; i++)
		assert_true(back.values[i] == server.stats.values[i]);
	assert_memory_equal(back.histograms, server.stats.histograms, sizeof(back.histograms));
	assert_string_equal(back.policy, server.stats.policy);
	assert_true(back.taken_ns == server.stats.taken_ns);
	json_object_put(object);
	json_object_put(meta);
	close(fd);
}

static void line__says_what_is_wrong(void **state)
{
	static const struct {
		const char *line, *sentence;
	} cases[] = {
		{ "{\"req\":\"status\"}\n", "unknown request 'status'" },
		{ "{\"args\":{}}\n", "'req' must be a text" },
		{ "{\"req\":1}\n", "'req' must be a text" },
		{ "{\"req\":\"stats\",\"args\":[]}\n", "'args' must be texts" },
		{ "{\"req\":\"stats\",\"args\":{\"target\":1}}\n", "'args' must be texts" },
		{ "{\"req\":\"stats\",\"args\":{\"target\":\"x\"}}\n", "no target 'x'" },
		{ "stats\n", "not JSON" },
		{ "\n", "not a whole JSON object" },
	};
	struct control_counts counts;
	struct json_object *object;
	int fd = reach(line_path);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		object = ask(fd, cases[i].line);
		assert_int_equal(json_object_get_int(member(object, "errno")), EINVAL);
		if (!strstr(json_object_get_string(member(member(object, "args"), "resp")),
			    cases[i].sentence))
			fail_msg("%s is answered by %s", cases[i].line, answer);
		json_object_put(object);
	}
	stats_server_counts(&server, &counts);
	assert_true(counts.nr_requests == i && counts.nr_refused == i);
	/* what others send along does no harm */
	object = ask(fd, "{\"req\":\"stats\",\"args\":{\"more\":\"\"},\"more\":1}\n");
	assert_int_equal(json_object_get_int(member(object, "errno")), 0);
	json_object_put(object);
	close(fd);
}

static void line__ends_with_one_that_is_too_long(void **state)
{
	char line[4200];
	int fd = reach(line_path);

	(void)state;
	memset(line, ' ', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	assert_int_equal(send(fd, line, sizeof(line), MSG_NOSIGNAL), sizeof(line));
	hear(fd, true);
	assert_non_null(strstr(answer, "longer than 4096"));
	close(fd);
	/* also when it never ends */
	fd = reach(line_path);
	assert_int_equal(send(fd, line, sizeof(line) - 1, MSG_NOSIGNAL), sizeof(line) - 1);
	hear(fd, true);
	assert_non_null(strstr(answer, "longer than 4096"));
	close(fd);
}

static void line__figures_are_not_taken_all_the_time(void **state)
{
	uint64_t begin_ns = monotonic_ns(), ms;
	int fd = reach(line_path), i;

	(void)state;
	for (i = 0; i < 200; i++)
		json_object_put(ask(fd, "{\"req\":\"stats\"}\n"));
	ms = (monotonic_ns() - begin_ns) / 1000000;
	assert_true(nr_taken >= 1 && nr_taken <= ms / 10 + 1);
	close(fd);
}

/* Whatever so many clients send and do not read: each turn has an end, and others get their answers. */
static void flood__keeps_nobody_out(void **state)
{
	static const char *const what[] = {
		"{\"req\":\"stats\"}\n{\"req\":\"stats\"}\n{\"req\":\"stats\"}\n{\"req\":\"stats\"}\n",
		"GET /metrics HTTP/1.1\r\n\r\n", "\n\n\n\n\n\n\n\n\n\n", "{\"req\":", "GET / HTTP/1.1\r\nX",
	};
	struct control_counts counts;
	unsigned int round, i;
	struct json_object *object;
	int fds[200], fd;
	char *body;

	(void)state;
	for (round = 0; round < 5; round++) {
		for (i = 0; i < 200; i++) {
			fds[i] = reach(i & 1 ? line_path : page_path);
			if (fds[i] >= 0 && send(fds[i], what[(i + round) % 5], strlen(what[(i + round) % 5]),
						MSG_NOSIGNAL) < 0)
				assert_true(errno == EPIPE || errno == ECONNRESET);
			if (i % 10 == 9)
				stats_server_serve(&server);
		}
		assert_true(control_nr_clients(server.line) <= CONTROL_MAX_CLIENTS);
		assert_true(control_nr_clients(server.page) <= CONTROL_MAX_CLIENTS);
		fd = reach(line_path);
		while (fd < 0) {
			stats_server_serve(&server);
			fd = reach(line_path);
		}
		object = ask(fd, "{\"req\":\"stats\"}\n");
		assert_int_equal(json_object_get_int(member(object, "errno")), 0);
		json_object_put(object);
		body = get("GET /metrics HTTP/1.0\r\n\r\n");
		assert_true(status_is("200") && strstr(body, "scx_cland_attached "));
		close(fd);
		for (i = 0; i < 200; i++) {
			if (fds[i] >= 0)
				close(fds[i]);
		}
	}
	stats_server_counts(&server, &counts);
	assert_true(counts.nr_requests > 10);
}

/* ---- the page -------------------------------------------------------------------------------- */

static void page__is_served_in_both_formats(void **state)
{
	char *body;

	(void)state;
	body = get("GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: text/html, */*\r\n\r\n");
	assert_true(status_is("200 OK"));
	assert_non_null(strstr(answer, "Content-Type: text/plain; version=0.0.4"));
	assert_non_null(strstr(body, "\n# TYPE scx_cland_direct_total counter\n"
				     "scx_cland_direct_total 18446744073709551615\n"));
	assert_non_null(strstr(body, "\n# TYPE scx_cland_uptime_seconds gauge\n"
				     "scx_cland_uptime_seconds 1.500000000\n"));
	assert_non_null(strstr(body, "scx_cland_policy_info{policy=\"a\\\"b\\\\\",version=\"0.1.0\"} 1\n"));
	assert_non_null(strstr(body, "_bucket{le=\"+Inf\"} 100\n"));
	assert_null(strstr(body, "# EOF"));

	body = get("GET /metrics?x=1 HTTP/1.1\r\n"
		   "aCCept: application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1\r\n\r\n");
	assert_non_null(strstr(answer, "Content-Type: application/openmetrics-text; version=1.0.0"));
	assert_non_null(strstr(body, "\n# TYPE scx_cland_direct counter\n"));
	assert_non_null(strstr(body, "\n# UNIT scx_cland_uptime_seconds seconds\n"));
	assert_string_equal(body + strlen(body) - strlen("\n# EOF\n"), "\n# EOF\n");
}

static void page__length_is_what_it_says(void **state)
{
	char *body = get("GET /metrics HTTP/1.1\r\n\r\n");
	size_t len = strlen(body), said = 0;

	(void)state;
	assert_int_equal(sscanf(strstr(answer, "Content-Length: "), "Content-Length: %zu", &said), 1);
	assert_int_equal(said, len);
	body = get("HEAD /metrics HTTP/1.1\r\n\r\n");
	assert_true(status_is("200"));
	assert_int_equal(sscanf(strstr(answer, "Content-Length: "), "Content-Length: %zu", &said), 1);
	assert_int_equal(said, len);
	assert_string_equal(body, "");
}

static void page__refuses_what_it_does_not_know(void **state)
{
	char request[METRICS_HTTP_LINE_MAX + 100];
	size_t i, len;

	(void)state;
	get("GET / HTTP/1.1\r\n\r\n");
	assert_true(status_is("404"));
	get("GET /metricsx HTTP/1.1\r\n\r\n");
	assert_true(status_is("404"));
	get("GET http://metrics HTTP/1.1\r\n\r\n");
	assert_true(status_is("404"));
	get("GET http:///metrics HTTP/1.1\r\n\r\n");
	assert_true(status_is("200"));
	get("GET HTTP://localhost:80/metrics?x=/ HTTP/1.1\r\n\r\n");
	assert_true(status_is("200"));
	get("POST /metrics HTTP/1.1\r\n\r\n");
	assert_true(status_is("405") && strstr(answer, "\r\nAllow: GET, HEAD\r\n"));
	get("GET /metrics\r\n\r\n");
	assert_true(status_is("400"));
	get("GET\r\n\r\n");
	assert_true(status_is("400"));
	get(" \r\n\r\n");
	assert_true(status_is("400"));
	get("\r\n\r\n");
	assert_true(status_is("400"));
	memset(request, 'x', sizeof(request));
	memcpy(request, "GET /", 5);
	request[sizeof(request) - 1] = '\0';
	get(request);
	assert_true(status_is("431"));
	len = (size_t)sprintf(request, "GET /metrics HTTP/1.1\r\n");
	for (i = 0; i < METRICS_HTTP_LINES_MAX + 1; i++)
		len += (size_t)sprintf(request + len, "X: %zu\r\n", i);
	get(request);
	assert_true(status_is("431"));
}

/* Which is then not lost to a reset connection, whatever of the request nobody has read. */
static void page__answers_whoever_goes_on_sending(void **state)
{
	static const char *const heads[] = { "POST /metrics HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n",
					     "GET /metrics HTTP/1.1\r\nCookie: " };
	static const char *const wanted[] = { "405", "431" };
	char body[8192];
	size_t i, sent;
	ssize_t n;
	int fd;

	(void)state;
	memset(body, 'x', sizeof(body));
	for (i = 0; i < 2; i++) {
		fd = reach(page_path);
		assert_int_equal(send(fd, heads[i], strlen(heads[i]), MSG_NOSIGNAL), strlen(heads[i]));
		for (sent = 0; sent < 1000000; sent += n > 0 ? (size_t)n : 0) {
			n = send(fd, body, sizeof(body), MSG_NOSIGNAL);
			assert_true(n > 0 || errno == EAGAIN);
			stats_server_serve(&server);
		}
		hear(fd, true);
		assert_true(status_is(wanted[i]));
		close(fd);
		stats_server_serve(&server);
		assert_int_equal(control_nr_clients(server.page), 0);
	}
	/* One that never stops is cut off. */
	fd = reach(page_path);
	assert_int_equal(send(fd, "x\r\n", 3, MSG_NOSIGNAL), 3);
	do {
		n = send(fd, body, sizeof(body), MSG_NOSIGNAL);
		stats_server_serve(&server);
	} while (n > 0 || errno == EAGAIN);
	assert_true(errno == EPIPE || errno == ECONNRESET);
	assert_int_equal(control_nr_clients(server.page), 0);
	close(fd);
}

static void page__request_may_come_in_pieces(void **state)
{
	static const char request[] = "\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
	int fd = reach(page_path);
	size_t i;

	(void)state;
	for (i = 0; i < strlen(request); i++) {
		assert_int_equal(send(fd, request + i, 1, MSG_NOSIGNAL), 1);
		stats_server_serve(&server);
	}
	hear(fd, true);
	assert_true(status_is("200"));
	close(fd);
}

static void page__is_served_at_a_port_of_loopback(void **state)
{
	static const char request[] = "GET /metrics HTTP/1.1\r\n\r\n";
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(addr);
	char address[32];
	static struct stats_server at_port;
	int fd, probe = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	/* a port that is free now */
	if (probe < 0 || bind(probe, (struct sockaddr *)&addr, sizeof(addr)))
		skip();
	assert_int_equal(getsockname(probe, (struct sockaddr *)&addr, &size), 0);
	close(probe);
	snprintf(address, sizeof(address), "127.0.0.1:%u", ntohs(addr.sin_port));
	stats_server_init(&at_port, take, &nr_taken);
	if (stats_server_open_page(&at_port, address, &diag))
		fail_msg("%s", diag.text);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	/* hear() and stop() go by that one: its figures are for whoever asks at it */
	control_close(server.page);
	server.page = NULL;
	control_close(server.line);
	server = at_port;
	hear(fd, true);
	assert_true(status_is("200"));
	close(fd);
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void address__only_where_no_other_machine_reaches(void **state)
{
	static const char *const good[] = { "/run/x", "127.0.0.1:1", "[::1]:65535" };
	static const char *const bad[] = { "", "x", "run/x", ":80", "0.0.0.0:80", "127.0.0.1", "127.0.0.1:",
					   "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:8x", "[::]:80",
					   "localhost:80", "127.0.0.1:-1", "[::1]80" };
	struct listen_address address;
	char path[LISTEN_ADDRESS_SIZE + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(listen_address_parse(good[i], &address), 0);
		assert_int_equal(address.is_path, !i);
		assert_int_equal(address.is_v6, i == 2);
	}
	assert_int_equal(address.port, 65535);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(listen_address_parse(bad[i], &address), -EINVAL);
	memset(path, '/', sizeof(path));
	path[LISTEN_ADDRESS_SIZE] = '\0';
	assert_int_equal(listen_address_parse(path, &address), -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(line__gives_figures_and_what_they_are),
		TEST(line__says_what_is_wrong),
		TEST(line__ends_with_one_that_is_too_long),
		TEST(line__figures_are_not_taken_all_the_time),
		TEST(flood__keeps_nobody_out),
		TEST(page__is_served_in_both_formats),
		TEST(page__length_is_what_it_says),
		TEST(page__refuses_what_it_does_not_know),
		TEST(page__answers_whoever_goes_on_sending),
		TEST(page__request_may_come_in_pieces),
		TEST(page__is_served_at_a_port_of_loopback),
		cmocka_unit_test(address__only_where_no_other_machine_reaches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
