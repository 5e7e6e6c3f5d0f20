/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config.h - what the user asked for: the INI file under the command line, through one key table.
 *
 * Sole includer of <ini.h>. Knows which keys exist and what values they take, not what they do;
 * policy parameters ([policy.NAME]) are kept as text with their place, and are checked against
 * the policy's own table by policy_meta.h. Runs in the supervisor, before anything is started.
 * Non-logging: errors come back in struct diag.
 */
#ifndef CLAND_CONFIG_H
#define CLAND_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"

#define CONFIG_DEFAULT_PATH "/etc/scx-cland.ini"
#define CONFIG_MAX_PARAMS 64

enum config_decisions { CONFIG_DECISIONS_LEASED, CONFIG_DECISIONS_STRICT };

/* What the program is to do, besides scheduling. */
enum config_action {
	CONFIG_ACTION_RUN,
	CONFIG_ACTION_HELP,
	CONFIG_ACTION_VERSION,
	CONFIG_ACTION_LIST_POLICIES,
};

/* One key of a [policy.NAME] section, or one --set. */
struct config_param {
	char policy[32];
	char key[32];
	char value[64];
	char origin[256];	/* "/etc/scx-cland.ini:12" or "--set": for error sentences */
};

struct config {
	char policy[256];	/* a name, or a path when it holds a '/' */
	char path[256];		/* the INI file that was read; "" when there was none */
	enum config_action action;
	enum config_decisions decisions;
	bool partial;		/* only SCHED_EXT tasks */
	bool verbose;
	uint32_t exit_dump_len;	/* bytes */
	uint32_t rescue_ms;	/* how long a task may wait for user space */
	uint32_t max_tasks;	/* tasks told apart by the policy at one time */
	size_t nr_params;
	struct config_param params[CONFIG_MAX_PARAMS];
};

/*
 * config_load - defaults, then the INI file, then the command line.
 * The file is --config=FILE or else CONFIG_DEFAULT_PATH, which alone may be missing.
 * Returns 0 and fills *ret_config, or -errno with a sentence that names file, line, key and what
 * was expected (-ENOENT: no such file; -EINVAL: unknown section, key, option or bad value).
 */
int config_load(int argc, char *const argv[], struct config *ret_config, struct diag *diag);

/* config_usage - the text of --help, made from the key table. */
void config_usage(void);

#endif
