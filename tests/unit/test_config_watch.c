/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What config_watch.h promises, with real files in a folder of each test's own, saved in each of
 * the ways that programs have. Nothing sleeps: what must be noticed is waited for, and the kernel
 * queues events before the call that causes them returns, so what must not be noticed can be asked
 * at once.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "config.h"
#include "config_watch.h"

#define LIMIT_MS 20000 /* far more than it takes, so that a busy machine is no failure */

static char dir[32], before[PATH_MAX];
static struct config_places places;
static struct config config;
static struct config_watch *watch;
static struct diag diag;

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_watch.XXXXXX");
	if (!getcwd(before, sizeof(before)) || !mkdtemp(dir) || chdir(dir) || mkdir("etc", 0700) ||
	    mkdir("etc/d", 0700) || mkdir("usr", 0700))
		return -1;
	memset(&places, 0, sizeof(places));
	snprintf(places.vendor_file, sizeof(places.vendor_file), "%s/usr/share/x.ini", dir);
	snprintf(places.vendor_dir, sizeof(places.vendor_dir), "%s/usr/share/d", dir);
	snprintf(places.file, sizeof(places.file), "%s/etc/x.ini", dir);
	snprintf(places.dir, sizeof(places.dir), "%s/etc/d", dir);
	watch = NULL;
	return 0;
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	config_watch_close(watch);
	if (chdir(before))
		return -1;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void put_number(const char *path, unsigned int rescue_ms)
{
	char text[64];

	snprintf(text, sizeof(text), "[scheduler]\nrescue_ms = %u\n", rescue_ms);
	put(path, text);
}

static void load(void)
{
	char *argv[] = { "scx-cland", NULL };

	if (config_load_from(1, argv, &places, &config, &diag))
		fail_msg("%s", diag.text);
}

static void start(void)
{
	load();
	if (config_watch_open(&config, &watch, &diag))
		fail_msg("%s", diag.text);
	assert_false(config_watch_serve(watch));
	assert_false(config_watch_pending(watch));
}

/* Wait until it is told; each change once. */
static void assert_noticed(const char *what)
{
	struct pollfd pollfd = { .fd = config_watch_fd(watch), .events = POLLIN };
	uint64_t limit = monotonic_ms() + LIMIT_MS;

	do {
		if (monotonic_ms() >= limit || poll(&pollfd, 1, LIMIT_MS) != 1)
			fail_msg("%s: not noticed", what);
	} while (!config_watch_serve(watch));
	assert_null(config_watch_trouble(watch));
	load();
	assert_false(config_watch_serve(watch));
	if (config_watch_pending(watch))
		fail_msg("%s: noticed twice", what);
}

static void assert_not_noticed(const char *what)
{
	assert_false(config_watch_serve(watch));
	if (config_watch_pending(watch))
		fail_msg("%s: taken for a change", what);
}

static void assert_rescue_ms(unsigned int rescue_ms)
{
	assert_int_equal(config.rescue_ms, rescue_ms);
}

static void watch__sees_each_way_of_saving(void **state)
{
	int fd;

	(void)state;
	put_number("etc/x.ini", 30);
	start();

	put_number("etc/x.ini", 31);
	assert_noticed("in place");
	assert_rescue_ms(31);

	fd = open("etc/x.ini", O_WRONLY | O_APPEND);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "max_tasks = 2048\n", 17), 17);
	assert_noticed("appended, and not closed");
	assert_int_equal(config.max_tasks, 2048);
	assert_int_equal(close(fd), 0);
	assert_noticed("closed");

	put_number("etc/sedAbCdEf", 32);
	assert_not_noticed("a file beside it");
	assert_int_equal(rename("etc/sedAbCdEf", "etc/x.ini"), 0);
	assert_noticed("by rename from the same folder");
	assert_rescue_ms(32);

	put_number("new", 33);
	assert_int_equal(rename("new", "etc/x.ini"), 0);
	assert_noticed("by rename from another folder");
	assert_rescue_ms(33);

	/* the old one becomes a backup, a new one is written */
	assert_int_equal(rename("etc/x.ini", "etc/x.ini~"), 0);
	put_number("etc/x.ini", 34);
	assert_int_equal(unlink("etc/x.ini~"), 0);
	assert_noticed("by way of a backup");
	assert_rescue_ms(34);

	put_number("etc/new", 35);
	assert_int_equal(unlink("etc/x.ini"), 0);
	assert_int_equal(link("etc/new", "etc/x.ini"), 0);
	assert_noticed("by a hard link");
	assert_rescue_ms(35);

	assert_int_equal(chmod("etc/x.ini", 0644), 0);
	assert_noticed("access rights");
}

