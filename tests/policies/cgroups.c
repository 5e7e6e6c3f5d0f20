/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cgroups - do cgroups get CPU time by cpu.weight, at every level, whatever is in them? For
 * policies with a parameter cgroup_weights.
 *
 * Usage: cgroups POLICY.so	Exit code: 0, 1 when a share is off by more than 5 %, 2 when it
 *				cannot be tried
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "subject.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define SECOND_NS 1000000000ULL
#define MS 1000000ULL
#define TOLERANCE 0.05
#define SETTLE_S 4	/* until the policy has seen who is there */
#define MEASURE_S 60
#define NR_SLOTS 64u

/* Cgroups from 2 on: their index is the place in the table, plus 2. Parent 1: the root. */
struct group {
	uint32_t parent, weight;
	uint32_t nr_hogs, hog_weight;
	double due;		/* of the CPU, for its own tasks */
};

struct load {
	const char *what;
	uint32_t nr_root_hogs;
	double root_due;
	struct group groups[6];	/* weight 0 ends them */
};

static const struct load loads[] = {
	{ "siblings", 0, 0, {
		{ 1, 100, 1, 1024, 1 / 7. }, { 1, 200, 2, 1024, 2 / 7. }, { 1, 400, 5, 1024, 4 / 7. },
	} },
	{ "below one another", 0, 0, {
		{ 1, 100, 0, 0, 0 }, { 2, 100, 3, 1024, 1 / 12. }, { 2, 300, 1, 1024, 3 / 12. },
		{ 1, 200, 4, 1024, 8 / 12. },
	} },
	{ "beside tasks of the root", 2, 2 / 4., { { 1, 100, 3, 1024, 1 / 4. }, { 1, 100, 1, 335, 1 / 4. } } },
	{ "weights that are far apart", 0, 0, { { 1, 10, 3, 1024, 1 / 101. }, { 1, 1000, 2, 1024, 100 / 101. } } },
	/* Nobody runs in the second one: the third shares its parent with nobody. */
	{ "an empty one", 0, 0, {
		{ 1, 100, 0, 0, 0 }, { 2, 900, 0, 0, 0 }, { 2, 100, 2, 1024, 1 / 2. },
		{ 1, 100, 1, 1024, 1 / 2. },
	} },
};

static struct subject subject;

static void run_for(uint64_t time_ns)
{
	if (machine_run(&subject.machine, &subject.loop, subject.machine.fb.now_ns + time_ns,
			UINT64_MAX)) {
		fprintf(stderr, "the loop failed\n");
		exit(1);
	}
}

static void run_s(uint64_t seconds)
{
	run_for(seconds * SECOND_NS);
}

/* CPU time that the cgroup's tasks have used. */
static uint64_t used_ns(uint32_t cgroup)
{
	uint64_t sum_ns = 0;
	uint32_t slot;

	for (slot = 0; slot < NR_SLOTS; slot++) {
		const struct backend_task *bt = &subject.machine.fb.slots[slot];

		if (bt->owner_seq && bt->task.cgroup == cgroup)
			sum_ns += bt->task.used_ns;
	}
	return sum_ns;
}

static void begin(const char *path, const struct load *load, bool strict)
{
	static struct config config = { .nr_params = 1 };
	uint32_t i, j;

	snprintf(config.params[0].policy, sizeof(config.params[0].policy), "vruntime");
	snprintf(config.params[0].key, sizeof(config.params[0].key), "cgroup_weights");
	snprintf(config.params[0].value, sizeof(config.params[0].value), "yes");
	subject_open_set(&subject, path, &config, NR_SLOTS, 1, strict);
	for (i = 0; i < load->nr_root_hogs; i++)
		machine_hog(&subject.machine, CLAND_WEIGHT_NICE_0, 1);
	for (i = 0; i < ARRAY_LEN(load->groups) && load->groups[i].weight; i++) {
		const struct group *group = &load->groups[i];
		uint32_t cgroup = machine_cgroup(&subject.machine, group->parent, group->weight);

		for (j = 0; j < group->nr_hogs; j++)
			machine_hog(&subject.machine, group->hog_weight, cgroup);
	}
}

