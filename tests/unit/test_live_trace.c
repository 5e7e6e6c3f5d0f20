/* SPDX-License-Identifier: GPL-2.0-only */
/* core/clandctl/live_trace.c: what events become, also when some are missing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cland_path.h"
#include "live_trace.h"

#define US 1000u
#define SLEEPS RECORD_SLEEPS
#define DIES RECORD_DIES

struct traced {
	FILE *file;
	char *text;
	size_t size;
	struct trace_writer *writer;
	struct live_trace *trace;
};

static void begin(struct traced *t)
{
	t->file = open_memstream(&t->text, &t->size);
	assert_non_null(t->file);
	t->writer = trace_writer_new(t->file);
	assert_non_null(t->writer);
	t->trace = live_trace_new(t->writer, 2, 1, 0);
	assert_non_null(t->trace);
}

/* Up to end_us; the text is there from now on. */
static void end(struct traced *t, uint64_t end_us)
{
	live_trace_end(t->trace, end_us * US);
	assert_int_equal(trace_writer_end(t->writer), 0);
}

static void done(struct traced *t)
{
	live_trace_free(t->trace);
	fclose(t->file);
	free(t->text);
}

static void happens(struct traced *t, enum record_kind kind, uint64_t when_us, uint32_t cpu,
		    int32_t pid, int32_t other, uint8_t flags)
{
	const struct record_event event = {
		.when_ns = when_us * US,
		.pid = pid,
		.other = other,
		.cpu = cpu,
		.kind = (uint8_t)kind,
		.flags = flags,
	};

	assert_int_equal(live_trace_event(t->trace, &event), 0);
}

static void is_called(struct traced *t, int32_t pid, const char *comm)
{
	struct record_facts facts = { .event = { .pid = pid, .kind = RECORD_FACTS } };

	memcpy(facts.comm, comm, strlen(comm));
	assert_int_equal(live_trace_event(t->trace, &facts.event), 0);
}

static void is_decided(struct traced *t, uint64_t when_us, int32_t pid, enum cland_path path,
		       uint32_t place, uint64_t rank_us, uint64_t clock_us, uint64_t slice_us)
{
	const struct record_decision decision = {
		.event = { .when_ns = when_us * US, .pid = pid, .cpu = 1, .kind = RECORD_DECISION },
		.rank_ns = rank_us * US,
		.clock_ns = clock_us * US,
		.slice_ns = slice_us * US,
		.place = place,
		.path = path,
	};

	assert_int_equal(live_trace_event(t->trace, &decision.event), 0);
}

static uint32_t count(const struct traced *t, const char *what)
{
	const char *at = t->text;
	uint32_t nr = 0;

	while ((at = strstr(at, what))) {
		nr++;
		at += strlen(what);
	}
	return nr;
}

static void has(const struct traced *t, const char *line)
{
	if (count(t, line) != 1)
		fail_msg("%u times and not once: %s\nin %s", count(t, line), line, t->text);
}

static void has_not(const struct traced *t, const char *what)
{
	if (count(t, what))
		fail_msg("it is there: %s\nin %s", what, t->text);
}

