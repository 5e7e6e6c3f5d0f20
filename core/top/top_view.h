/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top_view.h - what of `clandctl top` is looked at: which tasks in which order, which one is
 * marked, whose page is open, and what a key changes of that. Pure: knows neither terminal nor
 * clock. Non-logging; any thread, one at a time for each view.
 */
#ifndef CLAND_TOP_VIEW_H
#define CLAND_TOP_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "top_model.h"

/* X(name, what comes first) */
#define TOP_SORTS(X)                                                                               \
	X(cpu, "who computes most")                                                                \
	X(wait, "whose 99th percentile of waits is the longest")                                   \
	X(wakes, "who is woken up most often")                                                     \
	X(pid, "the lowest number")                                                                \
	X(comm, "by the alphabet")

enum top_sort {
#define TOP_SORT_ENUM(name, help) TOP_SORT_##name,
	TOP_SORTS(TOP_SORT_ENUM)
#undef TOP_SORT_ENUM
	TOP_SORT_NR
};

/* Keys that are no letters. */
enum top_key {
	TOP_KEY_NONE = 0,
	TOP_KEY_ENTER = 0x100,
	TOP_KEY_ESCAPE,
	TOP_KEY_BACKSPACE,
	TOP_KEY_UP,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
};

#define TOP_FILTER_MAX 64u

/* All zero to begin with: every task, by CPU time. */
struct top_view {
	enum top_sort sort;
	bool is_reversed;
	char filter[TOP_FILTER_MAX]; /* in a task's name or its cgroup's path; "": all tasks */
	bool is_typing;		/* the filter */
	bool has_quit;
	uint64_t marked;	/* the task's id; 0: none */
	uint32_t marked_at;	/* its row, and the first one on the screen */
	uint32_t first;
	uint64_t page;		/* whose page is shown, by its id; 0: the list is */
	uint32_t nr_rows;	/* that the screen has for tasks; who draws it says so */
};

/* The tasks of a view. Points into the model: valid until its next frame. */
struct top_list {
	const struct top_task **tasks;
	uint32_t nr, room;
};

/* top_sort_name - "cpu"; static. top_sort_find - returns TOP_SORT_NR when there is none of that name. */
const char *top_sort_name(enum top_sort sort);
enum top_sort top_sort_find(const char *name);

/*
 * top_list_make - those that the filter lets through, in order. list is zeroed to begin with, and
 * may be used again; top_list_free() it. Returns 0 or -ENOMEM: it is empty then.
 */
int top_list_make(struct top_list *list, const struct top_model *model, const struct top_view *view);
void top_list_free(struct top_list *list);

/* top_view_settle - mark a task of this list, the same one as before if it is in it, and bring it into sight. */
void top_view_settle(struct top_view *view, const struct top_list *list);

/* top_view_key - a letter or an enum top_key, pressed while this list was shown. */
void top_view_key(struct top_view *view, const struct top_list *list, uint32_t key);

#endif
