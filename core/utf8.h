/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * utf8.h - texts that anybody may have written (names of files, tasks, cgroups and policies, lines
 * of a policy's log, answers of a socket): which of their bytes are UTF-8, and what of them may
 * reach a terminal. Any thread, allocates nothing.
 */
#ifndef CLAND_UTF8_H
#define CLAND_UTF8_H

#include <stddef.h>
#include <stdio.h>

/*
 * utf8_letter_len - how many bytes the letter at text has, 1 to 4; 0 at the end of the text, and
 * where there is no UTF-8. Reads no byte behind the first one that does not fit.
 */
size_t utf8_letter_len(const char *text);

/*
 * utf8_clean - put one '?' for each byte that is not UTF-8, and for each letter that a terminal
 * would obey instead of showing it: control characters but the tab, also those of two bytes (U+0080
 * to U+009F), ends of lines, and what turns the direction of writing round. The text gets no
 * longer.
 */
void utf8_clean(char *text);

/* utf8_put - write the text to out as utf8_clean() would make it; utf8_put_lines - with its newlines. */
void utf8_put(FILE *out, const char *text);
void utf8_put_lines(FILE *out, const char *text);

#endif