static void live_trace__a_wakeup_a_decision_and_a_run(void **state)
{
	struct live_trace_counts counts;
	struct traced t;

	(void)state;
	begin(&t);
	is_called(&t, 7, "hog");
	happens(&t, RECORD_RUNS, 10, 0, 7, 0, 0);
	is_called(&t, 8, "\"game\"");
	happens(&t, RECORD_SWITCH, 15, 1, 8, 0, SLEEPS);
	happens(&t, RECORD_WAKING, 20, 0, 8, 7, 0);
	is_decided(&t, 21, 8, CLAND_PATH_leased, CLAND_PLACE_QUEUE | 0, 900, 1000, 3000);
	happens(&t, RECORD_SWITCH, 30, 1, 0, 8, 0);
	is_decided(&t, 35, 8, CLAND_PATH_renewed, CLAND_PLACE_NONE, 0, 0, 4000);
	happens(&t, RECORD_SWITCH, 40, 1, 8, 0, SLEEPS);
	end(&t, 50);
	has(&t, "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":2,\"tid\":8,\"args\":{\"name\":\"\\\"game\\\" 8\"}}");
	has(&t, "{\"ph\":\"i\",\"s\":\"t\",\"name\":\"woken up\",\"pid\":2,\"tid\":8,\"ts\":20.000,\"args\":"
		"{\"by\":\"hog 7\",\"on cpu\":0}}");
	has(&t, "{\"ph\":\"i\",\"s\":\"t\",\"name\":\"leased\",\"pid\":2,\"tid\":8,\"ts\":21.000,\"args\":"
		"{\"means\":\"ranked in the kernel by the lease that it holds\",\"to\":\"queue of cache 0\","
		"\"rank beyond clock us\":-100,\"slice us\":3000,\"on cpu\":1}}");
	has(&t, "{\"ph\":\"X\",\"name\":\"waits\",\"pid\":2,\"tid\":8,\"ts\":20.000,\"dur\":10.000,\"args\":"
		"{\"woken up by\":\"hog 7\",\"decision\":\"leased\"}}");
	has(&t, "\"name\":\"renewed\",\"pid\":2,\"tid\":8,\"ts\":35.000");
	has(&t, "{\"ph\":\"X\",\"name\":\"\\\"game\\\"\",\"pid\":1,\"tid\":1,\"ts\":30.000,\"dur\":10.000,\"args\":"
		"{\"pid\":8,\"then\":\"sleeps\"}}");
	has(&t, "{\"ph\":\"X\",\"name\":\"runs\",\"pid\":2,\"tid\":8,\"ts\":30.000,\"dur\":10.000,\"args\":{\"cpu\":1}}");
	/* What went on at the beginning and at the end is there as far as it was seen. */
	has(&t, "{\"ph\":\"X\",\"name\":\"hog\",\"pid\":1,\"tid\":0,\"ts\":10.000,\"dur\":40.000,\"args\":"
		"{\"pid\":7,\"then\":\"runs on\"}}");
	has_not(&t, "\"ts\":15.000,\"dur\"");
	has_not(&t, "\"pid\":3,\"tid\":1,\"ts\"");
	counts = live_trace_counts(t.trace);
	assert_int_equal(counts.nr_tasks, 2);
	assert_int_equal(counts.nr_runs, 2);
	assert_int_equal(counts.nr_decisions, 2);
	done(&t);
}

static void live_trace__decisions_have_the_policys_reason(void **state)
{
	static struct policy_reasons reasons = { .nr = 1, .texts = { "boosted: a [rule] says so" } };
	struct record_decision decision = {
		.event = { .when_ns = 10 * US, .pid = 7, .cpu = 1, .kind = RECORD_DECISION },
		.slice_ns = 3000 * US, .path = CLAND_PATH_direct, .place = CLAND_PLACE_CPU | 1,
		.lease_until_ns = 1500010 * US, .lead_us = 10000, .reason = 1,
	};
	struct traced t;

	(void)state;
	begin(&t);
	live_trace_reasons(t.trace, &reasons);
	live_trace_policy(t.trace, "latency-boost");
	assert_int_equal(live_trace_event(t.trace, &decision.event), 0);
	/* Of the next policy the reasons are others, and not known yet. */
	happens(&t, RECORD_POLICY, 20, 0, 100, 0, 0);
	decision.event.when_ns = 30 * US;
	decision.lease_until_ns = 0;
	decision.lead_us = -5;
	assert_int_equal(live_trace_event(t.trace, &decision.event), 0);
	end(&t, 50);
	has(&t, "\"ts\":10.000,\"args\":{\"means\":\"a CPU was idle\","
		"\"policy says\":\"boosted: a [rule] says so\",\"to\":\"CPU 1\",\"slice us\":3000,"
		"\"lead us\":10000,\"lease left ms\":1500,\"on cpu\":1}}");
	has(&t, "\"ts\":30.000,\"args\":{\"means\":\"a CPU was idle\",\"to\":\"CPU 1\",\"slice us\":3000,"
		"\"lead us\":-5,\"on cpu\":1}}");
	done(&t);
}

