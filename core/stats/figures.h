/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * figures.h - the figures of stats.h of a running scx-cland: gathered from whoever has them, or
 * counted here. They are told by the stats server, which this owns, and, if wanted, in a line every
 * so often. Supervisor's thread, non-logging.
 */
#ifndef CLAND_FIGURES_H
#define CLAND_FIGURES_H

#include "agents.h"
#include "changes.h"
#include "stats_server.h"

struct figures {
	struct stats_server server;
	uint32_t line_ms;	/* how often a line is due; 0: never */
	struct stats told;	/* in the last line */
	uint64_t since_ns;
	uint64_t nr_swaps, nr_swaps_failed, nr_crashed, nr_hung;
	struct cland_histogram swap_pauses;
	uint64_t agents_used_ns;	/* CPU time, as last told */
};

/* Whom to ask. NULL: it is not there at the moment. */
struct figures_sources {
	const struct kern *kern;
	const struct agents *agents;
	const struct changes *changes;	/* is always there */
	const struct control *control;
	const struct rule_watch *rule_watch;
	unsigned int nr_restarts;	/* of agents, so far */
	unsigned int nr_upgrades;
	bool attached;
	bool strict;
};

/* figures_init - from now on. take, with ctx, is to call figures_take(). */
void figures_init(struct figures *figures, uint32_t line_ms,
		  void (*take)(void *ctx, struct stats *ret_stats), void *ctx);

/* figures_count_swap, figures_count_fault - what has happened. */
void figures_count_swap(struct figures *figures, const struct swap_report *report);
void figures_count_fault(struct figures *figures, enum agent_fault fault);

/* figures_take - all of them, into stats that come zeroed. */
void figures_take(struct figures *figures, const struct figures_sources *sources, struct stats *stats);

/* figures_timeout_ms - until figures_line() has something to say; -1: it is not wanted. */
int figures_timeout_ms(const struct figures *figures);

/* figures_line - what has changed since the last one. Returns whether there is something to say now. */
bool figures_line(struct figures *figures, char *ret_text, size_t size);

#endif
