/* SPDX-License-Identifier: GPL-2.0-only */
/* Recordings become workloads; what perf script prints becomes a recording. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "perf_script.h"
#include "replay.h"

struct wanted {
	enum step_kind kind;
	uint64_t ns;
	uint32_t resource, other;
};

static uint32_t add_task(struct recording *r, const char *comm)
{
	uint32_t index = recording_add_task(r, 100 + (int32_t)r->nr_tasks);

	assert_int_not_equal(index, RECORDING_NONE);
	strcpy(r->tasks[index].comm, comm);
	return index;
}

static void step(struct recording *r, uint32_t task, enum recording_kind kind, uint64_t ns, uint32_t other)
{
	assert_int_equal(recording_add_step(r, task, kind, ns, other), 0);
}

static struct workload made(const struct recording *r, bool by_time, uint32_t nr_left_out)
{
	struct replay_left_out left_out;
	struct workload w;
	struct diag diag;

	assert_int_equal(replay_make("x", r, by_time, &w, &left_out, &diag), 0);
	assert_int_equal(left_out.nr_tasks, nr_left_out);
	return w;
}

static const struct workload_group *group(const struct workload *w, const char *name)
{
	uint32_t i;

	for (i = 0; i < w->nr_groups; i++)
		if (!strcmp(w->groups[i].name, name))
			return &w->groups[i];
	fail_msg("there is no group %s", name);
	return NULL;
}

static void assert_program(const struct program *program, const struct wanted *wanted, uint32_t nr)
{
	uint32_t i;

	assert_int_equal(program->nr, nr);
	for (i = 0; i < nr; i++) {
		assert_int_equal(program->steps[i].kind, wanted[i].kind);
		assert_int_equal(program->steps[i].ns, wanted[i].ns);
		assert_int_equal(program->steps[i].resource, wanted[i].resource);
		assert_int_equal(program->steps[i].other, wanted[i].other);
	}
}

#define ASSERT_PROGRAM(program, wanted) \
	assert_program(program, wanted, sizeof(wanted) / sizeof((wanted)[0]))

static void tasks_alike__become_one_group_each_with_its_program(void **state)
{
	static const struct wanted first[] = { { STEP_RUN, 10, 0, 0 }, { STEP_SLEEP, 5, 0, 0 } };
	static const struct wanted forked[] = { { STEP_RUN, 30, 0, 0 } };
	static const struct wanted parent[] = { { STEP_FORK, 0, 0, 1 }, { STEP_SLEEP, 1, 0, 0 } };
	struct recording r;
	struct workload w;
	const struct workload_group *many;
	uint32_t task;

	(void)state;
	assert_int_equal(recording_init(&r), 0);
	r.duration_ns = 1000;
	r.nr_cpus = 4;
	task = add_task(&r, "parent");
	step(&r, task, RECORDING_FORK, 0, 1);
	step(&r, task, RECORDING_SLEEP, 1, RECORDING_NONE);
	task = add_task(&r, "a many");
	step(&r, task, RECORDING_RUN, 30, RECORDING_NONE);
	r.tasks[task].has_exited = true;
	r.tasks[task].start_ns = 50;
	task = add_task(&r, "a many");
	step(&r, task, RECORDING_RUN, 10, RECORDING_NONE);
	step(&r, task, RECORDING_SLEEP, 5, RECORDING_NONE);
	r.tasks[task].tgid = 101;
	task = add_task(&r, "a many");
	r.tasks[task].nice = 3;
	w = made(&r, false, 0);
	assert_int_equal(w.nr_groups, 3);
	assert_int_equal(w.duration_ns, 1000);
	assert_int_equal(w.topo.nr_cpus, 4);
	many = group(&w, "a many");
	assert_int_equal(many->nr_members, 2);
	assert_int_equal(many->count, 1); /* the other one is forked */
	ASSERT_PROGRAM(&many->members[0].program, first);
	ASSERT_PROGRAM(&many->members[1].program, forked);
	assert_int_equal(many->members[0].process, many->members[1].process);
	ASSERT_PROGRAM(&group(&w, "parent")->members[0].program, parent);
	assert_int_not_equal(group(&w, "parent")->members[0].process, many->members[0].process);
	assert_int_equal(group(&w, "a many #2")->nice, 3);
	workload_free(&w);
	recording_free(&r);
}

