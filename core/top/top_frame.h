/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top_frame.h - a screen of `clandctl top` as lines of text: what the terminal shows, and what
 * --batch prints. No colour, and nothing that a terminal would obey: names of tasks and cgroups are
 * anybody's. Pure but for the width of letters, which is the locale's to say. Non-logging; any
 * thread.
 */
#ifndef CLAND_TOP_FRAME_H
#define CLAND_TOP_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "policy_reasons.h"
#include "stats.h"
#include "top_model.h"
#include "top_view.h"

#define TOP_WIDTH_MAX 250u
#define TOP_LINE_MAX (4 * TOP_WIDTH_MAX + 1)	/* bytes of a line, each letter of up to 4 of them */

enum top_style {
	TOP_STYLE_PLAIN,
	TOP_STYLE_TITLE,	/* of a table */
	TOP_STYLE_MARKED,
	TOP_STYLE_KEYS,
};

struct top_line {
	enum top_style style;
	char text[TOP_LINE_MAX]; /* no wider than the frame, no blanks at its end */
};

struct top_frame {
	struct top_line *lines;
	uint32_t nr, room;
};

/* What is known of the machine besides the tasks. */
struct top_machine {
	bool has_stats;		/* scx-cland's, of the last frame: from before to now */
	struct stats before, now;
	char without[256];	/* else: a sentence, who schedules or why it does not say anything */
	double own_pct;		/* what looking on costs, of one CPU, in the kernel and here */
	uint64_t nr_lost;	/* events in the last frame that did not fit into the ring */
	uint32_t nr_cache_queues; /* for path_text_place() */
	struct policy_reasons reasons; /* of the policy that decides; none where they are not known */
	char no_decisions[160];	/* a sentence: why none are told; "" if they are */
};

/*
 * top_frame_draw - the screen, width columns wide, from 1 to TOP_WIDTH_MAX, and height lines high:
 * with the keys in the last one. Height 0: as many lines as there is to say, without keys. list is
 * view's. In view nr_rows is set, the mark goes where its task is, and a page of a task that has
 * gone is closed. frame is zeroed to begin with, and may be used again; top_frame_free() it.
 * Returns 0 or -ENOMEM: then it has the lines that there was memory for.
 */
int top_frame_draw(struct top_frame *frame, const struct top_model *model,
		   const struct top_machine *machine, struct top_view *view, struct top_list *list,
		   uint32_t width, uint32_t height);

void top_frame_free(struct top_frame *frame);

#endif
