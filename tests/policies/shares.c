/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shares - do tasks that always want the CPU get it in proportion to their weights? For policies
 * that promise so.
 *
 * Usage: shares POLICY.so	Exit code: 0, 1 when a share is off by more than 5 %, 2 when it
 *				cannot be tried
 */
#include <inttypes.h>
#include <stdio.h>

#include "subject.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define SECOND_NS 1000000000ULL
#define TOLERANCE 0.05

/* Each with how long it must run for a slice more or less to be nothing. */
static const struct {
	uint64_t seconds;
	uint32_t weights[10]; /* 0 ends them */
} loads[] = {
	{ 60, { 1024, 1024, 1024, 1024 } },
	{ 60, { 1024, 2048, 512 } },
	{ 300, { 1024, 335, 3121, 110 } },
	{ 4000, { 88761, 15, 1024, 9548, 335, 1024 } },
	{ 4000, { 3, 1024, 1024 } },
};

/* Returns the number of shares that are off. */
static int try(const char *path, size_t load, bool strict)
{
	static struct subject subject;
	uint64_t total_weight = 0, begin_ns;
	uint32_t slots[ARRAY_LEN(loads[0].weights)];
	size_t i;
	int nr_off = 0;

	subject_open(&subject, path, ARRAY_LEN(loads[0].weights), 1, strict);
	for (i = 0; i < ARRAY_LEN(slots) && loads[load].weights[i]; i++) {
		slots[i] = machine_hog(&subject.machine, loads[load].weights[i], 1);
		total_weight += loads[load].weights[i];
	}
	begin_ns = subject.machine.fb.now_ns;
	if (machine_run(&subject.machine, &subject.loop,
			begin_ns + loads[load].seconds * SECOND_NS, UINT64_MAX)) {
		fprintf(stderr, "the loop failed\n");
		return 1;
	}
	printf("%s, %" PRIu64 " s:", strict ? "strict" : "leased", loads[load].seconds);
	for (i = 0; i < ARRAY_LEN(slots) && loads[load].weights[i]; i++) {
		double total_ns = (double)(subject.machine.fb.now_ns - begin_ns);
		double want_ns = total_ns * loads[load].weights[i] / (double)total_weight;
		double got_ns = (double)subject.machine.fb.slots[slots[i]].task.used_ns;
		double off = got_ns / want_ns - 1;
		bool is_off = off > TOLERANCE || off < -TOLERANCE;

		printf(" %u: %+.2f %%%s", loads[load].weights[i], 100 * off, is_off ? " OFF" : "");
		nr_off += is_off;
	}
	printf("\n");
	subject_close(&subject);
	return nr_off;
}

int main(int argc, char **argv)
{
	int nr_off = 0;
	size_t load;

	if (argc != 2) {
		fprintf(stderr, "Usage: shares POLICY.so\n");
		return 2;
	}
	for (load = 0; load < ARRAY_LEN(loads); load++) {
		nr_off += try(argv[1], load, false);
		nr_off += try(argv[1], load, true);
	}
	return nr_off ? 1 : 0;
}
