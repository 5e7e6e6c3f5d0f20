/* SPDX-License-Identifier: GPL-2.0-only */
/* Hand-made events of the scheduler become the figures of `clandctl top`, also where some are missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "top_model.h"

#define START_NS 1000000000u
#define MS 1000000u
#define NR_CPUS 4u

static const uint32_t llcs[NR_CPUS] = { 0, 0, 1, 1 };

static struct top_model *begin(void)
{
	struct top_model *model = top_model_new(NR_CPUS, llcs, 2, START_NS);

	assert_non_null(model);
	return model;
}

static void tell(struct top_model *model, uint64_t ms, enum record_kind kind, uint32_t cpu, int32_t pid,
		 int32_t other, uint8_t flags)
{
	const struct record_event event = { START_NS + ms * MS, pid, other, cpu, (uint8_t)kind, flags,
					    { 0 } };

	top_model_event(model, &event);
}

#define SWITCH(m, ms, cpu, pid, other, flags) tell(m, ms, RECORD_SWITCH, cpu, pid, other, flags)
#define WAKING(m, ms, cpu, pid, other, flags) tell(m, ms, RECORD_WAKING, cpu, pid, other, flags)
#define FORK(m, ms, cpu, pid, other) tell(m, ms, RECORD_FORK, cpu, pid, other, 0)
#define RUNS(m, ms, cpu, pid) tell(m, ms, RECORD_RUNS, cpu, pid, 0, 0)

static void name(struct top_model *model, int32_t pid, const char *comm, int32_t nice, const char *cgroup)
{
	struct record_facts facts = { .event = { .pid = pid, .kind = RECORD_FACTS }, .tgid = pid,
				      .static_prio = 120 + nice };

	memcpy(facts.comm, comm, strlen(comm));
	top_model_facts(model, &facts, cgroup);
}

static void end_frame(struct top_model *model, uint64_t ms)
{
	top_model_end_frame(model, START_NS + ms * MS);
}

/* NULL: it is not there. */
static const struct top_task *look(struct top_model *model, int32_t pid)
{
	const struct top_task *tasks;
	uint32_t i, nr;

	tasks = top_model_tasks(model, &nr);
	for (i = 0; i < nr; i++)
		if (tasks[i].pid == pid && !tasks[i].has_died)
			return &tasks[i];
	return NULL;
}

static const struct top_task *find(struct top_model *model, int32_t pid)
{
	const struct top_task *task = look(model, pid);

	assert_non_null(task);
	return task;
}

static const struct top_kept *keep(struct top_model *model, int32_t pid)
{
	top_model_keep(model, find(model, pid)->id);
	assert_non_null(top_model_kept(model));
	return top_model_kept(model);
}

#define assert_near(got, wanted) assert_true((got) > (wanted) - 0.01 && (got) < (wanted) + 0.01)

/* A percentile is the end of a step of a quarter. */
static void assert_wait(uint64_t got_ns, uint64_t wanted_ns)
{
	assert_true(got_ns >= wanted_ns);
	assert_true(got_ns <= wanted_ns + wanted_ns / 4 + 256);
}

static void two_hogs__share_a_cpu(void **state)
{
	struct top_model *model = begin();
	uint64_t ms;

	(void)state;
	RUNS(model, 0, 0, 10);
	name(model, 10, "one", 0, "/a");
	/* 10 has 30 of 40 ms, 20 the rest; each waits while the other one runs. */
	for (ms = 0; ms < 1000; ms += 40) {
		SWITCH(model, ms + 30, 0, 10, 20, 0);
		SWITCH(model, ms + 40, 0, 20, 10, 0);
	}
	name(model, 20, "other", 5, "/b");
	end_frame(model, 1000);
	assert_near(find(model, 10)->cpu_pct, 75);
	assert_near(find(model, 20)->cpu_pct, 25);
	assert_near(find(model, 10)->runs_per_s, 26);
	assert_near(find(model, 20)->runs_per_s, 25);
	assert_near(find(model, 10)->wakes_per_s, 0);
	assert_wait(find(model, 10)->wait_p50_ns, 10 * MS);
	assert_wait(find(model, 10)->wait_p99_ns, 10 * MS);
	/* It was not known to wait before it first ran: 24, and the one in which it is. */
	assert_wait(find(model, 20)->wait_p50_ns, 30 * MS);
	assert_int_equal(find(model, 20)->nr_waits, 25);
	assert_int_equal(find(model, 20)->state, TOP_WAITS);
	assert_int_equal(find(model, 10)->state, TOP_RUNS_NOW);
	assert_string_equal(find(model, 20)->comm, "other");
	assert_string_equal(find(model, 20)->cgroup, "/b");
	assert_int_equal(find(model, 20)->nice, 5);
	assert_near(top_model_cpu(model, 0).busy_pct, 100);
	assert_int_equal(top_model_cpu(model, 0).most.pid, 10);
	assert_string_equal(top_model_cpu(model, 0).most.comm, "one");
	assert_true(top_model_cpu(model, 0).is_known);
	assert_false(top_model_cpu(model, 1).is_known);
	/* One of them always waits, but for the first 30 ms. */
	assert_near(top_model_llc_queue(model, 0), 0.97);
	assert_near(top_model_llc_queue(model, 1), 0);
	assert_int_equal(top_model_totals(model)->nr_tasks, 2);
	assert_int_equal(top_model_totals(model)->nr_running, 1);
	assert_int_equal(top_model_totals(model)->nr_waiting, 1);
	top_model_free(model);
}

