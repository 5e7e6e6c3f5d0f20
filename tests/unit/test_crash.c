/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy leaves behind when it ends its process, and what is made of it: children run
 * tests/plugins/misbehave.c as an agent would, and the record of each is put into words.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "crash_catch.h"
#include "crash_report.h"
#include "policy_call.h"
#include "policy_host.h"

/* Sanitizers catch these signals themselves. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static struct crash_report report;
static struct crash_record *record;

static void no_log(const char *line)
{
	(void)line;
}

/* In a child: run rank() of the policy once. */
__attribute__((noreturn)) static void run(const char *path)
{
	const struct cland_host host = { .struct_size = sizeof(host), .nr_cpus = 1, .max_tasks = 1,
					 .log = no_log };
	const struct cland_task task = { .pid = 1, .weight = CLAND_WEIGHT_NICE_0 };
	const struct rlimit none = { 0 };
	struct policy policy;
	struct diag diag;

	setrlimit(RLIMIT_CORE, &none);
	crash_catch_install(record, path);
	if (policy_open_fd(open(path, O_RDONLY | O_CLOEXEC), path, &host, NULL, 0, &policy, &diag))
		_exit(99);
	record->call = POLICY_CALL_RANK;
	policy.ops.rank(policy.self, &task);
	record->call = POLICY_CALL_NONE;
	_exit(98);
}

/* report of what the policy does. hung: it is asked by a signal what it does. */
static void try_policy(const char *how, bool hung)
{
	char path[512];
	int status, fd;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/misbehave_%s.so", TEST_PLUGIN_DIR, how);
	assert_int_equal(crash_record_create(&fd, &record), 0);
	close(fd);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		/* glibc says what it finds wrong with a heap */
		if (!freopen("/dev/null", "w", stderr))
			_exit(97);
		run(path);
	}
	if (hung) {
		while (*(volatile uint32_t *)&record->call != POLICY_CALL_RANK)
			usleep(1000);
		usleep(10000);
		kill(pid, SIGABRT);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (hung)
		crash_report_silent(record, "is silent", path, &report);
	else
		crash_report_ended(record, status, path, &report);
	crash_record_unmap(record);
}

static void assert_has_line(const char *start)
{
	size_t i;

	for (i = 0; i < report.nr_lines; i++)
		if (!strncmp(report.lines[i], start, strlen(start)))
			return;
	for (i = 0; i < report.nr_lines; i++)
		print_error("#%zu %s\n", i, report.lines[i]);
	fail_msg("no line begins with '%s'", start);
}

static void crash__names_signal_function_and_callers(void **state)
{
	static const struct {
		const char *how, *reason, *line;
	} cases[] = {
		{ "segv", "signal 11 (Segmentation fault) in its rank(), at address 0x10",
		  "misbehave_segv.so(do_segv+0x" },
		{ "ill", "signal 4 (Illegal instruction) in its rank()",
		  "misbehave_ill.so(do_ill+0x" },
		{ "fpe", "signal 8 (Floating point exception) in its rank()",
		  "misbehave_fpe.so(do_fpe+0x" },
		{ "abort", "signal 6 (Aborted) in its rank()", "misbehave_abort.so(do_abort+0x" },
		{ "overflow", "signal 11 (Segmentation fault) in its rank()",
		  "misbehave_overflow.so(do_overflow+0x" },
		{ "heap", "signal 6 (Aborted) in its rank()", "misbehave_heap.so(do_heap+0x" },
		{ "exit", "status 0 in its rank(), which has called exit() or the like",
		  "misbehave_exit.so(do_exit+0x" },
	};
	size_t i;

	(void)state;
	if (SANITIZED)
		skip();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		try_policy(cases[i].how, false);
		if (strncmp(report.reason, cases[i].reason, strlen(cases[i].reason)) != 0)
			fail_msg("%s: %s", cases[i].how, report.reason);
		assert_true(report.by_policy);
		assert_string_equal(report.call, "rank");
		assert_has_line(cases[i].line);
	}
}

static void crash__asks_a_hung_one_where_it_is(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	try_policy("spin", true);
	assert_string_equal(report.reason, "is silent in its rank()");
	assert_has_line("misbehave_spin.so(do_spin+0x");
	assert_true(report.by_policy);
	try_policy("sleep", true);
	assert_has_line("misbehave_sleep.so(do_sleep+0x");
}

static void crash__tells_whose_fault_it_is(void **state)
{
	static struct crash_record none;
	static struct crash_record in_rank = { .call = POLICY_CALL_RANK };
	static struct crash_record lost = { .loop_err = -EBADF };

	(void)state;
	/* killed while it waits for work: by somebody */
	crash_report_ended(&none, SIGKILL, "/p.so", &report);
	assert_false(report.by_policy);
	crash_report_ended(&in_rank, SIGKILL, "/p.so", &report);
	assert_true(report.by_policy);
	assert_non_null(strstr(report.reason, "signal 9 (Killed) in its rank()"));
	crash_report_ended(&lost, 1 << 8, "/p.so", &report);
	assert_true(report.by_policy);
	crash_report_silent(&none, "is silent", "/p.so", &report);
	assert_false(report.by_policy);
	crash_report_ended(NULL, SIGTERM, "/p.so", &report);
	assert_false(report.by_policy);
}

/* A policy may have written anything into the record. */
static void crash__believes_nothing(void **state)
{
	static struct crash_record wild;
	size_t i, j;

	(void)state;
	memset(&wild, 0xff, sizeof(wild));
	crash_report_ended(&wild, SIGSEGV, "/nowhere/p.so", &report);
	assert_true(report.nr_lines <= CRASH_LINES_MAX);
	for (i = 0; i < CRASH_MODULES_MAX; i++) {
		wild.modules[i] = (struct crash_module){ .begin = 0, .end = UINT64_MAX, .base = i,
							 .is_policy = 1 };
		memset(wild.modules[i].name, '\033', sizeof(wild.modules[i].name));
	}
	for (i = 0; i < CRASH_FRAMES_MAX; i++)
		wild.frames[i] = i << 58;
	wild.signal = 1000000;
	crash_report_ended(&wild, SIGSEGV, TEST_PLUGIN_DIR "/misbehave_segv.so", &report);
	assert_int_equal(report.nr_lines, CRASH_LINES_MAX);
	for (i = 0; i < report.nr_lines; i++)
		for (j = 0; report.lines[i][j]; j++)
			assert_in_range(report.lines[i][j], ' ', '~');
	assert_string_equal(report.call, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crash__names_signal_function_and_callers),
		cmocka_unit_test(crash__asks_a_hung_one_where_it_is),
		cmocka_unit_test(crash__tells_whose_fault_it_is),
		cmocka_unit_test(crash__believes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
