/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a rule to a decision: which rules are for a task, the table of hints, and what a hint does
 * to what a policy says.
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
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "hint.h"
#include "hint_table.h"
#include "rules.h"

#define ALL_OBEYED (CLAND_OBEYS_SLICE | CLAND_OBEYS_DEADLINE | CLAND_OBEYS_BOOST)
#define MS 1000000ULL

/* ---- rules ----------------------------------------------------------------------------------- */

static struct config_rule rules[4];
static size_t nr_rules;

/* "key=value", ends with NULL. */
static void rule(const char *first, ...)
{
	struct config_rule *to = &rules[nr_rules++];
	const char *text = first;
	char key[64];
	struct diag diag;
	va_list args;

	memset(to, 0, sizeof(*to));
	va_start(args, first);
	for (; text; text = va_arg(args, const char *)) {
		size_t len = strcspn(text, "=");

		memcpy(key, text, len);
		key[len] = '\0';
		assert_int_equal(config_rule_set(to, key, text + len + 1, "test", 1, &diag), 0);
	}
	va_end(args);
}

static int clear(void **state)
{
	(void)state;
	nr_rules = 0;
	return 0;
}

static struct rules_task task_of(const char *comm, uint32_t uid, const char *cgroup, const char *exe)
{
	struct rules_task task = {
		.has_comm = true, .has_uid = true, .has_cgroup = true, .has_exe = true, .uid = uid,
	};

	strcpy(task.comm, comm);
	strcpy(task.cgroup, cgroup);
	strcpy(task.exe, exe);
	return task;
}

static struct hint hint_on(struct rules_task task, unsigned int nr_expected)
{
	struct hint hint;

	memset(&hint, 0xff, sizeof(hint));
	assert_int_equal(rules_hint(rules, nr_rules, &task, &hint), nr_expected);
	return hint;
}

static void rules__match_all_they_name(void **state)
{
	(void)state;
	rule("comm=cc1*", "uid=1000", "cgroup=/user.slice/*", "exe=/usr/lib/gcc/*/cc1", "boost=1", NULL);
	hint_on(task_of("cc1", 1000, "/user.slice/a", "/usr/lib/gcc/x/12/cc1"), 1);
	hint_on(task_of("cc2", 1000, "/user.slice/a", "/usr/lib/gcc/x/12/cc1"), 0);
	hint_on(task_of("cc1", 1001, "/user.slice/a", "/usr/lib/gcc/x/12/cc1"), 0);
	hint_on(task_of("cc1", 1000, "/system.slice", "/usr/lib/gcc/x/12/cc1"), 0);
	hint_on(task_of("cc1", 1000, "/user.slice/a", "/usr/bin/cc1"), 0);
}

static void rules__the_first_that_gives_a_hint_counts(void **state)
{
	struct hint hint;

	(void)state;
	rule("comm=a*", "weight_factor_pct=50", NULL);
	rule("comm=*", "weight_factor_pct=200", "slice_us=20000", "deadline_us=3000", NULL);
	hint = hint_on(task_of("ab", 0, "/", "/x"), 2);
	assert_int_equal(hint.weight_pct, 50);
	assert_int_equal(hint.slice_us, 20000);
	assert_int_equal(hint.deadline_us, 3000);
	assert_int_equal(hint.given, CLAND_HINT_WEIGHT | CLAND_HINT_SLICE | CLAND_HINT_DEADLINE);
	hint = hint_on(task_of("b", 0, "/", "/x"), 1);
	assert_int_equal(hint.weight_pct, 200);
}

static void rules__whoever_is_for_nobody_hints_nothing(void **state)
{
	static const struct hint none;
	struct hint hint;

	(void)state;
	rule("comm=a", "boost=0", NULL);
	hint = hint_on(task_of("b", 0, "/", "/x"), 0);
	assert_memory_equal(&hint, &none, sizeof(none));
	hint = hint_on(task_of("a", 0, "/", "/x"), 1);
	assert_int_equal(hint.given, CLAND_HINT_BOOST);
	assert_int_equal(hint.boost, 0);
}

/* A task that has gone, or a kernel thread: no pattern is for what is not known. */
static void rules__what_is_unknown_matches_nothing(void **state)
{
	(void)state;
	rule("exe=*", "boost=1", NULL);
	rule("cgroup=*", "boost=1", NULL);
	hint_on(task_of("a", UINT32_MAX, "", ""), 0);
}

