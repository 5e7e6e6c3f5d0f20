/* SPDX-License-Identifier: GPL-2.0-only */
/* quote.h - a string as JSON, or as a word of a command, whatever is in it. */
#ifndef CLAND_QUOTE_H
#define CLAND_QUOTE_H

#include <stdbool.h>
#include <stdio.h>

/* For those who write a string of JSON by themselves: whether a backslash is to stand before the byte, ... */
static inline bool quote_needs_escape(char c)
{
	return c == '"' || c == '\\';
}

/* ... and what stands for it: itself, if it is ASCII text. */
static inline char quote_char(char c)
{
	return c < ' ' || c > '~' ? '?' : c;
}

/* quote_json - in quotes; bytes that are no ASCII text are replaced. */
void quote_json(FILE *out, const char *text);

/* quote_word - as a word of a command for a shell: in quotes, if it needs them. */
void quote_word(FILE *out, const char *word);

#endif