static void who_never_leaves_its_cpu__is_counted_in_each_frame(void **state)
{
	struct top_model *model = begin();
	uint64_t i;

	(void)state;
	RUNS(model, 0, 2, 10);
	for (i = 1; i < 8; i++) {
		end_frame(model, i * 500);
		assert_near(find(model, 10)->cpu_pct, 100);
		assert_near(top_model_cpu(model, 2).busy_pct, 100);
		assert_int_equal(top_model_cpu(model, 2).most.pid, 10);
		assert_int_equal(find(model, 10)->nr_waits, 0);
		assert_int_equal(top_model_totals(model)->frame_ns, 500 * MS);
	}
	assert_int_equal(top_model_totals(model)->waits_ns, TOP_FRAMES * 500 * MS);
	top_model_free(model);
}

static void a_run__knows_who_woke_it_and_who_had_the_cpu(void **state)
{
	struct top_model *model = begin();
	const struct top_kept *kept;

	(void)state;
	name(model, 10, "waker", 0, "/");
	name(model, 20, "hog", 0, "/");
	name(model, 30, "sleeper", 0, "/");
	name(model, 40, "short", 0, "/");
	RUNS(model, 0, 0, 10);
	RUNS(model, 0, 1, 20);
	WAKING(model, 100, 0, 30, 10, 0);
	SWITCH(model, 103, 1, 20, 40, 0);
	SWITCH(model, 104, 1, 40, 30, RECORD_SLEEPS);
	SWITCH(model, 106, 1, 30, 20, RECORD_SLEEPS);
	WAKING(model, 110, 0, 30, 10, RECORD_INTERRUPT);
	SWITCH(model, 110, 1, 20, 0, RECORD_SLEEPS);
	SWITCH(model, 112, 1, 0, 30, 0);
	SWITCH(model, 113, 1, 30, 20, 0);
	end_frame(model, 200);
	kept = keep(model, 30);
	assert_int_equal(kept->nr_runs, 2);
	/* The latest first: by a timer, and then the CPU was idle. */
	assert_int_equal(kept->runs[0].cause, TOP_BY_INTERRUPT);
	assert_int_equal(kept->runs[0].by.pid, 0);
	assert_int_equal(kept->runs[0].waited_ns, 2 * MS);
	assert_int_equal(kept->runs[0].ran_ns, 1 * MS);
	assert_int_equal(kept->runs[0].end, TOP_END_PUT_OFF);
	assert_int_equal(kept->runs[0].nr_holders, 1);
	assert_int_equal(kept->runs[0].holders[0].who.pid, 0);
	assert_int_equal(kept->runs[0].holders[0].ns, 2 * MS);
	assert_int_equal(kept->runs[0].others_ns, 0);
	/* By 10; 20 and 40 had the CPU before it. */
	assert_int_equal(kept->runs[1].cause, TOP_BY_TASK);
	assert_string_equal(kept->runs[1].by.comm, "waker");
	assert_int_equal(kept->runs[1].waited_ns, 4 * MS);
	assert_int_equal(kept->runs[1].began_ns, START_NS + 104 * MS);
	assert_int_equal(kept->runs[1].ran_ns, 2 * MS);
	assert_int_equal(kept->runs[1].cpu, 1);
	assert_int_equal(kept->runs[1].end, TOP_END_SLEPT);
	assert_int_equal(kept->runs[1].nr_holders, 2);
	assert_string_equal(kept->runs[1].holders[0].who.comm, "hog");
	assert_int_equal(kept->runs[1].holders[0].ns, 3 * MS);
	assert_string_equal(kept->runs[1].holders[1].who.comm, "short");
	assert_int_equal(kept->runs[1].holders[1].ns, 1 * MS);
	assert_near(kept->task.wakes_per_s, 10);
	assert_int_equal(kept->task.state, TOP_WAITS);
	/* Who came when it had to go is why it waits. */
	SWITCH(model, 205, 1, 20, 30, 0);
	end_frame(model, 210);
	kept = top_model_kept(model);
	assert_int_equal(kept->runs[0].cause, TOP_BY_PUT_OFF);
	assert_string_equal(kept->runs[0].by.comm, "hog");
	assert_int_equal(kept->runs[0].waited_ns, 92 * MS);
	assert_int_equal(kept->runs[0].end, TOP_END_NOT_YET);
	assert_int_equal(kept->runs[0].ran_ns, 5 * MS);
	top_model_free(model);
}

