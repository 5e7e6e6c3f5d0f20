/* SPDX-License-Identifier: GPL-2.0-only */
/* page_timeline.c - the pictures of a run over time: its CPUs, the groups' shares, and queues. */
#include <inttypes.h>
#include <string.h>

#include "page_run.h"

#define LEFT 96.0
#define WIDTH 980.0
#define GAP 3.0
#define LANE 34.0
/* So few spans are drawn one by one. */
#define SPANS_EXACT 2500u
/* So many boxes, and tooltips of this size for rows, make some hundred kilobytes each. */
#define BOXES_MAX 20000u
#define TIPS_SIZE_MAX 400000u
#define TIPS_MAX 72u
#define SHARES_MAX 196u
/* Of the picture of shares. */
#define TOP 12.0
#define HEIGHT 180.0

/* The run in steps of one or more columns of the timeline. */
struct steps {
	const struct sim *s;
	const struct timeline *t;
	struct page_axis axis;
	uint32_t stride, nr;
	uint64_t step_ns;
};

static struct steps make_steps(const struct sim *s, uint32_t nr_max)
{
	struct steps steps = {
		.s = s,
		.t = s->timeline,
		.axis = { LEFT, WIDTH, 0, s->now_ns },
		.stride = 1,
	};
	uint64_t nr_columns = (s->now_ns + steps.t->column_ns - 1) / steps.t->column_ns;

	if (nr_columns > nr_max)
		steps.stride = (uint32_t)((nr_columns + nr_max - 1) / nr_max);
	steps.nr = (uint32_t)((nr_columns + steps.stride - 1) / steps.stride);
	steps.step_ns = steps.stride * steps.t->column_ns;
	return steps;
}

static uint64_t step_start(const struct steps *steps, uint32_t step)
{
	return step * steps->step_ns;
}

static uint64_t step_end(const struct steps *steps, uint32_t step)
{
	uint64_t end_ns = (step + 1) * steps->step_ns;

	return end_ns < steps->s->now_ns ? end_ns : steps->s->now_ns;
}

static uint32_t last_column(const struct steps *steps, uint32_t step)
{
	uint32_t last = (step + 1) * steps->stride - 1;

	return last < steps->t->nr_columns ? last : steps->t->nr_columns - 1;
}

/* What the classes ran on rows first to last in a step. */
static void sum_runs(const struct steps *steps, uint32_t first, uint32_t last, uint32_t step,
		     uint64_t sums[TIMELINE_CLASSES])
{
	uint32_t row, column, class;

	for (class = 0; class < TIMELINE_CLASSES; class++)
		sums[class] = 0;
	for (row = first; row <= last; row++)
		for (column = step * steps->stride; column <= last_column(steps, step); column++)
			for (class = 0; class < TIMELINE_CLASSES; class++)
				sums[class] += timeline_run_ns(steps->t, row, column)[class];
}

static struct timeline_column sum_columns(const struct steps *steps, uint32_t step)
{
	struct timeline_column sum = { 0 };
	uint32_t column;

	for (column = step * steps->stride; column <= last_column(steps, step); column++)
		timeline_add_column(&sum, &steps->t->columns[column]);
	return sum;
}

static uint32_t cpus_of_row(const struct steps *steps, uint32_t row)
{
	uint32_t left = steps->s->topo->nr_cpus - row * steps->t->cpus_per_row;

	return left < steps->t->cpus_per_row ? left : steps->t->cpus_per_row;
}

static double waiting(const struct steps *steps, const struct timeline_column *sum, uint32_t step)
{
	uint64_t ns = step_end(steps, step) - step_start(steps, step);

	return ns ? (double)sum->waiting_ns / (double)ns : 0;
}

/* ---- CPUs ------------------------------------------------------------------------------------ */

static double row_height(const struct steps *steps)
{
	return steps->t->nr_rows <= 8 ? 34 : steps->t->nr_rows <= 16 ? 22 : 15;
}

static double row_top(const struct steps *steps, uint32_t row)
{
	return 6 + row * (row_height(steps) + GAP);
}

static void row_name(FILE *out, const struct steps *steps, uint32_t row)
{
	uint32_t first = row * steps->t->cpus_per_row, nr = cpus_of_row(steps, row);

	if (nr == 1)
		fprintf(out, "CPU %u", first);
	else
		fprintf(out, "CPUs %u-%u", first, first + nr - 1);
}

