/* SPDX-License-Identifier: GPL-2.0-only */
#include "service.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * The protocol of sd_notify(3), which is as stable as the library. That one would bring six others
 * into the agent's memory, all of which is locked.
 */
static void notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (!len || len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* a name that is no file's */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* If nobody hears it, the service manager says so itself, when it has waited long enough. */
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

void service_ready(const char *policy)
{
	service_policy(policy); /* known by then */
	notify("READY=1");
}

void service_policy(const char *policy)
{
	char state[sizeof("STATUS=policy ") + SERVICE_POLICY_MAX];

	snprintf(state, sizeof(state), "STATUS=policy %.*s", SERVICE_POLICY_MAX - 1, policy);
	notify(state);
}

void service_stopping(void)
{
	notify("STOPPING=1");
}

/* A whole number of the environment, or 0. */
static uint64_t number_in_env(const char *name)
{
	const char *text = getenv(name);
	unsigned long long value;
	char *end;

	if (!text || text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	return errno || *end ? 0 : value;
}

void service_pulse_init(struct service_pulse *ret_pulse)
{
	uint64_t period_us = number_in_env("WATCHDOG_USEC"), pid = number_in_env("WATCHDOG_PID");

	memset(ret_pulse, 0, sizeof(*ret_pulse));
	/* what was inherited may be meant for another process */
	if ((getenv("WATCHDOG_PID") && pid != (uint64_t)getpid()) || period_us > UINT64_MAX / 1000)
		return;
	ret_pulse->period_ns = period_us * 1000 / 2;
}

int service_pulse(struct service_pulse *pulse, uint64_t now_ns)
{
	uint64_t left_ms;

	if (!pulse->period_ns)
		return -1;
	if (now_ns >= pulse->next_ns) {
		notify("WATCHDOG=1");
		pulse->next_ns = now_ns + pulse->period_ns;
	}
	left_ms = (pulse->next_ns - now_ns) / 1000000 + 1;
	return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}
