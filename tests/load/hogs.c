/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load-hogs - processes that only compute, started together, and what each of them got.
 *
 * A hog reads CLOCK_MONOTONIC after every few loops. The largest step between two readings is the
 * longest time that it was runnable without a CPU (max_gap_ms; the time from the common start to
 * its first loop counts, too).
 *
 * Usage: load-hogs [--count=N] [--seconds=S] [--nice=A,B,...] [--cpus=LIST] [--pin-each]; --help
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "children.h"
#include "clock.h"
#include "cpus.h"
#include "options.h"
#include "work.h"

#define HOGS_MAX 10000
#define NICES_MAX 64
#define LOOPS_PER_READING 4

struct hog {
	uint64_t cpu_ns;
	uint64_t loops;
	uint64_t max_gap_ns;
};

struct hogs {
	size_t nr;
	uint64_t duration_ns;
	int nices[NICES_MAX];
	size_t nr_nices;
	cpu_set_t cpus;
	bool pin_each;
	struct gate gate;
	/* shared with the hogs */
	struct {
		uint64_t begin_ns;
		struct hog hog[];
	} *shared;
};

static void usage(void)
{
	puts("Usage: load-hogs [OPTION]...\n"
	     "\n"
	     "Processes that only compute, started together, and what each of them got.\n"
	     "\n"
	     "  --count=N       how many (default: one for each CPU)\n"
	     "  --seconds=S     for how long (default: 5)\n"
	     "  --nice=A,B,...  nice levels, given out in turn (default: 0)\n"
	     "  --cpus=LIST     CPUs they may use, like 0,2-3 (default: all)\n"
	     "  --pin-each      each on one CPU of those, given out in turn\n"
	     "  --help          this text\n"
	     "\n"
	     "A line for each hog: hog=0 nice=0 cpu_ms=... share=... max_gap_ms=... loops=...\n"
	     "(share: of the CPU time of all hogs; max_gap_ms: the longest time without a CPU),\n"
	     "then one for all: hogs, loops, cpu_ms, min_share, max_share, max_gap_ms.\n"
	     "Exit status: 0; 1 when a hog failed; 2 for a wrong option.");
}

static void parse(struct hogs *h, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'c' },
		{ "seconds", required_argument, NULL, 's' },
		{ "nice", required_argument, NULL, 'n' },
		{ "cpus", required_argument, NULL, 'l' },
		{ "pin-each", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			h->nr = option_number("count", optarg, 1, HOGS_MAX);
			break;
		case 's':
			h->duration_ns = option_seconds("seconds", optarg);
			break;
		case 'n':
			h->nr_nices = option_numbers("nice", optarg, -20, 19, h->nices, NICES_MAX);
			break;
		case 'l':
			option_cpus("cpus", optarg, &h->cpus);
			break;
		case 'p':
			h->pin_each = true;
			break;
		case 'h':
			usage();
			exit(0);
		default:
			exit(OPTION_EXIT);
		}
	}
	option_end(argc, argv, optind);
}

static void set_up(const struct hogs *h, size_t index)
{
	int nice = h->nices[index % h->nr_nices];

	if (setpriority(PRIO_PROCESS, 0, nice))
		err(1, "hog %zu: nice %d", index, nice);
	if (h->pin_each)
		cpus_pin_nth(&h->cpus, index);
	else
		cpus_set(&h->cpus);
}

static void hog_run(struct hogs *h, size_t index)
{
	struct hog *hog = &h->shared->hog[index];
	uint64_t cpu_before_ns, last_ns, now, end_ns;
	uint64_t max_gap_ns = 0, loops = 0;

	set_up(h, index);
	gate_wait(&h->gate);
	cpu_before_ns = cpu_ns();
	last_ns = h->shared->begin_ns;
	end_ns = last_ns + h->duration_ns;
	do {
		work_loops(LOOPS_PER_READING);
		loops += LOOPS_PER_READING;
		now = now_ns();
		if (now - last_ns > max_gap_ns)
			max_gap_ns = now - last_ns;
		last_ns = now;
	} while (now < end_ns);
	hog->cpu_ns = cpu_ns() - cpu_before_ns;
	hog->loops = loops;
	hog->max_gap_ns = max_gap_ns;
}

static double ms(uint64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

static void report(const struct hogs *h)
{
	double share, min_share = 1, max_share = 0;
	struct hog sum = { 0 };
	size_t i;

	for (i = 0; i < h->nr; i++) {
		const struct hog *hog = &h->shared->hog[i];

		sum.cpu_ns += hog->cpu_ns;
		sum.loops += hog->loops;
		if (hog->max_gap_ns > sum.max_gap_ns)
			sum.max_gap_ns = hog->max_gap_ns;
	}
	for (i = 0; i < h->nr; i++) {
		const struct hog *hog = &h->shared->hog[i];

		share = sum.cpu_ns ? (double)hog->cpu_ns / (double)sum.cpu_ns : 0;
		min_share = share < min_share ? share : min_share;
		max_share = share > max_share ? share : max_share;
		printf("hog=%zu nice=%d cpu_ms=%.1f share=%.4f max_gap_ms=%.1f loops=%" PRIu64 "\n",
		       i, h->nices[i % h->nr_nices], ms(hog->cpu_ns), share, ms(hog->max_gap_ns),
		       hog->loops);
	}
	printf("hogs=%zu loops=%" PRIu64 " cpu_ms=%.1f min_share=%.4f max_share=%.4f "
	       "max_gap_ms=%.1f\n", h->nr, sum.loops, ms(sum.cpu_ns), min_share, max_share,
	       ms(sum.max_gap_ns));
}

int main(int argc, char *argv[])
{
	static struct hogs h = { .duration_ns = 5 * NS_PER_S, .nr_nices = 1 };
	size_t i;

	cpus_get(&h.cpus);
	h.nr = (size_t)CPU_COUNT(&h.cpus);
	parse(&h, argc, argv);
	h.shared = children_memory(sizeof(*h.shared) + h.nr * sizeof(h.shared->hog[0]));
	gate_init(&h.gate);
	for (i = 0; i < h.nr; i++)
		if (children_fork() == 0) {
			hog_run(&h, i);
			_exit(0);
		}
	h.shared->begin_ns = now_ns();
	gate_open(&h.gate);
	if (children_wait(h.nr))
		return 1;
	report(&h);
	return 0;
}
