/* SPDX-License-Identifier: GPL-2.0-only */
/* clandsim.c - the simulator's program: from the command line to a command. */
#include "clandsim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "exit_codes.h"
#include "suggest.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char *argv[]);
	void (*usage)(void);
} commands[] = {
	{ "run", clandsim_run, clandsim_run_usage },
	{ "replay", clandsim_replay, clandsim_replay_usage },
	{ "compare", clandsim_compare, clandsim_compare_usage },
	{ "hunt", clandsim_hunt, clandsim_hunt_usage },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

int clandsim_error(int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain("clandsim", code, fmt, args);
	va_end(args);
	return code;
}

const char *clandsim_value_of(const char *arg, const char *word)
{
	size_t len = strlen(word);

	return !strncmp(arg, word, len) && arg[len] == '=' ? arg + len + 1 : NULL;
}

static void usage(void)
{
	size_t i;

	puts("Usage: clandsim COMMAND [OPTION]...\n\n"
	     "Runs a policy of scx-cland on a simulated machine, in virtual time: without root, without\n"
	     "sched_ext, and the same way each time. The policy, the daemon's decision loop and the\n"
	     "kernel stub are the very same code as in a real run.\n");
	for (i = 0; i < NR_COMMANDS; i++)
		commands[i].usage();
	puts("\n  --version  print the version\n"
	     "  --help     print this text\n\n"
	     "Exit codes:\n"
	     "   0  there is a result, and all that must hold held\n"
	     "   1  something that must hold did not, or something else failed; the message says what\n"
	     "   2  the command line, the workload or the machine's description is wrong\n"
	     "  10  there is no such policy\n"
	     "  11  the file is not a policy, or one for another version of scx-cland\n"
	     "  12  a parameter of the policy is wrong\n"
	     "  13  the policy refused to start\n"
	     "  14  the policy crashed, or ended the process\n"
	     "  15  the policy hung");
}

/* Half a result must not look like a whole one. Returns code, or EXIT_CODE_FAILED. */
static int written(int code)
{
	if (!code && (fflush(stdout) || ferror(stdout)))
		return clandsim_error(EXIT_CODE_FAILED, "the result cannot be written: %s",
				      strerror(errno));
	return code;
}

int main(int argc, char *argv[])
{
	struct suggest suggest;
	size_t i;

	if (argc < 2)
		return clandsim_error(EXIT_CODE_USAGE, "a command is missing; clandsim --help lists "
				      "them");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		usage();
		return EXIT_CODE_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("clandsim %s\n", CLAND_VERSION);
		return EXIT_CODE_OK;
	}
	suggest_init(&suggest, argv[1]);
	for (i = 0; i < NR_COMMANDS; i++) {
		suggest_try(&suggest, commands[i].name);
		if (!strcmp(argv[1], commands[i].name))
			return written(commands[i].run(argc - 1, argv + 1));
	}
	return clandsim_error(EXIT_CODE_USAGE, "'%.64s' is no command%s; clandsim --help lists them",
			      argv[1], suggest_hint(&suggest));
}
