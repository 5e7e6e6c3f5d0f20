/* SPDX-License-Identifier: GPL-2.0-only */
#include "cpu_rouse.h"

#include <errno.h>
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
 * Real-time, as one that waits in the queue behind what interrupted it would not wake up again. The queue
 * is looked at when a CPU leaves idle, and the first task of it is the CPU's own when we go back to sleep.
 */
static void make_real_time(pthread_attr_t *attr)
{
	const struct sched_param param = { .sched_priority = ROUSE_PRIORITY };

	pthread_attr_setinheritsched(attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(attr, SCHED_FIFO);
	pthread_attr_setschedparam(attr, &param);
}

static bool start_on(struct cpu_rouse *rouse, pthread_attr_t *attr, cpu_set_t *cpus, size_t cpus_bytes,
		     size_t cpu)
{
	pthread_t *thread = &rouse->threads[rouse->nr_threads];
	int err;

	CPU_ZERO_S(cpus_bytes, cpus);
	CPU_SET_S(cpu, cpus_bytes, cpus);
	/* An offline CPU, or one outside of our cpuset, is refused as the thread starts. */
	err = pthread_attr_setaffinity_np(attr, cpus_bytes, cpus);
	if (!err)
		err = pthread_create(thread, attr, wake_up_again_and_again, rouse);
	if (err == EPERM) {
		/* In a container, say, without CAP_SYS_NICE: better than nothing. */
		pthread_attr_setinheritsched(attr, PTHREAD_INHERIT_SCHED);
		err = pthread_create(thread, attr, wake_up_again_and_again, rouse);
	}
	return !err;
}

struct cpu_rouse *cpu_rouse_begin(void)
{
	size_t nr_cpus = (size_t)get_nprocs_conf();
	struct cpu_rouse *rouse = calloc(1, sizeof(*rouse) + nr_cpus * sizeof(rouse->threads[0]));
	cpu_set_t *cpus = CPU_ALLOC(nr_cpus);
	sigset_t all, before;
	pthread_attr_t attr;

	if (!rouse || !cpus || pthread_attr_init(&attr)) {
		CPU_FREE(cpus);
		free(rouse);
		return NULL;
	}
	pthread_attr_setstacksize(&attr, ROUSE_STACK_BYTES);
	make_real_time(&attr);
	/* Signals are the caller's. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	for (size_t cpu = 0; cpu < nr_cpus; cpu++)
		if (start_on(rouse, &attr, cpus, CPU_ALLOC_SIZE(nr_cpus), cpu))
			rouse->nr_threads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	CPU_FREE(cpus);
	return rouse;
}

void cpu_rouse_end(struct cpu_rouse *rouse)
{
	if (!rouse)
		return;
	atomic_store_explicit(&rouse->ends, true, memory_order_relaxed);
	for (size_t i = 0; i < rouse->nr_threads; i++)
		pthread_join(rouse->threads[i], NULL);
	free(rouse);
}
