/* SPDX-License-Identifier: GPL-2.0-only */
#include "top_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- order ----------------------------------------------------------------------------------- */

static const char *const sort_names[TOP_SORT_NR] = {
#define TOP_SORT_NAME(name, help) #name,
	TOP_SORTS(TOP_SORT_NAME)
#undef TOP_SORT_NAME
};

const char *top_sort_name(enum top_sort sort)
{
	return sort_names[sort];
}

enum top_sort top_sort_find(const char *name)
{
	enum top_sort sort = 0;

	while (sort < TOP_SORT_NR && strcmp(sort_names[sort], name) != 0)
		sort++;
	return sort;
}

static int more_first(double one, double other)
{
	return one > other ? -1 : one < other ? 1 : 0;
}

static int compare(const struct top_task *one, const struct top_task *other, enum top_sort sort)
{
	switch (sort) {
	case TOP_SORT_wait:
		return more_first((double)one->wait_p99_ns, (double)other->wait_p99_ns);
	case TOP_SORT_wakes:
		return more_first(one->wakes_per_s, other->wakes_per_s);
	case TOP_SORT_pid:
		return 0;
	case TOP_SORT_comm:
		return strcmp(one->comm, other->comm);
	default:
		return more_first(one->cpu_pct, other->cpu_pct);
	}
}

/* Alike: by their pids, so that rows stay where they are. */
static int by_view(const void *a, const void *b, void *data)
{
	const struct top_task *one = *(const struct top_task *const *)a;
	const struct top_task *other = *(const struct top_task *const *)b;
	const struct top_view *view = data;
	int order = compare(one, other, view->sort);

	if (!order)
		order = one->pid < other->pid ? -1 : one->pid > other->pid;
	return view->is_reversed ? -order : order;
}

static bool is_wanted(const struct top_task *task, const char *filter)
{
	return !filter[0] || strstr(task->comm, filter) || strstr(task->cgroup, filter);
}

int top_list_make(struct top_list *list, const struct top_model *model, const struct top_view *view)
{
	const struct top_task *tasks, **grown;
	uint32_t i, nr;

	tasks = top_model_tasks(model, &nr);
	list->nr = 0;
	if (nr > list->room) {
		grown = realloc(list->tasks, nr * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		list->tasks = grown;
		list->room = nr;
	}
	for (i = 0; i < nr; i++)
		if (is_wanted(&tasks[i], view->filter))
			list->tasks[list->nr++] = &tasks[i];
	if (list->nr)
		qsort_r(list->tasks, list->nr, sizeof(*list->tasks), by_view, (void *)view);
	return 0;
}

void top_list_free(struct top_list *list)
{
	free(list->tasks);
	memset(list, 0, sizeof(*list));
}

/* ---- where the mark is ----------------------------------------------------------------------- */

static void mark(struct top_view *view, const struct top_list *list, uint32_t at)
{
	uint32_t rows = view->nr_rows ? view->nr_rows : 1;

	if (!list->nr) {
		view->marked = 0;
		view->marked_at = view->first = 0;
		return;
	}
	if (at >= list->nr)
		at = list->nr - 1;
	view->marked_at = at;
	view->marked = list->tasks[at]->id;
	if (view->first > at)
		view->first = at;
	if (view->first + rows <= at)
		view->first = at - rows + 1;
	/* No empty rows while there are tasks for them. */
	if (view->first + rows > list->nr)
		view->first = list->nr > rows ? list->nr - rows : 0;
}

void top_view_settle(struct top_view *view, const struct top_list *list)
{
	uint32_t i;

	/* Nobody has moved it: it stays at the top, whoever comes there. */
	if (!view->marked_at)
		view->marked = 0;
	for (i = 0; view->marked && i < list->nr; i++)
		if (list->tasks[i]->id == view->marked)
			break;
	mark(view, list, view->marked && i < list->nr ? i : view->marked_at);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void type(struct top_view *view, uint32_t key)
{
	size_t len = strlen(view->filter);

	switch (key) {
	case TOP_KEY_ENTER:
		view->is_typing = false;
		break;
	case TOP_KEY_ESCAPE:
		view->filter[0] = '\0';
		view->is_typing = false;
		break;
	case TOP_KEY_BACKSPACE:
		if (len)
			view->filter[len - 1] = '\0';
		break;
	default:
		if (key >= ' ' && key < 0x7f && len + 1 < TOP_FILTER_MAX) {
			view->filter[len] = (char)key;
			view->filter[len + 1] = '\0';
		}
	}
}

static void on_page(struct top_view *view, uint32_t key)
{
	switch (key) {
	case 'q':
		view->has_quit = true;
		break;
	case TOP_KEY_ESCAPE:
	case TOP_KEY_ENTER:
	case TOP_KEY_BACKSPACE:
		view->page = 0;
		break;
	default:
		break;
	}
}

static void move(struct top_view *view, const struct top_list *list, uint32_t key)
{
	uint32_t rows = view->nr_rows ? view->nr_rows : 1, at = view->marked_at;

	switch (key) {
	case TOP_KEY_UP:
		at -= at ? 1 : 0;
		break;
	case TOP_KEY_DOWN:
		at++;
		break;
	case TOP_KEY_PAGE_UP:
		at -= at > rows ? rows : at;
		break;
	case TOP_KEY_PAGE_DOWN:
		at += rows;
		break;
	case TOP_KEY_HOME:
		at = 0;
		break;
	default:
		at = UINT32_MAX;
	}
	mark(view, list, at);
}

void top_view_key(struct top_view *view, const struct top_list *list, uint32_t key)
{
	if (view->is_typing) {
		type(view, key);
		return;
	}
	if (view->page) {
		on_page(view, key);
		return;
	}
	switch (key) {
	case 'q':
		view->has_quit = true;
		break;
	case 's':
		view->sort = (view->sort + 1) % TOP_SORT_NR;
		break;
	case 'r':
		view->is_reversed = !view->is_reversed;
		break;
	case '/':
		view->is_typing = true;
		break;
	case TOP_KEY_ESCAPE:
		view->filter[0] = '\0';
		break;
	case TOP_KEY_ENTER:
		view->page = view->marked;
		break;
	case TOP_KEY_UP:
	case TOP_KEY_DOWN:
	case TOP_KEY_PAGE_UP:
	case TOP_KEY_PAGE_DOWN:
	case TOP_KEY_HOME:
	case TOP_KEY_END:
		move(view, list, key);
		break;
	default:
		break;
	}
}