/* The part of a box that a class takes, in per mille, with those of lower classes below it. */
struct part {
	uint32_t low, high;
};

static struct part part_of(const uint64_t sums[TIMELINE_CLASSES], uint32_t class, uint64_t whole_ns)
{
	uint64_t below_ns = 0;
	uint32_t i;

	if (!whole_ns)
		return (struct part){ 0, 0 };
	for (i = 0; i < class; i++)
		below_ns += sums[i];
	return (struct part){
		.low = (uint32_t)((below_ns * 1000 + whole_ns / 2) / whole_ns),
		.high = (uint32_t)(((below_ns + sums[class]) * 1000 + whole_ns / 2) / whole_ns),
	};
}

/* Where the shares of some rows are drawn: all of their CPUs busy would be from bottom - whole up. */
struct stack {
	uint32_t first_row, last_row;
	double bottom, whole;
};

static void put_box(FILE *out, const struct steps *steps, const struct stack *stack, uint32_t first,
		    uint32_t end, const struct part *part)
{
	fprintf(out, "M%.1f %.1fH%.1fV%.1fH%.1fz", page_axis_x(&steps->axis, step_start(steps, first)),
		stack->bottom - stack->whole * part->high / 1000,
		page_axis_x(&steps->axis, step_end(steps, end - 1)),
		stack->bottom - stack->whole * part->low / 1000,
		page_axis_x(&steps->axis, step_start(steps, first)));
}

static void put_class(FILE *out, const struct steps *steps, const struct stack *stack, uint32_t class)
{
	uint64_t sums[TIMELINE_CLASSES], cpus = 0;
	struct part part, drawn = { 0, 0 };
	uint32_t step, row, first = 0;
	bool has_any = false;

	for (row = stack->first_row; row <= stack->last_row; row++)
		cpus += cpus_of_row(steps, row);
	for (step = 0; step <= steps->nr; step++) {
		part = (struct part){ 0, 0 };
		if (step < steps->nr) {
			sum_runs(steps, stack->first_row, stack->last_row, step, sums);
			part = part_of(sums, class,
				       cpus * (step_end(steps, step) - step_start(steps, step)));
		}
		if (part.low == drawn.low && part.high == drawn.high)
			continue;
		/* Alike ones are one box; it ends before another one begins. */
		if (drawn.high > drawn.low && !has_any)
			fprintf(out, "<path class=\"mark %s\" d=\"", page_colour(class));
		if (drawn.high > drawn.low) {
			has_any = true;
			put_box(out, steps, stack, first, step, &drawn);
		}
		first = step;
		drawn = part;
	}
	if (has_any)
		fputs("\"/>\n", out);
}

static void put_stack(FILE *out, const struct steps *steps, const struct stack *stack)
{
	uint32_t class;

	fputs("<g class=\"strip\">\n", out);
	for (class = 0; class < TIMELINE_CLASSES; class++)
		put_class(out, steps, stack, class);
	fputs("</g>\n", out);
}

void page_run_span(FILE *out, const struct page_axis *axis, const struct timeline_span *span, double y,
		   double height)
{
	static const char *const whys[] = {
		[STOP_SLEEPS] = "sleeps",	    [STOP_EXITS] = "ends",
		[STOP_SLICE] = "slice used up",	    [STOP_RESTS] = "rests",
		[STOP_PREEMPTED] = "preempted",	    [STOP_MOVED] = "has to leave the CPU",
		[STOP_RUN_ENDS] = "runs on",
	};
	double x = page_axis_x(axis, span->start_ns), width = page_axis_x(axis, span->end_ns) - x;

	fprintf(out, "<rect class=\"mark %s\" x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%.0f\"><title>",
		page_colour(span->class), x, y, width > 0.3 ? width : 0.3, height);
	page_text(out, span->comm);
	fprintf(out, " %d on CPU %u, ", span->pid, span->cpu);
	page_axis_range(out, axis, span->start_ns, span->end_ns);
	fprintf(out, ", then %s</title></rect>\n", whys[span->why]);
	/* The end that it did not want. */
	if (span->why == STOP_PREEMPTED)
		fprintf(out, "<path class=\"late\" d=\"M%.2f %.0fv%.0f\"/>\n", x + width, y - 1,
			height + 2);
}

