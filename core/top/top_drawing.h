/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top_drawing.h - a screen that is being drawn, line by line: what top_frame.c and top_page.c
 * share. Without memory for a line what is written to it goes nowhere. Non-logging; one thread.
 */
#ifndef CLAND_TOP_DRAWING_H
#define CLAND_TOP_DRAWING_H

#include <stdbool.h>
#include <stdint.h>

#include "top_frame.h"
#include "top_text.h"

#define TOP_SHORT_LEN 48	/* bytes of a time in one word */

struct top_drawing {
	struct top_frame *frame;
	uint32_t width;
	uint32_t height;	/* 0: as many lines as it takes, without keys */
	int err;		/* -ENOMEM: a line is missing */
};

/* top_drawing_line - a further line, which is empty yet. Valid until the next one. */
struct top_text top_drawing_line(struct top_drawing *drawing, enum top_style style);

/* top_drawing_left - how many lines there are down to that of the keys. */
uint32_t top_drawing_left(const struct top_drawing *drawing);

/* top_drawing_ns - a time behind the words before it: "p50 1.4 ms". */
void top_drawing_ns(struct top_text *text, const char *before, uint64_t ns);

/* top_drawing_short - in one word: "1.4ms", or "-" where there is nothing to tell. Returns text. */
const char *top_drawing_short(uint64_t ns, bool is_there, char text[TOP_SHORT_LEN]);

/* top_drawing_terse - likewise in five columns at most: "300us", "1.4ms", "14ms", "1.4s". Returns text. */
const char *top_drawing_terse(uint64_t ns, char text[TOP_SHORT_LEN]);

/* top_drawing_lead - with its sign, and terse: "+10ms", "-1.4ms"; "-" where it is 0. Returns text. */
const char *top_drawing_lead(int32_t lead_us, char text[TOP_SHORT_LEN]);

/* top_drawing_comm - a task's name, or what stands for one that is not known. */
const char *top_drawing_comm(const char *comm);

/* top_drawing_nice - "-5", or "rt" and the like for those to whom it means nothing; in text or static. */
const char *top_drawing_nice(const struct top_task *task, char text[16]);

/* top_page_draw - top_page.c: all of a task's page. */
void top_page_draw(struct top_drawing *drawing, const struct top_kept *kept,
		   const struct top_machine *machine);

#endif
