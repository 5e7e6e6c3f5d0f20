/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must always hold is looked at: half-way through a run that is in order, each case here puts
 * one thing wrong, and the run must fail with the sentence for it. Each is a process of its own, as
 * there is one stub in a process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"
#include "run.h"

static const char text[] = "[workload]\nduration = 6s\n[machine]\ncpus = 2\n[hogs h]\ncount = 6\n"
			   "[sleepers s]\nrun = 1ms\nsleep = 5ms\ncount = 3\n";

/* A round of all takes 0.9 s on the one CPU that they may have, whatever the others do. */
static const char bound_text[] = "[workload]\nduration = 6s\n[machine]\ncpus = 5\n"
				 "[pingpong p]\nrun = 7155us\ncount = 218\ncpus = 4\n";

static const char *load = text;
static struct sim *sim;
static void (*wrong)(struct sim *s);
static bool is_done;

static void half_way(uint32_t pct)
{
	if (pct < 60 || is_done)
		return;
	is_done = true;
	if (wrong)
		wrong(sim);
}

/* In the child. Returns what run_through() says. */
static int run(struct diag *diag)
{
	static struct config config;
	static struct target target;
	static struct workload workload;
	struct run_options options = {
		.topo = &workload.topo,
		.workload = &workload,
		.target = &target,
		.sim = { .seed = 1, .duration_ns = 6000000000, .idle_limit_ns = 20000000,
			 .rescue_ns = 20000000, .max_tasks = 512 },
		.progress = half_way,
	};

	snprintf(config.policy, sizeof(config.policy), "%s", POLICY);
	config.allow_unsafe_policies = true;
	if (target_resolve(&config, &target, diag) ||
	    workload_parse("text", load, strlen(load), &workload, diag) ||
	    topo_check(&workload.topo, diag) || run_begin(&options, &sim, diag))
		return 1;
	return run_through(sim, &options, diag);
}

/* words "": all holds. */
static void expect(void (*what)(struct sim *s), const char *words)
{
	struct diag diag = { .text = "" };
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		wrong = what;
		status = run(&diag);
		if (!*words && status)
			fprintf(stderr, "it should hold: %s\n", diag.text);
		else if (*words && (status >= 0 || !strstr(diag.text, words)))
			fprintf(stderr, "wanted '%s', and it said '%s'\n", words, diag.text);
		else
			_exit(0);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* A hog that waits in a ranked queue. */
static struct sim_task *waiting(struct sim *s)
{
	uint32_t i;

	for (i = 0; i < s->nr_pids; i++)
		if (s->by_pid[i] && s->by_pid[i]->state == TASK_WAITING &&
		    s->by_pid[i]->node.by_key)
			return s->by_pid[i];
	fail_msg("nobody waits");
	return NULL;
}

static void lose(struct sim *s)
{
	dsq_remove(&waiting(s)->node);
}

static void starve(struct sim *s)
{
	/* Where nobody serves it, and looked at at once. */
	struct sim_task *task = waiting(s);

	task->runnable_since_ns = 0;
	s->checked_all_ns = 0;
	checks_event(s);
}

static void park(struct sim *s)
{
	struct sim_task *task = waiting(s);

	dsq_remove(&task->node);
	dsq_append(kfuncs_dsq(s, STUB_DSQ_PARK), &task->node, false);
	task->queued_since_ns = 0;
	checks_event(s);
}

static void miscount(struct sim *s)
{
	s->totals.nr_enqueues++;
}

static void forget_answer(struct sim *s)
{
	s->totals.nr_left_parked++;
}

static void queue_twice(struct sim *s)
{
	struct sim_task *task = waiting(s);

	sched_queue(s, task, kfuncs_dsq(s, STUB_DSQ_PARK), false, 0, 0);
}

static void mix_orders(struct sim *s)
{
	struct sim_task *task = waiting(s);
	struct dsq *dsq = task->node.dsq;

	dsq_remove(&task->node);
	assert_true(dsq->nr > 0);
	sched_queue(s, task, dsq, false, 0, 0);
}

static void idle_beside_waiting(struct sim *s)
{
	struct sim_task *task = waiting(s);

	/* As if this one CPU had been free all the time. */
	task->runnable_since_ns = 0;
	s->cpus[1].curr = NULL;
	s->cpus[1].idle_since_ns = 0;
	s->checked_all_ns = 0;
	checks_event(s);
}

/* The agent rests and is asked, and no CPU that has time takes it out of there. */
static void leave_agent_at_rest(struct sim *s)
{
	struct sim_task *task = waiting(s);

	assert_int_equal(s->agent->state, TASK_BLOCKED);
	s->agent->state = TASK_WAITING;
	dsq_append(kfuncs_dsq(s, STUB_DSQ_REST), &s->agent->node, false);
	/* At rest, it waits for nothing. */
	s->agent->runnable_since_ns = 0;
	s->checked_all_ns = 0;
	checks_event(s);
	assert_false(s->has_failed);
	dsq_remove(&task->node);
	dsq_append(kfuncs_dsq(s, STUB_DSQ_PARK), &task->node, false);
	task->queued_since_ns = s->now_ns - 30000000;
	s->cpus[1].curr = NULL;
	s->cpus[1].idle_since_ns = 0;
	checks_event(s);
}

#define CASE(name, words)                                                                          \
	static void checks__find_##name(void **state)                                              \
	{                                                                                          \
		(void)state;                                                                       \
		expect(name, words);                                                               \
	}

CASE(lose, "is runnable and in no queue")
CASE(starve, "is runnable and has not run for")
CASE(park, "has waited for user space for")
CASE(miscount, "and the stub has counted")
CASE(forget_answer, "were decided, rescued or are parked")
CASE(queue_twice, "is put into queue 0x1 while it is in")
CASE(mix_orders, "the kernel would end the scheduler: queue")
CASE(idle_beside_waiting, "has been idle for")
CASE(leave_agent_at_rest, "(cland-agent), which may run there")

static void checks__find_nothing_where_nothing_is_wrong(void **state)
{
	(void)state;
	expect(NULL, "");
}

static void checks__leave_a_bound_crowd_its_round(void **state)
{
	(void)state;
	load = bound_text;
	expect(NULL, "");
	load = text;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks__find_nothing_where_nothing_is_wrong),
		cmocka_unit_test(checks__leave_a_bound_crowd_its_round),
		cmocka_unit_test(checks__find_lose),
		cmocka_unit_test(checks__find_starve),
		cmocka_unit_test(checks__find_park),
		cmocka_unit_test(checks__find_miscount),
		cmocka_unit_test(checks__find_forget_answer),
		cmocka_unit_test(checks__find_queue_twice),
		cmocka_unit_test(checks__find_mix_orders),
		cmocka_unit_test(checks__find_idle_beside_waiting),
		cmocka_unit_test(checks__find_leave_agent_at_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
