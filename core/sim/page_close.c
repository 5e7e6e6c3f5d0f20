/* SPDX-License-Identifier: GPL-2.0-only */
/* page_close.c - the longest waits of a run from near: what ran instead. */
#include "page_run.h"

#define LEFT 96.0
#define WIDTH 980.0
#define ROW 24.0

static void put_close(FILE *out, const struct topo *topo, const struct timeline_close *close)
{
	struct page_axis axis = { LEFT, WIDTH, close->from_ns, close->to_ns };
	double bottom = 24 + close->nr_cpus * ROW, x, end;
	char label[80];
	uint32_t i;

	snprintf(label, sizeof(label), "What ran on each CPU while %s %d waited", close->comm, close->pid);
	page_axis_open(out, &axis, bottom + 24, label);
	page_axis_put(out, &axis, 20, bottom);
	for (i = 0; i < close->nr_cpus; i++) {
		fprintf(out, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\">CPU %u</text><rect class=\"idle\" "
			"x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\"/>\n", LEFT - 8,
			22 + i * ROW + ROW / 2 + 4, close->first_cpu + i, LEFT, 24 + i * ROW, WIDTH, ROW - 4);
		page_run_offline(out, &axis, topo, close->first_cpu + i, 24 + i * ROW, ROW - 4);
	}
	for (i = 0; i < close->nr_spans; i++)
		page_run_span(out, &axis, &close->spans[i],
			      24 + (close->spans[i].cpu - close->first_cpu) * ROW, ROW - 4);
	x = page_axis_x(&axis, close->since_ns);
	end = page_axis_x(&axis, close->until_ns);
	fprintf(out, "<path class=\"wait\" style=\"pointer-events:none\" d=\"M%.1f 18V%.1fH%.1fV18z\"/>"
		"<text class=\"wait\" x=\"%.1f\" y=\"12\" text-anchor=\"middle\">", x, bottom, end,
		(x + end) / 2);
	page_text(out, close->comm);
	fprintf(out, " %d waits</text>\n</svg>\n", close->pid);
}

static void put_figure(FILE *out, const struct sim *s, const struct timeline_close *close,
		       const char *what)
{
	char text[32];

	report_time(text, sizeof(text), close->until_ns - close->since_ns);
	fprintf(out, "<figure>\n<figcaption>The longest wait from wake-up to running%s: %s, ", what, text);
	page_text(out, close->comm);
	fprintf(out, " %d (", close->pid);
	page_text(out, s->workload->groups[close->group].name);
	fprintf(out, "), until CPU %u took it at %.6fs. Every run meanwhile", close->cpu,
		(double)close->until_ns / 1e9);
	if (close->nr_cpus < s->topo->nr_cpus)
		fprintf(out, " on CPUs %u-%u", close->first_cpu, close->first_cpu + close->nr_cpus - 1);
	fprintf(out, "%s; a line at its end: it was preempted.</figcaption>\n<div class=\"wide\">\n",
		close->is_cut ? ", as far back as they fit here" : "");
	put_close(out, s->topo, close);
	fputs("</div>\n</figure>\n", out);
}

void page_closes(FILE *out, const struct sim *s)
{
	const struct timeline_close *any = &s->timeline->closes[TIMELINE_CLOSE_ANY];
	const struct timeline_close *jobs = &s->timeline->closes[TIMELINE_CLOSE_JOBS];

	if (!any->pid)
		return;
	fputs("<h2 id=\"longest\">The longest waits, from near</h2>\n", out);
	put_figure(out, s, any, "");
	if (jobs->pid && (jobs->pid != any->pid || jobs->until_ns != any->until_ns))
		put_figure(out, s, jobs, " of a task that has deadlines");
}