static bool is_exact(const struct sim *s)
{
	return s->timeline->nr_spans <= SPANS_EXACT && s->timeline->cpus_per_row == 1;
}

static void put_tip_of_row(FILE *out, const struct steps *tips, uint32_t row, uint32_t step)
{
	uint64_t sums[TIMELINE_CLASSES], whole_ns, idle_ns;
	double x = page_axis_x(&tips->axis, step_start(tips, step));
	uint32_t class;

	sum_runs(tips, row, row, step, sums);
	whole_ns = idle_ns = cpus_of_row(tips, row) * (step_end(tips, step) - step_start(tips, step));
	fprintf(out, "<rect class=\"tip\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%.0f\"><title>", x,
		row_top(tips, row), page_axis_x(&tips->axis, step_end(tips, step)) - x,
		row_height(tips));
	row_name(out, tips, row);
	fputs(", ", out);
	page_axis_range(out, &tips->axis, step_start(tips, step), step_end(tips, step));
	fputc(':', out);
	for (class = 0; class < TIMELINE_CLASSES; class++) {
		if (!sums[class])
			continue;
		idle_ns -= sums[class] < idle_ns ? sums[class] : idle_ns;
		fputc(' ', out);
		page_run_name(out, tips->s, class);
		fprintf(out, " %.1f %%,", report_pct(sums[class], whole_ns));
	}
	fprintf(out, " idle %.1f %%</title></rect>\n", report_pct(idle_ns, whole_ns));
}

void page_run_offline(FILE *out, const struct page_axis *axis, const struct topo *topo, uint32_t cpu,
		      double y, double height)
{
	uint32_t i, back;

	for (i = 0; i < topo->nr_hotplug; i++) {
		uint64_t from_ns = topo->hotplug[i].at_ns, until_ns = axis->to_ns;
		double x = page_axis_x(axis, from_ns);

		if (topo->hotplug[i].online || topo->hotplug[i].cpu != cpu)
			continue;
		for (back = i + 1; back < topo->nr_hotplug; back++)
			if (topo->hotplug[back].cpu == cpu && topo->hotplug[back].online)
				break;
		if (back < topo->nr_hotplug && topo->hotplug[back].at_ns < until_ns)
			until_ns = topo->hotplug[back].at_ns;
		if (from_ns >= until_ns || until_ns <= axis->from_ns)
			continue;
		fprintf(out, "<rect class=\"off\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%.0f\">"
			"<title>CPU %u is offline, ", x, y, page_axis_x(axis, until_ns) - x, height, cpu);
		page_axis_range(out, axis, from_ns, until_ns);
		fputs("</title></rect>\n", out);
	}
}

static void put_rows(FILE *out, const struct steps *steps, const struct steps *tips)
{
	double height = row_height(steps);
	uint32_t row, step;
	uint64_t i;

	for (row = 0; row < steps->t->nr_rows; row++) {
		fprintf(out, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 8,
			row_top(steps, row) + height / 2 + 4);
		row_name(out, steps, row);
		fprintf(out, "</text><rect class=\"idle\" x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" "
			"height=\"%.0f\"/>\n", LEFT, row_top(steps, row), WIDTH, height);
		/* Of several CPUs in a row it could not be seen. */
		if (steps->t->cpus_per_row == 1)
			page_run_offline(out, &steps->axis, steps->s->topo, row, row_top(steps, row),
					 height);
	}
	if (is_exact(steps->s)) {
		for (i = 0; i < steps->t->nr_spans; i++) {
			const struct timeline_span *span = &steps->t->spans[i];

			page_run_span(out, &steps->axis, span, row_top(steps, span->cpu), height);
		}
		return;
	}
	for (row = 0; row < steps->t->nr_rows; row++) {
		const struct stack stack = { row, row, row_top(steps, row) + height, height };

		put_stack(out, steps, &stack);
	}
	for (row = 0; row < steps->t->nr_rows; row++)
		for (step = 0; step < tips->nr; step++)
			put_tip_of_row(out, tips, row, step);
}

/* ---- lanes below them ------------------------------------------------------------------------ */

static void lane_name(FILE *out, double y, const char *name, const char *of_what, double most)
{
	fprintf(out, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%s</text>"
		"<text class=\"dim\" x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%s%.0f</text>\n",
		LEFT - 8, y + LANE / 2 - 2, name, LEFT - 8, y + LANE / 2 + 12, of_what, most);
}