static void wakers__are_semaphores_of_each_pair(void **state)
{
	static const struct wanted waker[] = { { STEP_POST, 0, 0, 0 }, { STEP_SLEEP, 5, 0, 0 } };
	/* the second wait has nobody who ends it, and the third one's waker is left out */
	static const struct wanted wakee[] = { { STEP_TAKE, 0, 0, 0 }, { STEP_SLEEP, 8, 0, 0 },
					       { STEP_SLEEP, 9, 0, 0 } };
	static const struct wanted by_time[] = { { STEP_SLEEP, 7, 0, 0 }, { STEP_SLEEP, 8, 0, 0 },
						 { STEP_SLEEP, 9, 0, 0 } };
	struct recording r;
	struct workload w;
	uint32_t task;

	(void)state;
	assert_int_equal(recording_init(&r), 0);
	r.duration_ns = 1000;
	task = add_task(&r, "waker");
	step(&r, task, RECORDING_WAKE, 0, 1);
	step(&r, task, RECORDING_WAKE, 0, 2);
	step(&r, task, RECORDING_SLEEP, 5, RECORDING_NONE);
	task = add_task(&r, "wakee");
	step(&r, task, RECORDING_WAIT, 7, 0);
	step(&r, task, RECORDING_WAIT, 8, 0);
	step(&r, task, RECORDING_WAIT, 9, 2);
	task = add_task(&r, "rt");
	step(&r, task, RECORDING_WAKE, 0, 1);
	r.tasks[task].class = RECORDING_FIFO;
	w = made(&r, false, 1);
	assert_int_equal(w.nr_resources, 1);
	ASSERT_PROGRAM(&group(&w, "waker")->members[0].program, waker);
	ASSERT_PROGRAM(&group(&w, "wakee")->members[0].program, wakee);
	workload_free(&w);
	w = made(&r, true, 1);
	assert_int_equal(w.nr_resources, 0);
	ASSERT_PROGRAM(&group(&w, "wakee")->members[0].program, by_time);
	workload_free(&w);
	recording_free(&r);
}

static void runs__have_the_switch_in_them_where_there_was_one(void **state)
{
	static const uint8_t flags[] = { 0, 0, STEP_SWITCHED, 0, 0 };
	struct recording r;
	struct workload w;
	const struct program *program;
	uint32_t task, child, i;

	(void)state;
	assert_int_equal(recording_init(&r), 0);
	task = add_task(&r, "a");
	child = add_task(&r, "b");
	r.tasks[child].start_ns = 10;
	step(&r, task, RECORDING_RUN, 10, RECORDING_NONE);
	step(&r, task, RECORDING_FORK, 0, child);
	step(&r, task, RECORDING_RUN, 20, RECORDING_NONE);
	step(&r, task, RECORDING_SLEEP, 5, RECORDING_NONE);
	step(&r, task, RECORDING_RUN, 30, RECORDING_NONE); /* it is still at it when the recording ends */
	w = made(&r, false, 0);
	program = &group(&w, "a")->members[0].program;
	assert_int_equal(program->nr, sizeof(flags));
	for (i = 0; i < program->nr; i++)
		assert_int_equal(program->steps[i].flags & STEP_SWITCHED, flags[i]);
	workload_free(&w);
	recording_free(&r);
}

static void who_never_slept__computes_on(void **state)
{
	static const struct wanted late[] = { { STEP_SLEEP, 70, 0, 0 }, { STEP_RUN, 10, 0, 0 } };
	struct recording r;
	struct workload w;
	const struct program *program;
	uint32_t task;

	(void)state;
	assert_int_equal(recording_init(&r), 0);
	r.duration_ns = 1000;
	task = add_task(&r, "hog");
	step(&r, task, RECORDING_RUN, 10, RECORDING_NONE);
	task = add_task(&r, "late"); /* whose parent is not in the recording */
	step(&r, task, RECORDING_RUN, 10, RECORDING_NONE);
	r.tasks[task].start_ns = 70;
	r.tasks[task].has_exited = true;
	w = made(&r, false, 0);
	program = &group(&w, "hog")->members[0].program;
	assert_int_equal(program->nr, 2);
	assert_int_equal(program->steps[1].kind, STEP_RUN);
	assert_true(program->steps[1].ns > 3600000000000ULL);
	ASSERT_PROGRAM(&group(&w, "late")->members[0].program, late);
	workload_free(&w);
	recording_free(&r);
}