/* Returns whether the share is off. */
static bool check(const char *what, double got, double due)
{
	bool is_off = got > due * (1 + TOLERANCE) || got < due * (1 - TOLERANCE);

	printf("   %s: %.4f, due %.4f: %+.2f %%%s\n", what, got, due,
	       due > 0 ? 100 * (got / due - 1) : 0, is_off ? " OFF" : "");
	return is_off;
}

/* Returns the number of shares that are off. */
static int try(const char *path, const struct load *load, bool strict)
{
	uint64_t before_ns[ARRAY_LEN(load->groups) + 2];
	uint32_t i;
	int nr_off = 0;

	begin(path, load, strict);
	run_s(SETTLE_S);
	for (i = 1; i < subject.machine.nr_cgroups; i++)
		before_ns[i] = used_ns(i);
	run_s(MEASURE_S);
	printf("%s, %s\n", load->what, strict ? "strict" : "leased");
	for (i = 1; i < subject.machine.nr_cgroups; i++) {
		double due = i == 1 ? load->root_due : load->groups[i - 2].due;
		char what[32];

		if (due <= 0)
			continue;
		snprintf(what, sizeof(what), "weight %u", subject.machine.cgroups[i].now.weight);
		nr_off += check(i == 1 ? "root" : what,
				(double)(used_ns(i) - before_ns[i]) / (MEASURE_S * SECOND_NS), due);
	}
	subject_close(&subject);
	return nr_off;
}

/* A cgroup that is empty fills and empties again: it gets its share while it wants it, at once. */
static int try_sleepers(const char *path, bool strict)
{
	static const struct load load = { "", 0, 0, { { 1, 100, 3, 1024, 0 }, { 1, 300, 0, 0, 0 } } };
	uint64_t before_ns, begin_ns, away_ns;
	int nr_off = 0;

	begin(path, &load, strict);
	run_s(SETTLE_S);
	/* 6 s of work in the cgroup of weight 300 beside hogs in one of 100: done after 8 s. */
	begin_ns = subject.machine.fb.now_ns;
	machine_sleeper(&subject.machine, CLAND_WEIGHT_NICE_0, 3, 3 * SECOND_NS, 1);
	machine_sleeper(&subject.machine, CLAND_WEIGHT_NICE_0, 3, 3 * SECOND_NS, 1);
	subject.machine.tasks[3].bursts_left = subject.machine.tasks[4].bursts_left = 1;
	while (subject.machine.result.nr_left < 2)
		run_for(10 * MS);
	away_ns = subject.machine.fb.now_ns - begin_ns;
	printf("a cgroup comes and goes, %s\n", strict ? "strict" : "leased");
	nr_off += check("seconds until it was done", (double)away_ns / SECOND_NS, 8);
	/* One that sleeps most of the time takes little, and never waits for long. */
	before_ns = used_ns(2);
	machine_sleeper(&subject.machine, CLAND_WEIGHT_NICE_0, 3, 4 * MS, 60 * MS);
	run_s(MEASURE_S);
	nr_off += check("beside a light sleeper, with it",
			(double)(used_ns(2) + used_ns(3) - before_ns) / (MEASURE_S * SECOND_NS), 1);
	nr_off += check("the sleeper: at least 5 % of the CPU",
			(double)used_ns(3) / (MEASURE_S * SECOND_NS) >= 0.05, 1);
	subject_close(&subject);
	return nr_off;
}

int main(int argc, char **argv)
{
	int nr_off = 0, strict;
	size_t load;

	if (argc != 2) {
		fprintf(stderr, "Usage: cgroups POLICY.so\n");
		return 2;
	}
	for (strict = 0; strict <= 1; strict++) {
		for (load = 0; load < ARRAY_LEN(loads); load++)
			nr_off += try(argv[1], &loads[load], strict);
		nr_off += try_sleepers(argv[1], strict);
	}
	return nr_off ? 1 : 0;
}
