/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boosts - who is boosted, who inherits that, and within which budget? For latency-boost: its tasks
 * are made by hand here, and asked about as the host does.
 *
 * Usage: boosts POLICY.so	Exit code: 0, 1 when it breaks a promise, 2 when it cannot be tried
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_host.h"
#include "policy_meta.h"

#define SECOND_NS 1000000000ULL
#define MS 1000000ULL
#define FRAME_NS 16666667ULL
#define MAX_TASKS 16

static struct policy policy;
static uint64_t memory[MAX_TASKS][64];
static int nr_broken;

static void expect(bool good, const char *what)
{
	printf("   %s: %s\n", what, good ? "yes" : "NO");
	nr_broken += !good;
}

static void log_line(const char *line)
{
	printf("   log: %s\n", line);
}

static void open_on(const char *path, uint32_t nr_cpus, uint32_t nr_online)
{
	static struct cland_host host = {
		.struct_size = sizeof(host), .abi_minor = CLAND_POLICY_ABI_MINOR, .log = log_line,
	};
	static const struct config config;
	static struct policy_meta meta;
	uint64_t values[POLICY_META_MAX_PARAMS] = { 0 };
	struct diag diag;

	host.nr_cpus = nr_cpus;
	host.nr_cpus_online = nr_online;
	memset(memory, 0, sizeof(memory));
	if (policy_meta_read(path, &meta, &diag) ||
	    policy_meta_values(&meta, &config, values, &diag) ||
	    meta.task_priv_size > sizeof(memory[0]) ||
	    policy_open(path, &host, values, meta.nr_params, &policy, &diag)) {
		fprintf(stderr, "%s\n", diag.text);
		exit(2);
	}
}

/* The task wakes up. Returns whether it is boosted, with its lease. */
static bool wake_up(struct cland_task *task, uint64_t now_ns, uint64_t used_ns,
		    struct cland_lease *ret_lease)
{
	task->now_ns = task->last_wakeup_ns = task->clock_ns = task->vtime_ns = now_ns;
	task->used_ns += used_ns;
	task->nr_wakeups++;
	task->flags = CLAND_TASK_WAKEUP;
	policy.ops.rank(policy.self, task);
	*ret_lease = (struct cland_lease){ .slice_ns = 3 * MS, .rate = CLAND_RATE_ONE };
	policy.ops.lease(policy.self, task, ret_lease);
	return ret_lease->offset_ns < 0;
}

static struct cland_task made(int32_t pid, uint64_t burst_ns)
{
	return (struct cland_task){
		.priv = memory[pid],
		.pid = pid + 1,
		.tgid = pid + 1,
		.weight = CLAND_WEIGHT_NICE_0,
		.nr_cpus_allowed = 1,
		.burst_avg_ns = burst_ns,
		.comm = "made",
	};
}

/* A dozen tasks that use half a CPU each, all of which behave like one to be boosted. */
static uint32_t boosted_of_twelve(const char *path, uint32_t nr_cpus, uint32_t nr_online)
{
	struct cland_task tasks[12];
	struct cland_lease lease;
	uint32_t i, frame, nr = 0, nr_margins[2] = { 0 };

	open_on(path, nr_cpus, nr_online);
	for (i = 0; i < 12; i++)
		tasks[i] = made((int32_t)i, FRAME_NS / 2);
	for (frame = 1; frame <= 60; frame++)
		for (i = 0; i < 12; i++) {
			bool boosted = wake_up(&tasks[i], SECOND_NS + frame * FRAME_NS, FRAME_NS / 2, &lease);

			nr += boosted && frame == 60;
			/* as they are set, and what an unboosted one has, two boosts sooner */
			nr_margins[0] += boosted && frame == 60 && lease.preempt_ns == 5 * MS;
			nr_margins[1] += boosted && frame == 60 && lease.preempt_ns == 21 * MS;
		}
	policy_close(&policy);
	expect(nr_margins[0] && nr_margins[0] + nr_margins[1] == nr,
	       "some interrupt for their boost, and the others as if they had none");
	printf("12 tasks of 0.5 CPUs, %u CPUs, %u online: %u are boosted\n", nr_cpus, nr_online, nr);
	return nr;
}

static void try_budget(const char *path)
{
	uint32_t nr = boosted_of_twelve(path, 4, 4);

	expect(nr >= 2 && nr <= 4, "within half of the CPUs");
	expect(boosted_of_twelve(path, 16, 4) == nr, "those that are not there do not count");
	expect(boosted_of_twelve(path, 4, 0) == nr, "a host that does not say which are online: all count");
}

