/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What policy_file.h promises: files that others could change or replace are refused, with the
 * component, its owner and the remedy; what is opened is what was looked at. To give files to
 * others takes root: without it those cases are left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

#include "policy_file.h"

#define SOMEBODY 54321
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static char dir[] = "/tmp/test_policy_file.XXXXXX";
static struct diag diag;

static const char *in_dir(const char *name)
{
	static char paths[2][PATH_MAX];
	static int next;

	next = !next;
	snprintf(paths[next], sizeof(paths[next]), "%s/%s", dir, name);
	return paths[next];
}

/* Each test begins with a folder "folder" and a file "p.so" in it. */
static int make(void **state)
{
	int fd;

	(void)state;
	umask(022);
	strcpy(strrchr(dir, '.'), ".XXXXXX");
	if (!mkdtemp(dir) || chmod(dir, 0755) || mkdir(in_dir("folder"), 0755))
		return -1;
	fd = open(in_dir("folder/p.so"), O_CREAT | O_WRONLY, 0644);
	if (fd < 0 || write(fd, "policy", 6) != 6)
		return -1;
	return close(fd);
}

static int unmake(void **state)
{
	char command[PATH_MAX + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static int try_open(const char *path)
{
	int fd = policy_file_open(path, false, true, &diag);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

/* The parts of what ("|" between them) must be in the sentence. */
static void assert_refused(const char *path, int err, const char *what)
{
	char parts[512], *part, *save;

	assert_int_equal(try_open(path), err);
	snprintf(parts, sizeof(parts), "%s", what);
	for (part = strtok_r(parts, "|", &save); part; part = strtok_r(NULL, "|", &save))
		if (!strstr(diag.text, part))
			fail_msg("expected '%s' in '%s'", part, diag.text);
	assert_null(strchr(diag.text, '\n'));
}

static void policy_file__opens_what_only_root_can_change(void **state)
{
	char text[16] = "";
	int fd;

	(void)state;
	fd = policy_file_open(in_dir("folder/p.so"), false, true, &diag);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text)), 6);
	assert_string_equal(text, "policy");
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	assert_int_equal(try_open(in_dir(".//folder/../folder/./p.so")), 0);
}

static void policy_file__follows_links_and_looks_at_each_step(void **state)
{
	(void)state;
	assert_int_equal(symlink("folder", in_dir("relative")), 0);
	assert_int_equal(symlink(in_dir("folder/p.so"), in_dir("absolute.so")), 0);
	assert_int_equal(symlink("../relative/p.so", in_dir("folder/up.so")), 0);
	assert_int_equal(symlink("loop.so", in_dir("loop.so")), 0);
	assert_int_equal(try_open(in_dir("relative/p.so")), 0);
	assert_int_equal(try_open(in_dir("absolute.so")), 0);
	assert_int_equal(try_open(in_dir("relative/up.so")), 0);
	assert_refused(in_dir("loop.so"), -ELOOP, "loop.so");
	/* what is behind the link counts, too */
	assert_int_equal(chmod(in_dir("folder"), 0777), 0);
	assert_refused(in_dir("absolute.so"), -EACCES, "absolute.so is not loaded|/folder;");
}

static void policy_file__refuses_what_others_may_write(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
		const char *said;
	} cases[] = {
		{ "folder/p.so", 0666, "everybody may write |/folder/p.so;|chmod o-w|install -o root" },
		{ "folder", 0777, "everybody may write |/folder;|--allow-unsafe-policies" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(chmod(in_dir(cases[i].name), cases[i].mode), 0);
		assert_refused(in_dir("folder/p.so"), -EACCES, cases[i].said);
		assert_int_equal(chmod(in_dir(cases[i].name), 0755), 0);
		assert_int_equal(try_open(in_dir("folder/p.so")), 0);
	}
	/* In a sticky folder it stays its owner's. */
	assert_int_equal(chmod(in_dir("folder"), 01777), 0);
	assert_int_equal(try_open(in_dir("folder/p.so")), 0);
}

static void policy_file__refuses_what_belongs_to_others(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(in_dir("folder/p.so"), SOMEBODY, 0), 0);
	assert_refused(in_dir("folder/p.so"), -EACCES, "/folder/p.so belongs to uid 54321");
	assert_int_equal(chown(in_dir("folder/p.so"), 0, SOMEBODY), 0);
	assert_int_equal(try_open(in_dir("folder/p.so")), 0);
	assert_int_equal(chmod(in_dir("folder/p.so"), 0664), 0);
	assert_refused(in_dir("folder/p.so"), -EACCES, "the group 54321 may write|chmod g-w");
	assert_int_equal(chown(in_dir("folder/p.so"), 0, 0), 0);
	assert_int_equal(try_open(in_dir("folder/p.so")), 0);

	assert_int_equal(chown(in_dir("folder"), SOMEBODY, 0), 0);
	assert_refused(in_dir("folder/p.so"), -EACCES, "the folder |/folder belongs to uid 54321");
	/* not even sticky: it is the folder's owner who may replace what is in it */
	assert_int_equal(chmod(in_dir("folder"), 01755), 0);
	assert_refused(in_dir("folder/p.so"), -EACCES, "/folder belongs to uid 54321");
	assert_int_equal(chown(in_dir("folder"), 0, 0), 0);

	assert_int_equal(symlink("folder/p.so", in_dir("link.so")), 0);
	assert_int_equal(lchown(in_dir("link.so"), SOMEBODY, 0), 0);
	assert_refused(in_dir("link.so"), -EACCES, "/link.so belongs to uid 54321");
}

static void policy_file__takes_anything_when_told_to(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(chmod(in_dir("folder/p.so"), 0666), 0);
	fd = policy_file_open(in_dir("folder/p.so"), true, true, &diag);
	assert_true(fd >= 0);
	close(fd);
	/* what cannot be a policy is refused all the same */
	assert_int_equal(policy_file_open(in_dir("folder"), true, true, &diag), -ENOEXEC);
	assert_int_equal(mkfifo(in_dir("fifo"), 0644), 0);
	assert_int_equal(policy_file_open(in_dir("fifo"), true, true, &diag), -ENOEXEC);
	assert_int_equal(policy_file_open(in_dir("none"), true, true, &diag), -ENOENT);
}

static void policy_file__refuses_what_is_no_file(void **state)
{
	(void)state;
	assert_refused(in_dir("folder"), -ENOEXEC, "not a regular file");
	assert_refused("/", -ENOEXEC, "not a regular file");
	assert_refused(in_dir("none.so"), -ENOENT, "none.so|No such file");
	assert_refused(in_dir("folder/p.so/x"), -ENOTDIR, "p.so/x");
	assert_refused("folder/p.so", -ENAMETOOLONG, "folder/p.so");
}

/* The process that loads it is not root, nor its owner. */
static void policy_file__refuses_what_not_everybody_may_read(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(chmod(in_dir("folder/p.so"), 0600), 0);
	assert_refused(in_dir("folder/p.so"), -EACCES, "not everybody may read it|chmod a+r");
	fd = policy_file_open(in_dir("folder/p.so"), false, false, &diag);
	assert_true(fd >= 0);
	close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(policy_file__opens_what_only_root_can_change),
		TEST(policy_file__follows_links_and_looks_at_each_step),
		TEST(policy_file__refuses_what_others_may_write),
		TEST(policy_file__refuses_what_belongs_to_others),
		TEST(policy_file__takes_anything_when_told_to),
		TEST(policy_file__refuses_what_is_no_file),
		TEST(policy_file__refuses_what_not_everybody_may_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
