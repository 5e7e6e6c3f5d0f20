/* SPDX-License-Identifier: GPL-2.0-only */
#include "top_drawing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NULL: no memory. */
static struct top_line *add_line(struct top_drawing *d, enum top_style style)
{
	struct top_frame *frame = d->frame;
	uint32_t room = frame->room ? 2 * frame->room : 64;
	struct top_line *grown;

	if (frame->nr == frame->room) {
		grown = realloc(frame->lines, room * sizeof(*grown));
		if (!grown) {
			d->err = -ENOMEM;
			return NULL;
		}
		frame->lines = grown;
		frame->room = room;
	}
	frame->lines[frame->nr].style = style;
	return &frame->lines[frame->nr++];
}

struct top_text top_drawing_line(struct top_drawing *d, enum top_style style)
{
	static char nowhere[TOP_LINE_MAX];
	struct top_line *line = add_line(d, style);

	return top_text_begin(line ? line->text : nowhere, d->width);
}

uint32_t top_drawing_left(const struct top_drawing *d)
{
	return d->height > d->frame->nr + 1 ? d->height - d->frame->nr - 1 : 0;
}

void top_drawing_ns(struct top_text *text, const char *before, uint64_t ns)
{
	char value[TOP_SHORT_LEN];

	stats_format_ns(ns, value, sizeof(value));
	top_text_put(text, "%s%s", before, value);
}

const char *top_drawing_short(uint64_t ns, bool is_there, char text[TOP_SHORT_LEN])
{
	char *blank;

	if (!is_there)
		return strcpy(text, "-");
	stats_format_ns(ns, text, TOP_SHORT_LEN);
	blank = strchr(text, ' ');
	if (blank)
		memmove(blank, blank + 1, strlen(blank));
	return text;
}

const char *top_drawing_terse(uint64_t ns, char text[TOP_SHORT_LEN])
{
	uint64_t ms = ns / 1000000;

	if (ms < 10 || ms >= 1000)
		return top_drawing_short(ns, true, text);
	snprintf(text, TOP_SHORT_LEN, "%llums", (unsigned long long)ms);
	return text;
}

const char *top_drawing_lead(int32_t lead_us, char text[TOP_SHORT_LEN])
{
	uint64_t us = lead_us < 0 ? 0 - (uint64_t)lead_us : (uint64_t)lead_us;
	char terse[TOP_SHORT_LEN];

	if (!lead_us)
		return strcpy(text, "-");
	snprintf(text, TOP_SHORT_LEN, "%c%.40s", lead_us < 0 ? '-' : '+', top_drawing_terse(us * 1000, terse));
	return text;
}

const char *top_drawing_comm(const char *comm)
{
	return comm[0] ? comm : "?";
}

const char *top_drawing_nice(const struct top_task *task, char text[16])
{
	switch (task->class) {
	case RECORDING_FIFO:
	case RECORDING_RR:
		return "rt";
	case RECORDING_DEADLINE:
		return "dl";
	case RECORDING_IDLE:
		return "idl";
	default:
		snprintf(text, 16, "%d", task->nice);
		return text;
	}
}
