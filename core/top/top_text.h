/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top_text.h - a line of text that is put together from columns, cut where it becomes too wide.
 * What a terminal would obey does not get in. Pure but for the width of letters, which is the
 * locale's to say.
 */
#ifndef CLAND_TOP_TEXT_H
#define CLAND_TOP_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct top_text {
	char *text;		/* room for 4 * width + 1 bytes */
	uint32_t width;		/* that it may have, in columns */
	uint32_t at;		/* that it has */
	size_t len;		/* in bytes */
};

/* top_text_begin - an empty line in text, which has room for 4 * width + 1 bytes. */
struct top_text top_text_begin(char *text, uint32_t width);

/* top_text_put - further letters, as printf does. */
__attribute__((format(printf, 2, 3))) void top_text_put(struct top_text *line, const char *fmt, ...);

/* top_text_column - a text in so many columns: filled up with blanks, or cut. */
void top_text_column(struct top_text *line, const char *text, uint32_t columns);

/* top_text_tail - likewise, but cut at its beginning, which becomes "..": of a path the end says more. */
void top_text_tail(struct top_text *line, const char *text, uint32_t columns);

/* top_text_end - take the blanks at the end away. */
void top_text_end(struct top_text *line);

#endif
