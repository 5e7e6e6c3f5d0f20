/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ini_lines.h - an INI file in memory, through inih: the only includer of <ini.h>. It counts the
 * lines, which Debian's build of inih does not tell its handler, and lets its user see each line
 * before inih does, which says nothing of sections without keys and cuts their names. Non-logging;
 * any thread.
 */
#ifndef CLAND_INI_LINES_H
#define CLAND_INI_LINES_H

#include <stddef.h>

#include "diag.h"

struct ini_lines_ops {
	/*
	 * A line, without its newline, in the order of the file; the first has number 1. What it
	 * writes to ret_line, of size bytes, is what inih gets, "" for nothing. 0, or -errno, which
	 * ends the reading.
	 */
	int (*line)(void *data, unsigned int number, const char *text, size_t len, char *ret_line,
		    size_t size);
	/* The key of a line, once line() has seen that; section is "" before the first one. As above. */
	int (*key)(void *data, unsigned int number, const char *section, const char *name,
		   const char *value);
};

/*
 * ini_lines_parse - hand over the whole text. Returns 0; what line() or key() returned; or -EINVAL
 * or -ENOMEM with a sentence that starts with path: for a NUL byte, of which nothing is handed
 * over, a line that inih does not understand, or no memory.
 */
int ini_lines_parse(const char *path, const char *text, size_t size,
		    const struct ini_lines_ops *ops, void *data, struct diag *diag);

#endif
