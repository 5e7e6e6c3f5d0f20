/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load-pingpong - two processes that wake each other in turn through pipes.
 *
 * Usage: load-pingpong [--rounds=N]; --help
 */
#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "children.h"
#include "clock.h"
#include "options.h"

#define ROUNDS_DEFAULT 10000
#define ROUNDS_WARM_UP 10	/* until both have started */

static void usage(void)
{
	puts("Usage: load-pingpong [OPTION]...\n"
	     "\n"
	     "Two processes that hand a byte to and fro through two pipes.\n"
	     "\n"
	     "  --rounds=N  round trips (default: 10000)\n"
	     "  --help      this text\n"
	     "\n"
	     "Prints rounds, seconds and rounds_per_s.\n"
	     "Exit status: 0; 1 when something failed; 2 for a wrong option.");
}

static void receive(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		errx(1, "the other process has gone");
}

static void hand_over(int fd)
{
	if (write(fd, "x", 1) != 1)
		err(1, "writing to the pipe");
}

static void play(uint64_t rounds, int to_fd, int from_fd)
{
	while (rounds--) {
		hand_over(to_fd);
		receive(from_fd);
	}
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t rounds = ROUNDS_DEFAULT, begin_ns, i;
	int to[2], from[2], option;
	double seconds;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'r':
			rounds = option_number("rounds", optarg, 1, 1000000000);
			break;
		case 'h':
			usage();
			return 0;
		default:
			return OPTION_EXIT;
		}
	}
	option_end(argc, argv, optind);
	if (pipe(to) || pipe(from))
		err(1, "pipe");
	if (children_fork() == 0) {
		close(to[1]);
		close(from[0]);
		for (i = 0; i < rounds + ROUNDS_WARM_UP; i++) {
			receive(to[0]);
			hand_over(from[1]);
		}
		_exit(0);
	}
	close(to[0]);
	close(from[1]);
	play(ROUNDS_WARM_UP, to[1], from[0]);
	begin_ns = now_ns();
	play(rounds, to[1], from[0]);
	seconds = (double)(now_ns() - begin_ns) / (double)NS_PER_S;
	if (children_wait(1))
		return 1;
	printf("rounds=%" PRIu64 " seconds=%.6f rounds_per_s=%.1f\n", rounds, seconds,
	       (double)rounds / seconds);
	return 0;
}
