/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats.h - all figures that scx-cland gives of itself: one table of their names, types, units and
 * meanings, and their values at one moment. The stub's come from the lists in cland_msg.h and
 * cland_histogram.h; docs/statistics.md is compared with the table by tests/unit/test_stats.c.
 * Pure, any thread, non-logging.
 */
#ifndef CLAND_STATS_H
#define CLAND_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cland_histogram.h"
#include "cland_msg.h"

enum stats_type {
	STATS_COUNTER,	/* only grows, but for a new start from 0 when the stub is loaded anew */
	STATS_GAUGE,	/* as it is now */
};

enum stats_unit {
	STATS_COUNT,
	STATS_NS,	/* nanoseconds; metrics give them as seconds */
	STATS_BOOL,	/* 0 or 1 */
};

/* What the supervisor counts besides, behind the stub's counters: X(name, type, unit, help). */
#define STATS_OWN(X)                                                                               \
	X(agent_cpu, STATS_COUNTER, STATS_NS, "CPU time of the agents that run policies")          \
	X(supervisor_cpu, STATS_COUNTER, STATS_NS, "CPU time of the supervisor itself")            \
	X(agent_restarts, STATS_COUNTER, STATS_COUNT, "agents replaced that had ended unasked")    \
	X(agent_crashes, STATS_COUNTER, STATS_COUNT, "agents whose process ended while they served") \
	X(agent_hangs, STATS_COUNTER, STATS_COUNT, "agents ended because they were silent")        \
	X(swaps, STATS_COUNTER, STATS_COUNT, "changes of policy or parameters that were made")     \
	X(swaps_failed, STATS_COUNTER, STATS_COUNT, "changes that failed, and changed nothing")    \
	X(control_requests, STATS_COUNTER, STATS_COUNT, "requests at the control socket")          \
	X(control_refused, STATS_COUNTER, STATS_COUNT, "of those, not understood")                 \
	X(control_turned_away, STATS_COUNTER, STATS_COUNT,                                         \
	  "callers at the control socket who may not ask, or found no place")                      \
	X(stats_requests, STATS_COUNTER, STATS_COUNT, "requests for statistics, by either way")    \
	X(stats_refused, STATS_COUNTER, STATS_COUNT, "of those, not understood")                   \
	X(stats_turned_away, STATS_COUNTER, STATS_COUNT,                                           \
	  "callers for statistics who may not ask, or found no place")                             \
	X(attached, STATS_GAUGE, STATS_BOOL, "scx-cland schedules the machine")                    \
	X(agent_running, STATS_GAUGE, STATS_BOOL, "a policy decides; else tasks run by their leases") \
	X(strict, STATS_GAUGE, STATS_BOOL, "the policy is asked every time (decisions = strict)")  \
	X(uptime, STATS_GAUGE, STATS_NS, "since scx-cland was started or upgraded")                \
	X(policy_age, STATS_GAUGE, STATS_NS, "since the policy that is to run has been that")      \
	X(upgrades, STATS_GAUGE, STATS_COUNT, "how often this process has become another build")   \
	X(cpus, STATS_GAUGE, STATS_COUNT, "CPUs that the scheduler was loaded for")                \
	X(held_cpus, STATS_GAUGE, STATS_COUNT,                                                     \
	  "CPUs that real-time tasks have kept from ours for a second or more")                    \
	X(rules, STATS_GAUGE, STATS_COUNT, "rules of the configuration that give hints on tasks")  \
	X(hinted_tasks, STATS_GAUGE, STATS_COUNT, "tasks that a rule gives hints on")

/* All: the stub's come first, by enum cland_stat. */
enum stats_value {
	STATS_BEFORE_OWN = CLAND_STAT_NR - 1,
#define STATS_ENUM(name, type, unit, help) STATS_##name,
	STATS_OWN(STATS_ENUM)
#undef STATS_ENUM
	STATS_NR
};

/* The histograms, of times: the stub's come first, by enum cland_histogram_id. */
enum stats_histogram {
	STATS_HISTOGRAM_swap_pause = CLAND_HISTOGRAM_NR,
	STATS_HISTOGRAM_NR
};

struct stats_entry {
	const char *name, *help;
	enum stats_type type;
	enum stats_unit unit;
};

/* By enum stats_value, and by enum stats_histogram: those have only a name and a help. */
extern const struct stats_entry stats_table[STATS_NR];
extern const struct stats_entry stats_histograms[STATS_HISTOGRAM_NR];

/* stats_type_name, stats_unit_name - for people and programs. Static. */
const char *stats_type_name(enum stats_type type);
const char *stats_unit_name(enum stats_unit unit);

/* The figures of one moment. Zeros while no stub is loaded. */
struct stats {
	uint64_t taken_ns;	/* CLOCK_MONOTONIC */
	uint64_t values[STATS_NR];
	struct cland_histogram histograms[STATS_HISTOGRAM_NR];
	char policy[32];	/* that is to run, its name */
	char version[32];	/* of scx-cland */
};

/* stats_format - "name=value ..." of the stub's counters that are not zero, into size bytes of ret_text. */
void stats_format(const uint64_t stats[CLAND_STAT_NR], char *ret_text, size_t size);

/*
 * stats_since - what has been added to a counter, by its enum stats_value, between two readings;
 * all of it where it has become less: it has begun anew.
 */
uint64_t stats_since(const struct stats *before, const struct stats *now, int value);

/*
 * stats_format_between - in a line, what has happened between two readings: counters per second,
 * the percentiles of the times, and what the CPU time of agents was. Into size bytes of ret_text;
 * cut between two figures where it does not fit.
 */
void stats_format_between(const struct stats *before, const struct stats *now, char *ret_text,
			  size_t size);

/* stats_help - what each of the figures is. */
void stats_help(FILE *out);

/* stats_format_ns - "182 us", "1.4 ms", "12.0 s". */
void stats_format_ns(uint64_t ns, char *ret_text, size_t size);

#endif
