/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load-frames - a task like a game's: wakes at the start of every period, computes a fixed amount,
 * and should be done before the period ends.
 *
 * A frame that is not done in time is missed, and so is every period that has begun meanwhile: the
 * next frame starts with the next period, as on a display.
 *
 * --work-us depends on the machine's speed: how many loops that is gets measured first, with every
 * CPU busy, because that is when frames are missed (processors clock lower then; on an emulator
 * all CPUs share the host's). Do that on an otherwise idle machine (--calibrate), and hand the
 * loops to the runs that are to be compared.
 *
 * Usage: load-frames [--period-us=N] [--work-us=N|--work-loops=N] [--seconds=S] [--samples=FILE]
 *                    [--calibrate]
 */
#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "calibrate.h"
#include "clock.h"
#include "options.h"
#include "samples.h"
#include "work.h"

struct frames {
	uint64_t period_ns;
	uint64_t work_ns;
	uint64_t work_loops;	/* 0: to be found from work_ns */
	uint64_t duration_ns;
	bool calibrate_only;
	const char *samples_path;	/* or NULL */
};

static void usage(void)
{
	puts("Usage: load-frames [OPTION]...\n"
	     "\n"
	     "A task that wakes at the start of every period and computes a fixed amount, like a\n"
	     "game at 60 frames a second. A frame not done within its period is missed, and so\n"
	     "are the periods that it takes up.\n"
	     "\n"
	     "  --period-us=N   default: 16667\n"
	     "  --work-us=N     computing time of a frame when every CPU is busy (default: a third\n"
	     "                  of the period); measured first, for half a second\n"
	     "  --work-loops=N  the same as a number of loops, nothing to be measured\n"
	     "  --seconds=S     for how long (default: 5)\n"
	     "  --samples=FILE  write every delay there: a line \"wake N\" and one \"finish N\" for\n"
	     "                  each frame, in nanoseconds, the shortest first\n"
	     "  --calibrate     only print work_loops=N for --work-us\n"
	     "  --help          this text\n"
	     "\n"
	     "Prints frames, missed, on_time_pct, then in microseconds from the start of the period\n"
	     "wake_{p50,p99,max}_us (when it ran) and finish_{p50,p99,max}_us (when it was done),\n"
	     "and work_loops.\n"
	     "Exit status: 0; 1 when something failed; 2 for a wrong option.");
}

static void parse(struct frames *f, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "period-us", required_argument, NULL, 'p' },
		{ "work-us", required_argument, NULL, 'w' },
		{ "work-loops", required_argument, NULL, 'l' },
		{ "seconds", required_argument, NULL, 's' },
		{ "samples", required_argument, NULL, 'f' },
		{ "calibrate", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			f->period_ns = option_number("period-us", optarg, 100, 10000000) * NS_PER_US;
			break;
		case 'w':
			f->work_ns = option_number("work-us", optarg, 1, 10000000) * NS_PER_US;
			break;
		case 'l':
			f->work_loops = option_number("work-loops", optarg, 1, 1000000000);
			break;
		case 's':
			f->duration_ns = option_seconds("seconds", optarg);
			break;
		case 'f':
			f->samples_path = optarg;
			break;
		case 'c':
			f->calibrate_only = true;
			break;
		case 'h':
			usage();
			exit(0);
		default:
			exit(OPTION_EXIT);
		}
	}
	option_end(argc, argv, optind);
	if (!f->work_ns)
		f->work_ns = f->period_ns / 3;
	if (f->duration_ns < f->period_ns)
		errx(OPTION_EXIT, "--seconds is less than one period");
}

static void run(const struct frames *f)
{
	uint64_t nr_periods = f->duration_ns / f->period_ns;
	uint64_t first_ns, start_ns, now, period = 0, on_time = 0;
	FILE *file = samples_open(f->samples_path);
	struct samples wake, finish;

	samples_init(&wake, nr_periods);
	samples_init(&finish, nr_periods);
	first_ns = now_ns() + f->period_ns;
	while (period < nr_periods) {
		start_ns = first_ns + period * f->period_ns;
		sleep_until(start_ns);
		samples_add(&wake, now_ns() - start_ns);
		work_loops(f->work_loops);
		now = now_ns();
		samples_add(&finish, now - start_ns);
		on_time += now - start_ns <= f->period_ns;
		/* the next period that has not begun */
		period = (now - first_ns) / f->period_ns + 1;
	}
	samples_sort(&wake);
	samples_sort(&finish);
	if (file) {
		samples_write(&wake, "wake", file);
		samples_write(&finish, "finish", file);
	}
	samples_close(file, f->samples_path);
	printf("frames=%" PRIu64 " missed=%" PRIu64 " on_time_pct=%.1f "
	       "wake_p50_us=%.1f wake_p99_us=%.1f wake_max_us=%.1f "
	       "finish_p50_us=%.1f finish_p99_us=%.1f finish_max_us=%.1f work_loops=%" PRIu64 "\n",
	       nr_periods, nr_periods - on_time, 100.0 * (double)on_time / (double)nr_periods,
	       (double)samples_percentile(&wake, 50) / 1e3,
	       (double)samples_percentile(&wake, 99) / 1e3,
	       (double)samples_percentile(&wake, 100) / 1e3,
	       (double)samples_percentile(&finish, 50) / 1e3,
	       (double)samples_percentile(&finish, 99) / 1e3,
	       (double)samples_percentile(&finish, 100) / 1e3, f->work_loops);
}

int main(int argc, char *argv[])
{
	struct frames f = { .period_ns = 16667 * NS_PER_US, .duration_ns = 5 * NS_PER_S };

	parse(&f, argc, argv);
	if (!f.work_loops)
		f.work_loops = calibrate(f.work_ns);
	if (!f.work_loops)
		errx(1, "--work-us is shorter than one loop here");
	if (f.calibrate_only)
		printf("work_loops=%" PRIu64 "\n", f.work_loops);
	else
		run(&f);
	return 0;
}