static void put_waiting(FILE *out, const struct steps *steps, double y)
{
	uint32_t most = 0, step;
	struct timeline_column sum;

	for (step = 0; step < steps->nr; step++) {
		sum = sum_columns(steps, step);
		if (sum.waiting_max > most)
			most = sum.waiting_max;
	}
	lane_name(out, y, "tasks waiting", "at most ", most);
	if (!most)
		return;
	fprintf(out, "<path class=\"area\" d=\"M%.0f %.1f", LEFT, y + LANE);
	for (step = 0; step < steps->nr; step++) {
		sum = sum_columns(steps, step);
		fprintf(out, "V%.1fH%.1f", y + LANE - LANE * waiting(steps, &sum, step) / most,
			page_axis_x(&steps->axis, step_end(steps, step)));
	}
	fprintf(out, "V%.1fz\"/>\n<path class=\"most\" d=\"M%.0f %.1f", y + LANE, LEFT, y + LANE);
	for (step = 0; step < steps->nr; step++) {
		sum = sum_columns(steps, step);
		fprintf(out, "V%.1fH%.1f", y + LANE - LANE * sum.waiting_max / most,
			page_axis_x(&steps->axis, step_end(steps, step)));
	}
	fputs("\"/>\n", out);
}

static uint32_t preempted(const struct timeline_column *sum)
{
	return sum->nr_preempted;
}

static uint32_t migrated(const struct timeline_column *sum)
{
	return sum->nr_migrated;
}

/* Bars of one count. */
static void put_counts(FILE *out, const struct steps *steps, double y, const char *name,
		       uint32_t (*count)(const struct timeline_column *sum))
{
	struct timeline_column sum;
	uint32_t most = 0, step;

	for (step = 0; step < steps->nr; step++) {
		sum = sum_columns(steps, step);
		if (count(&sum) > most)
			most = count(&sum);
	}
	lane_name(out, y, name, "at most ", most);
	if (!most)
		return;
	fputs("<path class=\"bar\" d=\"", out);
	for (step = 0; step < steps->nr; step++) {
		double x = page_axis_x(&steps->axis, step_start(steps, step)), height;

		sum = sum_columns(steps, step);
		if (!count(&sum))
			continue;
		height = LANE * count(&sum) / most;
		fprintf(out, "M%.1f %.1fv-%.1fH%.1fv%.1fz", x, y + LANE, height,
			page_axis_x(&steps->axis, step_end(steps, step)), height);
	}
	fputs("\"/>\n", out);
}

static bool has_missed(const struct steps *steps, uint32_t class)
{
	uint32_t column;

	for (column = 0; column < steps->t->nr_columns; column++)
		if (steps->t->columns[column].nr_missed[class])
			return true;
	return false;
}

/* A lane for each class that was late. Returns their number. */
static uint32_t put_missed(FILE *out, const struct steps *steps, double y)
{
	uint32_t class, step, nr = 0;
	struct timeline_column sum;

	for (class = 0; class < TIMELINE_CLASSES; class++) {
		double top = y + 16.0 * nr;

		if (!has_missed(steps, class))
			continue;
		nr++;
		fprintf(out, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">missed:</text>\n<path "
			"class=\"axis\" d=\"M%.0f %.1fh%.0f\"/><path class=\"mark late %s\" d=\"", LEFT - 22,
			top + 11, LEFT, top + 13, WIDTH, page_colour(class));
		for (step = 0; step < steps->nr; step++) {
			sum = sum_columns(steps, step);
			if (sum.nr_missed[class])
				fprintf(out, "M%.1f %.1fl4 -9h-8z",
					(page_axis_x(&steps->axis, step_start(steps, step)) +
					 page_axis_x(&steps->axis, step_end(steps, step))) / 2, top + 12);
		}
		fprintf(out, "\"/><rect class=\"%s\" x=\"%.0f\" y=\"%.1f\" width=\"10\" height=\"10\" "
			"rx=\"2\"><title>", page_colour(class), LEFT - 18, top + 2);
		page_run_name(out, steps->s, class);
		fputs("</title></rect>\n", out);
	}
	return nr;
}

