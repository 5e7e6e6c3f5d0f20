/* SPDX-License-Identifier: GPL-2.0-only */
/* page_waits.c - how long it took, by group: distributions over a logarithmic axis of time. */
#include <inttypes.h>
#include <math.h>

#include "page_run.h"

#define WIDTH 540.0
#define LEFT 46.0		/* of what is below the axis */
#define HEIGHT 46.0
#define LABELS 20.0		/* the row of labels above it */
#define LABEL_EM 6.5		/* what a character of them takes at most, on average */
#define LABEL_GAP 7.0
#define AXIS_MIN_NS 100u
#define DECADES 4.0		/* of the heights */
/* The groups behind these are rows without a picture. */
#define PICTURES_MAX 30u

/* From one power of ten to another. */
struct range {
	uint64_t from_ns, to_ns;
};

static double x_of(const struct range *range, uint64_t ns)
{
	double from = log10((double)range->from_ns), to = log10((double)range->to_ns);

	if (ns <= range->from_ns)
		return LEFT;
	return LEFT + (WIDTH - LEFT) * (log10((double)ns) - from) / (to - from);
}

static const struct histogram *histogram_of(const struct sim *s, uint32_t group, size_t offset)
{
	return (const struct histogram *)(const void *)((const char *)&s->groups[group] + offset);
}

/* What all groups need; nobody needs less than a tenth of a microsecond. */
static struct range range_of(const struct sim *s, size_t offset)
{
	struct range range = { .from_ns = UINT64_MAX, .to_ns = 0 };
	uint64_t power = AXIS_MIN_NS;
	uint32_t group, i;

	for (group = 0; group < s->workload->nr_groups; group++) {
		const struct histogram *h = histogram_of(s, group, offset);

		for (i = 0; i < HISTOGRAM_BINS; i++) {
			struct histogram_bin bin = histogram_bin(h, i);

			if (bin.nr && bin.from < range.from_ns)
				range.from_ns = bin.from;
		}
		if (h->max > range.to_ns)
			range.to_ns = h->max;
	}
	while (power * 10 <= range.from_ns && power * 10 < range.to_ns)
		power *= 10;
	range.from_ns = power;
	while (power < range.to_ns || power == range.from_ns)
		power *= 10;
	range.to_ns = power;
	return range;
}

static void put_axis(FILE *out, const struct range *range)
{
	uint64_t at_ns;
	char text[32];

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"18\" role=\"img\" "
		"aria-label=\"axis of time, logarithmic\">", WIDTH + 24);
	for (at_ns = range->from_ns; at_ns <= range->to_ns; at_ns *= 10) {
		page_power_ns(text, sizeof(text), at_ns);
		fprintf(out, "<text class=\"dim\" x=\"%.1f\" y=\"13\" text-anchor=\"middle\">%s</text>",
			x_of(range, at_ns), text);
	}
	fputs("<text class=\"dim\" x=\"2\" y=\"13\">less</text></svg>", out);
}

/* How many values are below the axis. */
static uint64_t nr_below(const struct histogram *h, const struct range *range)
{
	uint64_t nr = 0;
	uint32_t i;

	for (i = 0; i < HISTOGRAM_BINS; i++) {
		struct histogram_bin bin = histogram_bin(h, i);

		if (bin.to < range->from_ns)
			nr += bin.nr;
	}
	return nr;
}

/* The tail is what people look for: the whole height is all values, none of it a ten-thousandth. */
static double height_of(uint64_t nr, uint64_t all)
{
	double height = HEIGHT * (1 + log10((double)nr / (double)all) / DECADES);

	return height > 1 ? height : 1; /* few, but not none */
}

static void put_bins(FILE *out, const struct histogram *h, const struct range *range, uint32_t colour)
{
	uint64_t below = nr_below(h, range), most = 0;
	double bottom = LABELS + HEIGHT;
	char text[32];
	uint32_t i;

	fprintf(out, "<path class=\"mark %s\" d=\"", page_colour(colour));
	if (below)
		fprintf(out, "M2 %.1fv-%.2fh%.0fV%.1fz", bottom, height_of(below, h->nr), LEFT - 14,
			bottom);
	for (i = 0; i < HISTOGRAM_BINS; i++) {
		struct histogram_bin bin = histogram_bin(h, i);

		if (bin.to < range->from_ns || !bin.nr)
			continue;
		if (bin.nr > most)
			most = bin.nr;
		fprintf(out, "M%.1f %.1fv-%.2fH%.1fV%.1fz", x_of(range, bin.from), bottom,
			height_of(bin.nr, h->nr), x_of(range, bin.to + 1), bottom);
	}
	page_power_ns(text, sizeof(text), range->from_ns);
	fprintf(out, "\"><title>%.2f %% are less than %s; the highest bar above that is %.2f %%</title></path>"
		"\n", report_pct(below, h->nr), text, report_pct(most, h->nr));
}

