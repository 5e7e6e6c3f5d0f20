/* SPDX-License-Identifier: GPL-2.0-only */
/* log.h: a log that nobody reads holds nobody up. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"

static int ends[2], terminal;

static void fill(void)
{
	char byte = 'x';
	int flags = fcntl(ends[1], F_GETFL);

	assert_int_equal(fcntl(ends[1], F_SETFL, flags | O_NONBLOCK), 0);
	while (write(ends[1], &byte, 1) == 1)
		;
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fcntl(ends[1], F_SETFL, flags), 0);
}

static void take_all(char *ret_text, size_t size)
{
	ssize_t n;
	size_t len = 0;

	while ((n = read(ends[0], ret_text + len, size - 1 - len)) > 0) {
		len += (size_t)n;
		if (len > size / 2) { /* what it was filled with: only the end matters */
			memmove(ret_text, ret_text + len - 16, 16);
			len = 16;
		}
	}
	ret_text[len] = '\0';
}

static void test_nobody_reads(void **state)
{
	char text[4096];
	int i;

	(void)state;
	fill();
	alarm(60); /* ends this, should it be held up */
	for (i = 0; i < 100; i++)
		log_info("line %d", i);
	alarm(0);
	take_all(text, sizeof(text));
	assert_null(strchr(text, '\n'));

	log_info("again");
	log_info("and again");
	take_all(text, sizeof(text));
	assert_string_equal(text, "scx-cland: warning: 100 lines are not here: nobody has read the "
			    "log for a while\nscx-cland: again\nscx-cland: and again\n");
}

static void test_nobody_can_read(void **state)
{
	(void)state;
	close(ends[0]);
	log_info("to nobody"); /* SIGPIPE is ignored, as in the program */
	close(STDERR_FILENO);
	log_info("nowhere");
}

static int set_up(void **state)
{
	(void)state;
	terminal = dup(STDERR_FILENO);
	if (terminal < 0 || pipe2(ends, O_CLOEXEC) || dup2(ends[1], STDERR_FILENO) < 0 ||
	    fcntl(ends[0], F_SETFL, O_NONBLOCK))
		return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return dup2(terminal, STDERR_FILENO) < 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nobody_reads, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_can_read, set_up, tear_down),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
