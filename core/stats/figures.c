/* SPDX-License-Identifier: GPL-2.0-only */
#include "figures.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "clock.h"
#include "control.h"
#include "kern.h"
#include "rule_watch.h"
#include "stats.h"
#include "stats_histogram.h"

void figures_init(struct figures *figures, uint32_t line_ms,
		  void (*take)(void *ctx, struct stats *ret_stats), void *ctx)
{
	memset(figures, 0, sizeof(*figures));
	stats_server_init(&figures->server, take, ctx);
	figures->line_ms = line_ms;
	figures->since_ns = monotonic_ns();
}

void figures_count_swap(struct figures *figures, const struct swap_report *report)
{
	figures->nr_swaps += report->done;
	figures->nr_swaps_failed += !report->done;
	if (report->done && report->pause_ns)
		stats_histogram_add(&figures->swap_pauses, report->pause_ns);
}

void figures_count_fault(struct figures *figures, enum agent_fault fault)
{
	figures->nr_crashed += fault == AGENT_FAULT_CRASHED;
	figures->nr_hung += fault == AGENT_FAULT_HUNG;
}

/* CPU time so far of a process of ours, or of those of it that have been reaped. */
static uint64_t used_ns(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage))
		return 0;
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000u +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

/* Agents that have ended, and the one that is there. */
static uint64_t agents_used_ns(struct figures *figures, const struct agents *agents)
{
	pid_t pid = agents ? agents_pid(agents) : 0;
	uint64_t sum_ns = used_ns(RUSAGE_CHILDREN);
	struct timespec used;
	clockid_t clock;

	if (pid && !clock_getcpuclockid(pid, &clock) && !clock_gettime(clock, &used))
		sum_ns += (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
	/* One that is about to end is in neither for a moment: a counter must not go back. */
	if (sum_ns > figures->agents_used_ns)
		figures->agents_used_ns = sum_ns;
	return figures->agents_used_ns;
}

static void take_stub_figures(const struct kern *kern, struct stats *stats)
{
	struct cland_histogram histograms[CLAND_HISTOGRAM_NR];
	uint64_t counters[CLAND_STAT_NR];
	uint32_t cpu;

	if (!kern_read_stats(kern, counters))
		memcpy(stats->values, counters, sizeof(counters));
	if (!kern_read_histograms(kern, histograms))
		memcpy(stats->histograms, histograms, sizeof(histograms));
	stats->values[STATS_cpus] = kern_nr_cpus(kern);
	for (cpu = 0; cpu < kern_nr_cpus(kern); cpu++)
		stats->values[STATS_held_cpus] += kern_cpu_is_held(kern, cpu);
}

void figures_take(struct figures *figures, const struct figures_sources *sources, struct stats *stats)
{
	const struct agents *agents = sources->agents;
	const struct changes *changes = sources->changes;
	uint64_t now_ns = monotonic_ns(), *values = stats->values;
	struct control_counts counts = { .nr_requests = 0 };

	if (sources->kern)
		take_stub_figures(sources->kern, stats);
	snprintf(stats->version, sizeof(stats->version), "%s", CLAND_VERSION);
	snprintf(stats->policy, sizeof(stats->policy), "%s",
		 agents && agents_is_resting(agents) ? "none" : changes->target.policy_name);
	stats->histograms[STATS_HISTOGRAM_swap_pause] = figures->swap_pauses;
	values[STATS_agent_cpu] = agents_used_ns(figures, agents);
	values[STATS_supervisor_cpu] = used_ns(RUSAGE_SELF);
	values[STATS_agent_restarts] = sources->nr_restarts;
	values[STATS_agent_crashes] = figures->nr_crashed;
	values[STATS_agent_hangs] = figures->nr_hung;
	values[STATS_swaps] = figures->nr_swaps;
	values[STATS_swaps_failed] = figures->nr_swaps_failed;
	if (sources->control)
		control_counts(sources->control, &counts);
	values[STATS_control_requests] = counts.nr_requests;
	values[STATS_control_refused] = counts.nr_refused;
	values[STATS_control_turned_away] = counts.nr_turned_away;
	stats_server_counts(&figures->server, &counts);
	values[STATS_stats_requests] = counts.nr_requests;
	values[STATS_stats_refused] = counts.nr_refused;
	values[STATS_stats_turned_away] = counts.nr_turned_away;
	values[STATS_attached] = sources->attached;
	values[STATS_agent_running] = agents && agents_is_serving(agents);
	values[STATS_strict] = sources->strict;
	values[STATS_uptime] = now_ns - figures->since_ns;
	values[STATS_policy_age] = now_ns - changes->target_since_ns;
	values[STATS_upgrades] = sources->nr_upgrades;
	values[STATS_rules] = changes->now.config.nr_rules;
	values[STATS_hinted_tasks] = sources->rule_watch ? rule_watch_nr_hinted(sources->rule_watch) : 0;
}

int figures_timeout_ms(const struct figures *figures)
{
	uint64_t due_ns = figures->told.taken_ns + figures->line_ms * 1000000ULL;
	uint64_t now_ns = monotonic_ns();

	if (!figures->line_ms)
		return -1;
	return due_ns > now_ns ? (int)((due_ns - now_ns + 999999) / 1000000) : 0;
}

bool figures_line(struct figures *figures, char *ret_text, size_t size)
{
	bool is_first = !figures->told.taken_ns;
	const struct stats *now;

	if (figures_timeout_ms(figures) != 0)
		return false;
	now = stats_server_now(&figures->server);
	if (!is_first)
		stats_format_between(&figures->told, now, ret_text, size);
	figures->told = *now;
	figures->told.taken_ns = monotonic_ns(); /* the next one is due from here on */
	return !is_first;
}
