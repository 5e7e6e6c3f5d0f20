/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target for control.h and control_commands.h: what a client sends, through a real
 * socket. The input's first byte says how: its low bits the size of the pieces (0: all at once),
 * bit 6 that the client closes its half, bit 7 that it is gone without reading. Run: see
 * tests/fuzz/CMakeLists.txt.
 */
#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "config.h"
#include "control.h"
#include "control_commands.h"
#include "exit_codes.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64], path[96];
static struct control *control;
static struct diag diag;
static uint64_t ticket;		/* of the request that is to be answered later */
static unsigned int nr_requests;

static void must_be_text(const char *text, size_t size, const char *what)
{
	must(memchr(text, 0, size), what);
	for (; *text; text++)
		must((unsigned char)*text >= ' ' && *text != 0x7f, what);
}

/* ---- the daemon ------------------------------------------------------------------------------ */

static void on_status(void *ctx, struct control_status *status)
{
	(void)ctx;
	nr_requests++;
	status->has_last_swap = true;
}

static int on_change(void *ctx, const struct control_caller *caller,
		     const struct intent_choice *choice, const struct intent_term *term,
		     struct control_swap *ret_swap, struct diag *ret_diag)
{
	(void)ctx, (void)ret_swap;
	nr_requests++;
	must_be_text(choice->policy, sizeof(choice->policy), "policy");
	must_be_text(choice->mode, sizeof(choice->mode), "mode");
	must(!choice->policy[0] != !choice->mode[0], "either a policy or a mode");
	must(!choice->policy[0] || choice->policy[0] == '/' ||
	     config_is_policy_name(choice->policy), "a policy's name or path");
	must(!term->for_ns || !term->hold_pid, "not both terms");
	must(term->for_ns <= INTENT_MAX_FOR_NS && term->hold_pid >= 0, "terms in range");
	if (term->for_ns)
		return diag_set(ret_diag, EXIT_CODE_NOT_FOUND, "%s", choice->policy);
	must(!ticket, "one request at a time");
	ticket = caller->ticket;
	return -EINPROGRESS;
}

static int on_reload(void *ctx, const struct control_caller *caller, struct control_swap *ret_swap,
		     struct diag *ret_diag)
{
	(void)ctx, (void)caller, (void)ret_swap, (void)ret_diag;
	nr_requests++;
	return EXIT_CODE_OK;
}

static int on_set(void *ctx, const struct control_caller *caller,
		  const struct control_setting *settings, size_t nr, struct control_swap *ret_swap,
		  struct diag *ret_diag)
{
	size_t i;

	(void)ctx, (void)caller, (void)ret_swap, (void)ret_diag;
	nr_requests++;
	must(nr >= 1 && nr <= CONTROL_MAX_SETTINGS, "nr of settings");
	for (i = 0; i < nr; i++) {
		must(config_is_policy_name(settings[i].policy), "a setting's policy");
		must_be_text(settings[i].key, sizeof(settings[i].key), "key");
		must_be_text(settings[i].value, sizeof(settings[i].value), "value");
		must(settings[i].key[0] && settings[i].value[0], "key and value");
	}
	return EXIT_CODE_OK;
}

static int on_upgrade(void *ctx, const struct control_caller *caller, const char *to,
		      struct diag *ret_diag)
{
	(void)ctx, (void)caller;
	nr_requests++;
	must_be_text(to, 4096, "the program's path");
	must(!to[0] || to[0] == '/', "an absolute path");
	return diag_set(ret_diag, EXIT_CODE_FAILED, "no");
}

static int on_stop(void *ctx, const struct control_caller *caller, struct diag *ret_diag)
{
	(void)ctx, (void)caller, (void)ret_diag;
	nr_requests++;
	return EXIT_CODE_OK;
}

static void on_stats(void *ctx, struct stats *stats)
{
	(void)ctx;
	nr_requests++;
	stats->values[0] = UINT64_MAX;
}

static void clean_up(void)
{
	control_close(control);
	rmdir(folder);
}

