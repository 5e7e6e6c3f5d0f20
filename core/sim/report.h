/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - what a run has shown: as text for people, as JSON for programs; page_run.h makes a
 * page of the same figures. All are the same bytes for the same run, but for what is of real time.
 */
#ifndef CLAND_SIM_REPORT_H
#define CLAND_SIM_REPORT_H

#include <stdio.h>

#include "run.h"

/* The percentiles that are told, everywhere. */
#define REPORT_PERCENTILES 5u

struct report_percentile {
	uint32_t pct_100;	/* for histogram_percentile() */
	const char *name, *json;
};

extern const struct report_percentile report_percentiles[REPORT_PERCENTILES];

/* What a group's tasks have had, those who have gone and those who are there. */
struct report_totals {
	struct task_counts counts;
	uint64_t run_ns;
};

struct report_options {
	const char *workload_path;
	bool json;
	bool stats;		/* the simulator's own: events, memory; with its speed */
	bool per_task;
	uint64_t real_ns;	/* what the run took */
	bool with_times;
};

/* report_print - after run_through(), before run_end(). Returns 0 or -errno (no memory). */
int report_print(FILE *out, struct sim *s, const struct run_options *run,
		 const struct report_options *options);

/* report_totals - by group. The caller frees them. NULL: no memory. */
struct report_totals *report_totals(const struct sim *s);
/* report_busy_ns, report_switches - of all CPUs together. */
uint64_t report_busy_ns(const struct sim *s);
uint64_t report_switches(const struct sim *s);
/* report_pct - 0 of nothing. */
double report_pct(uint64_t part, uint64_t whole);
/* report_time - three digits that count: 875ns, 12.3us, 4.01ms, 1.20s. Cut at size. */
void report_time(char *ret_text, size_t size, uint64_t ns);

#endif