static void put_tip_of_lanes(FILE *out, const struct steps *tips, uint32_t step, double top,
			     double height)
{
	struct timeline_column sum = sum_columns(tips, step);
	double x = page_axis_x(&tips->axis, step_start(tips, step));
	char text[32];
	uint32_t class;

	report_time(text, sizeof(text), sum.longest_wakeup_ns);
	fprintf(out, "<rect class=\"tip\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%.0f\"><title>", x,
		top, page_axis_x(&tips->axis, step_end(tips, step)) - x, height);
	page_axis_range(out, &tips->axis, step_start(tips, step), step_end(tips, step));
	fprintf(out, ": %.1f tasks wait on average, %u at most; %u preemptions; %u migrations, %u of them "
		"to another cache; longest wake-up %s", waiting(tips, &sum, step), sum.waiting_max,
		sum.nr_preempted, sum.nr_migrated, sum.nr_llc_migrated, text);
	for (class = 0; class < TIMELINE_CLASSES; class++) {
		if (!sum.nr_missed[class])
			continue;
		fprintf(out, "; %u deadlines missed by ", sum.nr_missed[class]);
		page_run_name(out, tips->s, class);
	}
	fputs("</title></rect>\n", out);
}

/* ---- the pictures ---------------------------------------------------------------------------- */

static void put_caption(FILE *out, const struct steps *steps)
{
	char step[32];

	report_time(step, sizeof(step), steps->step_ns);
	fputs("<figcaption>", out);
	if (is_exact(steps->s)) {
		fprintf(out, "Every run of a task on a CPU, %" PRIu64 " in all; a line at its end: it was "
			"preempted.", steps->t->nr_spans);
	} else {
		fprintf(out, "Too much for single runs (%" PRIu64 "): each column is %s long and shows what "
			"part of it each group ran", steps->t->nr_spans, step);
		if (steps->t->cpus_per_row > 1)
			fprintf(out, " on %u CPUs together", steps->t->cpus_per_row);
		fputs("; what is empty was idle.", out);
	}
	fprintf(out, " Below: tasks that could run and did not (grey: on average, line: at most), "
		"preemptions and migrations in each %s, and a mark where deadlines were missed.%s</figcaption>\n",
		step, steps->s->topo->nr_hotplug && steps->t->cpus_per_row == 1 ?
		" Hatched: the CPU is offline." : "");
}

/* So that not too many boxes have to be drawn. */
static struct steps steps_for_boxes(const struct sim *s)
{
	struct steps steps = make_steps(s, TIMELINE_COLUMNS_MAX);
	uint64_t sums[TIMELINE_CLASSES];
	uint32_t nr, row, step, class;

	for (;;) {
		nr = 0;
		for (row = 0; row < steps.t->nr_rows; row++) {
			for (step = 0; step < steps.nr; step++) {
				sum_runs(&steps, row, row, step, sums);
				for (class = 0; class < TIMELINE_CLASSES; class++)
					nr += sums[class] != 0;
			}
		}
		if (nr <= BOXES_MAX || steps.nr < 2)
			return steps;
		steps = make_steps(s, steps.nr / 2);
	}
}

/* For how many steps each row can have a tooltip, were all groups in each of them. */
static uint32_t nr_tips(const struct sim *s)
{
	size_t size = 160, i;
	const char *at;

	for (i = 0; i < s->workload->nr_groups && i < TIMELINE_GROUPS; i++) {
		size += 10;
		for (at = s->workload->groups[i].name; *at; at++)
			size += strchr("&<>\"'", *at) ? 6 : 1;
	}
	i = TIPS_SIZE_MAX / size / s->timeline->nr_rows;
	return i < TIPS_MAX ? (uint32_t)(i ? i : 1) : TIPS_MAX;
}

