/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_value.h - from a text and where it stands to a value in struct config: the checks of each
 * kind of value, and that a later layer replaces what an earlier one said. Between the parts of
 * config.h (config.c, config_ini.c, config_options.c) only. Non-logging; any thread.
 */
#ifndef CLAND_CONFIG_VALUE_H
#define CLAND_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "diag.h"

/* inih takes no longer lines; with the NUL. */
#define CONFIG_LINE_SIZE 198

/* The last layer: 0 is the defaults, then come the files. */
#define CONFIG_LAYER_COMMAND_LINE UINT32_MAX

/* A value's place. */
struct config_place {
	char text[384]; /* in sentences: "--rescue-ms" or "/etc/scx-cland.ini:12: rescue_ms" */
	struct config_origin origin;
};

/* config_place_set - origin is the file and line, or the option; key is NULL for an option. */
void config_place_set(struct config_place *place, uint32_t layer, const char *origin,
		      const char *key);

static inline bool config_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/*
 * config_check_text - whether a text can be a value in a file, whoever gave it: --show-config
 * writes it into one. config_set_text - copy it, if it fits into size bytes. Return 0, or -EINVAL
 * with a sentence.
 */
int config_check_text(const struct config_place *place, const char *text, struct diag *diag);
int config_set_text(const struct config_place *place, const char *text, char *ret_text, size_t size,
		    struct diag *diag);

/* config_set_policy - a policy's name or path; a relative path is for the command line only. */
int config_set_policy(const struct config_place *place, const char *text, char *ret_text,
		      size_t size, struct diag *diag);

/*
 * config_set_param - into params, which has *nr entries and room for max. What an earlier layer
 * said is replaced; twice in one file is a mistake.
 */
int config_set_param(struct config_param *params, size_t *nr, size_t max, const char *policy,
		     const char *key, const char *value, const struct config_place *place,
		     struct diag *diag);

/* config_split_param - POLICY.KEY, of len bytes, at its first dot, which is there. */
int config_split_param(const struct config_place *place, const char *text, size_t len,
		       char policy[64], char key[64], struct diag *diag);

/*
 * config_set_key - every value of a key of the table comes in here, be it default, file or command
 * line. text is NULL for an option without a value. Returns 0, or -errno with a sentence.
 */
int config_set_key(struct config *config, const struct config_key *key,
		   const struct config_place *place, const char *text, struct diag *diag);

#endif
