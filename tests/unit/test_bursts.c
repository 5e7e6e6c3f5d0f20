/* SPDX-License-Identifier: GPL-2.0-only */
/* Events of the scheduler become bursts, sleeps and who woke whom, also where some of them are missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bursts.h"

#define START_NS 1000000u

struct wanted {
	enum recording_kind kind;
	uint64_t ns;
	uint32_t task;
};

#define NONE RECORDING_NONE

static struct record_event at(uint64_t ns, enum record_kind kind, uint32_t cpu, int32_t pid,
			      int32_t other, uint8_t flags)
{
	return (struct record_event){ START_NS + ns, pid, other, cpu, (uint8_t)kind, flags, { 0 } };
}

#define SWITCH(ns, cpu, pid, other, flags) at(ns, RECORD_SWITCH, cpu, pid, other, flags)
#define WAKING(ns, cpu, pid, other, flags) at(ns, RECORD_WAKING, cpu, pid, other, flags)
#define FORK(ns, cpu, pid, other) at(ns, RECORD_FORK, cpu, pid, other, 0)
#define RUNS(ns, cpu, pid) at(ns, RECORD_RUNS, cpu, pid, 0, 0)

static struct recording recorded(const struct record_event *events, size_t nr, uint64_t end_ns,
				 int32_t left_out)
{
	struct bursts *bursts = bursts_new(START_NS);
	struct recording recording;
	size_t i;

	assert_non_null(bursts);
	if (left_out)
		bursts_leave_out(bursts, left_out);
	for (i = 0; i < nr; i++)
		assert_int_equal(bursts_event(bursts, &events[i]), 0);
	assert_int_equal(bursts_end(bursts, START_NS + end_ns, &recording), 0);
	bursts_free(bursts);
	assert_int_equal(recording.start_ns, START_NS);
	assert_int_equal(recording.duration_ns, end_ns);
	assert_int_equal(recording.nr_events, nr);
	return recording;
}

static void assert_task(const struct recording *r, uint32_t index, int32_t pid,
			const struct wanted *wanted, uint32_t nr)
{
	const struct recording_task *task = &r->tasks[index];
	uint32_t i;

	assert_true(index < r->nr_tasks);
	assert_int_equal(task->pid, pid);
	assert_int_equal(task->nr_steps, nr);
	for (i = 0; i < nr; i++) {
		assert_int_equal(task->steps[i].kind, wanted[i].kind);
		assert_int_equal(task->steps[i].ns, wanted[i].ns);
		assert_int_equal(task->steps[i].task, wanted[i].task);
	}
}

#define ASSERT_TASK(r, index, pid, wanted) \
	assert_task(r, index, pid, wanted, sizeof(wanted) / sizeof((wanted)[0]))
#define RECORDED(events, end_ns) recorded(events, sizeof(events) / sizeof((events)[0]), end_ns, 0)

static void preemption__does_not_end_a_burst(void **state)
{
	static const struct wanted hog[] = { { RECORDING_RUN, 700, NONE } };
	static const struct wanted other[] = { { RECORDING_SLEEP, 100, NONE },
					       { RECORDING_RUN, 300, NONE },
					       { RECORDING_SLEEP, 600, NONE } };
	const struct record_event events[] = {
		RUNS(10, 0, 10),
		WAKING(100, 0, 11, 10, RECORD_INTERRUPT),
		SWITCH(100, 0, 10, 11, 0),
		SWITCH(400, 0, 11, 10, RECORD_SLEEPS),
	};
	struct recording r = RECORDED(events, 1000);

	(void)state;
	ASSERT_TASK(&r, 0, 10, hog);
	ASSERT_TASK(&r, 1, 11, other);
	recording_free(&r);
}

static void waiting__is_neither_burst_nor_sleep(void **state)
{
	static const struct wanted late[] = { { RECORDING_SLEEP, 100, NONE },
					      { RECORDING_RUN, 50, NONE },
					      { RECORDING_SLEEP, 450, NONE } };
	const struct record_event events[] = {
		WAKING(100, 0, 11, 10, RECORD_INTERRUPT),
		SWITCH(500, 0, 10, 11, 0),
		SWITCH(550, 0, 11, 10, RECORD_SLEEPS),
	};
	struct recording r = RECORDED(events, 1000);

	(void)state;
	ASSERT_TASK(&r, 0, 11, late);
	recording_free(&r);
}

static void wakers__are_told_with_where_in_their_burst(void **state)
{
	/* tasks: 0 is 11, which is woken up first */
	static const struct wanted ping[] = { { RECORDING_RUN, 200, NONE }, { RECORDING_WAKE, 0, 0 },
					      { RECORDING_RUN, 100, NONE }, { RECORDING_WAIT, 300, 0 },
					      { RECORDING_RUN, 390, NONE } };
	static const struct wanted pong[] = { { RECORDING_WAIT, 200, 1 }, { RECORDING_RUN, 390, NONE },
					      { RECORDING_WAKE, 0, 1 }, { RECORDING_RUN, 100, NONE },
					      { RECORDING_SLEEP, 300, NONE } };
	const struct record_event events[] = {
		WAKING(200, 0, 11, 10, 0),
		SWITCH(210, 1, 0, 11, 0),
		SWITCH(300, 0, 10, 0, RECORD_SLEEPS),
		WAKING(600, 1, 10, 11, 0),
		SWITCH(610, 0, 0, 10, 0),
		SWITCH(700, 1, 11, 0, RECORD_SLEEPS),
	};
	struct recording r = RECORDED(events, 1000);

	(void)state;
	ASSERT_TASK(&r, 0, 11, pong);
	ASSERT_TASK(&r, 1, 10, ping);
	recording_free(&r);
}