static void open_once(void)
{
	static const struct control_ops ops = { on_status, on_change, on_reload, on_set, on_upgrade,
						 on_stop, on_stats };
	static struct control_commands commands = { .ops = &ops };
	const struct control_command *table;
	size_t nr;

	if (control)
		return;
	strcpy(folder, "/tmp/fuzz_control.XXXXXX");
	must(mkdtemp(folder), "a folder");
	snprintf(path, sizeof(path), "%s/control.sock", folder);
	table = control_commands_table(&nr);
	must(!control_open(path, -1, table, nr, &commands, &control, &diag), "control_open");
	atexit(clean_up);
}

static void serve(void)
{
	struct pollfd pfd = { .fd = control_fd(control), .events = POLLIN };
	int i;

	for (i = 0; poll(&pfd, 1, 0) > 0; i++) {
		must(i < 1000000, "control_fd() comes to rest");
		control_serve(control);
		if (ticket) {
			static const struct control_swap swap = { .what = "switch" };
			uint64_t answered = ticket;

			ticket = 0;
			control_commands_finish(control, answered, EXIT_CODE_OK, &swap, NULL);
		}
	}
}

/* ---- the client ------------------------------------------------------------------------------ */

static char *got;
static size_t got_len, got_size;

static bool receive(int fd)
{
	ssize_t n;

	for (;;) {
		if (got_size - got_len < 65536) {
			got_size = got_len + (1 << 20);
			got = realloc(got, got_size);
			must(got, "memory");
		}
		n = recv(fd, got + got_len, got_size - got_len, MSG_DONTWAIT);
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		got_len += (size_t)n;
	}
}

static void check_answers(void)
{
	char *line = got, *end, *at;
	unsigned int nr = 0;

	for (; (end = memchr(line, '\n', got_len - (size_t)(line - got))); line = end + 1, nr++) {
		struct json_tokener *tokener = json_tokener_new();
		struct json_object *answer, *ok;

		/* Not STRICT: to json-c 0.18 all that is not ASCII is a control character then. */
		json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
		answer = json_tokener_parse_ex(tokener, line, (int)(end - line));
		must(json_tokener_get_parse_end(tokener) == (size_t)(end - line), "nothing behind it");
		for (at = line; at < end; at++)
			must((unsigned char)*at >= ' ', "no control characters");
		must(answer && json_object_object_get_ex(answer, "ok", &ok), "an answer is JSON");
		must(json_object_get_boolean(ok) ||
		     (json_object_object_get_ex(answer, "error", &ok) &&
		      json_object_get_string_len(ok) > 0), "an error has a sentence");
		json_object_put(answer);
		json_tokener_free(tokener);
	}
	must(line == got + got_len, "whole lines only");
	must(nr >= nr_requests, "an answer to each request");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t at = 1, piece;
	bool there = true;
	int fd;

	if (size < 2)
		return 0;
	open_once();
	nr_requests = 0;
	got_len = 0;
	piece = data[0] & 0x3f ? data[0] & 0x3f : size;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	strcpy(addr.sun_path, path);
	must(fd >= 0 && !connect(fd, (struct sockaddr *)&addr, sizeof(addr)), "connect");
	while (at < size && there) {
		size_t len = size - at < piece ? size - at : piece;
		ssize_t n = send(fd, data + at, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno != EAGAIN)
			break;
		at += n > 0 ? (size_t)n : 0;
		if (data[0] & 0x80 && at == size)
			break;
		serve();
		there = receive(fd);
	}
	if (!(data[0] & 0x80)) {
		if (data[0] & 0x40)
			shutdown(fd, SHUT_WR);
		/* what is left over needs room in the socket */
		for (piece = 0; there && piece < 1000; piece++) {
			size_t before = got_len;

			serve();
			there = receive(fd);
			if (there && before == got_len)
				break;
		}
		must(!there || !(data[0] & 0x40), "the connection ends after the last answer");
		check_answers();
	}
	close(fd);
	serve();
	must(!control_nr_clients(control), "no client is left over");
	return 0;
}
