/* SPDX-License-Identifier: GPL-2.0-only */
#include "top_frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intent.h"
#include "path_text.h"
#include "stats_histogram.h"
#include "top_drawing.h"

#define CPU_CELL_MIN 38u	/* columns of a CPU with its name */
#define CPU_ROWS_MIN 2u
#define BAR_MAX 40u
#define PATHS_WIDTH_MIN 100u	/* of a screen that has room for the last decisions' ways */
#define SHORT_HEIGHT 12u	/* a screen of fewer lines is for tasks, after a line of the machine */
#define LABELS_WIDTH_MIN 90u	/* of a screen that has room for long labels and all their figures */
#define NAME_COLUMNS 23u	/* "COMM PID", of the longest name and number */

static bool is_short(const struct top_drawing *d)
{
	return d->height && d->height < SHORT_HEIGHT;
}

/* ---- the machine ----------------------------------------------------------------------------- */

static double per_second(const struct top_machine *machine, int value)
{
	uint64_t ns = machine->now.taken_ns - machine->before.taken_ns;

	return ns ? 1e9 * (double)stats_since(&machine->before, &machine->now, value) / (double)ns : 0;
}

static void put_policy(struct top_text *text, const struct top_machine *machine)
{
	const uint64_t *values = machine->now.values;
	char age[48];

	intent_format_duration(values[STATS_policy_age], age, sizeof(age));
	top_text_put(text, "scx-cland %s: %s for %s, %s", machine->now.version,
		     machine->now.policy[0] ? machine->now.policy : "no policy", age,
		     values[STATS_strict] ? "strict" : "leased");
	if (!values[STATS_attached])
		top_text_put(text, "; NOT attached");
	else if (!values[STATS_agent_running])
		top_text_put(text, "; NO AGENT: tasks run by their leases");
	else
		top_text_put(text, "; agent %.1f %% CPU", per_second(machine, STATS_agent_cpu) / 1e7);
	if (values[STATS_held_cpus])
		top_text_put(text, "; real-time tasks hold CPUs: %llu",
			     (unsigned long long)values[STATS_held_cpus]);
	if (values[STATS_agent_restarts])
		top_text_put(text, "; restarts %llu",
			     (unsigned long long)values[STATS_agent_restarts]);
}

/* short_what: where there is no room for what, and there are figures. */
static void put_quantiles(struct top_text *text, const char *what, const char *short_what,
			  const struct top_machine *machine, int histogram)
{
	struct cland_histogram h;

	stats_histogram_since(&machine->before.histograms[histogram], &machine->now.histograms[histogram],
			      &h);
	top_text_put(text, "%s", stats_histogram_nr(&h) && text->width < LABELS_WIDTH_MIN ? short_what : what);
	if (!stats_histogram_nr(&h)) {
		top_text_put(text, " none");
		return;
	}
	top_drawing_ns(text, " p50 ", stats_histogram_quantile_ns(&h, 500));
	top_drawing_ns(text, " p99 ", stats_histogram_quantile_ns(&h, 990));
}

static void draw_policy(struct top_drawing *d, const struct top_machine *machine)
{
	struct top_text text = top_drawing_line(d, TOP_STYLE_PLAIN);

	put_policy(&text, machine);
	if (is_short(d))
		return;
	text = top_drawing_line(d, TOP_STYLE_PLAIN);
	top_text_put(&text, "decisions/s: lease %.0f  strict %.0f  direct %.0f  rescue %.0f  fallback %.0f",
		     per_second(machine, CLAND_STAT_leased), per_second(machine, CLAND_STAT_requests),
		     per_second(machine, CLAND_STAT_direct), per_second(machine, CLAND_STAT_rescued),
		     per_second(machine, CLAND_STAT_fallback));
	text = top_drawing_line(d, TOP_STYLE_PLAIN);
	put_quantiles(&text, "runnable to running:", "runnable to running:", machine,
		      CLAND_HISTOGRAM_runnable_to_running);
	put_quantiles(&text, "; policy's answer:", "; answer:", machine, CLAND_HISTOGRAM_request_to_decision);
}