static void wakers__are_not_who_is_interrupted_or_idle_or_oneself(void **state)
{
	static const struct wanted sleeper[] = {
		{ RECORDING_SLEEP, 100, NONE }, { RECORDING_RUN, 10, NONE }, { RECORDING_SLEEP, 90, NONE },
		{ RECORDING_RUN, 10, NONE }, { RECORDING_SLEEP, 90, NONE }, { RECORDING_RUN, 10, NONE },
		{ RECORDING_SLEEP, 690, NONE },
	};
	const struct record_event events[] = {
		RUNS(0, 0, 10),
		WAKING(100, 0, 11, 10, RECORD_INTERRUPT),
		SWITCH(100, 1, 0, 11, 0),
		SWITCH(110, 1, 11, 0, RECORD_SLEEPS),
		WAKING(200, 1, 11, 0, 0),
		SWITCH(200, 1, 0, 11, 0),
		SWITCH(210, 1, 11, 0, RECORD_SLEEPS),
		WAKING(300, 1, 11, 11, 0),
		SWITCH(300, 1, 0, 11, 0),
		SWITCH(310, 1, 11, 0, RECORD_SLEEPS),
		/* awake already: tells nothing */
		RUNS(320, 0, 10),
	};
	struct recording r = RECORDED(events, 1000);

	(void)state;
	ASSERT_TASK(&r, 1, 11, sleeper);
	assert_int_equal(r.tasks[0].nr_steps, 1);
	recording_free(&r);
}

static void tasks__come_and_go_and_pids_are_used_again(void **state)
{
	static const struct wanted parent[] = { { RECORDING_RUN, 100, NONE }, { RECORDING_FORK, 0, 1 },
						{ RECORDING_RUN, 100, NONE }, { RECORDING_SLEEP, 200, NONE },
						{ RECORDING_RUN, 50, NONE }, { RECORDING_FORK, 0, 2 },
						{ RECORDING_RUN, 50, NONE } };
	static const struct wanted first[] = { { RECORDING_RUN, 100, NONE } };
	static const struct wanted second[] = { { RECORDING_RUN, 150, NONE } };
	const struct record_event events[] = {
		RUNS(0, 0, 10),
		FORK(100, 0, 10, 20),
		SWITCH(200, 0, 10, 20, RECORD_SLEEPS),
		SWITCH(300, 0, 20, 0, RECORD_DIES),
		WAKING(400, 0, 10, 0, 0),
		SWITCH(400, 0, 0, 10, 0),
		FORK(450, 0, 10, 20),
		SWITCH(500, 0, 10, 20, 0),
		SWITCH(650, 0, 20, 0, RECORD_DIES),
	};
	struct recording r = RECORDED(events, 700);

	(void)state;
	assert_int_equal(r.nr_tasks, 3);
	ASSERT_TASK(&r, 0, 10, parent);
	ASSERT_TASK(&r, 1, 20, first);
	ASSERT_TASK(&r, 2, 20, second);
	assert_false(r.tasks[0].has_exited);
	assert_true(r.tasks[1].has_exited && r.tasks[2].has_exited);
	assert_int_equal(r.tasks[0].start_ns, 0);
	assert_int_equal(r.tasks[1].start_ns, 100);
	assert_int_equal(r.tasks[2].start_ns, 450);
	recording_free(&r);
}

