/* SPDX-License-Identifier: GPL-2.0-only */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent_task.h"
#include "fairness.h"
#include "quote.h"
#include "stats.h"
#include "stats_histogram.h"
#include "utf8.h"

const struct report_percentile report_percentiles[REPORT_PERCENTILES] = {
	{ 5000, "p50", "p50" }, { 9000, "p90", "p90" }, { 9900, "p99", "p99" },
	{ 9990, "p99.9", "p999" }, { 10000, "max", "max" },
};

static void add(struct report_totals *totals, const struct task_counts *counts, uint64_t run_ns)
{
	struct task_counts *to = &totals->counts;

	to->nr_wakeups += counts->nr_wakeups;
	to->nr_runs += counts->nr_runs;
	to->nr_preempted += counts->nr_preempted;
	to->nr_slices += counts->nr_slices;
	to->nr_migrations += counts->nr_migrations;
	to->nr_llc_migrations += counts->nr_llc_migrations;
	to->wait_ns += counts->wait_ns;
	to->nr_jobs += counts->nr_jobs;
	to->nr_missed += counts->nr_missed;
	if (counts->max_wait_ns > to->max_wait_ns)
		to->max_wait_ns = counts->max_wait_ns;
	totals->run_ns += run_ns;
}

struct report_totals *report_totals(const struct sim *s)
{
	struct report_totals *totals = calloc(s->workload->nr_groups, sizeof(*totals));
	uint32_t i;

	if (!totals)
		return NULL;
	for (i = 0; i < s->workload->nr_groups; i++)
		add(&totals[i], &s->groups[i].counts, s->groups[i].run_ns);
	for (i = 0; i < s->nr_pids; i++) {
		const struct sim_task *task = s->by_pid[i];

		if (task && task->program)
			add(&totals[task->group], &task->counts, task->p.se.sum_exec_runtime);
	}
	return totals;
}

static double seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

double report_pct(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

uint64_t report_busy_ns(const struct sim *s)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < s->topo->nr_cpus; i++)
		sum += s->cpus[i].busy_ns;
	return sum;
}

uint64_t report_switches(const struct sim *s)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < s->topo->nr_cpus; i++)
		sum += s->cpus[i].nr_switches;
	return sum;
}

/* ---- text ------------------------------------------------------------------------------------ */

void report_time(char *ret_text, size_t size, uint64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	double value = (double)ns;
	int unit = 0;

	while (value >= 1000 && unit < 3) {
		value /= 1000;
		unit++;
	}
	snprintf(ret_text, size, "%.*f%s", !unit || value >= 100 ? 0 : value >= 10 ? 1 : 2, value,
		 units[unit]);
}

static void put_time(FILE *out, uint64_t ns)
{
	char text[32];

	report_time(text, sizeof(text), ns);
	fprintf(out, " %8s", text);
}

static void put_histogram(FILE *out, const char *what, const struct histogram *h)
{
	size_t i;

	if (!h->nr)
		return;
	fprintf(out, "  %-16.16s %9" PRIu64, what, h->nr);
	for (i = 0; i < REPORT_PERCENTILES; i++)
		put_time(out, histogram_percentile(h, report_percentiles[i].pct_100));
	fputc('\n', out);
}

static void put_latencies(FILE *out, const struct sim *s, const char *title, size_t offset)
{
	const struct histogram *h;
	bool has_title = false;
	uint32_t i;
	size_t p;

	for (i = 0; i < s->workload->nr_groups; i++) {
		h = (const struct histogram *)(const void *)((const char *)&s->groups[i] + offset);
		if (h->nr && !has_title) {
			has_title = true;
			fprintf(out, "\n%-18s %9s", title, "times");
			for (p = 0; p < REPORT_PERCENTILES; p++)
				fprintf(out, " %8s", report_percentiles[p].name);
			fputc('\n', out);
		}
		put_histogram(out, s->workload->groups[i].name, h);
	}
}

static void put_groups(FILE *out, const struct sim *s, const struct report_totals *totals)
{
	uint64_t all_ns = s->now_ns * s->topo->nr_cpus;
	uint32_t i;

	fprintf(out, "\n%-18s %6s %8s %8s %9s %9s %9s %9s %14s\n", "group", "tasks", "CPU s", "% of all",
		"wake-ups", "migrated", "preempted", "slices", "missed");
	for (i = 0; i < s->workload->nr_groups; i++) {
		const struct task_counts *c = &totals[i].counts;

		fprintf(out, "  %-16.16s %6" PRIu64 " %8.3f %8.2f %9" PRIu64 " %9" PRIu64 " %9" PRIu64
			" %9" PRIu64, s->workload->groups[i].name, s->groups[i].nr_tasks,
			seconds(totals[i].run_ns), report_pct(totals[i].run_ns, all_ns), c->nr_wakeups,
			c->nr_migrations, c->nr_preempted, c->nr_slices);
		if (c->nr_jobs)
			fprintf(out, " %6" PRIu64 " of %5" PRIu64, c->nr_missed, c->nr_jobs);
		fputc('\n', out);
	}
	fprintf(out, "  %-16s %6d %8.3f %8.2f %9" PRIu64 "\n", "(the agent)", 1,
		seconds(s->agent->p.se.sum_exec_runtime),
		report_pct(s->agent->p.se.sum_exec_runtime, all_ns), s->agent->counts.nr_wakeups);
}