static void draw_without(struct top_drawing *d, const struct top_machine *machine,
			 const struct top_totals *totals)
{
	struct top_text text = top_drawing_line(d, TOP_STYLE_PLAIN);

	top_text_put(&text, "%s", machine->without);
	if (is_short(d))
		return;
	text = top_drawing_line(d, TOP_STYLE_PLAIN);
	top_drawing_ns(&text, "runnable to running: p50 ", totals->wait_p50_ns);
	top_drawing_ns(&text, " p99 ", totals->wait_p99_ns);
}

static void draw_totals(struct top_drawing *d, const struct top_model *model,
			const struct top_machine *machine)
{
	const struct top_totals *totals = top_model_totals(model);
	uint32_t i, nr_llcs = top_model_nr_llcs(model);
	struct top_text text = top_drawing_line(d, TOP_STYLE_PLAIN);
	double queues = 0;

	for (i = 0; i < nr_llcs; i++)
		queues += top_model_llc_queue(model, i);
	top_text_put(&text, "tasks %u, running %u, waiting %.1f", totals->nr_tasks, totals->nr_running,
		     queues);
	for (i = 0; nr_llcs > 1 && i < nr_llcs; i++)
		top_text_put(&text, "%s%.1f", i ? " " : " (by cache: ", top_model_llc_queue(model, i));
	top_text_put(&text, "%s; top itself %.1f %% CPU", nr_llcs > 1 ? ")" : "", machine->own_pct);
	if (machine->nr_lost)
		top_text_put(&text, "; %llu events LOST", (unsigned long long)machine->nr_lost);
	if (totals->nr_left_out)
		top_text_put(&text, "; only %u tasks are told apart", TOP_TASKS_MAX);
}

/* ---- CPUs ------------------------------------------------------------------------------------ */

static void put_bar(struct top_text *text, double pct, uint32_t columns)
{
	uint32_t full = (uint32_t)(pct / 100 * columns + 0.5), i;
	char bar[BAR_MAX + 1];

	for (i = 0; i < columns; i++)
		bar[i] = i < full ? '|' : ' ';
	bar[columns] = '\0';
	top_text_put(text, "[%s]", bar);
}

static uint32_t bar_columns(uint32_t cell)
{
	/* "CPU 123", brackets, " 100.0%  ", the name, and a blank behind it */
	uint32_t rest = 7 + 2 + 9 + NAME_COLUMNS + 1;

	return cell < rest + 4 ? 4 : cell - rest > BAR_MAX ? BAR_MAX : cell - rest;
}

static void put_cpu(struct top_text *text, const struct top_model *model, uint32_t at, uint32_t cell)
{
	struct top_cpu cpu = top_model_cpu(model, at);
	uint32_t end = text->at + cell, bar = bar_columns(cell);
	char name[64];

	top_text_put(text, "CPU%4u", at);
	if (!cpu.is_known) {
		top_text_column(text, " offline", end > text->at ? end - text->at : 0);
		return;
	}
	put_bar(text, cpu.busy_pct, bar);
	if (cpu.most.pid)
		snprintf(name, sizeof(name), "%6.1f%%  %s %d", cpu.busy_pct, top_drawing_comm(cpu.most.comm),
			 cpu.most.pid);
	else
		snprintf(name, sizeof(name), "%6.1f%%", cpu.busy_pct);
	top_text_column(text, name, end > text->at + 1 ? end - text->at - 1 : 0);
	top_text_column(text, "", end > text->at ? end - text->at : 0);
}

