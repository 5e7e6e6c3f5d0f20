/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target for clandctl: the whole program against somebody at the other end of the socket
 * who need not be scx-cland. The input's first byte says which command asks (low two bits: status,
 * status --json, switch, set; stats instead of set where the top bit is set) and the size of the
 * pieces in which the rest comes (the other six; 0: all at once). Whatever comes, what is printed
 * is fit for a terminal. Run: see tests/fuzz/CMakeLists.txt.
 */
#include <fcntl.h>
#include <json-c/json.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clandctl.h"
#include "exit_codes.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct answer {
	const uint8_t *data;
	size_t size, piece;
};

static char folder[64], path[96];
static int listener = -1, said_fd = -1, stdout_fd, stderr_fd;
static char said[1 << 20];

/* Where it stands after a check that does not hold is libFuzzer's own stderr. */
static void must(bool holds, const char *what)
{
	if (holds)
		return;
	dup2(stderr_fd, STDERR_FILENO);
	fprintf(stderr, "does not hold: %s; said: %s\n", what, said);
	abort();
}

static void clean_up(void)
{
	unlink(path);
	rmdir(folder);
}

static void open_once(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (listener >= 0)
		return;
	stdout_fd = dup(STDOUT_FILENO);
	stderr_fd = dup(STDERR_FILENO);
	strcpy(folder, "/tmp/fuzz_answers.XXXXXX");
	must(mkdtemp(folder), "a folder");
	snprintf(path, sizeof(path), "%s/control.sock", folder);
	strcpy(addr.sun_path, path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(listener >= 0 && !bind(listener, (struct sockaddr *)&addr, sizeof(addr)) &&
	     !listen(listener, 4), "a socket");
	said_fd = memfd_create("said", MFD_CLOEXEC);
	must(said_fd >= 0, "a file in memory");
	atexit(clean_up);
}

/* ---- the other end --------------------------------------------------------------------------- */

static void *serve(void *arg)
{
	const struct answer *answer = arg;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	char byte = 0;
	size_t at, len;

	must(fd >= 0, "a caller");
	/* one that closes before it has read would take the answer away with it */
	while (byte != '\n' && recv(fd, &byte, 1, 0) == 1)
		;
	for (at = 0; at < answer->size; at += len) {
		len = answer->size - at < answer->piece ? answer->size - at : answer->piece;
		if (send(fd, answer->data + at, len, MSG_NOSIGNAL) != (ssize_t)len)
			break;
	}
	close(fd);
	return NULL;
}

/* ---- clandctl -------------------------------------------------------------------------------- */

static int run(int argc, char *argv[])
{
	int code;

	must(!ftruncate(said_fd, 0) && !lseek(said_fd, 0, SEEK_SET), "an empty file");
	fflush(stdout);
	dup2(said_fd, STDOUT_FILENO);
	dup2(said_fd, STDERR_FILENO);
	code = clandctl_run(argc, argv);
	fflush(stdout);
	dup2(stdout_fd, STDOUT_FILENO);
	dup2(stderr_fd, STDERR_FILENO);
	return code;
}

/* Of status --json only that it is JSON: what is in its texts is its reader's to show. */
static void check_json(int code, size_t len)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *answer;

	/* Not STRICT: to json-c 0.18 all that is not ASCII is a control character then. */
	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
	answer = json_tokener_parse_ex(tokener, said, (int)len);
	must(json_object_is_type(answer, json_type_object), "status --json is JSON");
	must(code || json_object_get_boolean(json_object_object_get(answer, "ok")), "ok");
	json_object_put(answer);
	json_tokener_free(tokener);
}

static void check(int code, bool json)
{
	static char clean[sizeof(said)];
	ssize_t len = pread(said_fd, said, sizeof(said) - 1, 0);
	FILE *out;

	must(len > 0, "something is said");
	said[len] = '\0';
	must(code >= 0 && code < 126, "an exit code");
	must((size_t)len < sizeof(said) - 1, "an end");
	if (json) {
		check_json(code, (size_t)len);
		return;
	}
	must(strlen(said) == (size_t)len, "no NUL bytes");
	out = fmemopen(clean, sizeof(clean), "w");
	must(out, "a stream");
	utf8_put_lines(out, said);
	fclose(out);
	must(!strcmp(said, clean), "nothing that a terminal would obey");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *commands[][3] = {
		{ "status" },
		{ "status", "--json" },
		{ "switch", "fifo", "--for=1m" },
		{ "set", "vruntime.slice_us=3000" },
	};
	char *argv[8] = { "clandctl", "--socket", path, "--sysfs", folder };
	struct answer answer = { .data = data + 1 };
	pthread_t server;
	int argc = 5, i, code;

	if (size < 2)
		return 0;
	open_once();
	answer.size = size - 1;
	answer.piece = data[0] >> 2 ? data[0] >> 2 : answer.size;
	if ((data[0] & 0x83) == 0x83)
		argv[argc++] = "stats";
	else
		for (i = 0; i < 3 && commands[data[0] & 3][i]; i++)
			argv[argc++] = commands[data[0] & 3][i];
	must(!pthread_create(&server, NULL, serve, &answer), "a thread");
	code = run(argc, argv);
	must(!pthread_join(server, NULL), "its end");
	check(code, (data[0] & 3) == 1);
	return 0;
}
