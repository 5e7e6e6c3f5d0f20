/* SPDX-License-Identifier: GPL-2.0-only */
/* What small_file.h promises, over files in a folder of the test's own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "small_file.h"

static char dir[] = "/tmp/test_small_file.XXXXXX";
static int dir_fd;

static void put(const char *text)
{
	int fd = openat(dir_fd, "file", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void small_file__reads_what_there_is_room_for(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "", "" },
		{ "enabled\n", "enabled\n" },
		{ "1234567\n", "1234567\n" },
		{ "12345678\n", "12345678" },
		{ "two\nlines\n", "two\nline" },
	};
	char text[9];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(cases[i].text);
		memset(text, 'x', sizeof(text));
		assert_int_equal(small_file_read(dir_fd, "file", text, sizeof(text)),
				 strlen(cases[i].expected));
		assert_string_equal(text, cases[i].expected);
	}
}

static void small_file__finds_it_by_its_path(void **state)
{
	char path[64], text[16];

	(void)state;
	put("here");
	snprintf(path, sizeof(path), "%s/file", dir);
	assert_int_equal(small_file_read(AT_FDCWD, path, text, sizeof(text)), 4);
	assert_string_equal(text, "here");
}

static void small_file__says_why_it_cannot(void **state)
{
	char text[16] = "before";

	(void)state;
	assert_int_equal(small_file_read(dir_fd, "none", text, sizeof(text)), -ENOENT);
	assert_string_equal(text, "");
	strcpy(text, "before");
	assert_int_equal(small_file_read(dir_fd, ".", text, sizeof(text)), -EISDIR);
	assert_string_equal(text, "");
}

static void small_file__does_not_wait_for_a_writer(void **state)
{
	char text[16] = "before";

	(void)state;
	assert_int_equal(mkfifoat(dir_fd, "fifo", 0600), 0);
	assert_int_equal(small_file_read(dir_fd, "fifo", text, sizeof(text)), 0);
	assert_string_equal(text, "");
	unlinkat(dir_fd, "fifo", 0);
}

static void small_file__has_the_first_line(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "", "" },
		{ "\n", "" },
		{ "Discharging\n", "Discharging" },
		{ "no end", "no end" },
		{ "two\nlines\n", "two" },
	};
	char line[16];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(cases[i].text);
		small_file_line(dir_fd, "file", line, sizeof(line));
		assert_string_equal(line, cases[i].expected);
	}
	small_file_line(dir_fd, "none", line, sizeof(line));
	assert_string_equal(line, "");
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir_fd < 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlinkat(dir_fd, "file", 0);
	close(dir_fd);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_file__reads_what_there_is_room_for),
		cmocka_unit_test(small_file__finds_it_by_its_path),
		cmocka_unit_test(small_file__says_why_it_cannot),
		cmocka_unit_test(small_file__does_not_wait_for_a_writer),
		cmocka_unit_test(small_file__has_the_first_line),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
