/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl.c - the program that talks to a running scx-cland: from the command line to a
 * subcommand.
 */
#include "clandctl.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "clandctl_policy.h"
#include "complain.h"
#include "control.h"
#include "exit_codes.h"
#include "suggest.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct clandctl_options clandctl_options = {
	.socket = CONTROL_DEFAULT_PATH,
	.sysfs = "/sys",
};

/* In the order in which --help shows them. */
static const struct clandctl_command commands[] = {
	{ .name = "status", .args = "[--json]", .help = "what scx-cland is doing, and why",
	  .run = clandctl_status },
	{ .name = "stats", .args = "[--watch | --fairness[=SECONDS]] [--json]",
	  .help = "all statistics, and what they are; or each second what has happened in it; or how far tasks "
		  "that compute all the time are off their shares by nice level, whatever schedules",
	  .run = clandctl_stats },
	{ .name = "top", .args = "[--once | --batch [-n N]] [--delay SECONDS] [--sort cpu|wait|wakes|pid|comm] "
		  "[--filter TEXT] [--pid PID]",
	  .help = "watch what runs, who waits for how long, and why a task ran when it did; on a terminal "
		  "(q ends it), or as text. Needs root; scx-cland need not run",
	  .run = clandctl_top },
	{ .name = "switch", .args = "NAME|PATH [--for TIME | --hold PID]", .changes = true,
	  .help = "change the policy: until the configuration changes, for a time (30s, 10m, 2h), or while a process lives",
	  .run = clandctl_switch },
	{ .name = "mode", .args = "NAME [--for TIME | --hold PID]", .changes = true,
	  .help = "as switch, to the policy and the parameters of [mode.NAME] in the configuration",
	  .run = clandctl_mode },
	{ .name = "reload", .args = "", .changes = true,
	  .help = "read the configuration again and go by it; ends what switch, mode and set began",
	  .run = clandctl_reload },
	{ .name = "set", .args = "POLICY.KEY=VALUE...", .changes = true,
	  .help = "change parameters of a policy until the configuration changes or is read again", .run = clandctl_set },
	{ .name = "upgrade", .args = "[PATH]",
	  .help = "let another build of scx-cland, by default the one installed now, take over without "
		  "a gap",
	  .run = clandctl_upgrade },
	{ .name = "stop", .args = "", .help = "end scx-cland: the kernel's own scheduler takes over",
	  .run = clandctl_stop },
	{ .name = "compare",
	  .args = "POLICY POLICY... [--for TIME] [--turn TIME] [--metric COMMAND] [--html FILE] [--json] "
		  "[--seed N]",
	  .help = "let policies take turns (3s) on this machine, in random order, for a time (60s), and say which "
		  "differences between them are more than chance: how long tasks wait, what it costs, and the "
		  "number that COMMAND prints in each turn. Then, and when it is interrupted, what ran before "
		  "runs again",
	  .run = clandctl_compare },
	{ .name = "record", .args = "-o FILE [--for TIME] [--buffer KIB]",
	  .help = "write down what all tasks of this machine do, for clandsim replay: for a time (10s) "
		  "or until Ctrl-C; KIB are for what has not been looked at yet (16384). Needs root; scx-cland "
		  "may run or not",
	  .run = clandctl_record },
	{ .name = "trace", .args = "-o FILE [--for TIME] [--buffer KIB]",
	  .help = "write a timeline for ui.perfetto.dev: what runs on each CPU, what each task waits for, who "
		  "wakes it up, and each decision about it. Options as for record. Needs root; without a "
		  "running scx-cland there are no decisions in it",
	  .run = clandctl_trace },
	{ .name = "policies", .args = "[--json]",
	  .help = "the policies that are installed, and their parameters",
	  .run = clandctl_policies },
	{ .name = "policy", .own_help = true,
	  .args = "new NAME [FOLDER] [--include=FOLDER] | check FILE.so|NAME [--verbose] "
		  "[--limit=SECONDS] [--seed=N] [--in-process]",
	  .help = "write the project of a new policy; say all that is wrong with one. Needs neither "
		  "root nor a running scx-cland",
	  .run = clandctl_policy },
};

int clandctl_error(int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain("clandctl", code, fmt, args);
	va_end(args);
	return code;
}