/* What somebody who tries rules wants to be sure of first. */
static void put_rules(FILE *out, const struct sim *s, const struct run_options *run)
{
	uint64_t nr_tasks = 0, nr_ruled = 0;
	uint32_t i;

	if (!run->nr_rules)
		return;
	for (i = 0; i < s->workload->nr_groups; i++) {
		nr_tasks += s->groups[i].nr_tasks;
		if (s->groups[i].nr_rules)
			nr_ruled += s->groups[i].nr_tasks;
	}
	fprintf(out, "\nrules: %zu, for %" PRIu64 " of %" PRIu64 " tasks\n", run->nr_rules, nr_ruled,
		nr_tasks);
}

static void put_tasks(FILE *out, const struct sim *s)
{
	uint32_t i;

	fprintf(out, "\n%-6s %-15s %-16s %8s %9s %9s %9s %8s %8s %8s\n", "task", "comm", "group",
		"CPU s", "wake-ups", "migrated", "preempted", "wake p50", "wake p99", "longest");
	for (i = 0; i < s->nr_pids; i++) {
		const struct sim_task *task = s->by_pid[i];

		if (!task || !task->program)
			continue;
		fprintf(out, "%-6d %-15s %-16.16s %8.3f %9" PRIu64 " %9" PRIu64 " %9" PRIu64,
			task->p.pid, task->p.comm, s->workload->groups[task->group].name,
			seconds(task->p.se.sum_exec_runtime), task->counts.nr_wakeups,
			task->counts.nr_migrations, task->counts.nr_preempted);
		put_time(out, task->wakeups ? histogram_percentile(task->wakeups, 5000) : 0);
		put_time(out, task->wakeups ? histogram_percentile(task->wakeups, 9900) : 0);
		put_time(out, task->counts.max_wait_ns);
		fputc('\n', out);
	}
}

static void put_stub(FILE *out)
{
	size_t stat;
	int column = 0;

	fputs("\nthe stub: ", out);
	for (stat = 0; stat < CLAND_STAT_NR; stat++) {
		uint64_t value = stub_stat((enum cland_stat)stat);

		if (!value)
			continue;
		if (column && column % 6 == 0)
			fputs(",\n          ", out);
		else if (column)
			fputs(", ", out);
		fprintf(out, "%s %" PRIu64, stats_table[stat].name, value);
		column++;
	}
	fputs(column ? "\n" : "nothing\n", out);
}

static void put_times(FILE *out, const struct sim *s, const struct report_options *options)
{
	const struct agent_task_times *times = agent_task_times(s);
	size_t call, p;

	if (!options->with_times)
		return;
	fprintf(out, "\n%-18s %9s", "policy (real time)", "calls");
	for (p = 0; p < REPORT_PERCENTILES; p++)
		fprintf(out, " %8s", report_percentiles[p].name);
	fputc('\n', out);
	for (call = 0; call < POLICY_CALL_NR; call++)
		put_histogram(out, policy_call_names[call], &times->calls[call]);
}

/* Bytes for each task that is there: ours, the stub's, the slot and what the loop keeps. */
static size_t task_bytes(const struct sim *s)
{
	(void)s;
	return sizeof(struct sim_task) + stub_storage_size() + sizeof(struct cland_slot) + 24;
}

/* Calls of the stub's that decide something: enqueues, wake-ups to an idle CPU, dispatches, ticks. */
static uint64_t nr_decisions(const struct sim *s)
{
	return s->totals.nr_enqueues + s->totals.nr_selected + s->totals.nr_dispatches +
	       s->totals.nr_events[EVENT_TICK];
}

static double per_second(uint64_t nr, uint64_t ns)
{
	return ns ? (double)nr * 1e9 / (double)ns : 0;
}