static void watch__sees_files_and_folders_come_and_go(void **state)
{
	(void)state;
	assert_int_equal(rmdir("etc/d"), 0);
	assert_int_equal(rmdir("etc"), 0);
	start();

	assert_int_equal(mkdir("etc", 0700), 0);
	put_number("etc/x.ini", 30);
	assert_noticed("folder and file");
	assert_rescue_ms(30);
	assert_int_equal(mkdir("etc/d", 0700), 0);
	put_number("etc/d/1.ini", 31);
	assert_noticed("folder of drop-ins");
	assert_rescue_ms(31);
	put_number("etc/d/1.ini", 32);
	assert_noticed("drop-in");
	assert_rescue_ms(32);
	put_number("etc/d/2.ini", 33);
	assert_noticed("another drop-in");
	assert_rescue_ms(33);
	assert_int_equal(rename("etc/d/2.ini", "etc/d/2.off"), 0);
	assert_noticed("a drop-in renamed away");
	assert_rescue_ms(32);
	assert_int_equal(unlink("etc/d/1.ini"), 0);
	assert_noticed("a drop-in deleted");
	assert_rescue_ms(30);
	assert_int_equal(unlink("etc/d/2.off"), 0);
	assert_int_equal(rmdir("etc/d"), 0);
	assert_noticed("folder of drop-ins deleted");
	assert_int_equal(unlink("etc/x.ini"), 0);
	assert_noticed("file deleted");
	assert_rescue_ms(20);
	put_number("etc/x.ini", 34);
	assert_noticed("file back");
	assert_rescue_ms(34);

	assert_int_equal(rename("etc", "etc.old"), 0);
	assert_noticed("folder moved away");
	assert_rescue_ms(20);
	put_number("etc.old/x.ini", 35);
	assert_not_noticed("the old folder");
	assert_int_equal(rename("etc.old", "etc"), 0);
	assert_noticed("folder back");
	assert_rescue_ms(35);
	put_number("etc/x.ini", 36);
	assert_noticed("file in it");
	assert_rescue_ms(36);

	/* several folders that are not there */
	assert_int_equal(mkdir("usr/share", 0700), 0);
	assert_noticed("a folder above the vendor's");
	assert_int_equal(mkdir("usr/share/d", 0700), 0);
	put("usr/share/d/9.ini", "[scheduler]\nmax_tasks = 2001\n");
	assert_noticed("the vendor's drop-ins");
	assert_int_equal(config.max_tasks, 2001);
	put("usr/share/x.ini", "[scheduler]\nexit_dump_len = 1\n");
	assert_noticed("the vendor's file");
	assert_int_equal(config.exit_dump_len, 1);
}

/* As the kubelet does: all files of a volume change at once, by one rename of a link. */
static void swap_volume(const char *volume, const char *old, const char *new,
			unsigned int rescue_ms)
{
	char path[128], tmp[64], data[64];

	snprintf(path, sizeof(path), "%s/%s", volume, new);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/%s/x.ini", volume, new);
	put_number(path, rescue_ms);
	snprintf(tmp, sizeof(tmp), "%s/..data_tmp", volume);
	snprintf(data, sizeof(data), "%s/..data", volume);
	assert_int_equal(symlink(new, tmp), 0);
	assert_int_equal(rename(tmp, data), 0);
	if (!old)
		return;
	snprintf(path, sizeof(path), "%s/%s/x.ini", volume, old);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/%s", volume, old);
	assert_int_equal(rmdir(path), 0);
}

