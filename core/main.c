/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - from the command line to the supervisor, and from errors to exit codes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "config.h"
#include "exit_codes.h"
#include "log.h"
#include "policy_meta.h"
#include "supervisor.h"

static int run(const struct config *config)
{
	uint64_t values[POLICY_META_MAX_PARAMS];
	struct policy_meta meta;
	char path[sizeof(meta.path)];
	struct diag diag;

	if (policy_meta_find(config->policy, path, sizeof(path), &diag) ||
	    policy_meta_read(path, &meta, &diag)) {
		log_error("%s", diag.text);
		return EXIT_CODE_POLICY;
	}
	if (policy_meta_values(&meta, config, values, &diag)) {
		log_error("%s", diag.text);
		return EXIT_CODE_USAGE;
	}
	return supervisor_run(config, &meta, values);
}

int main(int argc, char *argv[])
{
	static struct config config;
	struct diag diag;

	if (argc == 2 && !strcmp(argv[1], AGENT_ARGV1))
		return agent_main();
	if (config_load(argc, argv, &config, &diag)) {
		log_error("%s", diag.text);
		return EXIT_CODE_USAGE;
	}
	switch (config.action) {
	case CONFIG_ACTION_HELP:
		config_usage(stdout);
		return EXIT_CODE_OK;
	case CONFIG_ACTION_VERSION:
		printf("scx-cland %s (policy ABI %d.%d)\n", CLAND_VERSION, CLAND_POLICY_ABI_MAJOR,
		       CLAND_POLICY_ABI_MINOR);
		return EXIT_CODE_OK;
	case CONFIG_ACTION_LIST_POLICIES:
		policy_meta_list(stdout);
		return EXIT_CODE_OK;
	case CONFIG_ACTION_RUN:
		break;
	}
	log_set_verbose(config.verbose);
	return run(&config);
}
