/* SPDX-License-Identifier: GPL-2.0-only */
/* Workloads of both formats become the steps that they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "workload.h"

static struct workload parse(const char *text)
{
	struct workload workload = { 0 };
	struct diag diag = { .text = "" };
	int err = workload_parse("text", text, strlen(text), &workload, &diag);

	if (err)
		print_error("%s\n", diag.text);
	assert_int_equal(err, 0);
	return workload;
}

static void assert_steps(const struct program *program, const enum step_kind *kinds, uint32_t nr)
{
	uint32_t i;

	assert_int_equal(program->nr, nr);
	for (i = 0; i < nr; i++)
		assert_int_equal(program->steps[i].kind, kinds[i]);
}

static void times__have_units_and_fractions(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "10s", 10000000000 }, { "16.667ms", 16667000 }, { "0.5us", 500 }, { "300ns", 300 },
		{ "2min", 120000000000 }, { "1h", 3600000000000 }, { "5 ms", 5000000 }, { "0s", 0 },
	};
	static const char *const bad[] = { "", "10", "ms", ".ms", "1.2.3s", "-1s", "1e3s",
					   "99999999999999999999s", "9999999999h", "10sec" };
	uint64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(time_parse(good[i].text, &ns), 0);
		assert_int_equal(ns, good[i].ns);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(time_parse(bad[i], &ns), 0);
}

static void ini__sections_become_groups(void **state)
{
	static const enum step_kind periodic[] = { STEP_LOOP, STEP_RUN, STEP_TIMER, STEP_NEXT };
	static const enum step_kind first[] = { STEP_LOOP, STEP_RUN, STEP_POST, STEP_TAKE, STEP_NEXT };
	static const enum step_kind second[] = { STEP_LOOP, STEP_TAKE, STEP_RUN, STEP_POST, STEP_NEXT };
	struct workload w = parse("[workload]\nduration = 3s\nseed = 9\n"
				  "[machine]\ncpus = 8\nllcs = 2\n"
				  "[cgroup web]\nweight = 200\n"
				  "[periodic game]\nperiod = 16ms\nrun = 2ms\ncount = 3\ncpus = 1-2,5\n"
				  "cgroup = web\nnice = -3\ncomm = g\n"
				  "[pingpong pipe]\ncount = 2\n"
				  "[hogs h]\n");
	const struct workload_group *game = &w.groups[0];

	(void)state;
	assert_int_equal(w.duration_ns, 3000000000);
	assert_true(w.has_seed && w.seed == 9);
	assert_true(w.has_machine && w.topo.nr_cpus == 8 && w.topo.nr_llcs == 2);
	assert_int_equal(w.nr_groups, 4);
	assert_string_equal(game->name, "game");
	assert_string_equal(game->comm, "g");
	assert_int_equal(game->count, 3);
	assert_int_equal(game->nice, -3);
	assert_int_equal(game->cgroup, 1);
	assert_int_equal(w.cgroups[1].weight, 200);
	assert_int_equal(w.cpusets[game->cpus].nr, 3);
	assert_true(cpuset_has(&w.cpusets[game->cpus], 5));
	assert_steps(&game->program, periodic, 4);
	assert_int_equal(game->program.steps[1].ns, 2000000);
	assert_int_equal(game->program.steps[2].ns, 16000000);
	assert_int_equal(game->program.steps[2].deadline_ns, 16000000);
	assert_steps(&w.groups[1].program, first, 5);
	assert_steps(&w.groups[2].program, second, 5);
	assert_int_equal(w.groups[1].program.steps[2].resource, w.groups[2].program.steps[1].resource);
	assert_string_equal(w.groups[3].name, "h"); /* a section without a key is one */
	workload_free(&w);
}

static void rtapp__events_become_steps_in_order(void **state)
{
	static const enum step_kind kinds[] = {
		STEP_LOOP, STEP_LOCK, STEP_RUN, STEP_SIGNAL, STEP_RUN, STEP_UNLOCK, STEP_BROADCAST,
		STEP_TIMER, STEP_WAIT, STEP_RUNTIME, STEP_SLEEP, STEP_SIGNAL, STEP_WAIT, STEP_BARRIER,
		STEP_YIELD, STEP_NEXT,
	};
	struct workload w = parse(
		"{ // as people write it\n \"tasks\" : { \"a\" : { \"instance\" : 2, \"priority\" : 5,\n"
		"\"lock\" : \"m\", \"run\" : 10, \"signal\" : \"c\", \"run\" : 20, \"unlock\" : \"m\",\n"
		"\"resume\" : \"b\", \"timer0\" : { \"ref\" : \"unique\", \"period\" : 1000 },\n"
		"\"suspend\", \"runtime2\" : 7, \"sleep\" : 8, \"sync\" : { \"ref\" : \"c\", \"mutex\" :"
		" \"m\" }, \"barrier\" : \"x\", \"yield\" : \"\", }, },\n"
		"/* half a second */ \"global\" : { \"duration\" : 1, } }");
	const struct workload_group *group = &w.groups[0];

	(void)state;
	assert_int_equal(w.duration_ns, 1000000000);
	assert_int_equal(group->count, 2);
	assert_int_equal(group->nice, 5);
	assert_steps(&group->program, kinds, sizeof(kinds) / sizeof(kinds[0]));
	assert_int_equal(group->program.steps[0].ns, 0); /* for ever */
	assert_int_equal(group->program.steps[2].ns, 10000);
	assert_int_equal(group->program.steps[4].ns, 20000);
	assert_int_equal(group->program.steps[7].flags, STEP_PER_INSTANCE | STEP_RELATIVE);
	assert_int_equal(group->program.steps[8].other, WORKLOAD_NONE);
	/* A suspend without a name waits for its own task's; the condition is not the "b" of resume. */
	assert_string_equal(w.resources[group->program.steps[8].resource].name, "a");
	assert_string_equal(w.resources[group->program.steps[6].resource].name, "b");
	assert_int_equal(w.resources[group->program.steps[13].resource].nr_users, 2);
	workload_free(&w);
}

static void rtapp__phases_are_loops_in_the_task_s(void **state)
{
	static const enum step_kind kinds[] = {
		STEP_LOOP, STEP_CPUS, STEP_LOOP, STEP_RUN, STEP_NEXT, STEP_CPUS, STEP_LOOP, STEP_RUN,
		STEP_NEXT, STEP_NEXT,
	};
	struct workload w = parse("{\"tasks\":{\"t\":{\"loop\":3,\"cpus\":[2],\"phases\":{"
				  "\"p\":{\"loop\":4,\"cpus\":[0],\"run\":1},\"q\":{\"run\":2}}}}}");
	const struct step *steps = w.groups[0].program.steps;

	(void)state;
	assert_steps(&w.groups[0].program, kinds, sizeof(kinds) / sizeof(kinds[0]));
	assert_int_equal(steps[0].ns, 3);
	assert_int_equal(steps[2].ns, 4);
	assert_int_equal(steps[4].other, 3);
	assert_int_equal(steps[9].other, 1);
	assert_true(cpuset_has(&w.cpusets[steps[1].resource], 0));
	assert_true(cpuset_has(&w.cpusets[steps[5].resource], 2));
	assert_int_equal(w.duration_ns, 0); /* it ends by itself */
	workload_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times__have_units_and_fractions),
		cmocka_unit_test(ini__sections_become_groups),
		cmocka_unit_test(rtapp__events_become_steps_in_order),
		cmocka_unit_test(rtapp__phases_are_loops_in_the_task_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
