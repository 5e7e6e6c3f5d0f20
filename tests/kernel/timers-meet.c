/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timers-meet CPU ROUNDS BUSY_MS: two timers of one CPU, which is idle, end at the same moment, and
 * wake up an ordinary task that may run anywhere, and a real-time one that is bound to the CPU and
 * keeps it for BUSY_MS. Prints the longest that the ordinary one was late, late_ms=N.
 */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"

#define LEAD_NS (300 * NS_PER_MS)	/* for both to be ready before the first round */
#define GATHER_NS (50 * NS_PER_MS)	/* before each: the ordinary one goes to that CPU */
#define REST_NS (200 * NS_PER_MS)	/* between the rounds */

static unsigned int cpu, nr_rounds;
static uint64_t busy_ns, first_ns;

static uint64_t round_ns(unsigned int round)
{
	return first_ns + round * (busy_ns + REST_NS);
}

static void allow(const cpu_set_t *cpus)
{
	if (!sched_setaffinity(0, sizeof(*cpus), cpus))
		return;
	perror("timers-meet: sched_setaffinity");
	exit(1);
}

static void *keep_the_cpu(void *arg)
{
	struct sched_param param = { .sched_priority = 20 };
	uint64_t until_ns;
	unsigned int i;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	allow(&one);
	if (sched_setscheduler(0, SCHED_FIFO, &param)) {
		perror("timers-meet: SCHED_FIFO");
		exit(1);
	}
	for (i = 0; i < nr_rounds; i++) {
		sleep_until(round_ns(i));
		until_ns = now_ns() + busy_ns;
		while (now_ns() < until_ns)
			;
	}
	return arg;
}

int main(int argc, char *argv[])
{
	uint64_t late_ns = 0, ns;
	cpu_set_t all, one;
	pthread_t thread;
	unsigned int i;

	if (argc != 4) {
		fputs("Usage: timers-meet CPU ROUNDS BUSY_MS\n", stderr);
		return 2;
	}
	cpu = (unsigned int)strtoul(argv[1], NULL, 10);
	nr_rounds = (unsigned int)strtoul(argv[2], NULL, 10);
	busy_ns = strtoul(argv[3], NULL, 10) * NS_PER_MS;
	first_ns = now_ns() + LEAD_NS;
	if (sched_getaffinity(0, sizeof(all), &all) || pthread_create(&thread, NULL, keep_the_cpu, NULL)) {
		perror("timers-meet");
		return 1;
	}
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	for (i = 0; i < nr_rounds; i++) {
		sleep_until(round_ns(i) - GATHER_NS);
		allow(&one);
		allow(&all); /* it stays where it is */
		sleep_until(round_ns(i));
		ns = now_ns() - round_ns(i);
		late_ns = ns > late_ns ? ns : late_ns;
	}
	pthread_join(thread, NULL);
	printf("rounds=%u late_ms=%.1f\n", nr_rounds, (double)late_ns / (double)NS_PER_MS);
	return 0;
}
