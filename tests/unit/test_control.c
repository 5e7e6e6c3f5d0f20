/* SPDX-License-Identifier: GPL-2.0-only */
/* What control.h promises, on real sockets in a folder of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "control.h"
#include "control_socket.h"
#include "exit_codes.h"

static char folder[64], path[96];
static struct control *control;
static struct diag diag;
static uint64_t last_ticket;
static unsigned int nr_runs;
static int the_ctx;

/* ---- commands -------------------------------------------------------------------------------- */

static int run_echo(void *ctx, const struct control_request *request, struct json_object *answer,
		    struct diag *ret_diag)
{
	(void)ret_diag;
	assert_ptr_equal(ctx, &the_ctx);
	assert_int_equal(request->uid, geteuid());
	assert_int_equal(request->pid, getpid());
	json_object_object_add(answer, "args", json_object_get(request->args));
	nr_runs++;
	return EXIT_CODE_OK;
}

static int run_fail(void *ctx, const struct control_request *request, struct json_object *answer,
		    struct diag *ret_diag)
{
	(void)ctx, (void)request, (void)answer;
	return diag_set(ret_diag, EXIT_CODE_NOT_FOUND, "no \"such\" thing: \xff\xc3");
}

static int run_later(void *ctx, const struct control_request *request, struct json_object *answer,
		     struct diag *ret_diag)
{
	(void)ctx, (void)answer, (void)ret_diag;
	last_ticket = request->ticket;
	assert_true(last_ticket);
	/* too early: it is not waiting yet */
	control_answer(control, last_ticket, EXIT_CODE_OK, NULL, NULL);
	return -EINPROGRESS;
}

static int run_big(void *ctx, const struct control_request *request, struct json_object *answer,
		   struct diag *ret_diag)
{
	char text[200001];