void page_timeline(FILE *out, const struct sim *s)
{
	struct steps steps = steps_for_boxes(s), tips = make_steps(s, TIPS_MAX);
	struct steps tips_of_rows = make_steps(s, nr_tips(s));
	double lanes = row_top(&steps, steps.t->nr_rows) + 8, bottom = lanes + 3 * (LANE + 8);
	uint32_t class, step;

	for (class = 0; class < TIMELINE_CLASSES; class++)
		bottom += has_missed(&steps, class) ? 16 : 0;
	fputs("<h2 id=\"timeline\">What ran where</h2>\n<figure>\n", out);
	put_caption(out, &steps);
	fputs("<div class=\"wide\">\n", out);
	page_axis_open(out, &steps.axis, bottom + 24,
		       "Timeline: for each CPU which group ran when; tasks waiting, preemptions, migrations "
		       "and missed deadlines. The tables on this page have the sums.");
	page_axis_put(out, &steps.axis, 2, bottom);
	put_rows(out, &steps, &tips_of_rows);
	put_waiting(out, &steps, lanes);
	put_counts(out, &steps, lanes + LANE + 8, "preemptions", preempted);
	put_counts(out, &steps, lanes + 2 * (LANE + 8), "migrations", migrated);
	put_missed(out, &steps, lanes + 3 * (LANE + 8));
	for (step = 0; step < tips.nr; step++)
		put_tip_of_lanes(out, &tips, step, lanes, bottom - lanes);
	fputs("</svg>\n</div>\n</figure>\n", out);
}

static void put_tip_of_shares(FILE *out, const struct steps *steps, uint32_t step)
{
	uint64_t sums[TIMELINE_CLASSES], whole_ns = step_end(steps, step) - step_start(steps, step);
	double x = page_axis_x(&steps->axis, step_start(steps, step));
	uint32_t class;

	whole_ns *= steps->s->topo->nr_cpus;
	sum_runs(steps, 0, steps->t->nr_rows - 1, step, sums);
	fprintf(out, "<rect class=\"tip\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%.0f\"><title>", x,
		TOP, page_axis_x(&steps->axis, step_end(steps, step)) - x, HEIGHT);
	page_axis_range(out, &steps->axis, step_start(steps, step), step_end(steps, step));
	fputc(':', out);
	for (class = 0; class < TIMELINE_CLASSES; class++) {
		if (!sums[class])
			continue;
		fputc(' ', out);
		page_run_name(out, steps->s, class);
		fprintf(out, " %.2f %%;", report_pct(sums[class], whole_ns));
	}
	fputs("</title></rect>\n", out);
}

/* How far the axis of shares has to reach, in per cent. */
static uint32_t most_busy(const struct steps *steps)
{
	static const uint32_t tops[] = { 20, 40, 60, 100 };
	uint64_t sums[TIMELINE_CLASSES];
	double most = 0;
	uint32_t step, class, i = 0;

	for (step = 0; step < steps->nr; step++) {
		uint64_t busy_ns = 0, ns = step_end(steps, step) - step_start(steps, step);

		sum_runs(steps, 0, steps->t->nr_rows - 1, step, sums);
		for (class = 0; class < TIMELINE_CLASSES; class++)
			busy_ns += sums[class];
		if (report_pct(busy_ns, ns * steps->s->topo->nr_cpus) > most)
			most = report_pct(busy_ns, ns * steps->s->topo->nr_cpus);
	}
	while (i < 3 && most > tops[i])
		i++;
	return tops[i];
}

void page_shares(FILE *out, const struct sim *s)
{
	struct steps steps = make_steps(s, SHARES_MAX);
	uint32_t step, i, top = most_busy(&steps);
	const struct stack stack = { 0, steps.t->nr_rows - 1, TOP + HEIGHT, HEIGHT * 100 / top };
	char text[32];

	report_time(text, sizeof(text), steps.step_ns);
	fprintf(out, "<h2 id=\"shares\">Shares over time</h2>\n<figure>\n<figcaption>What part of all CPUs "
		"together each group had, in columns of %s.</figcaption>\n<div class=\"wide\">\n", text);
	page_axis_open(out, &steps.axis, TOP + HEIGHT + 24, "Each group's share of all CPUs over time, in per "
		       "cent. The table of groups has the sums.");
	fprintf(out, "<rect class=\"idle\" x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\"/>\n", LEFT,
		TOP, WIDTH, HEIGHT);
	put_stack(out, &steps, &stack);
	fputs("<g class=\"axis\">", out);
	for (i = 0; i <= 4; i++)
		fprintf(out, "<path d=\"M%.0f %.1fh%.0f\"/><text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">"
			"%u %%</text>\n", LEFT - 5, TOP + HEIGHT - HEIGHT * i / 4, i ? 5.0 : WIDTH + 5,
			LEFT - 9, TOP + 4 + HEIGHT - HEIGHT * i / 4, top / 4 * i);
	fputs("</g>\n", out);
	page_axis_put(out, &steps.axis, TOP + HEIGHT, TOP + HEIGHT);
	for (step = 0; step < steps.nr; step++)
		put_tip_of_shares(out, &steps, step);
	fputs("</svg>\n</div>\n</figure>\n", out);
}

