/* SPDX-License-Identifier: GPL-2.0-only */
/* Recordings: what is written is read again, and what is wrong in a file is said with its line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "recording.h"

static const char head[] =
	"scx-cland recording 1\n"
	"source clandctl\n"
	"kernel 6.18.5 made up\n"
	"cpus 4\n"
	"smt 2\n"
	"llcs 1\n"
	"nodes 1\n"
	"clock monotonic\n"
	"start 123\n"
	"duration 1000000\n"
	"events 17\n"
	"dropped 3\n"
	"interrupts told\n"
	"cgroup 0 parent 0 weight 100 path /\n"
	"cgroup 1 parent 0 weight 250 path /a b\\x5c\\x0a\n";

#define TASK0 "task 0 pid 7 tgid 6 nice -5 class batch kthread no start 0 ended no cgroup 1 cpus 0-1,3 comm a b\\x09\n"
#define TASK1 "task 1 pid 8 tgid 8 nice 19 class fifo kthread yes start 50 ended yes cgroup 0 cpus all comm x\n"

static const char body[] = TASK0 "run 100\nwake 1\nwait 300 1\nfork 1\nsleep 5\n" TASK1
				 "wait 20 0\nrun 18446744\nend tasks 2 steps 7\n";

static char *whole(const char *before, const char *after)
{
	char *text = malloc(strlen(before) + strlen(after) + 1);

	assert_non_null(text);
	strcpy(text, before);
	strcat(text, after);
	return text;
}

static void what_is_written__is_read_again(void **state)
{
	struct recording r;
	struct diag diag;
	char *text = whole(head, body), *again = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&again, &size);

	(void)state;
	assert_non_null(out);
	assert_int_equal(recording_parse("x", text, strlen(text), false, &r, &diag), 0);
	assert_int_equal(r.nr_tasks, 2);
	assert_int_equal(r.tasks[0].nice, -5);
	assert_int_equal(r.tasks[0].class, RECORDING_BATCH);
	assert_string_equal(r.tasks[0].cpus, "0-1,3");
	assert_string_equal(r.tasks[0].comm, "a b\t");
	assert_int_equal(r.tasks[0].line, 16);
	assert_string_equal(r.cgroups[1].path, "/a b\\\n");
	assert_true(r.tasks[1].is_kthread && r.tasks[1].has_exited && !r.tasks[1].cpus);
	assert_int_equal(r.tasks[1].steps[1].ns, 18446744);
	assert_true(r.tells_interrupts);
	assert_int_equal(r.nr_dropped, 3);
	assert_int_equal(recording_write(out, &r), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(again, text);
	recording_free(&r);
	free(again);
	free(text);
}

static void a_full_disk__is_told(void **state)
{
	FILE *full = fopen("/dev/full", "we");
	struct recording r;

	(void)state;
	assert_non_null(full);
	assert_int_equal(recording_init(&r), 0);
	assert_int_equal(recording_write(full, &r), -ENOSPC);
	fclose(full);
	recording_free(&r);
}

static void mistakes__are_told_with_their_line(void **state)
{
	static const struct {
		const char *from, *to, *said;
	} cases[] = {
		{ "scx-cland recording 1", "scx-cland recordin 1", "x:1: this is no recording" },
		{ "recording 1", "recording 2", "x:1: the recording has the version 2" },
		{ "cpus 4\n", "cpus 0\n", "x:4: cpus: expected at least 1" },
		{ "cpus 4\n", "cpus 5000\n", "x:4: cpus: expected a whole number up to 4096" },
		{ "cpus 4\n", "cpus 4 5\n", "x:4: '5' is too much" },
		{ "smt 2\n", "cpus 2\n", "x:5: 'cpus' is there twice" },
		{ "smt 2\n", "", "x:15: 'smt' is missing" },
		{ "smt 2\n", "smd 2\n", "x:5: 'smd' is not known" },
		{ "clock mono", "clock poly", "x:8: clock: expected monotonic" },
		{ "weight 250", "weight 0", "x:15: weight" },
		{ "cgroup 1 parent 0", "cgroup 2 parent 0", "x:15: cgroup 2: expected the next number, 1" },
		{ "cgroup 1 parent 0", "cgroup 1 parent 1", "x:15: parent: expected a cgroup before" },
		{ "a b\\x5c", "a b\\y5c", "x:15: a backslash" },
		{ "a b\\x5c", "a b\\x00", "x:15: a backslash" },
		{ "nice -5", "nice -21", "x:16: nice: expected a whole number up to 20" },
		{ "nice -5", "nice 20", "x:16: nice" },
		{ "class batch", "class best", "x:16: class: expected other" },
		{ "cgroup 1 cpus", "cgroup 2 cpus", "x:16: cgroup: there is none with the number 2" },
		{ "cpus 0-1,3", "cpus 0-x", "x:16: cpus: expected all or a list" },
		{ "comm a b\\x09", "comm", "x:16: comm: a name is missing" },
		{ "comm a b\\x09", "comm more-than-15-bytes", "x:16: 'more-than-15-bytes' is longer" },
		{ "run 100", "run", "x:17: run: expected a whole number" },
		{ "run 100", "run -1", "x:17: run: expected a whole number" },
		{ "run 100", "run 99999999999999999999", "x:17: run: expected a whole number" },
		{ "wait 300 1", "wait 300 9", "x:19: there is no task 9" },
		{ "task 1 pid", "task 2 pid", "x:22: task 2: expected the next number, 1" },
		{ "steps 7", "steps 8", "x:25: there are 2 tasks and 7 steps in it" },
		{ "end tasks 2 steps 7\n", "", "x:24: the recording is not whole: its last line" },
		{ "end tasks 2 steps 7\n", "end tasks 2 ste", "x:25: the recording is not whole: it ends" },
		{ "steps 7\n", "steps 7\nrun 1\n", "x:26: there is more behind" },
	};
	char *text = whole(head, body);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *at = strstr(text, cases[i].from);
		struct diag diag = { .text = "" };
		struct recording r;
		char *changed, *tail;
		int err;

		assert_non_null(at);
		tail = whole(cases[i].to, at + strlen(cases[i].from));
		changed = malloc((size_t)(at - text) + strlen(tail) + 1);
		assert_non_null(changed);
		memcpy(changed, text, (size_t)(at - text));
		strcpy(changed + (at - text), tail);
		err = recording_parse("x", changed, strlen(changed), false, &r, &diag);
		if (!err || strncmp(diag.text, cases[i].said, strlen(cases[i].said)) != 0)
			print_error("%s: %d %s\n", cases[i].to, err, diag.text);
		assert_true(err == -EINVAL || err == -ENODATA);
		assert_int_equal(strncmp(diag.text, cases[i].said, strlen(cases[i].said)), 0);
		free(changed);
		free(tail);
	}
	free(text);
}

/* Cut at every place: refused, and with partial never more than there is. */
static void half_a_file__is_refused_or_taken_for_what_it_has(void **state)
{
	char *text = whole(head, body);
	size_t size = strlen(text), cut;
	uint32_t most = 0;

	(void)state;
	for (cut = 0; cut < size - 1; cut++) {
		struct recording r;
		struct diag diag;
		uint32_t i, at;

		assert_int_not_equal(recording_parse("x", text, cut, false, &r, &diag), 0);
		if (recording_parse("x", text, cut, true, &r, &diag))
			continue;
		assert_true(cut > sizeof(head) + sizeof(TASK0) - 3);
		assert_true(r.nr_steps <= 7);
		most = r.nr_steps > most ? r.nr_steps : most;
		for (i = 0; i < r.nr_tasks; i++)
			for (at = 0; at < r.tasks[i].nr_steps; at++)
				assert_true(r.tasks[i].steps[at].task == RECORDING_NONE ||
					    r.tasks[i].steps[at].task < r.nr_tasks);
		recording_free(&r);
	}
	assert_int_equal(most, 7);
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written__is_read_again),
		cmocka_unit_test(a_full_disk__is_told),
		cmocka_unit_test(mistakes__are_told_with_their_line),
		cmocka_unit_test(half_a_file__is_refused_or_taken_for_what_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