static void lost_events__leave_rows_that_fit_each_other(void **state)
{
	static const struct wanted a[] = { { RECORDING_RUN, 100, NONE }, { RECORDING_SLEEP, 400, NONE },
					   { RECORDING_RUN, 500, NONE } };
	static const struct wanted b[] = { { RECORDING_RUN, 900, NONE } };
	static const struct wanted c[] = { { RECORDING_SLEEP, 650, NONE }, { RECORDING_RUN, 350, NONE } };
	const struct record_event events[] = {
		SWITCH(100, 0, 10, 11, RECORD_SLEEPS),
		/* the wake-up of 10 is lost */
		SWITCH(500, 1, 0, 10, 0),
		/* the switch from 11 to somebody else is lost, and of that one all that it did */
		SWITCH(600, 0, 99, 11, 0),
		/* a task that is asleep cannot have woken up anybody, nor one that is elsewhere */
		WAKING(650, 0, 12, 13, 0),
		SWITCH(650, 2, 0, 12, 0),
		/* a clock that goes back */
		SWITCH(640, 3, 0, 0, 0),
	};
	struct recording r = RECORDED(events, 1000);
	uint32_t i;

	(void)state;
	ASSERT_TASK(&r, 0, 10, a);
	ASSERT_TASK(&r, 1, 11, b);
	for (i = 0; i < r.nr_tasks && r.tasks[i].pid != 12; i++)
		;
	ASSERT_TASK(&r, i, 12, c);
	recording_free(&r);
}

static void left_out__are_nobodys_wakers(void **state)
{
	static const struct wanted woken[] = { { RECORDING_SLEEP, 200, NONE }, { RECORDING_RUN, 100, NONE },
					       { RECORDING_WAKE, 0, 1 }, { RECORDING_RUN, 200, NONE } };
	static const struct wanted other[] = { { RECORDING_WAIT, 300, 0 } };
	const struct record_event events[] = {
		RUNS(0, 0, 10),
		WAKING(200, 0, 11, 10, 0),
		SWITCH(200, 1, 0, 11, 0),
		WAKING(300, 1, 12, 11, 0),
		FORK(400, 0, 10, 13),
		SWITCH(450, 0, 10, 0, RECORD_SLEEPS),
		WAKING(460, 1, 10, 11, 0),
	};
	struct recording r = recorded(events, sizeof(events) / sizeof(events[0]), 500, 10);

	(void)state;
	assert_int_equal(r.nr_tasks, 3);
	assert_int_equal(r.nr_steps, 5);
	ASSERT_TASK(&r, 0, 11, woken);
	ASSERT_TASK(&r, 1, 12, other);
	assert_int_equal(r.tasks[2].start_ns, 400);
	recording_free(&r);
}

static void facts__are_of_who_has_the_pid_now(void **state)
{
	struct bursts *bursts = bursts_new(START_NS);
	const struct record_event dies = SWITCH(100, 0, 20, 0, RECORD_DIES);
	struct recording r;

	(void)state;
	assert_non_null(bursts);
	memcpy(bursts_task(bursts, 20)->comm, "first", 6);
	bursts_task(bursts, 20)->nice = 5;
	assert_int_equal(bursts_event(bursts, &dies), 0);
	memcpy(bursts_task(bursts, 20)->comm, "second", 7);
	assert_null(bursts_task(bursts, 0));
	assert_null(bursts_task(bursts, -1));
	assert_null(bursts_task(bursts, RECORD_PIDS_MAX));
	assert_int_equal(bursts_end(bursts, START_NS + 200, &r), 0);
	bursts_free(bursts);
	assert_int_equal(r.nr_tasks, 2);
	assert_string_equal(r.tasks[0].comm, "first");
	assert_int_equal(r.tasks[0].nice, 5);
	assert_string_equal(r.tasks[1].comm, "second");
	assert_int_equal(r.tasks[1].nice, 0);
	recording_free(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(preemption__does_not_end_a_burst),
		cmocka_unit_test(waiting__is_neither_burst_nor_sleep),
		cmocka_unit_test(wakers__are_told_with_where_in_their_burst),
		cmocka_unit_test(wakers__are_not_who_is_interrupted_or_idle_or_oneself),
		cmocka_unit_test(tasks__come_and_go_and_pids_are_used_again),
		cmocka_unit_test(lost_events__leave_rows_that_fit_each_other),
		cmocka_unit_test(left_out__are_nobodys_wakers),
		cmocka_unit_test(facts__are_of_who_has_the_pid_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