static void holders__beyond_the_longest_are_one_sum(void **state)
{
	struct top_model *model = begin();
	const struct top_run *run;
	int32_t i;

	(void)state;
	RUNS(model, 0, 0, 100);
	WAKING(model, 10, 0, 5, 100, 0);
	/* 100 has 20 ms of the wait, 101 1 ms, 102 2 ms, 103 3 ms, 104 4 ms. */
	SWITCH(model, 30, 0, 100, 101, 0);
	for (i = 1; i < 4; i++)
		SWITCH(model, (uint64_t)(30 + i * (i + 1) / 2), 0, 100 + i, 101 + i, 0);
	SWITCH(model, 40, 0, 104, 5, 0);
	end_frame(model, 50);
	run = &keep(model, 5)->runs[0];
	assert_int_equal(run->waited_ns, 30 * MS);
	assert_int_equal(run->nr_holders, 3);
	assert_int_equal(run->holders[0].who.pid, 100);
	assert_int_equal(run->holders[0].ns, 20 * MS);
	assert_int_equal(run->holders[1].who.pid, 104);
	assert_int_equal(run->holders[2].who.pid, 103);
	assert_int_equal(run->others_ns, 3 * MS);
	top_model_free(model);
}

static void long_histories__are_cut_but_add_up(void **state)
{
	struct top_model *model = begin();
	const struct top_run *run;
	uint64_t ns, i;

	(void)state;
	RUNS(model, 0, 0, 1);
	WAKING(model, 0, 0, 5, 1, 0);
	for (i = 1; i <= 400; i++)
		SWITCH(model, i, 0, i % 2 ? 1 : 2, i % 2 ? 2 : 1, 0);
	SWITCH(model, 401, 0, 1, 5, 0);
	end_frame(model, 500);
	run = &keep(model, 5)->runs[0];
	for (i = 0, ns = run->others_ns; i < run->nr_holders; i++)
		ns += run->holders[i].ns;
	assert_int_equal(ns, 401 * MS);
	assert_true(run->others_ns > 100 * MS);
	assert_int_equal(keep(model, 1)->nr_runs, TOP_RUNS);
	top_model_free(model);
}

static void waits__are_of_the_last_frames_only(void **state)
{
	struct top_model *model = begin();
	uint64_t i;

	(void)state;
	RUNS(model, 0, 0, 1);
	WAKING(model, 0, 0, 5, 1, 0);
	SWITCH(model, 50, 0, 1, 5, 0);
	SWITCH(model, 51, 0, 5, 1, RECORD_SLEEPS);
	for (i = 1; i <= TOP_FRAMES; i++) {
		end_frame(model, i * 100);
		assert_int_equal(find(model, 5)->nr_waits, 1);
		assert_wait(find(model, 5)->wait_p99_ns, 50 * MS);
		assert_near(find(model, 5)->cpu_pct, i == 1 ? 1 : 0);
	}
	end_frame(model, (TOP_FRAMES + 1) * 100);
	assert_int_equal(find(model, 5)->nr_waits, 0);
	assert_int_equal(find(model, 5)->wait_p99_ns, 0);
	top_model_free(model);
}

static void who_starves__shows_before_it_runs(void **state)
{
	struct top_model *model = begin();

	(void)state;
	RUNS(model, 0, 0, 1);
	WAKING(model, 0, 0, 5, 1, 0);
	end_frame(model, 2000);
	assert_int_equal(find(model, 5)->state, TOP_WAITS);
	assert_wait(find(model, 5)->wait_p99_ns, 2000 * MS);
	assert_near(top_model_llc_queue(model, 0), 1);
	top_model_free(model);
}

