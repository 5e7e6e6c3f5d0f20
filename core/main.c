/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - from the command line to the supervisor, and from errors to exit codes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "config.h"
#include "config_check.h"
#include "config_show.h"
#include "exit_codes.h"
#include "leftover.h"
#include "log.h"
#include "policy_meta.h"
#include "stats.h"
#include "stats_monitor.h"
#include "stats_server.h"
#include "supervisor.h"
#include "target.h"

/* Of what does not go on to run. Returns code. */
static int tell(int code, const struct diag *diag)
{
	if (code)
		log_error("%s", diag->text);
	else
		log_info("%s", diag->text);
	return code;
}

/* Programs are executed, and policies opened, by their names there: each would be told to be missing. */
static bool has_proc(void)
{
	if (!access("/proc/self/exe", F_OK))
		return true;
	log_error("/proc is not mounted, or not for this process: %s. mount -t proc proc /proc does it",
		  strerror(errno));
	return false;
}

static int run(const struct config *config, int argc, char *argv[])
{
	static struct target target;
	struct diag diag;
	int code;

	if (!has_proc())
		return EXIT_CODE_FAILED;
	code = target_resolve(config, &target, &diag);
	if (!code)
		code = target_check_names(config, &diag);
	if (code) {
		log_error("%s", diag.text);
		return exit_code_of_start(code);
	}
	if (config->action == CONFIG_ACTION_CHECK_TAKEOVER) {
		code = leftover_check_takeover(config, &diag);
		return tell(code, &diag);
	}
	return supervisor_run(config, &target, argc, argv);
}

/* Whoever starts us may have closed stdio: what is opened next would get its numbers, and the log. */
static int stdio_open(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	log_error("/dev/null cannot be opened: %s. Agents take it as their input; a container has to "
		  "have it, too", strerror(errno));
	return -1;
}

/* Half an output must not look like a whole one. Returns an EXIT_CODE_*. */
static int printed(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_CODE_OK;
	log_error("the output cannot be written: %s", strerror(errno));
	return EXIT_CODE_FAILED;
}

/* config: room for it. */
static int start(int argc, char *argv[], struct config *config)
{
	struct diag diag;
	int code, err = config_load(argc, argv, config, &diag);

	if (err) {
		log_error("%s", diag.text);
		return err == -ENOMEM ? EXIT_CODE_MEMLOCK : EXIT_CODE_USAGE;
	}
	switch (config->action) {
	case CONFIG_ACTION_HELP:
		config_usage(stdout);
		return printed();
	case CONFIG_ACTION_VERSION:
		printf("scx-cland %s (policy ABI %d.%d)\n", CLAND_VERSION, CLAND_POLICY_ABI_MAJOR,
		       CLAND_POLICY_ABI_MINOR);
		return printed();
	case CONFIG_ACTION_LIST_POLICIES:
		policy_meta_list(stdout);
		return printed();
	case CONFIG_ACTION_SHOW_CONFIG:
		config_show(config, stdout);
		return printed();
	case CONFIG_ACTION_HELP_STATS:
		stats_help(stdout);
		return printed();
	case CONFIG_ACTION_MONITOR:
		code = stats_monitor_run(STATS_SERVER_PATH, config->monitor_ms, &diag);
		return code ? tell(code, &diag) : printed();
	case CONFIG_ACTION_CHECK_CONFIG:
		err = config_check(argc, argv, NULL, stderr);
		return err == -ENOMEM ? EXIT_CODE_MEMLOCK : err ? EXIT_CODE_USAGE : EXIT_CODE_OK;
	case CONFIG_ACTION_DETACH:
		return tell(leftover_detach(&diag), &diag);
	case CONFIG_ACTION_CHECK_TAKEOVER:
	case CONFIG_ACTION_RUN:
		break;
	}
	log_set_verbose(config->verbose);
	return run(config, argc, argv);
}

int main(int argc, char *argv[])
{
	struct config *config;
	int code = EXIT_CODE_MEMLOCK;

	if (stdio_open())
		return EXIT_CODE_FAILED;
	if (argc == 2 && !strcmp(argv[1], AGENT_ARGV1))
		return agent_main();
	/* Not static: agents lock all that is. */
	config = calloc(1, sizeof(*config));
	if (config)
		code = start(argc, argv, config);
	else
		log_error("there is no memory to start with");
	free(config);
	return code;
}