static void live_trace__one_that_loses_its_cpu_says_to_whom(void **state)
{
	struct traced t;

	(void)state;
	begin(&t);
	is_called(&t, 7, "hog");
	is_called(&t, 8, "game");
	happens(&t, RECORD_RUNS, 10, 0, 7, 0, 0);
	happens(&t, RECORD_WAKING, 15, 0, 8, 0, RECORD_INTERRUPT);
	is_decided(&t, 18, 7, CLAND_PATH_kept, CLAND_PLACE_CPU, 0, 0, 3000);
	is_decided(&t, 19, 7, CLAND_PATH_fallback, CLAND_PLACE_QUEUE, 0, 0, 3000);
	happens(&t, RECORD_SWITCH, 20, 0, 7, 8, 0);
	/* Told late: it was what brought it there. */
	is_decided(&t, 17, 8, CLAND_PATH_rescued, CLAND_PLACE_QUEUE, 0, 0, 3000);
	happens(&t, RECORD_SWITCH, 30, 0, 8, 7, SLEEPS);
	happens(&t, RECORD_WAKING, 35, 0, 8, 7, 0);
	end(&t, 40);
	has(&t, "\"name\":\"waits\",\"pid\":2,\"tid\":7,\"ts\":20.000,\"dur\":10.000,\"args\":"
		"{\"its cpu went to\":\"game 8\",\"decision\":\"fallback\"}}");
	has(&t, "\"name\":\"waits\",\"pid\":2,\"tid\":8,\"ts\":15.000,\"dur\":5.000,\"args\":"
		"{\"woken up by\":\"an interrupt\"}}");
	has(&t, "\"name\":\"waits\",\"pid\":2,\"tid\":8,\"ts\":35.000,\"dur\":5.000,\"args\":"
		"{\"woken up by\":\"hog 7\",\"its cpu had\":\"hog 7\"}}");
	done(&t);
}

/* The waker may be told before the switch with which the task goes to sleep, or come before it. */
static void live_trace__woken_up_while_it_falls_asleep(void **state)
{
	struct traced t;

	(void)state;
	begin(&t);
	happens(&t, RECORD_SWITCH, 10, 0, 0, 7, 0);
	happens(&t, RECORD_WAKING, 19, 1, 7, 0, RECORD_INTERRUPT);
	happens(&t, RECORD_SWITCH, 20, 0, 7, 0, SLEEPS);
	happens(&t, RECORD_SWITCH, 30, 0, 0, 7, 0);
	/* It ran on after this one: no wait by it. */
	happens(&t, RECORD_WAKING, 35, 1, 7, 0, RECORD_INTERRUPT);
	happens(&t, RECORD_SWITCH, 40, 0, 7, 0, SLEEPS);
	happens(&t, RECORD_WAKING, 70, 1, 7, 0, RECORD_INTERRUPT);
	happens(&t, RECORD_SWITCH, 75, 0, 0, 7, 0);
	/* Or after it, although it was before it. */
	happens(&t, RECORD_SWITCH, 80, 0, 7, 0, SLEEPS);
	happens(&t, RECORD_WAKING, 79, 1, 7, 0, RECORD_INTERRUPT);
	happens(&t, RECORD_SWITCH, 90, 0, 0, 7, 0);
	end(&t, 95);
	has(&t, "\"name\":\"waits\",\"pid\":2,\"tid\":7,\"ts\":20.000,\"dur\":10.000");
	has(&t, "\"name\":\"waits\",\"pid\":2,\"tid\":7,\"ts\":70.000,\"dur\":5.000");
	has(&t, "\"name\":\"waits\",\"pid\":2,\"tid\":7,\"ts\":80.000,\"dur\":10.000");
	assert_int_equal(count(&t, "\"name\":\"waits\""), 3);
	done(&t);
}