static void tasks__leave_when_they_die_and_pids_are_used_again(void **state)
{
	struct top_model *model = begin();
	uint32_t nr;
	uint64_t id;

	(void)state;
	RUNS(model, 0, 0, 1);
	FORK(model, 10, 0, 1, 5);
	name(model, 5, "first", 0, "/");
	SWITCH(model, 20, 1, 0, 5, 0);
	end_frame(model, 30);
	assert_int_equal(keep(model, 5)->runs[0].cause, TOP_BY_FORK);
	assert_int_equal(keep(model, 5)->runs[0].by.pid, 1);
	assert_int_equal(keep(model, 5)->runs[0].waited_ns, 10 * MS);
	id = find(model, 5)->id;
	SWITCH(model, 40, 1, 5, 0, RECORD_DIES);
	FORK(model, 41, 0, 1, 5);
	end_frame(model, 50);
	assert_int_equal(top_model_totals(model)->nr_ended, 1);
	assert_int_equal(top_model_totals(model)->nr_tasks, 2);
	top_model_tasks(model, &nr);
	assert_int_equal(nr, 3);
	assert_true(find(model, 5)->id != id);
	assert_string_equal(find(model, 5)->comm, "");
	assert_near(top_model_cpu(model, 1).busy_pct, 50);
	assert_string_equal(top_model_cpu(model, 1).most.comm, "first");
	/* The one that is looked at stays. */
	assert_non_null(top_model_kept(model));
	assert_true(top_model_kept(model)->task.has_died);
	assert_int_equal(top_model_kept(model)->task.id, id);
	assert_int_equal(top_model_kept(model)->runs[0].end, TOP_END_DIED);
	top_model_keep(model, 0);
	assert_null(top_model_kept(model));
	end_frame(model, 60);
	top_model_tasks(model, &nr);
	assert_int_equal(nr, 2);
	top_model_keep(model, id);
	assert_null(top_model_kept(model));
	/* Whose end got lost. */
	FORK(model, 70, 0, 1, 5);
	end_frame(model, 80);
	assert_int_equal(top_model_totals(model)->nr_ended, 1);
	assert_int_equal(top_model_totals(model)->nr_tasks, 2);
	top_model_free(model);
}

static void quiet_tasks__are_forgotten_but_not_those_that_run_or_wait(void **state)
{
	struct top_model *model = begin();
	const uint64_t quiet_ms = TOP_QUIET_NS / MS;

	(void)state;
	RUNS(model, 0, 0, 1);
	RUNS(model, 0, 1, 2);
	WAKING(model, 0, 0, 3, 1, 0);
	SWITCH(model, 1, 1, 2, 0, RECORD_SLEEPS);
	end_frame(model, quiet_ms);
	assert_non_null(look(model, 2));
	end_frame(model, quiet_ms + 2);
	assert_null(look(model, 2));
	assert_non_null(look(model, 1));
	assert_non_null(look(model, 3));
	WAKING(model, quiet_ms + 3, 0, 2, 1, 0);
	end_frame(model, quiet_ms + 4);
	assert_non_null(look(model, 2));
	top_model_free(model);
}

static void a_wakeup_before_the_sleep__counts_if_no_other_comes(void **state)
{
	struct top_model *model = begin();
	const struct top_run *run;

	(void)state;
	RUNS(model, 0, 0, 1);
	RUNS(model, 0, 1, 2);
	/* 1 is about to sleep; 2 wakes it up when it is still there. */
	WAKING(model, 10, 1, 1, 2, 0);
	SWITCH(model, 10, 0, 1, 3, RECORD_SLEEPS);
	SWITCH(model, 14, 0, 3, 1, 0);
	end_frame(model, 20);
	run = &keep(model, 1)->runs[0];
	assert_int_equal(run->cause, TOP_BY_TASK);
	assert_int_equal(run->by.pid, 2);
	assert_int_equal(run->waited_ns, 4 * MS);
	/* It did not sleep after all; when it does, that is no wait. */
	WAKING(model, 30, 1, 1, 2, 0);
	SWITCH(model, 40, 0, 1, 3, RECORD_SLEEPS);
	WAKING(model, 90, 1, 1, 2, RECORD_INTERRUPT);
	SWITCH(model, 91, 0, 3, 1, 0);
	end_frame(model, 100);
	run = &keep(model, 1)->runs[0];
	assert_int_equal(run->cause, TOP_BY_INTERRUPT);
	assert_int_equal(run->waited_ns, 1 * MS);
	/* By itself: it runs on. */
	WAKING(model, 101, 0, 1, 1, 0);
	SWITCH(model, 110, 0, 1, 3, RECORD_SLEEPS);
	SWITCH(model, 190, 0, 3, 1, 0);
	end_frame(model, 200);
	run = &keep(model, 1)->runs[0];
	assert_int_equal(run->cause, TOP_BY_UNSEEN);
	assert_int_equal(run->waited_ns, 0);
	top_model_free(model);
}