static void rules__look_into_proc_for_what_is_asked(void **state)
{
	struct rules_task task = { .pid = getpid(), .comm = "me", .has_comm = true };
	char self[1024] = "", uid[32], exe[1100];
	struct hint hint;

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	snprintf(uid, sizeof(uid), "uid=%u", geteuid());
	snprintf(exe, sizeof(exe), "exe=%.90s*", self);
	rule("comm=me", uid, exe, "boost=2", NULL);
	assert_int_equal(rules_hint(rules, nr_rules, &task, &hint), 1);
	assert_int_equal(hint.boost, 2);
	assert_true(task.has_uid && task.has_exe && !task.has_cgroup);
	task = (struct rules_task){ .pid = getpid(), .comm = "else", .has_comm = true };
	assert_int_equal(rules_hint(rules, nr_rules, &task, &hint), 0);
	assert_false(task.has_uid || task.has_exe);
}

/* A package's upgrade puts another file in its place while it runs. */
static void rules__know_a_program_whose_file_was_replaced(void **state)
{
	struct rules_task task = { .comm = "me", .has_comm = true };
	char path[] = "/tmp/test_rules.XXXXXX", text[64], buffer[4096];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to = mkostemp(path, O_CLOEXEC), ends[2];
	struct hint hint;
	ssize_t n;

	(void)state;
	assert_true(from >= 0 && to >= 0);
	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		assert_int_equal(write(to, buffer, (size_t)n), n);
	assert_int_equal(fchmod(to, 0755), 0);
	close(from);
	close(to);
	assert_int_equal(pipe2(ends, 0), 0);
	task.pid = fork();
	if (!task.pid) {
		dup2(ends[0], STDIN_FILENO);
		close(ends[1]);
		execl(path, path, "wait", (char *)NULL);
		_exit(1);
	}
	close(ends[0]);
	snprintf(text, sizeof(text), "exe=%s", path);
	rule("comm=me", text, "boost=2", NULL);
	do { /* until it has executed */
		task.has_exe = false;
	} while (rules_hint(rules, nr_rules, &task, &hint) != 1 && !kill(task.pid, 0));
	unlink(path);
	task.has_exe = false;
	assert_int_equal(rules_hint(rules, nr_rules, &task, &hint), 1);
	close(ends[1]);
	assert_int_equal(waitpid(task.pid, NULL, 0), task.pid);
}

static void rules__look_up_the_name_that_may_be_old(void **state)
{
	struct rules_task task = { .pid = getpid(), .comm = "old" }, gone = { .pid = -1, .comm = "old" };
	struct hint hint;

	(void)state;
	rule("comm=old", "boost=2", NULL);
	assert_int_equal(rules_hint(rules, nr_rules, &task, &hint), 0);
	assert_string_not_equal(task.comm, "old");
	assert_int_equal(rules_hint(rules, nr_rules, &gone, &hint), 1);
}

static void rules__say_whether_they_look_outside(void **state)
{
	(void)state;
	rule("comm=a", "boost=1", NULL);
	assert_false(rules_look_outside(rules, nr_rules));
	rule("uid=0", "boost=1", NULL);
	assert_true(rules_look_outside(rules, nr_rules));
}

/* ---- the table ------------------------------------------------------------------------------- */

static struct hint_table *writer, *reader;
static int table_fd;

static int open_table(void **state)
{
	(void)state;
	assert_int_equal(hint_table_create(5000, &writer, &table_fd), 0);
	assert_int_equal(hint_table_open(table_fd, 5000, &reader), 0);
	return 0;
}

static int close_table(void **state)
{
	(void)state;
	hint_table_close(reader);
	hint_table_close(writer);
	hint_table_close(NULL);
	close(table_fd);
	return 0;
}

static void hint_table__is_for_one_owner(void **state)
{
	const struct hint hint = { .given = CLAND_HINT_BOOST, .boost = 2 };
	struct hint got;

	(void)state;
	assert_true(hint_table_set(writer, 7, 100, &hint));
	hint_table_get(reader, 7, 100, &got);
	assert_memory_equal(&got, &hint, sizeof(hint));
	hint_table_get(reader, 7, 101, &got);
	assert_int_equal(got.given, 0);
	hint_table_get(reader, 8, 100, &got);
	assert_int_equal(got.given, 0);
	hint_table_get(reader, 5000, 100, &got);
	assert_int_equal(got.given, 0);
	assert_false(hint_table_set(writer, 5000, 100, &hint));
}

