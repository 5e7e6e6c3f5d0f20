/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config.h - what the user asked for: configuration files under the command line, through one key
 * table.
 *
 * Sole includer of <ini.h>. Knows which keys exist and what values they take, not what they do;
 * policy parameters ([policy.NAME] and [mode.NAME]) are kept as text with their place, and are
 * checked against the policy's own table by policy_meta.h. Runs in the supervisor, at its start and
 * when it loads again; not to be called from two threads at a time (getopt). Non-logging: errors
 * come back in struct diag, as a sentence that starts with the place: "/etc/scx-cland.ini:12: ..."
 * or "--rescue-ms: ...".
 *
 * Layers, each over the one before: defaults, the files (config_files.h), the mode, the command
 * line.
 */
#ifndef CLAND_CONFIG_H
#define CLAND_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config_auto.h"
#include "config_files.h"
#include "config_rule.h"
#include "diag.h"
#include "listen_address.h"

#define CONFIG_DEFAULT_PATH    "/etc/scx-cland.ini"
#define CONFIG_DEFAULT_DIR     "/etc/scx-cland.d"
#define CONFIG_VENDOR_PATH     CLAND_DATA_DIR "/scx-cland.ini" /* CLAND_DATA_DIR: by the build */
#define CONFIG_VENDOR_DIR      CLAND_DATA_DIR "/scx-cland.d"
#define CONFIG_MAX_PARAMS      64
#define CONFIG_MAX_MODES       16
#define CONFIG_MAX_MODE_PARAMS 32
#define CONFIG_MAX_KEYS	       32

/* Of an address: there is none. */
#define CONFIG_OFF "off"

/* The mode that changes nothing. */
#define CONFIG_NO_MODE "none"

enum config_decisions { CONFIG_DECISIONS_LEASED, CONFIG_DECISIONS_STRICT };

/* What the program is to do, besides scheduling. */
enum config_action {
	CONFIG_ACTION_RUN,
	CONFIG_ACTION_HELP,
	CONFIG_ACTION_VERSION,
	CONFIG_ACTION_LIST_POLICIES,
	CONFIG_ACTION_SHOW_CONFIG,
	CONFIG_ACTION_CHECK_CONFIG,
	CONFIG_ACTION_CHECK_TAKEOVER,
	CONFIG_ACTION_DETACH,
	CONFIG_ACTION_MONITOR,
	CONFIG_ACTION_HELP_STATS,
};

/* Where a value comes from. */
struct config_origin {
	char text[272]; /* "/etc/scx-cland.ini:12", "--policy" or "default" */
	uint32_t layer; /* larger ones were there later; equal ones are of the same file */
};

/* One parameter of a policy: from [policy.NAME], from [mode.NAME], or by --set. */
struct config_param {
	char policy[32];
	char key[32];
	char value[128]; /* with the longest names it still fits in a line of a file */
	char origin[272]; /* as struct config_origin has it, for error sentences */
	uint32_t layer;
};

/* One [mode.NAME]: what is laid over [scheduler] policy and [policy.NAME] in this mode. */
struct config_mode {
	char name[32];
	char summary[128]; /* "": none */
	char policy[256];  /* "": the mode leaves it as it is */
	struct config_origin summary_origin, policy_origin;
	size_t nr_params;
	struct config_param params[CONFIG_MAX_MODE_PARAMS];
};

/* What a mode may change, as it is without one. */
struct config_base {
	char policy[256];
	struct config_origin policy_origin;
	size_t nr_params;
	struct config_param params[CONFIG_MAX_PARAMS];
};

struct config {
	char policy[256]; /* a name, or an absolute path; the mode's, where it names one */
	char path[256];	  /* --config=FILE; "": the usual places */
	char mode[32];	  /* in effect; CONFIG_NO_MODE: none */
	enum config_action action;
	enum config_decisions decisions;
	bool partial; /* only SCHED_EXT tasks */
	bool persist; /* stay attached when the process dies */
	bool verbose;
	bool sandbox;		    /* the agent's process gives up its rights before it loads */
	bool allow_unsafe_policies; /* also files that others than root can change */
	uint32_t exit_dump_len; /* bytes */
	uint32_t rescue_ms;	/* how long a task may wait for user space */
	uint32_t max_tasks;	/* tasks told apart by the policy at one time */
	char metrics[LISTEN_ADDRESS_SIZE]; /* where Prometheus asks; CONFIG_OFF: nowhere */
	uint32_t stats_ms;	/* how often figures are logged; 0: never */
	uint32_t monitor_ms;	/* the same, of the scx-cland that runs */
	size_t nr_params;
	struct config_param params[CONFIG_MAX_PARAMS]; /* with those of the mode */

	/* by the row of the key table; where each of the above is from */
	struct config_origin origins[CONFIG_MAX_KEYS];
	struct config_base base;
	size_t nr_modes;
	struct config_mode modes[CONFIG_MAX_MODES];

	size_t nr_rules; /* in the order of their first sections */
	struct config_rule rules[CONFIG_MAX_RULES];

	size_t nr_autos; /* likewise */
	struct config_auto autos[CONFIG_MAX_AUTO];