	(void)ctx, (void)request, (void)ret_diag;
	memset(text, 'b', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	json_object_object_add(answer, "text", json_object_new_string(text));
	nr_runs++;
	return EXIT_CODE_OK;
}

static int run_huge(void *ctx, const struct control_request *request, struct json_object *answer,
		    struct diag *ret_diag)
{
	run_big(ctx, request, answer, ret_diag);
	json_object_object_add(answer, "more", json_object_get(
		json_object_object_get(answer, "text")));
	return EXIT_CODE_OK;
}

static const struct control_command table[] = {
	{
		.name = "echo",
		.help = "says it again",
		.args = {
			{ "text", CONTROL_ARG_STRING, false, 16, "a text" },
			{ "number", CONTROL_ARG_NUMBER, false, 1000, "a number" },
			{ "list", CONTROL_ARG_STRINGS, false, 8, "some texts" },
		},
		.run = run_echo,
	},
	{
		.name = "need",
		.help = "needs something",
		.args = { { "text", CONTROL_ARG_STRING, true, 16, "the text to say" } },
		.run = run_echo,
	},
	{ .name = "fail", .help = "fails", .run = run_fail },
	{ .name = "later", .help = "answers later", .run = run_later },
	{ .name = "big", .help = "answers at length", .run = run_big },
	{ .name = "huge", .help = "answers at too great a length", .run = run_huge },
};

/* ---- the other end --------------------------------------------------------------------------- */

static int start(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test_control.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/run/control.sock", folder);
	nr_runs = 0;
	last_ticket = 0;
	assert_int_equal(control_open(path, -1, table, sizeof(table) / sizeof(table[0]), &the_ctx,
				      &control, &diag), 0);
	return 0;
}

static int stop(void **state)
{
	char run[80];

	(void)state;
	control_close(control);
	control = NULL;
	unlink(path);
	snprintf(run, sizeof(run), "%s/run", folder);
	rmdir(run);
	return rmdir(folder);
}

static int dial(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	strcpy(addr.sun_path, path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

/* Serve for as long as there is something to do, which must come to an end. */
static void serve(void)
{
	struct pollfd pfd = { .fd = control_fd(control), .events = POLLIN };
	int i;

	for (i = 0; i < 100000; i++) {
		if (!poll(&pfd, 1, 0))
			return;
		control_serve(control);
	}
	fail_msg("control_fd() stays readable");
}

static void put(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(fd, text, len, MSG_NOSIGNAL);
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			n = 0;
		}
		text += n;
		len -= (size_t)n;
		serve();
	}
}

static char got[CONTROL_ANSWER_MAX * 2];

/* All that has come so far, as a text. Returns whether the other end is still there. */
static bool take(int fd)
{
	size_t len = 0;
	ssize_t n;

	for (;;) {
		serve();
		assert_true(len < sizeof(got) - 1);
		n = recv(fd, got + len, sizeof(got) - 1 - len, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	got[len] = '\0';
	return n < 0 && errno == EAGAIN;
}

static void says(const char *request, const char *answer)
{
	int fd = dial();

	put(fd, request, strlen(request));
	put(fd, "\n", 1);
	take(fd);
	assert_string_equal(got, answer);
	close(fd);
	serve();
}

/* The answer is an error for whoever asked, with this in its sentence. */
static void must_have_counted(uint64_t nr_requests, uint64_t nr_refused, uint64_t nr_turned_away)
{
	struct control_counts counts;

	control_counts(control, &counts);
	assert_int_equal(counts.nr_requests, nr_requests);
	assert_int_equal(counts.nr_refused, nr_refused);
	assert_int_equal(counts.nr_turned_away, nr_turned_away);
}

static void refuses(const char *request, size_t len, const char *words)
{
	int fd = dial();

	put(fd, request, len);
	put(fd, "\n", 1);
	take(fd);
	if (strncmp(got, "{\"ok\":false,\"status\":2,\"error\":\"", 32) || !strstr(got, words))
		fail_msg("'%.100s': '%s'", request, got);
	assert_ptr_equal(strchr(got, '\n'), got + strlen(got) - 1);
	close(fd);
	serve();
	assert_int_equal(control_nr_clients(control), 0);
}

/* ---- promises -------------------------------------------------------------------------------- */

static void control__answers_in_one_line(void **state)
{
	(void)state;
	says("{\"command\":\"echo\"}", "{\"ok\":true,\"args\":{}}\n");
	says(" { \"args\" : {\"text\":\"gr\xc3\xbc\xc3\x9f/e\",\"number\":1000,\"list\":[\"a\"]}, "
	     "\"command\":\"echo\" } \r",
	     "{\"ok\":true,\"args\":{\"text\":\"gr\xc3\xbc\xc3\x9f/e\",\"number\":1000,"
	     "\"list\":[\"a\"]}}\n");
	assert_int_equal(nr_runs, 2);
}

static void control__answers_errors_with_a_status_and_clean_text(void **state)
{
	(void)state;
	says("{\"command\":\"fail\"}",
	     "{\"ok\":false,\"status\":10,\"error\":\"no \\\"such\\\" thing: ??\"}\n");
}

static void control__refuses_what_is_no_request(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "status", "not JSON" },
		{ "{", "not a whole JSON object" },
		{ "{\"command\":\"echo\"} x", "not JSON" },
		{ "{\"command\":\"echo\"}{\"command\":\"echo\"}", "not JSON" },
		{ "[]", "not a whole JSON object" },
		{ "1", "not a whole JSON object" },
		{ "null", "not a whole JSON object" },
		{ "{}", "no 'command'" },
		{ "{\"command\":1}", "no 'command'" },
		{ "{\"command\":null}", "no 'command'" },
		{ "{\"command\":\"ehco\"}", "did you mean 'echo'?" },
		{ "{\"command\":\"echo\",\"extra\":1}", "no 'extra'" },
		{ "{\"command\":\"echo\",\"args\":[]}", "'args' must be an object" },
		{ "{\"command\":\"echo\",\"args\":null}", "'args' must be an object" },
		{ "{\"command\":\"echo\",\"args\":{\"txt\":\"\"}}", "did you mean 'text'?" },
		{ "{\"command\":\"echo\",\"args\":{\"text\":1}}", "must be a string" },
		{ "{\"command\":\"echo\",\"args\":{\"text\":\"\"}}", "0 bytes long" },
		{ "{\"command\":\"echo\",\"args\":{\"text\":\"12345678901234567\"}}", "17 bytes" },
		{ "{\"command\":\"echo\",\"args\":{\"text\":\"a\\u0000b\"}}", "(0x00)" },
		{ "{\"command\":\"echo\\u0000x\",\"args\":{\"text\":\"a\"}}", "(0x00)" },
		{ "{\"command\":\"echo\",\"args\":{\"text\":\"a\\u001bb\"}}", "(0x1b)" },
		{ "{\"command\":\"echo\",\"args\":{\"text\":\"\xff\"}}", "not JSON" },
		{ "{\"command\":\"echo\",\"args\":{\"number\":0}}", "from 1 to 1000" },
		{ "{\"command\":\"echo\",\"args\":{\"number\":-1}}", "from 1 to 1000" },
		{ "{\"command\":\"echo\",\"args\":{\"number\":1001}}", "from 1 to 1000" },
		{ "{\"command\":\"echo\",\"args\":{\"number\":1.5}}", "from 1 to 1000" },
		{ "{\"command\":\"echo\",\"args\":{\"number\":1e999}}", "from 1 to 1000" },
		/* json-c before 0.17 takes the nearest number that it can hold, a later one none */
		{ "{\"command\":\"echo\",\"args\":{\"number\":99999999999999999999999999}}",
		  "number" },
		{ "{\"command\":\"echo\",\"args\":{\"number\":-99999999999999999999999999}}",
		  "number" },
		{ "{\"command\":\"echo\",\"args\":{\"list\":[]}}", "a list of 1 to 64" },
		{ "{\"command\":\"echo\",\"args\":{\"list\":\"a\"}}", "a list of 1 to 64" },
		{ "{\"command\":\"echo\",\"args\":{\"list\":[\"a\",null]}}", "must be a string" },
		{ "{\"command\":\"echo\",\"args\":{\"list\":[\"123456789\"]}}", "9 bytes long" },
		{ "{\"command\":\"need\"}", "needs the argument 'text': the text to say" },
		{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "nesting" },
		{ "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}",
		  "nesting" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuses(cases[i].text, strlen(cases[i].text), cases[i].words);
	refuses("{\"command\":\"ec\0ho\"}", 19, "NUL byte");
	must_have_counted(i + 1, i + 1, 0);
	assert_int_equal(nr_runs, 0);
}

static void control__takes_lines_in_pieces_and_in_heaps(void **state)
{
	static const char line[] = "{\"command\":\"echo\"}\n";
	int fd = dial(), i;
	size_t at;

	(void)state;
	for (at = 0; line[at]; at++) {
		assert_int_equal(nr_runs, 0);
		put(fd, line + at, 1);
	}
	assert_true(take(fd));
	assert_string_equal(got, "{\"ok\":true,\"args\":{}}\n");
	for (i = 0; i < 100; i++)
		assert_int_equal(send(fd, line, strlen(line), 0), (int)strlen(line));
	assert_int_equal(send(fd, "\n  \r\n", 5, 0), 5);
	assert_true(take(fd));
	assert_int_equal(nr_runs, 101);
	/* one turn does not serve one client for ever */
	for (i = 0; i < 100; i++)
		assert_int_equal(send(fd, line, strlen(line), 0), (int)strlen(line));
	nr_runs = 0;
	control_serve(control);
	assert_true(nr_runs > 0 && nr_runs < 20);
	assert_true(take(fd));
	assert_int_equal(nr_runs, 100);
	close(fd);
	serve();
	assert_int_equal(control_nr_clients(control), 0);
}

static void control__answers_a_client_that_has_closed_its_half(void **state)
{
	static const char line[] = "{\"command\":\"echo\"}\n{\"command\":\"later\"}\n";
	int fd = dial();

	(void)state;
	assert_int_equal(send(fd, line, strlen(line), 0), (int)strlen(line));
	shutdown(fd, SHUT_WR);
	assert_true(take(fd));
	assert_string_equal(got, "{\"ok\":true,\"args\":{}}\n");
	control_answer(control, last_ticket, EXIT_CODE_OK, NULL, NULL);
	assert_false(take(fd));
	assert_string_equal(got, "{\"ok\":true}\n");
	assert_int_equal(control_nr_clients(control), 0);
	close(fd);
}

static void control__closes_half_a_line(void **state)
{
	int fd = dial();

	(void)state;
	put(fd, "{\"command\":", 11);
	shutdown(fd, SHUT_WR);
	assert_false(take(fd));
	assert_string_equal(got, "");
	assert_int_equal(control_nr_clients(control), 0);
	close(fd);
}

static void control__refuses_a_line_that_is_too_long(void **state)
{
	char *text = malloc(CONTROL_LINE_MAX);
	static const char begin[] = "{\"command\":\"echo\"";
	int fd = dial();

	(void)state;
	/* as long as allowed */
	memset(text, ' ', CONTROL_LINE_MAX);
	memcpy(text, begin, strlen(begin));
	text[CONTROL_LINE_MAX - 2] = '}';
	text[CONTROL_LINE_MAX - 1] = '\n';
	put(fd, text, CONTROL_LINE_MAX);
	assert_true(take(fd));
	assert_string_equal(got, "{\"ok\":true,\"args\":{}}\n");
	/* and longer */
	text[CONTROL_LINE_MAX - 1] = ' ';
	put(fd, text, CONTROL_LINE_MAX);
	assert_false(take(fd));
	assert_non_null(strstr(got, "longer than 65535 bytes"));
	must_have_counted(2, 1, 0);
	close(fd);
	control_serve(control);
	assert_int_equal(control_nr_clients(control), 0);
	free(text);
}

static void control__a_ticket_is_answered_later(void **state)
{
	struct json_object *fields = json_object_new_object();
	int fd = dial(), other = dial();

	(void)state;
	put(fd, "{\"command\":\"later\"}\n{\"command\":\"echo\"}\n", 39);
	put(other, "{\"command\":\"echo\"}\n", 19);
	assert_true(take(fd));
	assert_string_equal(got, "");
	/* nobody else waits for it */
	assert_true(take(other));
	assert_string_equal(got, "{\"ok\":true,\"args\":{}}\n");
	json_object_object_add(fields, "n", json_object_new_int(7));
	control_answer(control, last_ticket + 1000, EXIT_CODE_OK, fields, NULL);
	control_answer(control, 0, EXIT_CODE_OK, fields, NULL);
	assert_true(take(fd));
	assert_string_equal(got, "");
	control_answer(control, last_ticket, EXIT_CODE_OK, fields, NULL);
	control_answer(control, last_ticket, EXIT_CODE_OK, fields, NULL);
	assert_true(take(fd));
	assert_string_equal(got, "{\"ok\":true,\"n\":7}\n{\"ok\":true,\"args\":{}}\n");

	put(fd, "{\"command\":\"later\"}\n", 20);
	diag_set(&diag, 0, "it crashed");
	control_answer(control, last_ticket, EXIT_CODE_POLICY_CRASHED, NULL, &diag);
	assert_true(take(fd));
	assert_string_equal(got, "{\"ok\":false,\"status\":14,\"error\":\"it crashed\"}\n");
	json_object_put(fields);
	close(fd);
	close(other);
}

static void control__the_client_may_have_gone(void **state)
{
	int fd = dial();

	(void)state;
	put(fd, "{\"command\":\"later\"}\n", 20);
	assert_true(last_ticket);
	close(fd);
	serve();
	assert_int_equal(control_nr_clients(control), 0);
	control_answer(control, last_ticket, EXIT_CODE_OK, NULL, NULL);
	says("{\"command\":\"echo\"}", "{\"ok\":true,\"args\":{}}\n");
}

static void control__who_does_not_read_holds_nobody_up(void **state)
{
	static const char line[] = "{\"command\":\"big\"}\n";
	int fd = dial(), size = 4096, i;
	size_t total = 0;

	(void)state;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	for (i = 0; i < 50; i++)
		assert_int_equal(send(fd, line, strlen(line), 0), (int)strlen(line));
	serve();
	/* it has an answer to take before more is done for it */
	assert_true(nr_runs < 5);
	says("{\"command\":\"echo\"}", "{\"ok\":true,\"args\":{}}\n");
	while (total < 50 * (200000 + strlen("{\"ok\":true,\"text\":\"\"}\n"))) {
		ssize_t n = recv(fd, got, sizeof(got), 0);

		assert_true(n > 0 || (n < 0 && errno == EAGAIN));
		total += n > 0 ? (size_t)n : 0;
		serve();
	}
	assert_int_equal(nr_runs, 50 + 1);
	assert_true(take(fd));
	assert_string_equal(got, "");
	close(fd);
	serve();
	assert_int_equal(control_nr_clients(control), 0);
}

static void control__drops_who_would_get_too_much(void **state)
{
	int fd = dial();

	(void)state;
	put(fd, "{\"command\":\"huge\"}\n", 19);
	assert_false(take(fd));
	assert_string_equal(got, "");
	assert_int_equal(control_nr_clients(control), 0);
	close(fd);
}

static void control__idle_clients_keep_nobody_out(void **state)
{
	int fds[CONTROL_MAX_CLIENTS + 5], i;

	(void)state;
	for (i = 0; i < CONTROL_MAX_CLIENTS; i++) {
		fds[i] = dial();
		put(fds[i], i ? "{" : "{\"command\":\"later\"}\n", i ? 1 : 20);
	}
	assert_int_equal(control_nr_clients(control), CONTROL_MAX_CLIENTS);
	for (; i < CONTROL_MAX_CLIENTS + 5; i++) {
		fds[i] = dial();
		put(fds[i], "{\"command\":\"echo\"}\n", 19);
		assert_true(take(fds[i]));
		assert_string_equal(got, "{\"ok\":true,\"args\":{}}\n");
	}
	assert_int_equal(control_nr_clients(control), CONTROL_MAX_CLIENTS);
	/* the one that waits was kept; those silent longest had to go */
	control_answer(control, last_ticket, EXIT_CODE_OK, NULL, NULL);
	assert_true(take(fds[0]));
	assert_string_equal(got, "{\"ok\":true}\n");
	assert_false(take(fds[1]));
	assert_true(take(fds[CONTROL_MAX_CLIENTS - 1]));
	for (i = 0; i < CONTROL_MAX_CLIENTS + 5; i++)
		close(fds[i]);
	serve();
	assert_int_equal(control_nr_clients(control), 0);
}

static void control__refuses_in_words_when_all_are_waiting(void **state)
{
	int fds[CONTROL_MAX_CLIENTS + 1], i;

	(void)state;
	for (i = 0; i < CONTROL_MAX_CLIENTS; i++) {
		fds[i] = dial();
		put(fds[i], "{\"command\":\"later\"}\n", 20);
	}
	fds[i] = dial();
	assert_false(take(fds[i]));
	assert_non_null(strstr(got, "too many clients"));
	must_have_counted(CONTROL_MAX_CLIENTS, 0, 1);
	for (i = 0; i <= CONTROL_MAX_CLIENTS; i++)
		close(fds[i]);
}

/* ---- the file, and who may ----------------------------------------------------------------- */

static void control__the_file_is_for_few_and_goes_away(void **state)
{
	const struct group *group = getgrnam(CONTROL_GROUP);
	struct stat st;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, group ? 0660 : 0600);
	assert_int_equal(st.st_uid, geteuid());
	if (group)
		assert_int_equal(st.st_gid, group->gr_gid);
	control_close(control);
	control = NULL;
	assert_int_equal(stat(path, &st), -1);
	control_close(NULL);
}

static int reopen(const char *where)
{
	struct control *other = NULL;
	int err;

	diag.text[0] = '\0';
	err = control_open(where, -1, table, 1, NULL, &other, &diag);
	control_close(other);
	return err;
}

static void control__the_umask_does_not_count(void **state)
{
	const struct group *group = getgrnam(CONTROL_GROUP);
	char file[160], run[160];
	struct control *other;
	struct stat st;
	mode_t mask = umask(0077);
	int err;

	(void)state;
	snprintf(run, sizeof(run), "%s/other", folder);
	snprintf(file, sizeof(file), "%s/other/control.sock", folder);
	err = control_open(file, -1, table, 1, NULL, &other, &diag);
	umask(mask);
	assert_int_equal(err, 0);
	assert_int_equal(stat(run, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, group ? 0660 : 0600);
	control_close(other);
	assert_int_equal(rmdir(run), 0);
}

/* Who connects while one program makes room for the next waits, and is answered. */
static void control__goes_on_with_a_socket_of_before(void **state)
{
	int fd = fcntl(control_listen_fd(control), F_DUPFD_CLOEXEC, 0), other_fd;
	struct control *other = NULL;

	(void)state;
	assert_int_equal(control_open(path, fd, table, sizeof(table) / sizeof(table[0]), &the_ctx, &other, &diag), 0);
	assert_int_equal(control_listen_fd(other), fd);
	control_close(control);
	assert_int_equal(access(path, F_OK), -1); /* executing another program leaves it */
	control = other;

	/* what does not listen there is of no use */
	other_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_int_equal(control_open(path, other_fd, table, 1, NULL, &other, &diag), 0);
	assert_int_not_equal(control_socket_is_at(control_listen_fd(other), path), 0);
	assert_int_equal(control_socket_is_at(fd, "/run/another.sock"), 0);
	control_close(other);
	assert_int_equal(control_socket_is_at(fd, path), 0); /* its file is gone */
}

static void control__takes_no_socket_that_answers(void **state)
{
	(void)state;
	assert_int_equal(reopen(path), -EADDRINUSE);
	assert_non_null(strstr(diag.text, "another program answers at"));
	/* and has left it alone */
	says("{\"command\":\"echo\"}", "{\"ok\":true,\"args\":{}}\n");
}

static void control__replaces_the_socket_of_the_dead(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	control_close(control);
	control = NULL;
	strcpy(addr.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	assert_int_equal(reopen(path), 0);
}

static void control__refuses_places_that_are_not_its_own(void **state)
{
	char file[160], long_path[256];
	int fd;

	(void)state;
	control_close(control);
	control = NULL;
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(reopen(path), -EEXIST);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(reopen(path), -EEXIST);
	assert_int_equal(unlink(path), 0);

	snprintf(file, sizeof(file), "%s/run", folder);
	assert_int_equal(chmod(file, 0777), 0);
	assert_int_equal(reopen(path), -EPERM);
	assert_non_null(strstr(diag.text, "is not safe"));
	assert_int_equal(chmod(file, 0755), 0);

	snprintf(file, sizeof(file), "%s/a/b/control.sock", folder);
	assert_int_equal(reopen(file), -ENOENT);
	assert_int_equal(reopen("control.sock"), -EINVAL);
	assert_int_equal(reopen("/control.sock"), -EINVAL);
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[0] = '/';
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(reopen(long_path), -ENAMETOOLONG);
}

/* Connects as another user and writes what it is told. */
static pid_t ask_as_nobody(int pipe_fd, gid_t group)
{
	pid_t pid = fork();
	char text[512];
	ssize_t n;
	int fd;

	if (pid)
		return pid;
	if (setgroups(group ? 1 : 0, &group) || setgid(65534) || setuid(65534))
		_exit(1);
	fd = dial();
	if (fd < 0)
		_exit(2);
	fcntl(fd, F_SETFL, 0);
	n = send(fd, "{\"command\":\"fail\"}\n", 19, MSG_NOSIGNAL);
	n = recv(fd, text, sizeof(text), 0);
	if (n < 0 || write(pipe_fd, text, (size_t)n) != n)
		_exit(3);
	_exit(0);
}

static void nobody_gets(gid_t group, const char *words)
{
	struct pollfd pfds[2];
	char text[512] = "";
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = ask_as_nobody(fds[1], group);
	close(fds[1]);
	pfds[0] = (struct pollfd){ .fd = control_fd(control), .events = POLLIN };
	pfds[1] = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	while (poll(pfds, 2, 10000) > 0 && !pfds[1].revents)
		control_serve(control);
	assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, words));
	close(fds[0]);
	serve();
}

static void control__only_root_and_the_group_may_ask(void **state)
{
	const struct group *group = getgrnam(CONTROL_GROUP);
	char run[80];

	(void)state;
	if (geteuid())
		skip();
	/* the file's mode is the first barrier; this is about the second */
	snprintf(run, sizeof(run), "%s/run", folder);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chmod(path, 0666), 0);
	nobody_gets(0, "\"status\":4,\"error\":\"only root and members of the group");
	if (group)
		nobody_gets(group->gr_gid, "\"status\":10");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(control__answers_in_one_line),
		TEST(control__answers_errors_with_a_status_and_clean_text),
		TEST(control__refuses_what_is_no_request),
		TEST(control__takes_lines_in_pieces_and_in_heaps),
		TEST(control__answers_a_client_that_has_closed_its_half),
		TEST(control__closes_half_a_line),
		TEST(control__refuses_a_line_that_is_too_long),
		TEST(control__a_ticket_is_answered_later),
		TEST(control__the_client_may_have_gone),
		TEST(control__who_does_not_read_holds_nobody_up),
		TEST(control__drops_who_would_get_too_much),
		TEST(control__idle_clients_keep_nobody_out),
		TEST(control__refuses_in_words_when_all_are_waiting),
		TEST(control__the_file_is_for_few_and_goes_away),
		TEST(control__the_umask_does_not_count),
		TEST(control__goes_on_with_a_socket_of_before),
		TEST(control__takes_no_socket_that_answers),
		TEST(control__replaces_the_socket_of_the_dead),
		TEST(control__refuses_places_that_are_not_its_own),
		TEST(control__only_root_and_the_group_may_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
