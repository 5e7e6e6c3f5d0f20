/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load-forks - children that are born and end at once, one after the other, in parallel.
 *
 * Usage: load-forks [--parallel=N] [--seconds=S]; --help
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "clock.h"
#include "options.h"

#define PARALLEL_MAX 10000

static void usage(void)
{
	puts("Usage: load-forks [OPTION]...\n"
	     "\n"
	     "Processes that fork a child which ends at once, wait for it, and fork the next.\n"
	     "\n"
	     "  --parallel=N  how many do that (default: one for each CPU)\n"
	     "  --seconds=S   for how long (default: 5)\n"
	     "  --help        this text\n"
	     "\n"
	     "Prints forks and forks_per_s.\n"
	     "Exit status: 0; 1 when a fork failed; 2 for a wrong option.");
}

static uint64_t fork_until(uint64_t end_ns)
{
	uint64_t nr = 0;
	pid_t pid;
	int status;

	while (now_ns() < end_ns) {
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (pid == 0)
			_exit(0);
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR)
				err(1, "waiting for child %d", pid);
		if (status)
			errx(1, "child %d ended with wait status %#x", pid, (unsigned int)status);
		nr++;
	}
	return nr;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "parallel", required_argument, NULL, 'p' },
		{ "seconds", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t nr_parallel = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t duration_ns = 5 * NS_PER_S, begin_ns, sum = 0, i;
	uint64_t *nr_forks;
	struct gate gate;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			nr_parallel = option_number("parallel", optarg, 1, PARALLEL_MAX);
			break;
		case 's':
			duration_ns = option_seconds("seconds", optarg);
			break;
		case 'h':
			usage();
			return 0;
		default:
			return OPTION_EXIT;
		}
	}
	option_end(argc, argv, optind);
	nr_forks = children_memory(nr_parallel * sizeof(*nr_forks));
	gate_init(&gate);
	for (i = 0; i < nr_parallel; i++)
		if (children_fork() == 0) {
			gate_wait(&gate);
			nr_forks[i] = fork_until(now_ns() + duration_ns);
			_exit(0);
		}
	begin_ns = now_ns();
	gate_open(&gate);
	if (children_wait(nr_parallel))
		return 1;
	for (i = 0; i < nr_parallel; i++)
		sum += nr_forks[i];
	printf("forks=%" PRIu64 " forks_per_s=%.1f\n", sum,
	       (double)sum * (double)NS_PER_S / (double)(now_ns() - begin_ns));
	return 0;
}