static void watch__sees_a_volume_swapped_by_its_link(void **state)
{
	(void)state;
	/* the folder of drop-ins is a volume */
	swap_volume("etc/d", NULL, "..2026_1", 30);
	assert_int_equal(symlink("..data/x.ini", "etc/d/x.ini"), 0);
	start();
	assert_rescue_ms(30);
	swap_volume("etc/d", "..2026_1", "..2026_2", 31);
	assert_noticed("first swap");
	assert_rescue_ms(31);
	swap_volume("etc/d", "..2026_2", "..2026_3", 32);
	assert_noticed("second swap");
	assert_rescue_ms(32);

	/* the file is a link into a volume elsewhere */
	assert_int_equal(unlink("etc/d/x.ini"), 0);
	assert_noticed("deleted");
	assert_int_equal(mkdir("volume", 0700), 0);
	swap_volume("volume", NULL, "..2026_1", 40);
	assert_int_equal(symlink("..data/x.ini", "volume/x.ini"), 0);
	assert_int_equal(symlink("../volume/x.ini", "etc/x.ini"), 0);
	assert_noticed("linked");
	assert_rescue_ms(40);
	swap_volume("volume", "..2026_1", "..2026_2", 41);
	assert_noticed("a swap elsewhere");
	assert_rescue_ms(41);
	swap_volume("volume", "..2026_2", "..2026_3", 42);
	assert_noticed("a second one");
	assert_rescue_ms(42);
}

static void watch__follows_chains_of_links(void **state)
{
	char absolute[64];

	(void)state;
	assert_int_equal(mkdir("a", 0700), 0);
	assert_int_equal(mkdir("b", 0700), 0);
	assert_int_equal(mkdir("c", 0700), 0);
	put_number("c/end", 30);
	snprintf(absolute, sizeof(absolute), "%s/./a//../b/link", dir);
	assert_int_equal(symlink("../a/first", "etc/x.ini"), 0);
	assert_int_equal(symlink(absolute, "a/first"), 0);
	assert_int_equal(symlink("../to-c/end", "b/link"), 0);
	assert_int_equal(symlink("c", "to-c"), 0);
	start();
	assert_rescue_ms(30);

	put_number("c/end", 31);
	assert_noticed("the end of the chain");
	assert_rescue_ms(31);
	put_number("b/other", 32);
	assert_not_noticed("a file beside a link");
	assert_int_equal(symlink("other", "b/new"), 0);
	assert_int_equal(rename("b/new", "b/link"), 0);
	assert_noticed("a link in the middle");
	assert_rescue_ms(32);
	put_number("c/end", 33);
	assert_not_noticed("where the chain led before");
	put_number("b/other", 34);
	assert_noticed("the new end");
	assert_rescue_ms(34);

	/* in a circle: watched up to a limit, and when it is broken */
	assert_int_equal(unlink("b/link"), 0);
	assert_int_equal(symlink("../etc/x.ini", "b/link"), 0);
	assert_int_equal(unlink("a/first"), 0);
	assert_int_equal(symlink("../b/link", "a/first"), 0);
	while (!config_watch_serve(watch))
		assert_int_equal(
			poll(&(struct pollfd){ .fd = config_watch_fd(watch), .events = POLLIN }, 1,
			     LIMIT_MS),
			1);
	put_number("b/new", 35);
	assert_int_equal(rename("b/new", "b/link"), 0);
	assert_noticed("the circle broken");
	assert_rescue_ms(35);

	/* a folder of drop-ins that is a link */
	assert_int_equal(rmdir("etc/d"), 0);
	assert_int_equal(symlink("../c", "etc/d"), 0);
	assert_noticed("drop-ins by a link");
	put_number("c/1.ini", 36);
	assert_noticed("a drop-in behind a link");
	assert_rescue_ms(36);
}