	struct config_places places;
	struct config_files files; /* that were read, in order */
	uint64_t stamp;		   /* of their names and texts, see config_files_stamp() */
};

/* What the text of a key must be. */
enum config_type {
	CONFIG_TYPE_POLICY, /* char[256]: a policy's name, or a path */
	CONFIG_TYPE_FILE,   /* char[256]: a path */
	CONFIG_TYPE_MODE,   /* char[32]: a mode's name */
	CONFIG_TYPE_CHOICE, /* an enum: one of choices, by index */
	CONFIG_TYPE_BOOL,
	CONFIG_TYPE_U32,    /* min to max */
	CONFIG_TYPE_ADDRESS, /* char[LISTEN_ADDRESS_SIZE]: see listen_address.h, or CONFIG_OFF */
	CONFIG_TYPE_SECONDS, /* uint32_t milliseconds, in the text seconds; the action, if any, in min */
	CONFIG_TYPE_PARAM,  /* NAME.KEY=VALUE, into params */
	CONFIG_TYPE_ACTION, /* no text; the action is in min */
};

/*
 * One row of the key table: files, command line, --help and the sample file all come from it.
 * A key of the file is an option of the command line too, spelled with '-' for '_'.
 */
struct config_key {
	const char *section; /* NULL: on the command line only */
	const char *name;    /* in the file */
	const char *option;  /* the long option, without its dashes */
	const char *arg;     /* what --help calls the value */
	const char *def;     /* the default, as text; NULL: none */
	const char *help;
	enum config_type type;
	bool live; /* can change while it runs; else it counts from the next start */
	uint32_t min, max;
	const char *const *choices; /* NULL ends */
	size_t offset;		    /* where it goes in struct config */
};

/* config_keys - the key table, of *ret_nr rows. Static. */
const struct config_key *config_keys(size_t *ret_nr);

/* config_key_text - a key's value as it would stand in a file. Returns buf. */
const char *config_key_text(const struct config *config, const struct config_key *key, char *buf,
			    size_t size);

/* config_origin_of - where the value of a key of the files is from; name is one of the table. */
struct config_origin *config_origin_of(struct config *config, const char *name);

/* config_find_mode, config_find_rule, config_find_auto, config_find_param - NULL when there is none. */
const struct config_mode *config_find_mode(const struct config *config, const char *name);
const struct config_rule *config_find_rule(const struct config *config, const char *name);
const struct config_auto *config_find_auto(const struct config *config, const char *name);
const struct config_param *config_find_param(const struct config_param *params, size_t nr,
					     const char *policy, const char *key);

/*
 * config_load - defaults, then the files, then the command line, then the mode that these name.
 *
 * With --config=FILE that file is the only one, and must be there. No file is read when the command
 * line asks for another action than running or showing. On the command line the last of several
 * equal options counts, and two actions are refused; in one file a key may be set once. --set
 * counts in every mode. --policy sets aside a mode that the files name, if that one chooses a
 * policy; beside --mode it is refused.
 * Returns 0 and fills *ret_config, or -errno with a sentence that names file, line, key and what
 * was expected (-ENOENT: no such file; -EINVAL: unknown section, key, option or bad value).
 */
int config_load(int argc, char *const argv[], struct config *ret_config, struct diag *diag);

/*
 * config_load_from - as config_load, from other places than the usual, or NULL for those.
 * config_load_all - as config_load_from, whatever the action, and writing the mistakes to out as it
 * goes, all of each file.
 */
int config_load_from(int argc, char *const argv[], const struct config_places *places,
		     struct config *ret_config, struct diag *diag);
int config_load_all(int argc, char *const argv[], const struct config_places *places,
		    struct config *ret_config, FILE *out);

/*
 * config_apply_mode - the configuration in another mode: that one's policy and parameters over
 * those of the base, whatever mode config is in. CONFIG_NO_MODE gives the base. ret_config may be
 * config. Returns 0, or -EINVAL with a sentence that lists the modes there are.
 */
int config_apply_mode(const struct config *config, const char *mode, struct config *ret_config,
		      struct diag *diag);

/* config_check_mode - whether there is such a mode; CONFIG_NO_MODE is one. Returns as config_apply_mode. */
int config_check_mode(const struct config *config, const char *mode, struct diag *diag);

/* config_usage - write the text of --help, made from the key table. */
void config_usage(FILE *out);

/*
 * config_parse_u64 - a whole decimal number without sign, and nothing else.
 * config_parse_bool - yes/no, true/false, on/off, 1/0.
 * Return 0, or -EINVAL, or -ERANGE for a number that does not fit.
 */
int config_parse_u64(const char *text, uint64_t *ret_value);
int config_parse_bool(const char *text, bool *ret_value);

/*
 * config_value_hint - what may be meant by a value that was refused: "; ..." to go behind the
 * sentence on it, or "".
 */
const char *config_value_hint(const char *text);

/* config_is_policy_name - 1 to 31 of a-z, 0-9 and '-'. Modes are named alike. */
bool config_is_policy_name(const char *text);

#endif