int clandctl_bad_option(int opt, char *argv[])
{
	const char *arg = argv[optind - 1];

	if (opt == ':')
		return clandctl_error(EXIT_CODE_USAGE, "%s: the value is missing; see clandctl --help",
				      arg);
	return clandctl_error(EXIT_CODE_USAGE, "unknown option '%s'; see clandctl --help", arg);
}

int clandctl_no_more(int argc, char *argv[], int at)
{
	if (at >= argc)
		return EXIT_CODE_OK;
	return clandctl_error(EXIT_CODE_USAGE, "%s: '%s' is one argument too many; see clandctl "
			      "--help", argv[0], argv[at]);
}

int clandctl_stop_fd(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void usage_command(const struct clandctl_command *command, const char *before)
{
	printf("%s%s%s%s\n      %s\n", before, command->name, command->args[0] ? " " : "",
	       command->args, command->help);
}

/* Of the exit codes those that tell why nothing has changed. */
static void usage_failures(void)
{
	static const char ours[] = "clandctl: ";
	const struct exit_code_entry *code;

	puts("\nA change that fails changes nothing: the policy before goes on deciding with the\n"
	     "parameters it had. A sentence says why, and so does the exit code:");
	for (code = exit_codes; code->help; code++) {
		if (code->code != EXIT_CODE_USAGE && code->code != EXIT_CODE_NO_PRIVILEGE &&
		    code->code < EXIT_CODE_NOT_RUNNING)
			continue;
		printf("  %2d  %s\n", (int)code->code, !strncmp(code->help, ours, strlen(ours)) ?
		       code->help + strlen(ours) : code->help);
	}
}

static void usage(void)
{
	const struct exit_code_entry *code;
	size_t i;

	puts("Usage: clandctl [--socket PATH] COMMAND [ARGUMENT]...\n\n"
	     "Asks or changes a running scx-cland. For root and members of the group scx-cland.\n\n"
	     "Commands:");
	for (i = 0; i < ARRAY_LEN(commands); i++)
		usage_command(&commands[i], "  ");
	puts("\nOptions:\n"
	     "  --socket PATH   the daemon's control socket (default " CONTROL_DEFAULT_PATH ")\n"
	     "  --sysfs FOLDER  read the kernel's state there instead of in /sys; for tests\n"
	     "  --version       print the version\n"
	     "  --help          print this text\n\n"
	     "Exit codes, of clandctl and of scx-cland:");
	for (code = exit_codes; code->help; code++)
		printf("  %2d  %s\n", (int)code->code, code->help);
}

static int run_command(int argc, char *argv[])
{
	struct suggest suggest;
	size_t i;

	suggest_init(&suggest, argv[0]);
	for (i = 0; i < ARRAY_LEN(commands); i++) {
		suggest_try(&suggest, commands[i].name);
		if (strcmp(commands[i].name, argv[0]) != 0)
			continue;
		if (argc == 2 && !strcmp(argv[1], "--help") && !commands[i].own_help) {
			usage_command(&commands[i], "Usage: clandctl [--socket PATH] ");
			if (commands[i].changes)
				usage_failures();
			return EXIT_CODE_OK;
		}
		optind = 0; /* glibc: start over */
		return commands[i].run(argc, argv);
	}
	return clandctl_error(EXIT_CODE_USAGE, "'%s' is no command%s; clandctl --help lists them",
			      argv[0], suggest_hint(&suggest));
}

int clandctl_run(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "sysfs", required_argument, NULL, 'y' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int opt;

	opterr = 0;
	optind = 0; /* glibc: start over, for a second call */
	while ((opt = getopt_long(argc, argv, "+:", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			clandctl_options.socket = optarg;
			break;
		case 'y':
			clandctl_options.sysfs = optarg;
			break;
		case 'v':
			printf("clandctl %s\n", CLAND_VERSION);
			return EXIT_CODE_OK;
		case 'h':
			usage();
			return EXIT_CODE_OK;
		default:
			return clandctl_bad_option(opt, argv);
		}
	}
	if (optind == argc)
		return clandctl_error(EXIT_CODE_USAGE, "a command is missing; clandctl --help lists "
				      "them");
	return run_command(argc - optind, argv + optind);
}