/* ---- queues ---------------------------------------------------------------------------------- */

#define QUEUE_STEPS_MAX 240u

static double queued(const struct timeline_column *sum, uint32_t queue)
{
	return sum->nr_looks ? (double)sum->nr_queued[queue] / sum->nr_looks : 0;
}

/* How long it was: on average, and at most. */
static void put_queue(FILE *out, const struct steps *steps, uint32_t queue, double y, const char *name)
{
	struct timeline_column sum;
	uint32_t most = 0, step;

	for (step = 0; step < steps->nr; step++) {
		sum = sum_columns(steps, step);
		if (sum.most_queued[queue] > most)
			most = sum.most_queued[queue];
	}
	lane_name(out, y, name, "at most ", most);
	if (!most)
		return;
	fprintf(out, "<path class=\"area\" d=\"M%.0f %.1f", LEFT, y + LANE);
	for (step = 0; step < steps->nr; step++) {
		sum = sum_columns(steps, step);
		fprintf(out, "V%.1fH%.1f", y + LANE - LANE * queued(&sum, queue) / most,
			page_axis_x(&steps->axis, step_end(steps, step)));
	}
	fprintf(out, "V%.1fz\"/>\n<path class=\"most\" d=\"M%.0f %.1f", y + LANE, LEFT, y + LANE);
	for (step = 0; step < steps->nr; step++) {
		sum = sum_columns(steps, step);
		fprintf(out, "V%.1fH%.1f", y + LANE - LANE * sum.most_queued[queue] / most,
			page_axis_x(&steps->axis, step_end(steps, step)));
	}
	fputs("\"/>\n", out);
}

static void put_tip_of_queues(FILE *out, const struct steps *tips, uint32_t step, double height)
{
	struct timeline_column sum = sum_columns(tips, step);
	const struct timeline *t = tips->t;
	double x = page_axis_x(&tips->axis, step_start(tips, step));
	uint32_t i;

	fprintf(out, "<rect class=\"tip\" x=\"%.1f\" y=\"2\" width=\"%.1f\" height=\"%.0f\"><title>", x,
		page_axis_x(&tips->axis, step_end(tips, step)) - x, height);
	page_axis_range(out, &tips->axis, step_start(tips, step), step_end(tips, step));
	fputs(": tasks on average, at most:", out);
	for (i = 0; i < TIMELINE_QUEUES; i++)
		if (sum.most_queued[i])
			fprintf(out, " %s %.1f, %u;", i < t->nr_queues ? t->queues[i].name : "others",
				queued(&sum, i), sum.most_queued[i]);
	fputs("</title></rect>\n", out);
}

void page_queues(FILE *out, const struct sim *s)
{
	struct steps steps = make_steps(s, QUEUE_STEPS_MAX), tips = make_steps(s, TIPS_MAX);
	const struct timeline *t = s->timeline;
	uint32_t nr = t->nr_queues + t->has_others, i, step;
	double bottom = 8 + nr * (LANE + 8);

	fputs("<h2 id=\"queues\">Queues</h2>\n<figure>\n<figcaption>Tasks in each queue, looked at once a "
	      "millisecond (grey: on average, line: at most): those that wait on a CPU of their own, those "
	      "that wait for the policy's answer, and those that wait for one of the CPUs of a cache, or for "
	      "the only CPU that they may use.</figcaption>\n<div class=\"wide\">\n", out);
	page_axis_open(out, &steps.axis, bottom + 24, "The length of each queue over time.");
	page_axis_put(out, &steps.axis, 2, bottom);
	for (i = 0; i < nr; i++)
		put_queue(out, &steps, i < t->nr_queues ? i : TIMELINE_QUEUE_OTHERS, 8 + i * (LANE + 8),
			  i < t->nr_queues ? t->queues[i].name : "others");
	for (step = 0; step < tips.nr; step++)
		put_tip_of_queues(out, &tips, step, bottom);
	fputs("</svg>\n</div>\n</figure>\n", out);
}
