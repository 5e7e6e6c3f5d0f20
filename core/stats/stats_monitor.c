/* SPDX-License-Identifier: GPL-2.0-only */
#include "stats_monitor.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "exit_codes.h"
#include "stats.h"
#include "stats_json.h"

#define PATIENCE_S 10	/* for an answer */
#define RETRY_MS 1000	/* while nobody is there */

static const char question[] = "{\"req\":\"stats\",\"args\":{\"target\":\"top\"}}\n";

struct monitor {
	const char *path;
	int fd;			/* -1: not connected */
	bool told;		/* that nobody is there */
	char line[CONTROL_ANSWER_MAX];
};

static void sleep_ms(uint32_t ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static void leave(struct monitor *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

/* Returns 0 or -errno; the path fits. */
static int reach(struct monitor *m)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int err;

	if (m->fd >= 0)
		return 0;
	strcpy(addr.sun_path, m->path);
	m->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (m->fd < 0)
		return -errno;
	setsockopt(m->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(m->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!connect(m->fd, (struct sockaddr *)&addr, sizeof(addr)))
		return 0;
	err = -errno;
	leave(m);
	return err;
}

/* One question and its answer. Returns 0, -EPIPE when the connection is at its end, or -EPROTO. */
static int ask(struct monitor *m, struct stats *ret_stats, struct diag *diag)
{
	struct json_object *resp;
	size_t len = 0;
	ssize_t n;
	int err;

	if (send(m->fd, question, strlen(question), MSG_NOSIGNAL) != (ssize_t)strlen(question))
		return -EPIPE;
	while (!len || m->line[len - 1] != '\n') {
		if (len == sizeof(m->line))
			return diag_set(diag, -EPROTO, "the answer at %s is too long", m->path);
		n = recv(m->fd, m->line + len, sizeof(m->line) - len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EPIPE;
		len += (size_t)n;
	}
	resp = stats_json_resp(m->line, len - 1, diag);
	if (!resp)
		return -EPROTO;
	err = stats_json_parse(resp, ret_stats);
	json_object_put(resp);
	/* another scheduler has none of ours */
	if (err || !ret_stats->taken_ns)
		return diag_set(diag, -EPROTO, "it is not scx-cland that answers at %s", m->path);
	return 0;
}

static void wait_for_one(struct monitor *m)
{
	if (!m->told)
		fprintf(stderr, "scx-cland: nobody answers at %s; waiting for a scheduler\n", m->path);
	m->told = true;
	sleep_ms(RETRY_MS);
}

int stats_monitor_run(const char *path, uint32_t interval_ms, struct diag *diag)
{
	static struct monitor m;
	static struct stats before, now;
	bool has_before = false;
	char text[2048];
	int err;

	m.path = path;
	m.fd = -1;
	for (;;) {
		err = reach(&m);
		if (err == -EACCES || err == -EPERM)
			return diag_set(diag, EXIT_CODE_NO_PRIVILEGE, "%s: %s; only root and members of "
					"the group " CONTROL_GROUP " may ask", path, strerror(-err));
		if (!err)
			err = ask(&m, &now, diag);
		if (err == -EPROTO) {
			leave(&m);
			return EXIT_CODE_FAILED;
		}
		if (err) {
			leave(&m);
			has_before = false;
			wait_for_one(&m);
			continue;
		}
		m.told = false;
		if (has_before) {
			stats_format_between(&before, &now, text, sizeof(text));
			if (puts(text) < 0 || fflush(stdout))
				return EXIT_CODE_OK; /* main() looks at what became of the output */
		}
		before = now;
		has_before = true;
		sleep_ms(interval_ms);
	}
}