/* For a machine with more CPUs than there is room: all of a cache as one. */
static void put_llc(struct top_text *text, const struct top_model *model, uint32_t llc, uint32_t cell)
{
	uint32_t cpu, nr = 0, nr_cpus = top_model_nr_cpus(model), end = text->at + cell;
	char figures[64];
	double pct = 0;

	for (cpu = 0; cpu < nr_cpus; cpu++) {
		struct top_cpu figure = top_model_cpu(model, cpu);

		if (top_model_llc_of(model, cpu) != llc || !figure.is_known)
			continue;
		pct += figure.busy_pct;
		nr++;
	}
	pct = nr ? pct / nr : 0;
	top_text_put(text, "LLC%4u", llc);
	put_bar(text, pct, bar_columns(cell));
	snprintf(figures, sizeof(figures), "%6.1f%%  of %u CPUs, %.1f wait", pct, nr,
		 top_model_llc_queue(model, llc));
	top_text_column(text, figures, end > text->at + 1 ? end - text->at - 1 : 0);
	top_text_column(text, "", end > text->at ? end - text->at : 0);
}

/* So many cells, in columns that are read from top to bottom, in at most so many lines. */
static void draw_cells(struct top_drawing *d, const struct top_model *model, uint32_t nr, uint32_t most,
		       void (*put)(struct top_text *, const struct top_model *, uint32_t, uint32_t))
{
	uint32_t columns = (nr + most - 1) / most, rows, row, column;
	bool has_all = true;
	struct top_text text;

	if (columns > d->width / CPU_CELL_MIN)
		columns = d->width / CPU_CELL_MIN;
	columns = columns ? columns : 1;
	rows = (nr + columns - 1) / columns;
	if (rows > most) {
		has_all = false;
		rows = most - 1;
	}
	for (row = 0; row < rows; row++) {
		text = top_drawing_line(d, TOP_STYLE_PLAIN);
		for (column = 0; column < columns && column * rows + row < nr; column++)
			put(&text, model, column * rows + row, d->width / columns);
		top_text_end(&text);
	}
	if (has_all)
		return;
	text = top_drawing_line(d, TOP_STYLE_PLAIN);
	top_text_put(&text, "... and %u more", nr - rows * columns);
}

static void draw_cpus(struct top_drawing *d, const struct top_model *model)
{
	uint32_t nr_cpus = top_model_nr_cpus(model), columns = d->width / CPU_CELL_MIN, most = d->height / 4;

	if (most < CPU_ROWS_MIN)
		most = CPU_ROWS_MIN;
	if (!d->height)
		most = nr_cpus;
	if (!columns)
		columns = 1;
	if (nr_cpus > most * columns && top_model_nr_llcs(model) > 1)
		draw_cells(d, model, top_model_nr_llcs(model), most, put_llc);
	else
		draw_cells(d, model, nr_cpus, most, put_cpu);
}

/* ---- the list -------------------------------------------------------------------------------- */

static char state_letter(const struct top_task *task)
{
	if (task->has_died)
		return 'E';
	switch (task->state) {
	case TOP_RUNS_NOW:
		return 'R';
	case TOP_WAITS:
		return 'W';
	case TOP_SLEEPS:
		return 'S';
	default:
		return '?';
	}
}

static void draw_task(struct top_drawing *d, const struct top_task *task, bool is_marked)
{
	struct top_text text = top_drawing_line(d, is_marked ? TOP_STYLE_MARKED : TOP_STYLE_PLAIN);
	char nice[16], p50[TOP_SHORT_LEN], p99[TOP_SHORT_LEN], lead[TOP_SHORT_LEN], lease[TOP_SHORT_LEN];

	top_text_put(&text, "%c%7d %3s %5.1f %6.0f %6.0f %7s %7s %3u%c%c", is_marked ? '>' : ' ', task->pid,
		     top_drawing_nice(task, nice), task->cpu_pct, task->runs_per_s,
		     task->wakes_per_s, top_drawing_short(task->wait_p50_ns, task->nr_waits, p50),
		     top_drawing_short(task->wait_p99_ns, task->nr_waits, p99), task->cpu, state_letter(task),
		     task->lead_us > 0 ? '+' : ' ');
	top_text_column(&text, top_drawing_comm(task->comm), 15);
	top_text_put(&text, " ");
	if (d->width >= PATHS_WIDTH_MIN) {
		top_text_column(&text, task->path == CLAND_PATH_NR ? "-" : path_text_name(task->path), 8);
		top_text_put(&text, " %6s %5s ", top_drawing_lead(task->lead_us, lead),
			     task->lease_left_ns ? top_drawing_terse(task->lease_left_ns, lease) : "-");
	}
	top_text_tail(&text, task->cgroup, d->width - text.at);
	top_text_end(&text);
}

