/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load-requests - a server: workers that are woken up by one dispatcher, each for one request at a
 * time.
 *
 * As in schbench, a worker that is done tells the dispatcher and sleeps; the dispatcher wakes up
 * everybody who waits, one after the other; the worker then thinks for a while (the network),
 * computes for a fixed number of loops, and is done. So many requests as were asked for are served,
 * and it takes as long as it takes.
 *
 * Usage: load-requests [--requests=N] [--workers=N] [--work-loops=N] [--think-us=N]
 * [--samples=FILE]; --help
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "options.h"
#include "samples.h"
#include "work.h"

#define WORKERS_MAX 10000
#define REQUESTS_MAX 10000000
#define REQUESTS_DEFAULT 5000
#define WORK_LOOPS_DEFAULT 50
#define THINK_US_DEFAULT 100

struct worker {
	pthread_t thread;
	sem_t go;
	uint64_t woken_ns;	/* when the dispatcher began to wake it up */
	bool quit;
	struct worker *next;	/* of those that wait */
	struct samples wake, served;
};

static uint64_t nr_requests = REQUESTS_DEFAULT, nr_loops = WORK_LOOPS_DEFAULT;
static uint64_t think_ns = THINK_US_DEFAULT * NS_PER_US;
static atomic_uint_fast64_t nr_taken;

/* Who waits for the dispatcher: last come, first served, as only everybody at once is taken. */
static _Atomic(struct worker *) waiting;
static sem_t somebody_waits;

static void usage(void)
{
	puts("Usage: load-requests [OPTION]...\n"
	     "\n"
	     "A server: a dispatcher wakes up workers, each of which thinks (sleeps), computes, and\n"
	     "comes back for the next request.\n"
	     "\n"
	     "  --requests=N    how many in all (default: 5000)\n"
	     "  --workers=N     threads that serve them (default: two for each CPU)\n"
	     "  --work-loops=N  computing for a request (default: 50; load-frames --calibrate --work-us=N\n"
	     "                  says how many a time is worth)\n"
	     "  --think-us=N    sleep before it, 0: none (default: 100)\n"
	     "  --samples=FILE  write every delay there: a line \"wake N\" and one \"served N\" for each\n"
	     "                  request, in nanoseconds, the shortest first\n"
	     "  --help          this text\n"
	     "\n"
	     "Prints requests, seconds, requests_per_s, and in microseconds wake_{p50,p99,max}_us (from\n"
	     "the dispatcher's post to the worker running) and served_{p50,p99,max}_us (from there to the\n"
	     "request's end).\n"
	     "Exit status: 0; 1 when something failed; 2 for a wrong option.");
}

static void sem_down(sem_t *sem)
{
	while (sem_wait(sem))
		if (errno != EINTR)
			err(1, "waiting for a semaphore");
}

static void wait_for_dispatcher(struct worker *w)
{
	w->next = atomic_load(&waiting);
	while (!atomic_compare_exchange_weak(&waiting, &w->next, w))
		;
	sem_post(&somebody_waits);
	sem_down(&w->go);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	uint64_t begin_ns;

	for (;;) {
		wait_for_dispatcher(w);
		begin_ns = now_ns();
		if (w->quit)
			return NULL;
		samples_add(&w->wake, begin_ns - w->woken_ns);
		if (think_ns)
			sleep_until(begin_ns + think_ns);
		work_loops(nr_loops);
		samples_add(&w->served, now_ns() - begin_ns);
	}
}

/* Wake up everybody who waits, as long as there are requests left. Returns how many have quit. */
static uint64_t dispatch(void)
{
	struct worker *w, *next;
	uint64_t nr_quit = 0;

	for (w = atomic_exchange(&waiting, NULL); w; w = next) {
		next = w->next;
		w->quit = atomic_fetch_add(&nr_taken, 1) >= nr_requests;
		nr_quit += w->quit;
		w->woken_ns = now_ns();
		sem_post(&w->go);
	}
	return nr_quit;
}

static void gather(struct samples *all, const struct samples *part)
{
	size_t i;

	for (i = 0; i < part->nr; i++)
		samples_add(all, part->values[i]);
}

static void report(const struct worker *workers, uint64_t nr_workers, uint64_t took_ns, const char *path)
{
	FILE *file = samples_open(path);
	struct samples wake, served;
	uint64_t i;

	samples_init(&wake, nr_requests);
	samples_init(&served, nr_requests);
	for (i = 0; i < nr_workers; i++) {
		gather(&wake, &workers[i].wake);
		gather(&served, &workers[i].served);
	}
	samples_sort(&wake);
	samples_sort(&served);
	if (file) {
		samples_write(&wake, "wake", file);
		samples_write(&served, "served", file);
	}
	samples_close(file, path);
	printf("requests=%zu seconds=%.6f requests_per_s=%.1f wake_p50_us=%.1f wake_p99_us=%.1f "
	       "wake_max_us=%.1f served_p50_us=%.1f served_p99_us=%.1f served_max_us=%.1f\n",
	       served.nr, (double)took_ns / 1e9, (double)served.nr * 1e9 / (double)took_ns,
	       (double)samples_percentile(&wake, 50) / 1e3,
	       (double)samples_percentile(&wake, 99) / 1e3,
	       (double)samples_percentile(&wake, 100) / 1e3,
	       (double)samples_percentile(&served, 50) / 1e3,
	       (double)samples_percentile(&served, 99) / 1e3,
	       (double)samples_percentile(&served, 100) / 1e3);
}

static void run(uint64_t nr_workers, const char *samples_path)
{
	struct worker *workers = calloc(nr_workers, sizeof(*workers));
	uint64_t begin_ns, nr_quit = 0, i;

	if (!workers)
		err(1, "%" PRIu64 " workers", nr_workers);
	sem_init(&somebody_waits, 0, 0);
	for (i = 0; i < nr_workers; i++) {
		sem_init(&workers[i].go, 0, 0);
		/* any of them may be the one that serves nearly all */
		samples_init(&workers[i].wake, nr_requests);
		samples_init(&workers[i].served, nr_requests);
		errno = pthread_create(&workers[i].thread, NULL, work, &workers[i]);
		if (errno)
			err(1, "pthread_create");
	}
	begin_ns = now_ns();
	while (nr_quit < nr_workers) {
		sem_down(&somebody_waits);
		nr_quit += dispatch();
	}
	for (i = 0; i < nr_workers; i++)
		pthread_join(workers[i].thread, NULL);
	report(workers, nr_workers, now_ns() - begin_ns, samples_path);
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "requests", required_argument, NULL, 'r' },
		{ "workers", required_argument, NULL, 'w' },
		{ "work-loops", required_argument, NULL, 'l' },
		{ "think-us", required_argument, NULL, 't' },
		{ "samples", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t nr_workers = 2 * (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	const char *samples_path = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'r':
			nr_requests = option_number("requests", optarg, 1, REQUESTS_MAX);
			break;
		case 'w':
			nr_workers = option_number("workers", optarg, 1, WORKERS_MAX);
			break;
		case 'l':
			nr_loops = option_number("work-loops", optarg, 1, 1000000000);
			break;
		case 't':
			think_ns = option_number("think-us", optarg, 0, 10000000) * NS_PER_US;
			break;
		case 'f':
			samples_path = optarg;
			break;
		case 'h':
			usage();
			return 0;
		default:
			return OPTION_EXIT;
		}
	}
	option_end(argc, argv, optind);
	run(nr_workers, samples_path);
	return 0;
}