/*
 * A task under a policy that has just taken over, 60 times a second. Returns the frame from which
 * on it is boosted, -1: none; *ret_end: the first in which it is not any more.
 */
static int boosted_from(const char *path, struct cland_task task, uint64_t period_ns, int *ret_end)
{
	uint64_t now_ns = 100 * SECOND_NS;
	struct cland_lease lease;
	int frame, first = -1;

	*ret_end = -1;
	open_on(path, 4, 4);
	for (frame = 0; frame < 60; frame++, now_ns += period_ns) {
		bool boosted = wake_up(&task, now_ns, task.burst_avg_ns, &lease);

		if (boosted && first < 0)
			first = frame;
		if (!boosted && first >= 0 && *ret_end < 0)
			*ret_end = frame;
	}
	policy_close(&policy);
	return first;
}

static void try_taking_over(const char *path)
{
	struct cland_task task = made(0, 5 * MS);
	int end;

	printf("tasks that a policy takes over\n");
	task.used_ns = 500 * SECOND_NS;
	task.nr_wakeups = 100000;
	expect(boosted_from(path, task, FRAME_NS, &end) == 0 && end < 0,
	       "60 frames a second: boosted at once, and on");
	expect(boosted_from(path, task, SECOND_NS, &end) == 0 && end == 1,
	       "once a second: until the second look");
	expect(boosted_from(path, task, 3 * SECOND_NS, &end) == 0 && end == 1,
	       "every three seconds: until the second look");
	task.hints = CLAND_HINT_BOOST;
	expect(boosted_from(path, task, FRAME_NS, &end) == -1, "whom a rule forbids it: never");
	task.hint_boost = 1;
	expect(boosted_from(path, task, SECOND_NS, &end) == 0 && end < 0, "a favourite: at once, and on");
	task.hints = 0;
	task.weight = 15;
	expect(boosted_from(path, task, FRAME_NS, &end) == -1, "nice 19: never");
	task = made(0, 5 * MS);
	expect(boosted_from(path, task, FRAME_NS, &end) > 1, "a new one: after two looks, as ever");
	task.nr_wakeups = 100;
	task.used_ns = 10 * SECOND_NS;
	expect(boosted_from(path, task, FRAME_NS, &end) > 1, "who has computed for long: after two looks");
	task = made(0, 30 * MS);
	task.nr_wakeups = 100000;
	expect(boosted_from(path, task, 4 * FRAME_NS, &end) == -1, "long bursts: never");
}

/*
 * A game's thread that draws 60 times a second, and a chain of threads each of which wakes up the
 * one before it: all but the first wake up five times a second, too seldom to be boosted for that.
 * ret_boosted: who is so after four seconds.
 */
#define CHAIN 5
static void chain(const char *path, uint64_t burst_ns, bool ret_boosted[CHAIN])
{
	struct cland_task tasks[CHAIN];
	struct cland_lease lease;
	uint32_t i, frame;

	open_on(path, 4, 4);
	for (i = 0; i < CHAIN; i++) {
		tasks[i] = made((int32_t)i, i ? burst_ns : 5 * MS);
		tasks[i].waker_pid = i + 1 < CHAIN ? (int32_t)i + 2 : 0;
	}
	for (frame = 1; frame <= 240; frame++)
		for (i = 0; i < CHAIN; i++)
			if (!i || frame % 12 == i)
				ret_boosted[i] = wake_up(&tasks[i], SECOND_NS + frame * FRAME_NS + i * MS,
							 tasks[i].burst_avg_ns, &lease);
	policy_close(&policy);
}

static void try_inheriting(const char *path)
{
	bool boosted[CHAIN];

	printf("who wakes up a boosted task, and is woken up itself\n");
	chain(path, MS, boosted);
	expect(boosted[0], "60 frames a second: boosted");
	expect(boosted[1] && boosted[2] && boosted[3], "its waker, the waker's, and the next one's: inherit");
	expect(!boosted[4], "and not the next one");
	chain(path, 20 * MS, boosted);
	expect(boosted[1], "with longer bursts than a boosted task may have: inherits");
	chain(path, 25 * MS, boosted);
	expect(boosted[0] && !boosted[1], "with bursts of more than twice that: does not");
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "Usage: boosts POLICY.so\n");
		return 2;
	}
	try_budget(argv[1]);
	try_taking_over(argv[1]);
	try_inheriting(argv[1]);
	return nr_broken ? 1 : 0;
}
