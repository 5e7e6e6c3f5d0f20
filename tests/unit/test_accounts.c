/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of groups and users from the machine's own files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"

static char file[] = "/tmp/cland-accounts-XXXXXX";

static void write_file(const char *text)
{
	FILE *out = fopen(file, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static void accounts__find_a_group_by_its_whole_name(void **state)
{
	gid_t gid = 7;

	(void)state;
	write_file("root:x:0:\nscx:x:990:\nnot a line of it\nscx-cland:x:991:ann,ben\n");
	assert_int_equal(accounts_group(file, "scx-cland", &gid), 0);
	assert_int_equal(gid, 991);
	gid = 7;
	assert_int_equal(accounts_group(file, "scx-clan", &gid), -ENOENT);
	assert_int_equal(accounts_group("/nowhere/group", "root", &gid), -ENOENT);
	assert_int_equal(gid, 7);
}

static void accounts__name_a_user_and_cut_what_is_too_long(void **state)
{
	char name[8] = "before";

	(void)state;
	write_file("root:x:0:0::/root:/bin/sh\nalexandra:x:1001:1001::/:/bin/sh\n");
	assert_int_equal(accounts_user_name(file, 1000, name, sizeof(name)), -ENOENT);
	assert_string_equal(name, "before");
	assert_int_equal(accounts_user_name(file, 1001, name, sizeof(name)), 0);
	assert_string_equal(name, "alexand");
}

static int make_file(void **state)
{
	int fd = mkstemp(file);

	(void)state;
	return fd < 0 || close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accounts__find_a_group_by_its_whole_name),
		cmocka_unit_test(accounts__name_a_user_and_cut_what_is_too_long),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
