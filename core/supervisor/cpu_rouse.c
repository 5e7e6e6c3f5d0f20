/* SPDX-License-Identifier: GPL-2.0-only */
#include "cpu_rouse.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <time.h>

#define ROUSE_PERIOD_NS 2000000
#define ROUSE_PRIORITY 1
#define ROUSE_STACK_BYTES ((size_t)64 * 1024)

struct cpu_rouse {
	atomic_bool ends;
	cpu_set_t *anywhere;
	size_t cpus_bytes;
	size_t nr_threads;
	pthread_t threads[];
};

static void *wake_up_again_and_again(void *arg)
{
	const struct timespec period = { .tv_nsec = ROUSE_PERIOD_NS };
	struct cpu_rouse *rouse = arg;

	while (!atomic_load_explicit(&rouse->ends, memory_order_relaxed))
		clock_nanosleep(CLOCK_MONOTONIC, 0, &period, NULL);
	return NULL;
}

/*
 * Real-time, as one that waits in the queue behind what interrupted it would not wake up again. The
 * queue is looked at when a CPU leaves idle, and the first task of it is the CPU's own when we go
 * back to sleep. In a container without CAP_SYS_NICE, say, it stays an ordinary thread: better than
 * nothing. An offline CPU, or one outside of our cpuset, it is not bound to, and wakes up on
 * another.
 * Not by attributes of the thread: pthread_create() waits for one whose attributes are refused to
 * end, which was bound to its CPU before, and may not run there.
 */
static bool start_on(struct cpu_rouse *rouse, const pthread_attr_t *attr, cpu_set_t *cpus, size_t cpu)
{
	const struct sched_param param = { .sched_priority = ROUSE_PRIORITY };
	pthread_t *thread = &rouse->threads[rouse->nr_threads];

	if (pthread_create(thread, attr, wake_up_again_and_again, rouse))
		return false;
	pthread_setschedparam(*thread, SCHED_FIFO, &param);
	CPU_ZERO_S(rouse->cpus_bytes, cpus);
	CPU_SET_S(cpu, rouse->cpus_bytes, cpus);
	pthread_setaffinity_np(*thread, rouse->cpus_bytes, cpus);
	return true;
}

static void start(struct cpu_rouse *rouse, const pthread_attr_t *attr, cpu_set_t *cpus, size_t nr_cpus)
{
	sigset_t all, before;

	/* Signals are the caller's. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	for (size_t cpu = 0; cpu < nr_cpus; cpu++) {
		if (start_on(rouse, attr, cpus, cpu))
			rouse->nr_threads++;
		CPU_SET_S(cpu, rouse->cpus_bytes, rouse->anywhere);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct cpu_rouse *cpu_rouse_begin(void)
{
	size_t nr_cpus = (size_t)get_nprocs_conf();
	struct cpu_rouse *rouse = calloc(1, sizeof(*rouse) + nr_cpus * sizeof(rouse->threads[0]));
	cpu_set_t *cpus = CPU_ALLOC(nr_cpus), *anywhere = CPU_ALLOC(nr_cpus);
	pthread_attr_t attr;

	if (!rouse || !cpus || !anywhere || pthread_attr_init(&attr)) {
		CPU_FREE(cpus);
		CPU_FREE(anywhere);
		free(rouse);
		return NULL;
	}
	rouse->anywhere = anywhere;
	rouse->cpus_bytes = CPU_ALLOC_SIZE(nr_cpus);
	CPU_ZERO_S(rouse->cpus_bytes, anywhere);
	pthread_attr_setstacksize(&attr, ROUSE_STACK_BYTES);
	start(rouse, &attr, cpus, nr_cpus);
	pthread_attr_destroy(&attr);
	CPU_FREE(cpus);
	return rouse;
}

/*
 * One whose CPU is held by another real-time task would not run for as long, not even to be killed,
 * and the process could not end: it may go elsewhere, and has the share that all others have where
 * all CPUs are held.
 */
static void let_go(const struct cpu_rouse *rouse)
{
	const struct sched_param param = { 0 };

	for (size_t i = 0; i < rouse->nr_threads; i++) {
		pthread_setaffinity_np(rouse->threads[i], rouse->cpus_bytes, rouse->anywhere);
		pthread_setschedparam(rouse->threads[i], SCHED_OTHER, &param);
	}
}

void cpu_rouse_end(struct cpu_rouse *rouse)
{
	if (!rouse)
		return;
	atomic_store_explicit(&rouse->ends, true, memory_order_relaxed);
	let_go(rouse);
	for (size_t i = 0; i < rouse->nr_threads; i++)
		pthread_join(rouse->threads[i], NULL);
	CPU_FREE(rouse->anywhere);
	free(rouse);
}