/* What is typed is seen, its end first of all, and then what is to be said of it. */
static void put_typed(struct top_text *text, const char *filter)
{
	static const char prompt[] = "filter by name or cgroup: ", narrow[] = "filter: ";
	bool has_room = text->width > strlen(prompt) + strlen(filter);
	uint32_t room;

	top_text_put(text, "%s", has_room ? prompt : narrow);
	room = text->width > text->at ? text->width - text->at : 0;
	if (strlen(filter) < room)
		top_text_put(text, "%s", filter);
	else if (room)
		top_text_tail(text, filter, room - 1);
	top_text_put(text, "_   Enter keep  Esc drop");
}

static void draw_keys(struct top_drawing *d, const struct top_view *view)
{
	struct top_text text = top_drawing_line(d, TOP_STYLE_KEYS);

	if (view->is_typing)
		put_typed(&text, view->filter);
	else if (view->page)
		top_text_put(&text, "q quit  Esc back to the list");
	else
		top_text_put(&text, "q quit  s sort: %s%s  r reverse  / filter%s%s  Enter task  Up/Down mark",
			     top_sort_name(view->sort), view->is_reversed ? " (reversed)" : "",
			     view->filter[0] ? ": " : "", view->filter);
}

static void draw_list(struct top_drawing *d, struct top_view *view, struct top_list *list)
{
	struct top_text text;
	uint32_t i, rows;

	text = top_drawing_line(d, TOP_STYLE_TITLE);
	top_text_put(&text, "     PID  NI  CPU%%  RUN/S WAKE/S WAITP50 WAITP99 CPU  COMMAND         %sCGROUP",
		     d->width >= PATHS_WIDTH_MIN ? "LAST WAY   LEAD LEASE " : "");
	rows = d->height ? top_drawing_left(d) : list->nr;
	view->nr_rows = rows;
	top_view_settle(view, list);
	for (i = view->first; i < list->nr && i < view->first + rows; i++)
		draw_task(d, list->tasks[i], d->height && list->tasks[i]->id == view->marked);
	if (!list->nr && (rows || !d->height)) {
		text = top_drawing_line(d, TOP_STYLE_PLAIN);
		top_text_put(&text, view->filter[0] ? "no task's name or cgroup has '%s' in it" :
						      "nothing has happened yet%s", view->filter);
	}
}

/* ---- all of it ------------------------------------------------------------------------------- */

int top_frame_draw(struct top_frame *frame, const struct top_model *model,
		   const struct top_machine *machine, struct top_view *view, struct top_list *list,
		   uint32_t width, uint32_t height)
{
	struct top_drawing d = { .frame = frame, .height = height };
	const struct top_kept *kept = top_model_kept(model);

	d.width = !width ? 1 : width > TOP_WIDTH_MAX ? TOP_WIDTH_MAX : width;
	frame->nr = 0;
	/* It had gone before it could be kept. */
	if (!kept)
		view->page = 0;
	if (machine->has_stats)
		draw_policy(&d, machine);
	else
		draw_without(&d, machine, top_model_totals(model));
	if (!is_short(&d))
		draw_totals(&d, model, machine);
	if (view->page) {
		if (!is_short(&d))
			top_drawing_line(&d, TOP_STYLE_PLAIN);
		top_page_draw(&d, kept, machine);
	} else {
		if (!is_short(&d))
			draw_cpus(&d, model);
		draw_list(&d, view, list);
	}
	if (!height)
		return d.err;
	while (frame->nr + 1 < height && !d.err)
		top_drawing_line(&d, TOP_STYLE_PLAIN);
	if (frame->nr >= height)
		frame->nr = height - 1;
	draw_keys(&d, view);
	return d.err;
}

void top_frame_free(struct top_frame *frame)
{
	free(frame->lines);
	memset(frame, 0, sizeof(*frame));
}