/* Both ways to print the same give the same. */
static void perf__is_read_in_both_its_ways(void **state)
{
	static const char *const texts[] = {
		"  a b  7 [001] 5.000001: sched:sched_switch: prev_comm=a b prev_pid=7 prev_prio=120 "
		"prev_state=S ==> next_comm=c next_pid=8 next_prio=110\n"
		"  c  8 [001] 5.000003: sched:sched_waking: comm=a b pid=7 prio=120 target_cpu=001\n"
		"  c  8 [001] 5.000004: sched:sched_switch: prev_comm=c prev_pid=8 prev_prio=110 "
		"prev_state=X ==> next_comm=a b next_pid=7 next_prio=120\n",
		"# something else\n"
		"  a b  7/7 [001] 5.000001000: sched:sched_switch: a b:7 [120] S ==> c:8 [110]\n"
		"\t ffff call chain sched:sched_x\n"
		"  c  8/8 [001] 5.000003000: sched:sched_waking: a b:7 [120] success CPU:001\n"
		"  c  8/8 [001] 5.000004000: sched:sched_switch: c:8 [110] X ==> a b:7 [120]\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct diag diag = { .text = "" };
		struct recording r;
		int err = perf_script_parse("x", texts[i], strlen(texts[i]), &r, &diag);

		if (err)
			print_error("%s\n", diag.text);
		assert_int_equal(err, 0);
		assert_string_equal(r.source, "perf");
		assert_int_equal(r.nr_cpus, 2);
		assert_int_equal(r.nr_tasks, 2);
		assert_int_equal(r.duration_ns, 3000);
		assert_string_equal(r.tasks[0].comm, "a b");
		assert_string_equal(r.tasks[1].comm, "c");
		assert_int_equal(r.tasks[1].nice, -10);
		assert_true(r.tasks[1].has_exited);
		assert_int_equal(r.tasks[0].nr_steps, 1);
		assert_int_equal(r.tasks[0].steps[0].kind, RECORDING_WAIT);
		assert_int_equal(r.tasks[0].steps[0].ns, 2000);
		assert_int_equal(r.tasks[1].nr_steps, 3);
		assert_int_equal(r.tasks[1].steps[0].ns, 2000);
		assert_int_equal(r.tasks[1].steps[1].kind, RECORDING_WAKE);
		assert_int_equal(r.tasks[1].steps[2].ns, 1000);
		recording_free(&r);
	}
}

static void perf__mistakes_are_told_with_their_line(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "", "x: there is no event sched:sched_switch" },
		{ "a 7 [001] 5.000001: cycles: 1\n", "x: there is no event sched:sched_switch" },
		{ "\na 7 [001] 5.01: sched:sched_switch: a:7 [120] S ==> c:8 [110]\n", "x:2: the time" },
		{ "a 7 [x] 5.000001: sched:sched_switch: a:7 [120] S ==> c:8 [110]\n", "x:1: the CPU" },
		{ "a 7 [4096] 5.000001: sched:sched_switch: a:7 [120] S ==> c:8 [110]\n", "x:1: the CPU" },
		{ "a b [1] 5.000001: sched:sched_switch: a:7 [120] S ==> c:8 [110]\n", "x:1: the pid" },
		{ "a 7 [1] 5.000001: sched:sched_switch: a:7 [120] S => c:8 [110]\n", "x:1: sched_switch" },
		{ "a 7 [1] 5.000001: sched:sched_switch: a:7 S ==> c:8 [110]\n", "x:1: sched_switch" },
		{ "a 7 [1] 5.000001: sched:sched_waking: pid=7\n", "x:1: sched_waking" },
		{ "a 7 [1] 5.000001: sched:sched_process_fork: comm=a pid=7\n", "x:1: sched_process_fork" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct diag diag = { .text = "" };
		struct recording r;

		assert_int_not_equal(perf_script_parse("x", cases[i].text, strlen(cases[i].text), &r, &diag),
				     0);
		if (strncmp(diag.text, cases[i].said, strlen(cases[i].said)) != 0)
			print_error("%s: %s\n", cases[i].text, diag.text);
		assert_int_equal(strncmp(diag.text, cases[i].said, strlen(cases[i].said)), 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tasks_alike__become_one_group_each_with_its_program),
		cmocka_unit_test(wakers__are_semaphores_of_each_pair),
		cmocka_unit_test(runs__have_the_switch_in_them_where_there_was_one),
		cmocka_unit_test(who_never_slept__computes_on),
		cmocka_unit_test(perf__is_read_in_both_its_ways),
		cmocka_unit_test(perf__mistakes_are_told_with_their_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
