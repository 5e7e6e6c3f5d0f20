/* SPDX-License-Identifier: GPL-2.0-only */
/* upgrade.h: what is taken for a program that can take over, and what is said of all others. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "upgrade.h"

static char folder[] = "/tmp/test_upgrade.XXXXXX", path[64];
static char *const args[] = { "scx-cland", "--verbose", "--policy=fifo" };
static struct upgrade upgrade;
static struct diag diag;

static void write_program(const char *text)
{
	/* Written by another process: one of ours that is about to be executed is not to be open here. */
	char command[4096];

	snprintf(command, sizeof(command), "cat >%s <<'END'\n%s\nEND\nchmod +x %s", path, text, path);
	assert_int_equal(system(command), 0);
}

static int ask(const char *program)
{
	struct pollfd pfd = { .events = POLLIN };
	int err;

	diag.text[0] = '\0';
	err = upgrade_begin(&upgrade, program, 3, args, 7, &diag);
	if (err)
		return err;
	assert_int_equal(upgrade.ticket, 7);
	do {
		pfd.fd = upgrade_fd(&upgrade);
		assert_true(pfd.fd >= 0);
		assert_true(poll(&pfd, 1, upgrade_timeout_ms(&upgrade)) >= 0);
		err = upgrade_serve(&upgrade, &diag);
	} while (err == -EINPROGRESS);
	assert_int_equal(upgrade_fd(&upgrade), -1);
	assert_int_equal(upgrade_timeout_ms(&upgrade), -1);
	assert_int_equal(upgrade.pid, 0);
	return err;
}

static void refuses(const char *program, const char *sentence)
{
	assert_true(ask(program) < 0);
	if (!strstr(diag.text, sentence))
		fail_msg("said '%s', not '%s'", diag.text, sentence);
}

static void test_can(void **state)
{
	(void)state;
	write_program("#!/bin/sh\necho 'scx-cland: warning: first this' >&2\n"
		      "echo scx-cland: can take over >&2");
	assert_int_equal(ask(path), 0);
	write_program("#!/bin/sh\necho can take over");
	assert_int_equal(ask(path), 0);
}

static void test_is_given_the_arguments(void **state)
{
	(void)state;
	write_program("#!/bin/sh\necho \"$# $*\"; exit 1");
	refuses(path, "cannot take over: 3 --verbose --policy=fifo --check-takeover; this program goes");
}

static void test_cannot(void **state)
{
	(void)state;
	write_program("#!/bin/sh\necho scx-cland: can take over; exit 1");
	refuses(path, "cannot take over: can take over; this program goes on");
	write_program("#!/bin/sh\necho first; echo scx-cland: error: no such policy >&2; exit 8");
	refuses(path, "cannot take over: no such policy; this program goes on");
	write_program("#!/bin/sh\nprintf 'a\\033[31mb\\001'; exit 1");
	refuses(path, "cannot take over: a?[31mb?; this program goes on");
	write_program("#!/bin/sh\nkill -SEGV $$");
	refuses(path, "does not say that it can take over");
	write_program("#!/bin/sh\nyes can take over | head -c 1000000");
	refuses(path, "does not say that it can take over");
	refuses("/bin/true", "/bin/true does not say that it can take over");
	refuses("/nowhere/at/all", "it cannot be executed: No such file or directory");
	write_program("no program");
	refuses(path, "it cannot be executed: Exec format error");
	assert_int_equal(chmod(path, 0644), 0);
	refuses(path, "it cannot be executed: Permission denied");
}

static void test_path_too_long(void **state)
{
	char name[5000];

	(void)state;
	memset(name, '/', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(upgrade_begin(&upgrade, name, 3, args, 7, &diag), -ENAMETOOLONG);
	assert_int_equal(upgrade_fd(&upgrade), -1);
}

/* This very program, which is not scx-cland. */
static void test_own_path(void **state)
{
	char *const list[] = { "test", "--list" };

	(void)state;
	assert_int_equal(upgrade_begin(&upgrade, NULL, 2, list, 7, &diag), 0);
	assert_non_null(strstr(upgrade.path, "/test_upgrade"));
	upgrade_cancel(&upgrade);
}

static void test_cancel(void **state)
{
	pid_t pid;

	(void)state;
	write_program("#!/bin/sh\nexec sleep 1000");
	assert_int_equal(upgrade_begin(&upgrade, path, 3, args, 7, &diag), 0);
	pid = upgrade.pid;
	assert_int_equal(kill(pid, 0), 0);
	assert_int_equal(upgrade_serve(&upgrade, &diag), -EINPROGRESS);
	upgrade_cancel(&upgrade);
	assert_int_equal(kill(pid, 0), -1);
	upgrade_cancel(&upgrade);
	assert_int_equal(upgrade_fd(&upgrade), -1);
}

static void test_gives_up(void **state)
{
	(void)state;
	write_program("#!/bin/sh\nexec sleep 1000");
	assert_int_equal(upgrade_begin(&upgrade, path, 3, args, 7, &diag), 0);
	upgrade.until_ms = 0;
	assert_int_equal(upgrade_timeout_ms(&upgrade), 0);
	assert_int_equal(upgrade_serve(&upgrade, &diag), -ETIMEDOUT);
	assert_non_null(strstr(diag.text, "has not said within"));
	assert_int_equal(upgrade_fd(&upgrade), -1);
}

/* Whoever asks has other things to do than to read for as long as somebody writes. */
static void test_reads_so_much_and_no_more(void **state)
{
	int nr = 0, nr_left = 0;

	(void)state;
	write_program("#!/bin/sh\nhead -c 65536 /dev/zero\nexec sleep 1000");
	assert_int_equal(upgrade_begin(&upgrade, path, 3, args, 7, &diag), 0);
	while (nr < 65536) {
		assert_int_equal(ioctl(upgrade_fd(&upgrade), FIONREAD, &nr), 0);
		sched_yield();
	}
	assert_int_equal(upgrade_serve(&upgrade, &diag), -EINPROGRESS);
	assert_int_equal(ioctl(upgrade_fd(&upgrade), FIONREAD, &nr_left), 0);
	assert_in_range(nr_left, 1, 65535);
	upgrade_cancel(&upgrade);
}

static int set_up(void **state)
{
	(void)state;
	upgrade_init(&upgrade);
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/program", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_can),
		cmocka_unit_test(test_is_given_the_arguments),
		cmocka_unit_test(test_cannot),
		cmocka_unit_test(test_path_too_long),
		cmocka_unit_test(test_own_path),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_gives_up),
		cmocka_unit_test(test_reads_so_much_and_no_more),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