static void lost_events__leave_no_false_times(void **state)
{
	struct top_model *model = begin();

	(void)state;
	RUNS(model, 0, 0, 1);
	WAKING(model, 0, 0, 5, 1, 0);
	top_model_gap(model);
	end_frame(model, 100);
	/* Whether 5 has run meanwhile nobody knows. */
	assert_int_equal(find(model, 5)->state, TOP_UNSEEN);
	SWITCH(model, 150, 0, 1, 5, 0);
	end_frame(model, 200);
	assert_int_equal(find(model, 5)->nr_waits, 0);
	assert_int_equal(keep(model, 5)->runs[0].cause, TOP_BY_UNSEEN);
	assert_near(find(model, 1)->cpu_pct, 50);
	/* Another one leaves the CPU than the one who came: 5 has gone at some time, 6 has come. */
	SWITCH(model, 220, 0, 6, 7, RECORD_SLEEPS);
	end_frame(model, 300);
	assert_int_equal(find(model, 5)->state, TOP_UNSEEN);
	assert_int_equal(find(model, 6)->state, TOP_SLEEPS);
	assert_near(find(model, 6)->cpu_pct, 0);
	assert_near(find(model, 7)->cpu_pct, 80);
	/* One that runs comes on another CPU. */
	SWITCH(model, 350, 1, 0, 7, 0);
	end_frame(model, 400);
	assert_near(find(model, 7)->cpu_pct, 100);
	assert_int_equal(find(model, 7)->cpu, 1);
	top_model_free(model);
}

static void nonsense__is_passed_over(void **state)
{
	struct top_model *model = begin();

	(void)state;
	SWITCH(model, 1, NR_CPUS, 1, 2, 0);
	SWITCH(model, 1, 0, -1, 2, 0);
	WAKING(model, 1, 0, 0, 0, 0);
	FORK(model, 1, 0, 1, -7);
	tell(model, 1, 99, 0, 1, 2, 0);
	SWITCH(model, 2, 0, 0, 3, 0);
	/* Later, but said to be earlier. */
	SWITCH(model, 1, 0, 3, 0, RECORD_SLEEPS);
	end_frame(model, 10);
	assert_near(find(model, 3)->cpu_pct, 0);
	end_frame(model, 5);
	assert_int_equal(top_model_totals(model)->frame_ns, 0);
	top_model_free(model);
}

static void too_many_tasks__are_counted_and_leave_no_memory_behind(void **state)
{
	struct top_model *model = begin();
	uint32_t nr;
	int32_t pid;

	(void)state;
	for (pid = 1; pid <= (int32_t)TOP_TASKS_MAX + 5; pid++)
		name(model, pid, "many", 0, "/x");
	end_frame(model, 1);
	top_model_tasks(model, &nr);
	assert_int_equal(nr, TOP_TASKS_MAX);
	assert_int_equal(top_model_totals(model)->nr_left_out, 5);
	top_model_free(model);
}

static void a_cgroup__may_change_while_its_name_is_read(void **state)
{
	struct top_model *model = begin();
	const struct top_task *task;

	(void)state;
	name(model, 1, "x", 0, "/a");
	end_frame(model, 1);
	task = find(model, 1);
	name(model, 1, "x", 0, "/b");
	name(model, 1, "x", 0, "/c");
	assert_string_equal(task->cgroup, "/a");
	end_frame(model, 2);
	assert_string_equal(find(model, 1)->cgroup, "/c");
	top_model_free(model);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hogs__share_a_cpu),
		cmocka_unit_test(who_never_leaves_its_cpu__is_counted_in_each_frame),
		cmocka_unit_test(a_run__knows_who_woke_it_and_who_had_the_cpu),
		cmocka_unit_test(holders__beyond_the_longest_are_one_sum),
		cmocka_unit_test(long_histories__are_cut_but_add_up),
		cmocka_unit_test(waits__are_of_the_last_frames_only),
		cmocka_unit_test(who_starves__shows_before_it_runs),
		cmocka_unit_test(tasks__leave_when_they_die_and_pids_are_used_again),
		cmocka_unit_test(quiet_tasks__are_forgotten_but_not_those_that_run_or_wait),
		cmocka_unit_test(a_wakeup_before_the_sleep__counts_if_no_other_comes),
		cmocka_unit_test(lost_events__leave_no_false_times),
		cmocka_unit_test(nonsense__is_passed_over),
		cmocka_unit_test(too_many_tasks__are_counted_and_leave_no_memory_behind),
		cmocka_unit_test(a_cgroup__may_change_while_its_name_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