static void live_trace__a_pid_that_comes_again_is_another_task(void **state)
{
	struct traced t;

	(void)state;
	begin(&t);
	is_called(&t, 7, "sh");
	happens(&t, RECORD_RUNS, 10, 0, 7, 0, 0);
	happens(&t, RECORD_FORK, 12, 0, 7, 8, 0);
	is_called(&t, 8, "sh");
	happens(&t, RECORD_SWITCH, 15, 1, 0, 8, 0);
	is_called(&t, 8, "true");
	happens(&t, RECORD_SWITCH, 20, 1, 8, 0, DIES);
	happens(&t, RECORD_FORK, 30, 0, 7, 8, 0);
	is_called(&t, 8, "sh");
	happens(&t, RECORD_SWITCH, 33, 1, 0, 8, 0);
	happens(&t, RECORD_SWITCH, 40, 1, 8, 0, DIES);
	end(&t, 50);
	has(&t, "\"name\":\"waits\",\"pid\":2,\"tid\":8,\"ts\":12.000,\"dur\":3.000,\"args\":{\"woken up by\":\"sh 7\"}}");
	has(&t, "\"name\":\"waits\",\"pid\":2,\"tid\":8,\"ts\":30.000,\"dur\":3.000,\"args\":{\"woken up by\":\"sh 7\"}}");
	has(&t, "\"name\":\"true\",\"pid\":1,\"tid\":1,\"ts\":15.000,\"dur\":5.000,\"args\":{\"pid\":8,\"then\":\"ends\"}}");
	assert_int_equal(live_trace_counts(t.trace).nr_tasks, 3);
	done(&t);
}

/* No slice is made of what is not known, so none overlaps another one. */
static void live_trace__switches_that_are_missing(void **state)
{
	struct traced t;

	(void)state;
	begin(&t);
	happens(&t, RECORD_SWITCH, 10, 0, 0, 7, 0);
	/* 7 -> 8 is missing */
	happens(&t, RECORD_SWITCH, 20, 0, 8, 9, 0);
	/* 7 is elsewhere; that it left there is missing, and that it came back */
	happens(&t, RECORD_SWITCH, 25, 1, 0, 7, 0);
	happens(&t, RECORD_SWITCH, 30, 0, 7, 0, SLEEPS);
	happens(&t, RECORD_SWITCH, 35, 1, 9, 0, SLEEPS);
	end(&t, 50);
	assert_int_equal(count(&t, "\"name\":\"runs\""), 0);
	done(&t);

	/* Times that go back, by a little: what would be of no length is left out. */
	begin(&t);
	happens(&t, RECORD_SWITCH, 10, 0, 0, 7, 0);
	happens(&t, RECORD_SWITCH, 9, 0, 7, 0, SLEEPS);
	happens(&t, RECORD_WAKING, 30, 0, 7, 0, 0);
	happens(&t, RECORD_SWITCH, 29, 0, 0, 7, 0);
	end(&t, 29);
	assert_int_equal(count(&t, "\"name\":\"waits\""), 0);
	done(&t);
}