static void put_stats(FILE *out, const struct sim *s, const struct report_options *options)
{
	uint64_t nr_events = run_nr_events(s);

	if (!options->stats)
		return;
	fprintf(out, "\nclandsim: %" PRIu64 " events in %.3f s (%.2f million/s), with %" PRIu64
		" calls of the stub for a decision (%.2f million/s); %zu bytes for each task\n",
		nr_events, seconds(options->real_ns),
		per_second(nr_events, options->real_ns) / 1e6, nr_decisions(s),
		per_second(nr_decisions(s), options->real_ns) / 1e6, task_bytes(s));
	fprintf(out, "          ticks %" PRIu64 ", ends of work %" PRIu64 ", wake-ups by timers %" PRIu64
		", rescheduling %" PRIu64 "\n", s->totals.nr_events[EVENT_TICK],
		s->totals.nr_events[EVENT_BURST], s->totals.nr_events[EVENT_WAKE],
		s->totals.nr_events[EVENT_RESCHED]);
}

static void put_text(FILE *out, struct sim *s, const struct run_options *run,
		     const struct report_options *options, const struct report_totals *totals,
		     const struct fairness *fairness)
{
	uint64_t all_ns = s->now_ns * s->topo->nr_cpus;

	fprintf(out, "%s under %s, %s, on %u CPU%s: %.3f s, seed %" PRIu64 "\n",
		options->workload_path, run->target->policy_name,
		s->options.strict ? "strict" : "leased", s->topo->nr_cpus,
		s->topo->nr_cpus == 1 ? "" : "s", seconds(s->now_ns), s->options.seed);
	fprintf(out, "CPUs busy %.2f %%, %" PRIu64 " switches\n", report_pct(report_busy_ns(s), all_ns),
		report_switches(s));
	put_groups(out, s, totals);
	put_latencies(out, s, "wake-up to run", offsetof(struct sim_group, wakeup));
	put_latencies(out, s, "any wait", offsetof(struct sim_group, wait));
	put_latencies(out, s, "response", offsetof(struct sim_group, response));
	put_rules(out, s, run);
	if (fairness->nr_tasks > 1)
		fprintf(out, "\nshares by nice level, of %u tasks that never slept: off by %.2f %% on "
			"average, by %.2f %% at most (%s %d: %.3f s, due %.3f s)\n", fairness->nr_tasks,
			fairness->mean_pct, fairness->max_pct, fairness->max_task->p.comm,
			fairness->max_pid, fairness->max_got_s, fairness->max_due_s);
	if (options->per_task)
		put_tasks(out, s);
	put_stub(out);
	put_times(out, s, options);
	put_stats(out, s, options);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void json_histogram(FILE *out, const char *name, const struct histogram *h)
{
	size_t i;

	fprintf(out, ",\"%s\":{\"nr\":%" PRIu64 ",\"mean_ns\":%" PRIu64, name, h->nr,
		h->nr ? h->sum / h->nr : 0);
	for (i = 0; i < REPORT_PERCENTILES; i++)
		fprintf(out, ",\"%s_ns\":%" PRIu64, report_percentiles[i].json,
			histogram_percentile(h, report_percentiles[i].pct_100));
	fputc('}', out);
}

static void json_counts(FILE *out, const struct task_counts *c, uint64_t run_ns)
{
	fprintf(out, "\"run_ns\":%" PRIu64 ",\"wait_ns\":%" PRIu64 ",\"max_wait_ns\":%" PRIu64
		",\"wakeups\":%" PRIu64 ",\"migrations\":%" PRIu64 ",\"llc_migrations\":%" PRIu64
		",\"preempted\":%" PRIu64 ",\"slices\":%" PRIu64 ",\"jobs\":%" PRIu64
		",\"missed\":%" PRIu64, run_ns, c->wait_ns, c->max_wait_ns, c->nr_wakeups,
		c->nr_migrations, c->nr_llc_migrations, c->nr_preempted, c->nr_slices, c->nr_jobs,
		c->nr_missed);
}

static void json_tasks(FILE *out, const struct sim *s)
{
	bool is_first = true;
	uint32_t i;

	fputs("],\n\"tasks\":[", out);
	for (i = 0; i < s->nr_pids; i++) {
		const struct sim_task *task = s->by_pid[i];

		if (!task || !task->program)
			continue;
		fprintf(out, "%s{\"pid\":%d,\"comm\":", is_first ? "\n" : ",\n", task->p.pid);
		is_first = false;
		quote_json(out, task->p.comm);
		fputs(",\"group\":", out);
		quote_json(out, s->workload->groups[task->group].name);
		fputc(',', out);
		json_counts(out, &task->counts, task->p.se.sum_exec_runtime);
		if (task->wakeups)
			json_histogram(out, "wakeup", task->wakeups);
		fputc('}', out);
	}
}

/* How long tasks waited for the policy's answer, those that were not rescued. */
static void json_answers(FILE *out)
{
	const struct cland_histogram *h = stub_timed(CLAND_HISTOGRAM_request_to_decision);

	if (h)
		fprintf(out, ",\"request_to_decision\":{\"nr\":%" PRIu64 ",\"p50_ns\":%" PRIu64
			",\"p99_ns\":%" PRIu64 ",\"p999_ns\":%" PRIu64 "}", stats_histogram_nr(h),
			stats_histogram_quantile_ns(h, 500), stats_histogram_quantile_ns(h, 990),
			stats_histogram_quantile_ns(h, 999));
}

static void put_json(FILE *out, struct sim *s, const struct run_options *run,
		     const struct report_options *options, const struct report_totals *totals,
		     const struct fairness *fairness)
{
	const struct agent_task_times *times = agent_task_times(s);
	size_t i, call;

	fputs("{\"policy\":", out);
	quote_json(out, run->target->policy_name);
	fputs(",\"workload\":", out);
	quote_json(out, options->workload_path);
	fprintf(out, ",\"decisions\":\"%s\",\"seed\":%" PRIu64 ",\"cpus\":%u,\"duration_ns\":%" PRIu64
		",\"busy_ns\":%" PRIu64 ",\n\"groups\":[", s->options.strict ? "strict" : "leased",
		s->options.seed, s->topo->nr_cpus, s->now_ns, report_busy_ns(s));
	for (i = 0; i < s->workload->nr_groups; i++) {
		fputs(i ? ",\n{\"name\":" : "\n{\"name\":", out);
		quote_json(out, s->workload->groups[i].name);
		fprintf(out, ",\"tasks\":%" PRIu64 ",", s->groups[i].nr_tasks);
		if (run->nr_rules)
			fprintf(out, "\"rules\":%u,", s->groups[i].nr_rules);
		json_counts(out, &totals[i].counts, totals[i].run_ns);
		json_histogram(out, "wakeup", &s->groups[i].wakeup);
		json_histogram(out, "wait", &s->groups[i].wait);
		json_histogram(out, "response", &s->groups[i].response);
		fputc('}', out);
	}
	if (options->per_task)
		json_tasks(out, s);
	fprintf(out, "],\n\"agent\":{\"run_ns\":%" PRIu64 ",\"wakeups\":%" PRIu64,
		(uint64_t)s->agent->p.se.sum_exec_runtime, s->agent->counts.nr_wakeups);
	json_answers(out);
	fputc('}', out);
	fprintf(out, ",\n\"fairness\":{\"tasks\":%u,\"mean_pct\":%.3f,\"max_pct\":%.3f,\"max_pid\":%d}",
		fairness->nr_tasks, fairness->mean_pct, fairness->max_pct, fairness->max_pid);
	fputs(",\n\"stub\":{", out);
	for (i = 0; i < CLAND_STAT_NR; i++)
		fprintf(out, "%s\"%s\":%" PRIu64, i ? "," : "", stats_table[i].name,
			stub_stat((enum cland_stat)i));
	fputc('}', out);
	if (options->with_times) {
		fputs(",\n\"policy_real\":{\"unit\":\"ns\"", out);
		for (call = 0; call < POLICY_CALL_NR; call++)
			json_histogram(out, policy_call_names[call], &times->calls[call]);
		fputc('}', out);
	}
	if (options->stats)
		fprintf(out, ",\n\"clandsim\":{\"events\":%" PRIu64 ",\"decisions\":%" PRIu64
			",\"real_ns\":%" PRIu64 ",\"task_bytes\":%zu}", run_nr_events(s),
			nr_decisions(s), options->real_ns, task_bytes(s));
	fputs("}\n", out);
}

/* The names in it are anybody's, and a terminal would obey some of them. */
static int put_clean_text(FILE *out, struct sim *s, const struct run_options *run,
			  const struct report_options *options, const struct report_totals *totals,
			  const struct fairness *fairness)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return -ENOMEM;
	put_text(memory, s, run, options, totals, fairness);
	if (fclose(memory)) {
		free(text);
		return -ENOMEM;
	}
	utf8_put_lines(out, text);
	free(text);
	return 0;
}

int report_print(FILE *out, struct sim *s, const struct run_options *run,
		 const struct report_options *options)
{
	struct report_totals *totals = report_totals(s);
	struct fairness fairness;
	int err = 0;

	if (!totals || fairness_of(s, &fairness)) {
		free(totals);
		return -ENOMEM;
	}
	if (options->json)
		put_json(out, s, run, options, totals, &fairness);
	else
		err = put_clean_text(out, s, run, options, totals, &fairness);
	free(totals);
	return err;
}