static void hint_table__tells_of_changes_once(void **state)
{
	const struct hint hint = { .given = CLAND_HINT_BOOST, .boost = 2 }, none = { 0 };
	uint32_t slot;

	(void)state;
	assert_false(hint_table_set(writer, 3, 100, &none)); /* of most tasks there is nothing to say */
	assert_true(hint_table_set(writer, 7, 100, &hint));
	assert_false(hint_table_set(writer, 7, 100, &hint));
	assert_true(hint_table_set(writer, 7, 100, &none));
	assert_true(hint_table_set(writer, 7, 200, &hint));
	assert_int_equal(hint_table_next_changed(reader, &slot), 1);
	assert_int_equal(slot, 7);
	assert_int_equal(hint_table_next_changed(reader, &slot), 1);
	assert_int_equal(hint_table_next_changed(reader, &slot), 1);
	assert_int_equal(hint_table_next_changed(reader, &slot), 0);
}

static void hint_table__says_when_it_has_lost_count(void **state)
{
	const struct hint hint = { .given = CLAND_HINT_BOOST };
	struct hint_table *late;
	uint32_t slot;

	(void)state;
	for (slot = 0; slot < 2000; slot++)
		assert_true(hint_table_set(writer, slot, 1, &hint));
	assert_int_equal(hint_table_next_changed(reader, &slot), -EOVERFLOW);
	assert_int_equal(hint_table_next_changed(reader, &slot), 0);
	/* whoever comes later has no past */
	assert_int_equal(hint_table_open(table_fd, 5000, &late), 0);
	assert_int_equal(hint_table_next_changed(late, &slot), 0);
	hint_table_close(late);
}

static void hint_table__cannot_be_written_by_agents(void **state)
{
	char path[64];

	(void)state;
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, table_fd, 0), MAP_FAILED);
	assert_int_equal(write(table_fd, "x", 1), -1);
	assert_int_equal(ftruncate(table_fd, 0), -1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", table_fd);
	assert_int_equal(open(path, O_RDWR | O_TRUNC), -1);
}

/* ---- hints ----------------------------------------------------------------------------------- */

static void hint__none_changes_nothing(void **state)
{
	const struct hint none = { 0 };
	struct cland_lease lease = { .slice_ns = 3, .offset_ns = 4, .preempt_ns = 5 }, before = lease;
	struct cland_task task = { .weight = 1024 };

	(void)state;
	hint_show(&none, &task);
	hint_lease(&none, 0, &lease);
	assert_int_equal(task.weight, 1024);
	assert_int_equal(task.kernel_weight, 1024);
	assert_int_equal(task.hints, 0);
	assert_memory_equal(&lease, &before, sizeof(lease));
	assert_int_equal(hint_rank(&none, 0, 77), 77);
}

static void hint__weight_is_a_factor_within_bounds(void **state)
{
	static const struct { uint32_t pct, weight, expected; } cases[] = {
		{ 50, 1024, 512 }, { 200, 1024, 2048 }, { 1, 15, 1 }, { 10000, 88761, CLAND_WEIGHT_MAX },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct hint hint = { .given = CLAND_HINT_WEIGHT, .weight_pct = cases[i].pct };
		struct cland_task task = { .weight = cases[i].weight };

		hint_show(&hint, &task);
		assert_int_equal(task.weight, cases[i].expected);
		assert_int_equal(task.kernel_weight, cases[i].weight);
	}
}

static void hint__boost_and_deadline_lead(void **state)
{
	struct hint hint = { .given = CLAND_HINT_BOOST, .boost = 2 };
	struct cland_lease lease = { .offset_ns = 1, .flags = CLAND_LEASE_KEEP | CLAND_LEASE_CROWD };

	(void)state;
	hint_lease(&hint, 0, &lease);
	assert_int_equal(lease.offset_ns, 1 - (int64_t)(6 * MS));
	assert_int_equal(lease.preempt_ns, MS);
	/* not to wait for the longer turns of a crowd, nor to have them */
	assert_int_equal(lease.flags, CLAND_LEASE_KEEP);
	assert_int_equal(hint_rank(&hint, 0, 10 * MS), 4 * MS);
	/* the larger of the two */
	hint.given |= CLAND_HINT_DEADLINE;
	hint.deadline_us = 1000;
	assert_int_equal(hint_rank(&hint, 0, 10 * MS), MS);
	hint.deadline_us = 5000;
	assert_int_equal(hint_rank(&hint, 0, 10 * MS), 4 * MS);
	/* a deadline that is far off changes nothing, an interruption sooner than ours stays */
	hint = (struct hint){ .given = CLAND_HINT_DEADLINE, .deadline_us = 50000 };
	lease = (struct cland_lease){ .preempt_ns = 7 };
	hint_lease(&hint, 0, &lease);
	assert_int_equal(lease.offset_ns, 0);
	assert_int_equal(lease.preempt_ns, 7);
	assert_int_equal(hint_rank(&hint, 0, 10 * MS), 10 * MS);
}

