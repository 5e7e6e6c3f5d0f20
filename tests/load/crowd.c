/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load-crowd - a number of threads of which some compute and the others sleep, until it is killed.
 *
 * Threads rather than processes: ten thousand of them fit into a small guest.
 *
 * Usage: load-crowd [--tasks=N] [--runnable=N] [--turns]; --help
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "options.h"
#include "work.h"

#define TASKS_MAX 100000
#define STACK_BYTES (64 * 1024)

/*
 * Not a barrier: whoever opens one wakes up all ten thousand, and has to get its turns beside those
 * that already compute, for minutes.
 */
static atomic_uint_fast64_t nr_missing;
static sem_t all_there, begin;

/* How often each of those that give up their CPU has had a turn, a cache line for each. */
struct turns {
	_Alignas(64) atomic_uint_fast64_t nr;
};
static struct turns *turns;

static void usage(void)
{
	puts("Usage: load-crowd [OPTION]...\n"
	     "\n"
	     "Threads of which some compute and the others sleep. They have all run once when it\n"
	     "prints \"ready\"; then it goes on until it is killed.\n"
	     "\n"
	     "  --tasks=N     threads in all (default: 10)\n"
	     "  --runnable=N  how many of them compute (default: a tenth)\n"
	     "  --turns       they give up their CPU all the time instead, and begin at the first\n"
	     "                line of stdin. Each line is answered by \"turns=N ns=N\": how often\n"
	     "                they had one, and the monotonic clock\n"
	     "  --help        this text\n"
	     "\n"
	     "Exit status: 1 when something failed; 2 for a wrong option.");
}

static void arrive(void)
{
	if (atomic_fetch_sub(&nr_missing, 1) == 1)
		sem_post(&all_there);
}

static void *sleeper(void *arg)
{
	(void)arg;
	arrive();
	for (;;)
		pause();
	return NULL;
}

static void *worker(void *arg)
{
	struct turns *own = arg;

	arrive();
	while (sem_wait(&begin))
		;
	while (own) {
		sched_yield();
		atomic_fetch_add_explicit(&own->nr, 1, memory_order_relaxed);
	}
	for (;;)
		work_loop();
	return NULL;
}

static void start(void *(*what)(void *), void *arg, const pthread_attr_t *attr)
{
	pthread_t thread;
	errno = pthread_create(&thread, attr, what, arg);
	if (errno)
		err(1, "pthread_create");
}

static void let_begin(uint64_t nr_runnable)
{
	while (nr_runnable--)
		sem_post(&begin);
}

/* Answer each line, as long as there are any. */
static void count_turns(uint64_t nr_runnable)
{
	bool begun = false;
	uint64_t nr, i;
	int c;

	while ((c = getchar()) != EOF) {
		if (c != '\n')
			continue;
		if (!begun)
			let_begin(nr_runnable);
		begun = true;
		for (nr = 0, i = 0; i < nr_runnable; i++)
			nr += atomic_load_explicit(&turns[i].nr, memory_order_relaxed);
		printf("turns=%" PRIu64 " ns=%" PRIu64 "\n", nr, now_ns());
		fflush(stdout);
	}
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "tasks", required_argument, NULL, 't' },
		{ "runnable", required_argument, NULL, 'r' },
		{ "turns", no_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t nr_tasks = 10, nr_runnable = UINT64_MAX, i;
	pthread_attr_t attr;
	bool with_turns = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 't':
			nr_tasks = option_number("tasks", optarg, 1, TASKS_MAX);
			break;
		case 'r':
			nr_runnable = option_number("runnable", optarg, 0, TASKS_MAX);
			break;
		case 'u':
			with_turns = true;
			break;
		case 'h':
			usage();
			return 0;
		default:
			return OPTION_EXIT;
		}
	}
	option_end(argc, argv, optind);
	if (nr_runnable == UINT64_MAX)
		nr_runnable = nr_tasks / 10;
	if (nr_runnable > nr_tasks)
		errx(OPTION_EXIT, "--runnable: more than the %" PRIu64 " tasks there are", nr_tasks);
	if (with_turns) {
		turns = aligned_alloc(_Alignof(struct turns), (nr_runnable + 1) * sizeof(*turns));
		if (!turns)
			err(1, "memory to count the turns of %" PRIu64 " tasks", nr_runnable);
		for (i = 0; i < nr_runnable; i++)
			atomic_init(&turns[i].nr, 0);
	}
	atomic_init(&nr_missing, nr_tasks);
	sem_init(&all_there, 0, 0);
	sem_init(&begin, 0, 0);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (i = 0; i < nr_tasks; i++)
		start(i < nr_runnable ? worker : sleeper, turns && i < nr_runnable ? &turns[i] : NULL, &attr);
	while (sem_wait(&all_there))
		;
	/* So that those who have begun do not keep us from letting the others begin. Else it takes longer. */
	sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 1 });
	if (!with_turns)
		let_begin(nr_runnable);
	puts("ready");
	fflush(stdout);
	if (with_turns)
		count_turns(nr_runnable);
	for (;;)
		pause();
}
