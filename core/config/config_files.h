/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_files.h - which files make up the configuration, in which order, and what is in them as
 * text. Knows no keys. Used by config.c, which parses them, and by config_watch.c, which waits for
 * changes. Non-logging; any thread.
 *
 * The later counts over the earlier: the vendor's file, the machine's file, then the drop-ins of
 * both folders in byte order of their names. A drop-in of the machine's folder stands in for the
 * vendor's of the same name; an empty one, or a link to /dev/null, thereby takes it away.
 */
#ifndef CLAND_CONFIG_FILES_H
#define CLAND_CONFIG_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "diag.h"

#define CONFIG_PATH_SIZE 256
#define CONFIG_MAX_FILES 64

/* Where configurations are. An empty path is a place that is not used. */
struct config_places {
	char vendor_file[CONFIG_PATH_SIZE];
	char file[CONFIG_PATH_SIZE];
	char vendor_dir[CONFIG_PATH_SIZE];
	char dir[CONFIG_PATH_SIZE];
	bool must_exist; /* file was named by the user; else it may be missing */
};

/* The files there are, the later over the earlier. */
struct config_files {
	size_t nr;
	char paths[CONFIG_MAX_FILES][CONFIG_PATH_SIZE];
};

/*
 * Where mistakes go. With out NULL the first one goes to diag and ends the work; with out each is
 * written there as a line, and the work goes on.
 */
struct config_mistakes {
	struct diag *diag;
	FILE *out;
	int err; /* -errno of the first; 0: none yet */
};

/* config_mistakes_add - note what diag says. Returns whether to stop. */
bool config_mistakes_add(struct config_mistakes *mistakes, int err);

/*
 * config_files_list - the files that are to be read. Missing ones are left out, unless they must
 * exist; those in the folders count when their names end in ".ini" and do not start with a dot.
 * Mistakes: a folder that cannot be read or is none, a path that is too long, too many files.
 */
void config_files_list(const struct config_places *places, struct config_files *ret_files,
		       struct config_mistakes *mistakes);

/* config_files_is_drop_in - whether a file of that name in a folder of drop-ins is one. */
bool config_files_is_drop_in(const char *name);

/*
 * config_file_read - the whole text of a file, which the caller frees. /dev/null is an empty file.
 * *ret_text is NULL when the file is missing and may be.
 * Returns 0, or -errno with a sentence that names the file.
 */
int config_file_read(const char *path, bool may_be_missing, char **ret_text, size_t *ret_size,
		     struct diag *diag);

/* config_files_stamp - take a file into a number that differs when names or texts do. 0 at first.
 */
uint64_t config_files_stamp(uint64_t stamp, const char *path, const char *text, size_t size);

#endif
