/* SPDX-License-Identifier: GPL-2.0-only */
#include "page_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fairness.h"
#include "stats.h"

/* A longer table is better read behind the pictures. */
#define GROUPS_FIRST 20u

void page_run_name(FILE *out, const struct sim *s, uint32_t class)
{
	if (class == TIMELINE_AGENT)
		fputs("(the agent)", out);
	else if (class == TIMELINE_OTHERS)
		fprintf(out, "(%u other groups)", s->workload->nr_groups - TIMELINE_GROUPS);
	else
		page_text(out, s->workload->groups[class].name);
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* ---- what it was ----------------------------------------------------------------------------- */

static void put_machine(FILE *out, const struct topo *topo)
{
	uint32_t cpu, big = 0, little = UINT32_MAX;

	for (cpu = 0; cpu < topo->nr_cpus; cpu++) {
		if (topo->capacity[cpu] > big)
			big = topo->capacity[cpu];
		if (topo->capacity[cpu] < little)
			little = topo->capacity[cpu];
	}
	fprintf(out, "<dt>machine</dt><dd>%u CPU%s, %u thread%s a core, %u last-level cache%s, %u memory "
		"node%s", topo->nr_cpus, topo->nr_cpus == 1 ? "" : "s", topo->smt,
		topo->smt == 1 ? "" : "s", topo->nr_llcs, topo->nr_llcs == 1 ? "" : "s", topo->nr_nodes,
		topo->nr_nodes == 1 ? "" : "s");
	if (little < big)
		fprintf(out, ", capacities from %u to %u of %u", little, big, TOPO_CAPACITY_FULL);
	if (topo->nr_hotplug)
		fprintf(out, ", CPUs going or coming %u times", topo->nr_hotplug);
	fputs("</dd>\n", out);
}

static void put_facts(FILE *out, const struct sim *s, const struct run_options *run,
		      const struct report_options *options, const char *const *command, size_t nr)
{
	size_t i;

	fputs("<h1>", out);
	page_text(out, run->target->policy_name);
	fputs(" under ", out);
	page_text(out, file_name(options->workload_path));
	fputs("</h1>\n<dl class=\"facts\">\n<dt>policy</dt><dd>", out);
	page_text(out, run->target->policy_name);
	if (*run->target->policy_version) {
		fputc(' ', out);
		page_text(out, run->target->policy_version);
	}
	fprintf(out, ", %s</dd>\n<dt>workload</dt><dd>", s->options.strict ?
		"strict: asked every time" : "leased");
	page_text(out, options->workload_path);
	fputs("</dd>\n", out);
	put_machine(out, s->topo);
	fprintf(out, "<dt>length</dt><dd>%.3fs of virtual time</dd>\n<dt>seed</dt><dd>%" PRIu64
		"</dd>\n</dl>\n<pre><code>", (double)s->now_ns / 1e9, s->options.seed);
	for (i = 0; i < nr; i++) {
		fputs(i ? " " : "", out);
		page_word(out, command[i]);
	}
	fputs("</code></pre>\n", out);
}

/* ---- figures --------------------------------------------------------------------------------- */

__attribute__((format(printf, 4, 5))) static void put_tile(FILE *out, const char *class,
							   const char *what, const char *fmt, ...)
{
	va_list args;

	fprintf(out, "<li%s><b>", class);
	va_start(args, fmt);
	vfprintf(out, fmt, args);
	va_end(args);
	fprintf(out, "</b><span>%s</span></li>\n", what);
}

static void put_tiles(FILE *out, const struct sim *s, const struct report_totals *totals,
		      const struct fairness *fairness)
{
	uint64_t nr_jobs = 0, nr_missed = 0, nr_preempted = 0, nr_migrations = 0;
	uint32_t i;

	for (i = 0; i < s->workload->nr_groups; i++) {
		nr_jobs += totals[i].counts.nr_jobs;
		nr_missed += totals[i].counts.nr_missed;
		nr_preempted += totals[i].counts.nr_preempted;
		nr_migrations += totals[i].counts.nr_migrations;
	}
	fputs("<ul class=\"tiles\">\n", out);
	put_tile(out, "", "of all CPUs busy", "%.2f %%",
		 report_pct(report_busy_ns(s), s->now_ns * s->topo->nr_cpus));
	if (nr_jobs)
		put_tile(out, nr_missed ? " class=\"bad\"" : "", "deadlines missed",
			 "%" PRIu64 " of %" PRIu64, nr_missed, nr_jobs);
	put_tile(out, "", "switches", "%" PRIu64, report_switches(s));
	put_tile(out, "", "preemptions", "%" PRIu64, nr_preempted);
	put_tile(out, "", "migrations", "%" PRIu64, nr_migrations);
	if (fairness->nr_tasks > 1)
		put_tile(out, "", "shares off by, on average", "%.2f %%", fairness->mean_pct);
	put_tile(out, "", "of one CPU for the agent", "%.2f %%",
		 report_pct(s->agent->p.se.sum_exec_runtime, s->now_ns));
	fputs("</ul>\n", out);
}

static void put_group(FILE *out, const struct sim *s, const struct report_totals *totals, uint32_t group)
{
	const struct task_counts *c = &totals[group].counts;

	fputs("<tr><th scope=\"row\">", out);
	page_swatch(out, timeline_class(group), 10);
	page_text(out, s->workload->groups[group].name);
	fprintf(out, "</th><td>%" PRIu64 "</td><td>%.3f</td><td>%.2f</td><td>%" PRIu64 "</td><td>%" PRIu64
		"</td><td>%" PRIu64 "</td><td>%" PRIu64 "</td><td%s>", s->groups[group].nr_tasks,
		(double)totals[group].run_ns / 1e9,
		report_pct(totals[group].run_ns, s->now_ns * s->topo->nr_cpus), c->nr_wakeups,
		c->nr_migrations, c->nr_preempted, c->nr_slices, c->nr_missed ? " class=\"bad\"" : "");
	if (c->nr_jobs)
		fprintf(out, "%" PRIu64 " of %" PRIu64, c->nr_missed, c->nr_jobs);
	fputs("</td></tr>\n", out);
}

static void put_groups(FILE *out, const struct sim *s, const struct report_totals *totals,
		       const struct fairness *fairness)
{
	static const char *const columns[] = { "tasks", "CPU [s]", "of all CPUs [%]", "wake-ups", "migrated",
					       "preempted", "slices used up", "deadlines missed" };
	uint32_t nr = s->workload->nr_groups, i;

	fputs("<h2 id=\"groups\">Groups</h2>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">"
	      "group</th>", out);
	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		fprintf(out, "<th scope=\"col\">%s</th>", columns[i]);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (i = 0; i < nr && i < PAGE_RUN_GROUPS_MAX; i++)
		put_group(out, s, totals, i);
	fputs("</tbody></table></div>\n", out);
	if (nr > PAGE_RUN_GROUPS_MAX)
		fprintf(out, "<p class=\"dim\">%u more groups are left out.</p>\n", nr - PAGE_RUN_GROUPS_MAX);
	if (fairness->nr_tasks < 2)
		return;
	fprintf(out, "<p>Shares by nice level, of %u tasks that never slept: off by %.2f %% on average, by "
		"%.2f %% at most (", fairness->nr_tasks, fairness->mean_pct, fairness->max_pct);
	page_text(out, fairness->max_task->p.comm);
	fprintf(out, " %d: %.3fs, due %.3fs).</p>\n", fairness->max_pid, fairness->max_got_s,
		fairness->max_due_s);
}

static void put_stub(FILE *out)
{
	size_t stat;

	fputs("<details><summary>Counters of the kernel stub</summary>\n<div class=\"wide\"><table>\n"
	      "<tbody>\n", out);
	for (stat = 0; stat < CLAND_STAT_NR; stat++) {
		uint64_t value = stub_stat((enum cland_stat)stat);

		if (!value)
			continue;
		fprintf(out, "<tr><th scope=\"row\">%s</th><td>%" PRIu64 "</td><td class=\"left\">",
			stats_table[stat].name, value);
		page_text(out, stats_table[stat].help);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></div>\n</details>\n", out);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void put_key(FILE *out, const struct sim *s, uint32_t class)
{
	char other[40];

	if (class < TIMELINE_GROUPS) {
		page_key(out, class, s->workload->groups[class].name);
		return;
	}
	snprintf(other, sizeof(other), "(%u other groups)", s->workload->nr_groups - TIMELINE_GROUPS);
	page_key(out, class, class == TIMELINE_AGENT ? "(the agent)" : other);
}

static void put_legend(FILE *out, const struct sim *s)
{
	uint32_t i;

	fputs("<ul class=\"legend\" aria-label=\"groups; press one to bring it out\">\n", out);
	for (i = 0; i < s->workload->nr_groups && i < TIMELINE_GROUPS; i++)
		put_key(out, s, i);
	if (s->workload->nr_groups > TIMELINE_GROUPS)
		put_key(out, s, TIMELINE_OTHERS);
	put_key(out, s, TIMELINE_AGENT);
	fputs("<li id=\"at\"></li>\n</ul>\n", out);
}

int page_run_write(const char *path, struct sim *s, const struct run_options *run,
		   const struct report_options *options, const char *const *command, size_t nr,
		   struct diag *diag)
{
	struct report_totals *totals = report_totals(s);
	struct fairness fairness;
	struct page page;
	char title[256];
	int err;

	if (!totals || fairness_of(s, &fairness)) {
		free(totals);
		return diag_set(diag, -ENOMEM, "no memory for %s", path);
	}
	timeline_end(s);
	snprintf(title, sizeof(title), "%s under %.128s", run->target->policy_name,
		 file_name(options->workload_path));
	err = page_open(&page, path, title, diag);
	if (!err) {
		put_facts(page.out, s, run, options, command, nr);
		put_tiles(page.out, s, totals, &fairness);
		if (s->workload->nr_groups <= GROUPS_FIRST)
			put_groups(page.out, s, totals, &fairness);
		put_legend(page.out, s);
		page_timeline(page.out, s);
		page_shares(page.out, s);
		page_queues(page.out, s);
		page_closes(page.out, s);
		page_waits(page.out, s);
		if (s->workload->nr_groups > GROUPS_FIRST)
			put_groups(page.out, s, totals, &fairness);
		put_stub(page.out);
		fputs("<footer>Made by clandsim " CLAND_VERSION " of scx-cland; docs/simulator.md says what "
		      "the figures mean.</footer>\n", page.out);
		err = page_close(&page, diag);
	}
	free(totals);
	return err;
}