/* A line for each percentile, and above it which and how long: moved aside where there is no room. */
static void put_percentiles(FILE *out, const struct histogram *h, const struct range *range)
{
	double at[REPORT_PERCENTILES], width[REPORT_PERCENTILES], end = WIDTH + 22;
	char text[REPORT_PERCENTILES][48], time[32];
	uint32_t i;

	for (i = 0; i < REPORT_PERCENTILES; i++) {
		report_time(time, sizeof(time), histogram_percentile(h, report_percentiles[i].pct_100));
		width[i] = LABEL_EM * snprintf(text[i], sizeof(text[i]), "%s %s",
					       report_percentiles[i].name, time);
	}
	for (i = REPORT_PERCENTILES; i-- > 0;) {
		double x = x_of(range, histogram_percentile(h, report_percentiles[i].pct_100));

		at[i] = x + width[i] / 2 > end ? end - width[i] / 2 : x;
		end = at[i] - width[i] / 2 - LABEL_GAP;
	}
	for (end = 0, i = 0; i < REPORT_PERCENTILES; i++) {
		double x = x_of(range, histogram_percentile(h, report_percentiles[i].pct_100));

		if (at[i] - width[i] / 2 < end)
			at[i] = end + width[i] / 2;
		end = at[i] + width[i] / 2 + LABEL_GAP;
		fprintf(out, "<path class=\"lead\" d=\"M%.1f 11L%.1f %.0f\"/><path class=\"pct pct%u\" "
			"d=\"M%.1f %.0fV%.0f\"><title>%s</title></path><text class=\"dim\" x=\"%.1f\" "
			"y=\"9\" text-anchor=\"middle\">%s</text>\n", at[i], x, LABELS, i, x, LABELS,
			LABELS + HEIGHT, text[i], at[i], text[i]);
	}
}

static void put_row(FILE *out, const struct sim *s, uint32_t group, const struct histogram *h,
		    const struct range *range, bool has_picture)
{
	uint32_t class = timeline_class(group);
	char text[32];
	uint32_t i;

	fputs("<tr><th scope=\"row\">", out);
	page_swatch(out, class, 10);
	page_text(out, s->workload->groups[group].name);
	fprintf(out, "</th><td>%" PRIu64 "</td><td class=\"picture\">", h->nr);
	if (has_picture) {
		fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
			"role=\"img\" aria-label=\"distribution; its percentiles are in this row\">\n"
			"<g class=\"axis\"><path d=\"M%.0f %.1fH%.0f\"/><path d=\"M%.0f %.1fH%.0f\"/></g>\n",
			WIDTH + 24, LABELS + HEIGHT + 2, LEFT, LABELS + HEIGHT / 2, WIDTH, LEFT, LABELS + HEIGHT,
			WIDTH);
		put_bins(out, h, range, class);
		put_percentiles(out, h, range);
		fputs("</svg>", out);
	}
	fputs("</td>", out);
	for (i = 0; i < REPORT_PERCENTILES; i++) {
		report_time(text, sizeof(text), histogram_percentile(h, report_percentiles[i].pct_100));
		fprintf(out, "<td>%s</td>", text);
	}
	fputs("</tr>\n", out);
}

static void put_table(FILE *out, const struct sim *s, const char *title, const char *what, size_t offset)
{
	struct range range = range_of(s, offset);
	uint32_t group, nr = 0, i;

	for (group = 0; group < s->workload->nr_groups; group++)
		nr += histogram_of(s, group, offset)->nr != 0;
	if (!nr)
		return;
	fprintf(out, "<h2>%s</h2>\n<p class=\"dim\">%s The axis is logarithmic, and so is the height: a "
		"bar of the whole height is 100 %% of the group's values, one of half of it 1 %%. Values are "
		"within 3 %%.", title, what);
	if (nr > PICTURES_MAX)
		fprintf(out, " Pictures of the first %u groups only.", PICTURES_MAX);
	if (nr > PAGE_RUN_GROUPS_MAX)
		fprintf(out, " %u groups are left out.", nr - PAGE_RUN_GROUPS_MAX);
	fputs("</p>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">group</th><th scope=\"col\">"
	      "times</th><td class=\"picture\">", out);
	put_axis(out, &range);
	fputs("</td>", out);
	for (i = 0; i < REPORT_PERCENTILES; i++)
		fprintf(out, "<th scope=\"col\">%s</th>", report_percentiles[i].name);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (nr = group = 0; group < s->workload->nr_groups; group++) {
		const struct histogram *h = histogram_of(s, group, offset);

		if (h->nr && nr < PAGE_RUN_GROUPS_MAX)
			put_row(out, s, group, h, &range, nr++ < PICTURES_MAX);
	}
	fputs("</tbody></table></div>\n", out);
}

void page_waits(FILE *out, const struct sim *s)
{
	put_table(out, s, "From wake-up to running",
		  "How long a task that was woken up waited for a CPU.",
		  offsetof(struct sim_group, wakeup));
	put_table(out, s, "Any wait",
		  "How long a task that could run waited for a CPU, also behind a slice or a preemption.",
		  offsetof(struct sim_group, wait));
	put_table(out, s, "Response", "From a client's question to the server's answer.",
		  offsetof(struct sim_group, response));
}
