/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load-forks - children that are born and end at once, one after the other, in parallel.
 *
 * Usage: load-forks [--parallel=N] [--seconds=S] [--exec=PROGRAM]; --help
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
	     "  --exec=FILE   each child becomes that program instead, which must end with 0\n"
	     "  --help        this text\n"
	     "\n"
	     "Prints forks, forks_per_s and max_cycle_ms: the longest time from a fork to the end of\n"
	     "the wait for its child, in which three times somebody waits for a CPU.\n"
	     "Exit status: 0; 1 when a fork failed; 2 for a wrong option.");
}

struct forker {
	uint64_t forks;
	uint64_t max_cycle_ns;
};

/* program: what the children execute, or NULL */
static struct forker fork_until(uint64_t end_ns, const char *program)
{
	struct forker forker = { 0 };
	uint64_t begin_ns = now_ns(), now = begin_ns;
	pid_t pid;
	int status;

	while (now < end_ns) {
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (pid == 0) {
			if (program) {
				execl(program, program, (char *)NULL);
				err(1, "%s", program);
			}
			_exit(0);
		}
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR)
				err(1, "waiting for child %d", pid);
		if (status)
			errx(1, "child %d ended with wait status %#x", pid, (unsigned int)status);
		forker.forks++;
		now = now_ns();
		if (now - begin_ns > forker.max_cycle_ns)
			forker.max_cycle_ns = now - begin_ns;
		begin_ns = now;
	}
	return forker;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "parallel", required_argument, NULL, 'p' },
		{ "seconds", required_argument, NULL, 's' },
		{ "exec", required_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t nr_parallel = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t duration_ns = 5 * NS_PER_S, begin_ns, sum = 0, max_cycle_ns = 0, i;
	const char *program = NULL;
	struct forker *forkers;
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
		case 'e':
			program = optarg;
			break;
		case 'h':
			usage();
			return 0;
		default:
			return OPTION_EXIT;
		}
	}
	option_end(argc, argv, optind);
	forkers = children_memory(nr_parallel * sizeof(*forkers));
	gate_init(&gate);
	for (i = 0; i < nr_parallel; i++)
		if (children_fork() == 0) {
			gate_wait(&gate);
			forkers[i] = fork_until(now_ns() + duration_ns, program);
			_exit(0);
		}
	begin_ns = now_ns();
	gate_open(&gate);
	if (children_wait(nr_parallel))
		return 1;
	for (i = 0; i < nr_parallel; i++) {
		sum += forkers[i].forks;
		if (forkers[i].max_cycle_ns > max_cycle_ns)
			max_cycle_ns = forkers[i].max_cycle_ns;
	}
	printf("forks=%" PRIu64 " forks_per_s=%.1f max_cycle_ms=%.1f\n", sum,
	       (double)sum * (double)NS_PER_S / (double)(now_ns() - begin_ns),
	       (double)max_cycle_ns / (double)NS_PER_MS);
	return 0;
}
