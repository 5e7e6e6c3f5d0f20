/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_show.h - a configuration for people: as a file, and what differs between two of them.
 * Non-logging; any thread.
 */
#ifndef CLAND_CONFIG_SHOW_H
#define CLAND_CONFIG_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include "config.h"

/*
 * config_show - write it to out as a file that gives the same configuration when it is the only
 * one, each value below a comment with its origin.
 */
void config_show(const struct config *config, FILE *out);

/* What differs between two configurations. */
struct config_diff {
	bool policy; /* another policy decides */
	bool params; /* a policy's parameter in effect */
	bool verbose;
	bool modes;		/* the mode in effect, or what a mode holds */
	bool rules;		/* what a [rule] says, or their order */
	bool autos;		/* likewise of [auto] */
	bool restart;		/* something that counts from the next start only */
	char text[512];		/* "policy: fifo -> deadline, deadline.slice_us: default -> 1000" */
	char restart_text[256]; /* of those that need a restart; "" when there are none */
};

/*
 * config_diff_of - compare what is in effect by before and by after; origins do not count. The
 * texts end in ", ..." where there is not room for all. Returns whether anything differs.
 */
bool config_diff_of(const struct config *before, const struct config *after,
		    struct config_diff *ret_diff);

#endif