static void live_trace__policies_are_named_as_soon_as_may_be(void **state)
{
	struct traced t;

	(void)state;
	begin(&t);
	live_trace_policy(t.trace, "vruntime");
	assert_false(live_trace_asks_policy(t.trace));
	happens(&t, RECORD_POLICY, 10, 0, 100, 0, 0);
	assert_true(live_trace_asks_policy(t.trace));
	live_trace_policy(t.trace, "deadline");
	assert_false(live_trace_asks_policy(t.trace));
	/* Two at once: nobody can tell what the first of them was. */
	happens(&t, RECORD_POLICY, 20, 0, 101, 0, 0);
	happens(&t, RECORD_POLICY, 21, 0, 102, 0, 0);
	live_trace_policy(t.trace, "fifo");
	end(&t, 30);
	has(&t, "{\"ph\":\"X\",\"name\":\"vruntime\",\"pid\":3,\"tid\":1,\"ts\":0.000,\"dur\":10.000}");
	has(&t, "{\"ph\":\"i\",\"s\":\"t\",\"name\":\"vruntime -> deadline\",\"pid\":3,\"tid\":1,\"ts\":10.000,"
		"\"args\":{\"agent\":100}}");
	has(&t, "{\"ph\":\"X\",\"name\":\"deadline\",\"pid\":3,\"tid\":1,\"ts\":10.000,\"dur\":10.000}");
	has(&t, "\"name\":\"deadline -> unknown\",\"pid\":3,\"tid\":1,\"ts\":20.000,\"args\":{\"agent\":101}}");
	has(&t, "\"name\":\"unknown -> fifo\",\"pid\":3,\"tid\":1,\"ts\":21.000,\"args\":{\"agent\":102}}");
	has(&t, "{\"ph\":\"X\",\"name\":\"fifo\",\"pid\":3,\"tid\":1,\"ts\":21.000,\"dur\":9.000}");
	assert_int_equal(live_trace_counts(t.trace).nr_policies, 3);
	done(&t);
}

/* Pids and CPUs as the kernel never has them; a path that only a newer stub has. */
static void live_trace__what_cannot_be_is_left_alone(void **state)
{
	struct traced t;

	(void)state;
	begin(&t);
	happens(&t, RECORD_SWITCH, 10, RECORD_CPUS_MAX, 7, 8, 0);
	happens(&t, RECORD_SWITCH, 10, RECORD_CPUS_MAX - 1, -5, RECORD_PIDS_MAX, 0);
	happens(&t, RECORD_WAKING, 10, 0, 0, -1, 0);
	happens(&t, RECORD_FORK, 10, 0, -1, -1, 0);
	happens(&t, (enum record_kind)99, 10, 0, 7, 7, 0);
	is_decided(&t, 11, RECORD_PIDS_MAX - 1, (enum cland_path)77, UINT32_MAX, 0, 0, 0);
	end(&t, 20);
	has(&t, "\"name\":\"?\",\"pid\":2,\"tid\":4194303,\"ts\":11.000,\"args\":{\"means\":\"a way that this clandctl "
		"does not know: scx-cland is newer\",\"to\":\"?\",\"on cpu\":1}}");
	has(&t, "\"name\":\"CPU 4095\"");
	done(&t);
}

static void live_trace__a_full_disk_ends_it(void **state)
{
	struct record_event event = { .kind = RECORD_WAKING, .pid = 7, .other = 8 };
	FILE *file = fopen("/dev/full", "w");
	struct trace_writer *writer;
	struct live_trace *trace;
	int err = 0, i;

	(void)state;
	assert_non_null(file);
	writer = trace_writer_new(file);
	assert_non_null(writer);
	trace = live_trace_new(writer, 1, 1, 0);
	assert_non_null(trace);
	for (i = 0; i < 10000 && !err; i++)
		err = live_trace_event(trace, &event);
	assert_int_equal(err, -ENOSPC);
	live_trace_free(trace);
	live_trace_free(NULL);
	assert_int_equal(trace_writer_end(writer), -ENOSPC);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(live_trace__a_wakeup_a_decision_and_a_run),
		cmocka_unit_test(live_trace__decisions_have_the_policys_reason),
		cmocka_unit_test(live_trace__one_that_loses_its_cpu_says_to_whom),
		cmocka_unit_test(live_trace__woken_up_while_it_falls_asleep),
		cmocka_unit_test(live_trace__a_pid_that_comes_again_is_another_task),
		cmocka_unit_test(live_trace__switches_that_are_missing),
		cmocka_unit_test(live_trace__policies_are_named_as_soon_as_may_be),
		cmocka_unit_test(live_trace__what_cannot_be_is_left_alone),
		cmocka_unit_test(live_trace__a_full_disk_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
