/* SPDX-License-Identifier: GPL-2.0-only */
#include "clandctl_client.h"

#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clandctl.h"
#include "clock.h"
#include "control.h"
#include "control_text.h"
#include "exit_codes.h"
#include "stats_json.h"

static int connect_error(const char *path, int err, struct diag *diag)
{
	switch (err) {
	case ENOENT:
	case ECONNREFUSED:
		return diag_set(diag, EXIT_CODE_NOT_RUNNING, "no scx-cland is running: nobody answers "
				"at %s", path);
	case EACCES:
	case EPERM:
		return diag_set(diag, EXIT_CODE_NO_PRIVILEGE, "not allowed to ask at %s: only root and "
				"members of the group " CONTROL_GROUP " are. Use sudo", path);
	case EAGAIN:
		return diag_set(diag, EXIT_CODE_NO_ANSWER, "scx-cland takes no more callers at %s",
				path);
	default:
		return diag_set(diag, EXIT_CODE_FAILED, "%s: %s", path, strerror(err));
	}
}

static int client_connect(int timeout_s, int *ret_fd, struct diag *diag)
{
	const char *path = clandctl_options.socket;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval timeout = { .tv_sec = timeout_s };
	int fd, code;

	if (strlen(path) >= sizeof(addr.sun_path))
		return diag_set(diag, EXIT_CODE_USAGE, "--socket: the path is %zu bytes long; at most "
				"%zu fit", strlen(path), sizeof(addr.sun_path) - 1);
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return diag_set(diag, EXIT_CODE_FAILED, "a socket: %s", strerror(errno));
	/* for connect(), too, which waits while the daemon has more callers than it takes */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		code = connect_error(path, errno, diag);
		close(fd);
		return code;
	}
	*ret_fd = fd;
	return EXIT_CODE_OK;
}

/* A daemon that refuses us closes before it has read: its answer is there all the same. */
static void send_line(int fd, struct json_object *request)
{
	size_t len, sent = 0;
	const char *text = json_object_to_json_string_length(request, JSON_C_TO_STRING_PLAIN, &len);
	ssize_t n;

	for (; sent < len; sent += (size_t)n) {
		n = send(fd, text + sent, len - sent, MSG_NOSIGNAL);
		if (n <= 0)
			return;
	}
	n = send(fd, "\n", 1, MSG_NOSIGNAL);
	(void)n;
}

static int no_answer(const char *what, struct diag *diag)
{
	return diag_set(diag, EXIT_CODE_NO_ANSWER, "%s; what was asked may or may not have been done: "
			"see clandctl status", what);
}

/* The line, without its newline, is the caller's to free. */
static int receive_line(int fd, int timeout_s, char **ret_line, struct diag *diag)
{
	int64_t end_ms = (int64_t)monotonic_ms() + timeout_s * 1000;
	char *line = malloc(CONTROL_ANSWER_MAX + 1), *newline;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	int code;

	if (!line)
		return diag_set(diag, EXIT_CODE_FAILED, "no memory for the answer");
	for (;;) {
		int64_t left_ms = end_ms - (int64_t)monotonic_ms();
		ssize_t n;
		int ready = left_ms > 0 ? poll(&pfd, 1, (int)left_ms) : 0;

		if (ready < 0 && errno == EINTR)
			continue; /* a terminal was resized, say: recv() would wait without a limit */
		if (!ready) {
			code = diag_set(diag, EXIT_CODE_NO_ANSWER, "scx-cland has not answered within "
					"%d s; what was asked may still be done: see clandctl status",
					timeout_s);
			goto fail;
		}
		n = recv(fd, line + len, CONTROL_ANSWER_MAX - len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			code = no_answer("scx-cland has ended the connection without an answer", diag);
			goto fail;
		}
		len += (size_t)n;
		line[len] = '\0';
		newline = memchr(line, '\n', len);
		if (newline) {
			*newline = '\0';
			*ret_line = line;
			return EXIT_CODE_OK;
		}
		if (len == CONTROL_ANSWER_MAX) {
			code = no_answer("scx-cland's answer does not end", diag);
			goto fail;
		}
	}
fail:
	free(line);
	return code;
}

/* "status" of an answer that is not ok; a number that is none of ours must not look like success. */
static int code_of(struct json_object *answer)
{
	unsigned long long status = client_number(answer, "status");

	return status > 0 && status < 126 ? (int)status : EXIT_CODE_FAILED;
}

static int understand(const char *line, struct json_object **ret_answer, struct diag *diag)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *answer = NULL, *ok;
	int code;

	if (tokener) {
		/* what is no UTF-8 would come out of status --json as it came in */
		json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
		answer = json_tokener_parse_ex(tokener, line, (int)strlen(line) + 1);
		json_tokener_free(tokener);
	}
	if (!json_object_is_type(answer, json_type_object) ||
	    !json_object_object_get_ex(answer, "ok", &ok) ||
	    !json_object_is_type(ok, json_type_boolean)) {
		json_object_put(answer);
		return no_answer("what answers is not scx-cland, or of another version", diag);
	}
	if (json_object_get_boolean(ok)) {
		*ret_answer = answer;
		return EXIT_CODE_OK;
	}
	code = diag_set(diag, code_of(answer), "%s", client_text(answer, "error"));
	json_object_put(answer);
	return code;
}

int client_ask(const char *command, struct json_object *args, int timeout_s,
	       struct json_object **ret_answer, struct diag *diag)
{
	struct json_object *request = json_object_new_object();
	char *line = NULL;
	int fd = -1, code;

	if (!request) {
		json_object_put(args);
		return diag_set(diag, EXIT_CODE_FAILED, "no memory for the request");
	}
	json_object_object_add(request, "command", json_object_new_string(command));
	if (args)
		json_object_object_add(request, "args", args);
	code = client_connect(timeout_s, &fd, diag);
	if (code)
		goto out;
	send_line(fd, request);
	code = receive_line(fd, timeout_s, &line, diag);
	if (!code)
		code = understand(line, ret_answer, diag);
	close(fd);
out:
	json_object_put(request);
	free(line);
	return code;
}

int client_ask_stats(int timeout_s, struct stats *ret_stats, struct diag *diag)
{
	struct json_object *answer;
	int code = client_ask("stats", NULL, timeout_s, &answer, diag);

	if (code)
		return code;
	if (stats_json_parse(client_object(answer, "stats"), ret_stats))
		code = diag_set(diag, EXIT_CODE_NO_ANSWER, "the answer has no statistics in it");
	json_object_put(answer);
	return code;
}

const char *client_text(struct json_object *object, const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

unsigned long long client_number(struct json_object *object, const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, name, &value) ||
	    !json_object_is_type(value, json_type_int))
		return 0;
	return json_object_get_uint64(value);
}

int client_bool(struct json_object *object, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(object, name, &value) && json_object_get_boolean(value);
}

struct json_object *client_object(struct json_object *object, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(object, name, &value) ? value : NULL;
}