static void hint__slice_is_the_slice_in_a_crowd_too(void **state)
{
	const struct hint hint = { .given = CLAND_HINT_SLICE, .slice_us = 1000 };
	struct cland_lease lease = { .slice_ns = 3 * MS, .flags = CLAND_LEASE_KEEP | CLAND_LEASE_CROWD };

	(void)state;
	/* a policy that sees to it by itself knows what it does */
	hint_lease(&hint, CLAND_OBEYS_SLICE, &lease);
	assert_int_equal(lease.slice_ns, 3 * MS);
	assert_int_equal(lease.flags, CLAND_LEASE_KEEP | CLAND_LEASE_CROWD);
	hint_lease(&hint, 0, &lease);
	assert_int_equal(lease.slice_ns, MS);
	assert_int_equal(lease.flags, CLAND_LEASE_KEEP);
}

static void hint__offsets_stay_within_range(void **state)
{
	const struct hint hint = { .given = CLAND_HINT_BOOST, .boost = 3 };
	struct cland_lease lease = { .offset_ns = -999 * (int64_t)MS };

	(void)state;
	hint_lease(&hint, 0, &lease);
	assert_int_equal(lease.offset_ns, -1000 * (int64_t)MS);
	/* the policy's own mistake is not ours to mend */
	lease.offset_ns = INT64_MIN;
	hint_lease(&hint, 0, &lease);
	assert_int_equal(lease.offset_ns, INT64_MIN);
}

static void hint__a_policy_that_obeys_is_left_to_itself(void **state)
{
	const struct hint hint = {
		.given = CLAND_HINT_WEIGHT | CLAND_HINT_SLICE | CLAND_HINT_DEADLINE | CLAND_HINT_BOOST,
		.weight_pct = 50, .boost = 3, .slice_us = 500, .deadline_us = 100,
	};
	struct cland_lease lease = { .slice_ns = 3 }, before = lease;
	struct cland_task task = { .weight = 1024 };

	(void)state;
	hint_lease(&hint, ALL_OBEYED, &lease);
	assert_memory_equal(&lease, &before, sizeof(lease));
	assert_int_equal(hint_rank(&hint, ALL_OBEYED, 77), 77);
	hint_show(&hint, &task);
	assert_int_equal(task.hint_boost, 3);
	assert_int_equal(task.hint_slice_ns, 500000);
	assert_int_equal(task.hint_deadline_ns, 100000);
	assert_int_equal(task.weight, 512);
	hint_lease(&hint, ALL_OBEYED & ~CLAND_OBEYS_SLICE, &lease);
	assert_int_equal(lease.slice_ns, 500000);
}

/* "wait": until stdin ends; see rules__know_a_program_whose_file_was_replaced(). */
int main(int argc, char **argv)
{
	char byte;
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(rules__match_all_they_name, clear),
		cmocka_unit_test_setup(rules__the_first_that_gives_a_hint_counts, clear),
		cmocka_unit_test_setup(rules__whoever_is_for_nobody_hints_nothing, clear),
		cmocka_unit_test_setup(rules__what_is_unknown_matches_nothing, clear),
		cmocka_unit_test_setup(rules__look_into_proc_for_what_is_asked, clear),
		cmocka_unit_test_setup(rules__know_a_program_whose_file_was_replaced, clear),
		cmocka_unit_test_setup(rules__look_up_the_name_that_may_be_old, clear),
		cmocka_unit_test_setup(rules__say_whether_they_look_outside, clear),
		cmocka_unit_test_setup_teardown(hint_table__is_for_one_owner, open_table, close_table),
		cmocka_unit_test_setup_teardown(hint_table__tells_of_changes_once, open_table, close_table),
		cmocka_unit_test_setup_teardown(hint_table__says_when_it_has_lost_count, open_table,
						close_table),
		cmocka_unit_test_setup_teardown(hint_table__cannot_be_written_by_agents, open_table,
						close_table),
		cmocka_unit_test(hint__none_changes_nothing),
		cmocka_unit_test(hint__weight_is_a_factor_within_bounds),
		cmocka_unit_test(hint__boost_and_deadline_lead),
		cmocka_unit_test(hint__slice_is_the_slice_in_a_crowd_too),
		cmocka_unit_test(hint__offsets_stay_within_range),
		cmocka_unit_test(hint__a_policy_that_obeys_is_left_to_itself),
	};

	if (argc == 2 && !strcmp(argv[1], "wait"))
		return (int)read(STDIN_FILENO, &byte, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
