/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config.h - what the user asked for: the INI file under the command line, through one key table.
 *
 * Sole includer of <ini.h>. Knows which keys exist and what values they take, not what they do;
 * policy parameters ([policy.NAME]) are kept as text with their place, and are checked against
 * the policy's own table by policy_meta.h. Runs in the supervisor, before anything is started;
 * not to be called from two threads at a time (getopt). Non-logging: errors come back in struct
 * diag, as a sentence that starts with the place: "/etc/scx-cland.ini:12: ..." or "--rescue-ms: ...".
 */
#ifndef CLAND_CONFIG_H
#define CLAND_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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
	char origin[272];	/* "/etc/scx-cland.ini:12" or "--set": for error sentences */
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

/* What the text of a key must be. */
enum config_type {
	CONFIG_TYPE_POLICY,	/* char[256]: a policy's name, or a path */
	CONFIG_TYPE_FILE,	/* char[256]: a path */
	CONFIG_TYPE_CHOICE,	/* an enum: one of choices, by index */
	CONFIG_TYPE_BOOL,
	CONFIG_TYPE_U32,	/* min to max */
	CONFIG_TYPE_PARAM,	/* NAME.KEY=VALUE, into params */
	CONFIG_TYPE_ACTION,	/* no text; the action is in min */
};

/*
 * One row of the key table: file, command line, --help and the sample file all come from it.
 * A key of the file is an option of the command line too, spelled with '-' for '_'.
 */
struct config_key {
	const char *section;	/* NULL: on the command line only */
	const char *name;	/* in the file */
	const char *option;	/* the long option, without its dashes */
	const char *arg;	/* what --help calls the value */
	const char *def;	/* the default, as text; NULL: none */
	const char *help;
	enum config_type type;
	uint32_t min, max;
	const char *const *choices; /* NULL ends */
	size_t offset;		/* where it goes in struct config */
};

/* config_keys - the key table, of *ret_nr rows. Static. */
const struct config_key *config_keys(size_t *ret_nr);

/*
 * config_load - defaults, then the INI file, then the command line.
 * The file is --config=FILE or else CONFIG_DEFAULT_PATH, which alone may be missing. It is not
 * read when the command line asks for another action than running. On the command line the last
 * of several equal options counts; in the file a key may be set once.
 * Returns 0 and fills *ret_config, or -errno with a sentence that names file, line, key and what
 * was expected (-ENOENT: no such file; -EINVAL: unknown section, key, option or bad value).
 */
int config_load(int argc, char *const argv[], struct config *ret_config, struct diag *diag);

/* config_usage - write the text of --help, made from the key table. */
void config_usage(FILE *out);

/*
 * config_parse_u64 - a whole decimal number without sign, and nothing else.
 * config_parse_bool - yes/no, true/false, on/off, 1/0.
 * Return 0, or -EINVAL, or -ERANGE for a number that does not fit.
 */
int config_parse_u64(const char *text, uint64_t *ret_value);
int config_parse_bool(const char *text, bool *ret_value);

/* config_is_policy_name - 1 to 31 of a-z, 0-9 and '-'. */
bool config_is_policy_name(const char *text);

#endif
