/* SPDX-License-Identifier: GPL-2.0-only */
/* page_compare.c - policies side by side on a page: means, their intervals, and each sample's value. */
#include <math.h>
#include <string.h>

#include "compare.h"
#include "page.h"

#define WIDTH 480.0
#define LEFT 8.0
#define ROW 20.0
/* So that the page stays below 2 MB: rows of the table, and dots for single samples. */
#define ROWS_MAX 4000u
#define DOTS_MAX 40000u

static size_t nr_rows(const struct compare *c)
{
	return c->nr_metrics * c->nr_policies;
}

static bool has_dots(const struct compare *c)
{
	return nr_rows(c) * c->nr_samples <= DOTS_MAX;
}

void page_compare_title(FILE *out, const struct compare *c)
{
	size_t i;

	fputs("<h1>", out);
	for (i = 0; i < c->nr_policies; i++) {
		fputs(!i ? "" : i + 1 < c->nr_policies ? ", " : " and ", out);
		page_text(out, c->names[i]);
	}
	fputs(" side by side</h1>\n", out);
}

void page_compare_legend(FILE *out, const struct compare *c, const char *remedy)
{
	size_t i;

	fprintf(out, "<p>A box is the mean over all %s with its 95 %% confidence interval", c->samples);
	if (has_dots(c))
		fprintf(out, ", a dot the value %s", c->in_one);
	fputs(". Each figure has an axis of its own, from 0. <b>less</b> and <b>more</b>: than ", out);
	page_text(out, c->names[0]);
	fputs(", and more than chance (fewer than 5 in 100 pages like this one have such a mark that is "
	      "wrong); <b>noise</b>: no difference can be told.</p>\n", out);
	if (remedy)
		fprintf(out, "<p><b>With %zu %.*s nothing can be told from noise here: take %s or more."
			"</b></p>\n", c->nr_samples, compare_samples_len(c), c->samples, remedy);
	fputs("<ul class=\"legend\" aria-label=\"policies; press one to bring it out\">\n", out);
	for (i = 0; i < c->nr_policies; i++)
		page_key(out, (uint32_t)i, c->names[i]);
	fputs("</ul>\n", out);
}

/* What the picture of a metric has to show: from 0, or from less where there is less. */
struct range {
	double least, most;
};

static struct range range_of(const struct compare *c, const struct compare_metric *m)
{
	struct range range = { 0, 0 };
	size_t i;

	for (i = 0; i < c->nr_policies; i++) {
		range.least = fmin(range.least, m->of[i].mean);
		range.most = fmax(range.most, fmax(m->of[i].mean, m->of[i].high));
	}
	for (i = 0; i < c->nr_policies * c->nr_samples && has_dots(c); i++) {
		range.least = fmin(range.least, m->values[i]);
		range.most = fmax(range.most, m->values[i]);
	}
	return range;
}

/* Lines of no length with round ends: dots in a few bytes each. */
static void put_dots(FILE *out, const struct compare *c, const double *values, double least, double unit)
{
	size_t i, nr = 0;

	for (i = 0; i < c->nr_samples; i++)
		if (!isnan(values[i]))
			fprintf(out, "%sM%.1f %.0fh0", nr++ ? "" : "<path class=\"seed\" d=\"",
				LEFT + unit * (values[i] - least), ROW / 2 + 5);
	fputs(nr ? "\"/>" : "", out);
}

static void put_interval(FILE *out, const struct compare *c, const struct compare_metric *m,
			 size_t policy, const struct range *range)
{
	const struct estimate *e = &m->of[policy];
	const char *colour = page_colour((uint32_t)policy);
	double least = range->least, unit = range->most > least ? WIDTH / (range->most - least) : 0;
	double at = LEFT + unit * (e->mean - least), low = at, high = at;

	if (!isnan(e->low)) {
		low = LEFT + unit * (fmax(e->low, least) - least);
		high = LEFT + unit * (e->high - least);
	}
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" role=\"img\" "
		"aria-label=\"interval; its numbers are in this row\"><g class=\"axis\"><path d=\"M%.0f "
		"%.0fh%.0f\"/></g>", WIDTH + 2 * LEFT, ROW, LEFT, ROW / 2, WIDTH);
	if (has_dots(c))
		put_dots(out, c, m->values + policy * c->nr_samples, least, unit);
	if (!isnan(e->mean))
		fprintf(out, "<rect class=\"mark %s\" x=\"%.1f\" y=\"2\" width=\"%.1f\" height=\"9\"/><path "
			"class=\"pct pct4\" d=\"M%.1f 0v13\"/>", colour, low,
			high - low > 1 ? high - low : 1, at);
	fputs("</svg>", out);
}