static void watch__is_blind_to_what_is_no_change(void **state)
{
	char text[64];
	FILE *file;
	DIR *folder;

	(void)state;
	put_number("etc/x.ini", 30);
	put_number("etc/d/1.ini", 31);
	put("etc/other", "");
	start();

	load();
	assert_not_noticed("loading");
	file = fopen("etc/x.ini", "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_not_noticed("reading");
	folder = opendir("etc/d");
	assert_non_null(folder);
	while (readdir(folder))
		;
	closedir(folder);
	assert_not_noticed("listing");

	put("etc/other", "x");
	assert_int_equal(utimensat(AT_FDCWD, "etc/other", NULL, 0), 0);
	assert_int_equal(chmod("etc/other", 0640), 0);
	assert_int_equal(rename("etc/other", "etc/another"), 0);
	assert_int_equal(unlink("etc/another"), 0);
	put("etc/1.ini", "a drop-in's name, but not in its folder");
	put("etc/x.ini.swp", "");
	put("etc/d/2.ini~", "");
	put("etc/d/.2.ini.swp", "");
	put("etc/d/2.ini.dpkg-new", "");
	put("etc/d/x.conf", "");
	assert_int_equal(symlink("user@host.1", "etc/d/.#2.ini"), 0);
	assert_int_equal(mkdir("etc/other", 0700), 0);
	put("etc/other/x.ini", "");
	put("x.ini", "");
	assert_not_noticed("other files");
}

static void watch__tells_a_burst_once(void **state)
{
	uint64_t began;
	unsigned int i;
	bool told;

	(void)state;
	start();
	for (i = 0; i < 500; i++) {
		put_number("etc/x.ini", 30 + i);
		put_number("etc/d/1.ini", 30);
		assert_int_equal(unlink("etc/d/1.ini"), 0);
	}
	assert_noticed("a burst");
	assert_rescue_ms(529);

	/* taken note of one by one, while the burst is younger than a second */
	began = monotonic_ms();
	for (i = 0; i < 20; i++) {
		put_number("etc/x.ini", 30 + i);
		told = config_watch_serve(watch);
		if (monotonic_ms() > began + 900)
			break;
		assert_false(told);
		assert_true(config_watch_pending(watch));
	}
	put_number("etc/x.ini", 90);
	assert_noticed("a burst, one by one");
	assert_rescue_ms(90);
}

static void watch__does_not_wait_for_the_end_of_a_stream(void **state)
{
	uint64_t began = monotonic_ms();
	unsigned int n = 0;

	(void)state;
	start();
	/* never 100 ms of quiet */
	do {
		put_number("etc/x.ini", 30 + n++ % 100);
		if (monotonic_ms() > began + LIMIT_MS)
			fail_msg("after %u writes still not told", n);
	} while (!config_watch_serve(watch));
	assert_true(n > 1);
	/* the stream has ended: what came last is told, too */
	put_number("etc/x.ini", 200);
	assert_noticed("the end of the stream");
	assert_rescue_ms(200);
}

static void watch__tells_what_changed_before_it_began(void **state)
{
	(void)state;
	put_number("etc/x.ini", 30);
	load();
	put_number("etc/x.ini", 31);
	assert_int_equal(config_watch_open(&config, &watch, &diag), 0);
	assert_true(config_watch_pending(watch));
	assert_noticed("changed between loading and watching");
	assert_rescue_ms(31);
}

static void watch__survives_an_overflow(void **state)
{
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
	unsigned int max = 0, i;

	(void)state;
	if (!file || fscanf(file, "%u", &max) != 1 || max > 100000)
		max = 0;
	if (file)
		fclose(file);
	if (!max)
		skip();
	put_number("etc/x.ini", 30);
	start();
	/* of other files, so that only the overflow can be what is noticed */
	for (i = 0; i <= max / 2; i++) {
		assert_int_equal(close(open("etc/other", O_CREAT | O_RDONLY | O_CLOEXEC, 0600)), 0);
		assert_int_equal(unlink("etc/other"), 0);
	}
	assert_noticed("an overflow");
}

static void watch__names_the_only_file(void **state)
{
	char *argv[] = { "scx-cland", "--config=mine.ini", NULL };

	(void)state;
	put_number("mine.ini", 30);
	if (config_load_from(2, argv, &places, &config, &diag))
		fail_msg("%s", diag.text);
	assert_int_equal(config_watch_open(&config, &watch, &diag), 0);
	assert_false(config_watch_pending(watch));
	put_number("etc/x.ini", 31);
	put_number("etc/d/1.ini", 31);
	assert_not_noticed("files that are not read");
	put_number("new", 32);
	assert_int_equal(rename("new", "mine.ini"), 0);
	assert_noticed("the named file");
}

/* In a child: 0 when it was as expected. */
static int without_descriptors(void)
{
	struct rlimit none = { 0, 0 };

	load();
	if (setrlimit(RLIMIT_NOFILE, &none))
		return 2;
	if (config_watch_open(&config, &watch, &diag) != -EMFILE)
		return 3;
	return !strstr(diag.text, "will not be noticed") || !strstr(diag.text, "SIGHUP");
}

static bool set_max_watches(const char *max)
{
	int fd = open("/proc/sys/user/max_inotify_watches", O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, max, strlen(max)) == (ssize_t)strlen(max);

	if (fd >= 0)
		close(fd);
	return ok;
}

static int without_watches(void)
{
	load();
	/* limits of our own */
	if (unshare(CLONE_NEWUSER) || !set_max_watches("0"))
		return 77;
	if (config_watch_open(&config, &watch, &diag) != -ENOSPC)
		return 3;
	if (!strstr(diag.text, "no inotify watches are left") || !strstr(diag.text, "SIGHUP"))
		return 4;

	/* enough for the folders of the start, but not for a new one */
	if (!set_max_watches("4096") || config_watch_open(&config, &watch, &diag) ||
	    !set_max_watches("1"))
		return 5;
	if (mkdir("usr/share", 0700) || mkdir("usr/share/d", 0700))
		return 6;
	while (!config_watch_serve(watch)) {
		if (poll(&(struct pollfd){ .fd = config_watch_fd(watch), .events = POLLIN }, 1,
			 LIMIT_MS) != 1)
			return 7;
	}
	if (!strstr(config_watch_trouble(watch), "no inotify watches are left") ||
	    config_watch_trouble(watch))
		return 8;
	/* what is watched is so still */
	put_number("etc/x.ini", 77);
	while (!config_watch_serve(watch)) {
		if (poll(&(struct pollfd){ .fd = config_watch_fd(watch), .events = POLLIN }, 1,
			 LIMIT_MS) != 1)
			return 9;
	}
	return 0;
}

static int in_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void watch__says_when_limits_are_too_low(void **state)
{
	(void)state;
	assert_int_equal(in_child(without_descriptors), 0);
}

static void watch__says_when_no_watches_are_left(void **state)
{
	int status = in_child(without_watches);

	(void)state;
	if (status == 77)
		skip(); /* no user namespaces here */
	assert_int_equal(status, 0);
}

static void watch__may_be_none(void **state)
{
	(void)state;
	assert_int_equal(config_watch_fd(NULL), -1);
	assert_false(config_watch_serve(NULL));
	assert_false(config_watch_pending(NULL));
	assert_null(config_watch_trouble(NULL));
	config_watch_close(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(watch__sees_each_way_of_saving),
		TEST(watch__sees_files_and_folders_come_and_go),
		TEST(watch__sees_a_volume_swapped_by_its_link),
		TEST(watch__follows_chains_of_links),
		TEST(watch__is_blind_to_what_is_no_change),
		TEST(watch__tells_a_burst_once),
		TEST(watch__does_not_wait_for_the_end_of_a_stream),
		TEST(watch__tells_what_changed_before_it_began),
		TEST(watch__survives_an_overflow),
		TEST(watch__names_the_only_file),
		TEST(watch__says_when_limits_are_too_low),
		TEST(watch__says_when_no_watches_are_left),
		TEST(watch__may_be_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
