/* SPDX-License-Identifier: GPL-2.0-only */
/* service.h: what a service manager hears, and that nobody else is told anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "service.h"

static char heard[1024];

/* A service manager at name, which is a file's, or with '@' in front of it no file's. Returns its socket. */
static int manager(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	strcpy(addr.sun_path, name);
	if (name[0] == '@')
		addr.sun_path[0] = '\0';
	else
		unlink(name);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

/* The next that it has heard; "" for nothing. */
static const char *next(int fd)
{
	ssize_t len = recv(fd, heard, sizeof(heard) - 1, 0);

	heard[len > 0 ? len : 0] = '\0';
	return heard;
}

static void service__says_what_runs_before_it_is_ready(void **state)
{
	char name[64];
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "/tmp/test_service.%d", getpid());
	fd = manager(name);
	service_ready("vruntime (leased) on 4 CPUs");
	service_policy("fifo (strict) on 4 CPUs");
	service_stopping();
	assert_string_equal(next(fd), "STATUS=policy vruntime (leased) on 4 CPUs");
	assert_string_equal(next(fd), "READY=1");
	assert_string_equal(next(fd), "STATUS=policy fifo (strict) on 4 CPUs");
	assert_string_equal(next(fd), "STOPPING=1");
	assert_string_equal(next(fd), "");
	close(fd);
	unlink(name);
}

static void service__reaches_a_name_that_is_no_files(void **state)
{
	char name[64];
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "@test_service.%d", getpid());
	fd = manager(name);
	service_stopping();
	assert_string_equal(next(fd), "STOPPING=1");
	close(fd);
}

static void service__cuts_what_is_too_long(void **state)
{
	char name[64], policy[4 * SERVICE_POLICY_MAX];
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "@test_service.%d", getpid());
	fd = manager(name);
	memset(policy, 'x', sizeof(policy) - 1);
	policy[sizeof(policy) - 1] = '\0';
	service_policy(policy);
	assert_int_equal(strlen(next(fd)), strlen("STATUS=policy ") + SERVICE_POLICY_MAX - 1);
	close(fd);
}

static void service__does_without_anybody(void **state)
{
	char longer[200] = "/";

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	service_stopping();
	setenv("NOTIFY_SOCKET", "", 1);
	service_stopping();
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	service_stopping();
	memset(longer + 1, 'x', sizeof(longer) - 2);
	setenv("NOTIFY_SOCKET", longer, 1);
	service_stopping();
}

/* As systemd sets it: a number of microseconds, and whom it is for. */
static struct service_pulse wanted(const char *usec, const char *pid)
{
	struct service_pulse pulse;

	setenv("WATCHDOG_USEC", usec, 1);
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	else
		unsetenv("WATCHDOG_PID");
	service_pulse_init(&pulse);
	return pulse;
}

static void service__gives_signs_of_life_in_time(void **state)
{
	struct service_pulse pulse;
	char name[64], pid[32];
	uint64_t now = 7000000000;
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "@test_service.%d", getpid());
	snprintf(pid, sizeof(pid), "%d", getpid());
	fd = manager(name);
	pulse = wanted("60000000", pid);
	assert_in_range(service_pulse(&pulse, now), 30000, 30001);
	assert_string_equal(next(fd), "WATCHDOG=1");
	assert_in_range(service_pulse(&pulse, now + 29000000000), 1000, 1001);
	assert_string_equal(next(fd), "");
	assert_in_range(service_pulse(&pulse, now + 30001000000), 30000, 30001);
	assert_string_equal(next(fd), "WATCHDOG=1");
	assert_string_equal(next(fd), "");
	close(fd);
}

static void service__gives_none_that_nobody_wants(void **state)
{
	static const char *const wrong[] = { "", "0", "-1", "x", "1x", "99999999999999999999",
					     "18446744073709551615" };
	struct service_pulse pulse;
	char name[64];
	size_t i;
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "@test_service.%d", getpid());
	fd = manager(name);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		pulse = wanted(wrong[i], NULL);
		assert_int_equal(service_pulse(&pulse, 1), -1);
	}
	pulse = wanted("60000000", "1"); /* init's */
	assert_int_equal(service_pulse(&pulse, 1), -1);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	service_pulse_init(&pulse);
	assert_int_equal(service_pulse(&pulse, 1), -1);
	assert_string_equal(next(fd), "");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(service__says_what_runs_before_it_is_ready),
		cmocka_unit_test(service__reaches_a_name_that_is_no_files),
		cmocka_unit_test(service__cuts_what_is_too_long),
		cmocka_unit_test(service__does_without_anybody),
		cmocka_unit_test(service__gives_signs_of_life_in_time),
		cmocka_unit_test(service__gives_none_that_nobody_wants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
