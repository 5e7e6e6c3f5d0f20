/* SPDX-License-Identifier: GPL-2.0-only */
/* clandctl_compare_reading.c - from counters at two moments to the figures of a turn. Pure. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "clandctl_compare.h"
#include "stats_histogram.h"

int reading_parse(const char *text, struct reading *ret_reading)
{
	/* user nice system idle iowait irq softirq steal; guests are in user and nice */
	uint64_t cpu[8] = { 0 }, all = 0, nr_switches, nr_started;
	const char *switches = strstr(text, "\nctxt ");
	const char *started = strstr(text, "\nprocesses ");
	size_t i;

	if (!switches || sscanf(switches, "\nctxt %" SCNu64, &nr_switches) != 1 ||
	    !started || sscanf(started, "\nprocesses %" SCNu64, &nr_started) != 1 ||
	    sscanf(text, "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64, &cpu[0], &cpu[1], &cpu[2], &cpu[3], &cpu[4], &cpu[5], &cpu[6],
		   &cpu[7]) < 4)
		return -EINVAL;
	for (i = 0; i < 8; i++)
		all += cpu[i];
	ret_reading->nr_switches = nr_switches;
	ret_reading->nr_started = nr_started;
	ret_reading->all_ticks = all;
	ret_reading->busy_ticks = all - cpu[3] - cpu[4];
	return 0;
}

/* Idle times have been seen to go back; a figure must not become immense by that. */
static double since(uint64_t before, uint64_t now)
{
	return now > before ? (double)(now - before) : 0;
}

void reading_figures(const struct reading *before, const struct reading *now,
		     double ret_values[FIGURE_NR])
{
	const uint64_t *was = before->stats.values, *is = now->stats.values;
	double took_ns = since(before->stats.taken_ns, now->stats.taken_ns);
	double all_ticks = since(before->all_ticks, now->all_ticks);
	struct cland_histogram waits;
	uint64_t nr;
	size_t i;

	for (i = 0; i < FIGURE_NR; i++)
		ret_values[i] = NAN;
	stats_histogram_since(&before->stats.histograms[CLAND_HISTOGRAM_runnable_to_running],
			      &now->stats.histograms[CLAND_HISTOGRAM_runnable_to_running], &waits);
	nr = stats_histogram_nr(&waits);
	if (nr) {
		ret_values[FIGURE_WAIT_MEAN] = (double)waits.sum_ns / (double)nr;
		ret_values[FIGURE_WAIT_P50] = (double)stats_histogram_quantile_ns(&waits, 500);
		ret_values[FIGURE_WAIT_P99] = (double)stats_histogram_quantile_ns(&waits, 990);
		ret_values[FIGURE_WAIT_P999] = (double)stats_histogram_quantile_ns(&waits, 999);
	}
	if (all_ticks > 0)
		ret_values[FIGURE_BUSY] = since(before->busy_ticks, now->busy_ticks) * 100 / all_ticks;
	if (took_ns <= 0)
		return;
	ret_values[FIGURE_SWITCHES] = since(before->nr_switches, now->nr_switches) * 1e9 / took_ns;
	ret_values[FIGURE_STARTED] = since(before->nr_started, now->nr_started) * 1e9 / took_ns;
	ret_values[FIGURE_DECISIONS] = since(was[CLAND_STAT_decided], is[CLAND_STAT_decided]) * 1e9 / took_ns;
	ret_values[FIGURE_AGENT_CPU] = since(was[STATS_agent_cpu], is[STATS_agent_cpu]) * 100 / took_ns;
}