static void put_figure(FILE *out, const struct compare *c, const struct compare_metric *m,
		       const struct range *range)
{
	const char *unit;
	double scale = compare_scale(m, c->nr_policies, &unit);

	fprintf(out, "<th scope=\"rowgroup\" rowspan=\"%zu\">%s", c->nr_policies, m->name);
	if (*unit) {
		fputs(" [", out);
		page_text(out, unit);
		fputs("]", out);
	}
	fputs("<br/><span class=\"dim\">", out);
	if (range->most > range->least)
		fprintf(out, "axis: %.4g to %.4g</span></th>", range->least / scale, range->most / scale);
	else
		fputs("all are 0</span></th>", out);
}

static void put_metric(FILE *out, const struct compare *c, const struct compare_metric *m)
{
	static const char *const verdicts[] = {
		[COMPARE_FIRST] = "", [COMPARE_NOISE] = "noise", [COMPARE_LESS] = "<b>less</b>",
		[COMPARE_MORE] = "<b>more</b>",
	};
	struct range range = range_of(c, m);
	const char *unit;
	double scale;
	size_t p;

	scale = compare_scale(m, c->nr_policies, &unit);
	fputs("<tbody>\n", out);
	for (p = 0; p < c->nr_policies; p++) {
		fputs("<tr>", out);
		if (!p)
			put_figure(out, c, m, &range);
		fputs("<td class=\"left\">", out);
		page_text(out, c->names[p]);
		fputs("</td><td class=\"picture\">", out);
		put_interval(out, c, m, p, &range);
		if (isnan(m->of[p].mean))
			fputs("</td><td>none</td>", out);
		else if (isnan(m->of[p].high))
			fprintf(out, "</td><td>%.2f</td>", m->of[p].mean / scale);
		else
			fprintf(out, "</td><td>%.2f &#177; %.2f</td>", m->of[p].mean / scale,
				(m->of[p].high - m->of[p].mean) / scale);
		fprintf(out, "<td class=\"left\">%s</td></tr>\n", verdicts[compare_verdict(m, p)]);
	}
	fputs("</tbody>\n", out);
}

static void put_group(FILE *out, const struct compare *c, size_t first, size_t end)
{
	size_t i;

	fputs("<h2>", out);
	page_text(out, *c->metrics[first].group ? c->metrics[first].group : "The whole machine");
	fputs("</h2>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">figure</th><th scope=\"col\" "
	      "class=\"left\">policy</th><td></td><th scope=\"col\">mean</th><th scope=\"col\" "
	      "class=\"left\">against the first</th></tr></thead>\n", out);
	for (i = first; i < end; i++)
		put_metric(out, c, &c->metrics[i]);
	fputs("</table></div>\n", out);
}

void page_compare_differences(FILE *out, const struct compare *c)
{
	const struct compare_metric *m;
	char text[128];
	size_t p, i, nr;

	for (p = 1; p < c->nr_policies; p++) {
		fputs("<h2>", out);
		page_text(out, c->names[p]);
		fputs(" against ", out);
		page_text(out, c->names[0]);
		fputs("</h2>\n", out);
		for (i = nr = 0; i < c->nr_metrics; i++) {
			m = &c->metrics[i];
			if (!m->real[p])
				continue;
			compare_difference(c, m, p, text, sizeof(text));
			fputs(nr++ ? "<li>" : "<ul>\n<li>", out);
			page_text(out, m->group);
			fprintf(out, "%s%s: <b>", *m->group ? ": " : "", m->name);
			page_text(out, text);
			fputs("</b></li>\n", out);
		}
		if (nr)
			fprintf(out, "</ul>\n<p class=\"dim\">In brackets the 95 %% confidence interval. The other "
				"%zu figures differ by no more than chance.</p>\n", c->nr_metrics - nr);
		else
			fprintf(out, "<p>None of %zu figures differs by more than chance.</p>\n",
				c->nr_metrics);
	}
}

void page_compare_figures(FILE *out, const struct compare *c)
{
	size_t first = 0, nr = ROWS_MAX / c->nr_policies, end;

	if (nr > c->nr_metrics)
		nr = c->nr_metrics;
	for (; first < nr; first = end) {
		for (end = first + 1; end < nr; end++)
			if (strcmp(c->metrics[end].group, c->metrics[first].group))
				break;
		put_group(out, c, first, end);
	}
	if (nr < c->nr_metrics)
		fprintf(out, "<p class=\"dim\">%zu more figures are left out; --json has them.</p>\n",
			c->nr_metrics - nr);
}
