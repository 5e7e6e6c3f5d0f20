/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_compare.h - what the parts of `clandctl compare` share: what was asked for, and what
 * each turn has come to. clandctl_compare.c reads the command line, clandctl_compare_run.c has
 * policies take turns, clandctl_compare_report.c says what has come of it. One thread.
 */
#ifndef CLAND_CLANDCTL_COMPARE_H
#define CLAND_CLANDCTL_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "compare.h"
#include "diag.h"
#include "stats.h"
#include "turns.h"

/* The figures of a turn, in the order in which they are shown. */
enum figure {
	FIGURE_WAIT_MEAN,
	FIGURE_WAIT_P50,
	FIGURE_WAIT_P99,
	FIGURE_WAIT_P999,
	FIGURE_BUSY,
	FIGURE_SWITCHES,
	FIGURE_STARTED,
	FIGURE_DECISIONS,
	FIGURE_AGENT_CPU,
	FIGURE_OWN,		/* what the user's command said; NAN: nothing */
	FIGURE_NR
};

/* All counters at one moment. */
struct reading {
	struct stats stats;		/* the daemon's */
	uint64_t nr_switches;		/* context switches of the machine, /proc/stat */
	uint64_t nr_started;		/* processes and threads that were started in it */
	uint64_t busy_ticks, all_ticks;	/* CPU time used by tasks and interrupts, and all there was */
};

/* reading_parse - the part of /proc/stat, from its text. Returns 0 or -EINVAL. */
int reading_parse(const char *text, struct reading *ret_reading);

/* reading_figures - what was between two readings: all but FIGURE_OWN, which becomes NAN. */
void reading_figures(const struct reading *before, const struct reading *now,
		     double ret_values[FIGURE_NR]);

struct entrant {
	char asked[256];	/* as the daemon takes it: a name, or an absolute path */
	char name[40];		/* in tables; each has one of its own */
	char policy[32], version[32]; /* what its file says */
	char path[4096];	/* what the daemon ran for it; "": it has not run yet */
	char failed[512];	/* why it is out; "": it is not */
	uint32_t failed_round;	/* from 0 */
};

struct turn {
	uint32_t round, entrant; /* from 0 */
	bool done;		/* else it does not count: */
	char why[256];		/* a sentence */
	char own_why[256];	/* done, but without FIGURE_OWN: why; "": with it, or nobody asked for it */
	double values[FIGURE_NR];
};

struct session {
	struct turns plan;
	struct entrant entrants[COMPARE_POLICIES_MAX];
	uint32_t nr_entrants;
	const char *command;	/* the user's; NULL: none */
	char unit[16];		/* of its number, as in its first one */
	bool json;
	const char *html;	/* NULL: no page */
	uint32_t nr_cpus;
	bool interrupted;
	char before[64];	/* what ran before, for people */
	char now[64];		/* what runs now; "": that is not known */
	/* Why that is not what ran before; "": it is, or is what others have wanted since. */
	char after[512];
	struct turn *turns;	/* as they came; room for those of the plan */
	size_t nr_turns;
};

/*
 * session_run - let them take turns, and go back to what ran before. Says on stderr what goes on.
 * Returns EXIT_CODE_OK, also when policies have failed or somebody has interrupted it, or why it
 * could not go on, having said that; turns before that are there in any case.
 */
int session_run(struct session *session);

/*
 * session_collect - the figures of whole rounds: those in which each policy that has not failed has
 * a turn that counts. ret_which[i] is the entrant that is the i-th policy of *ret_figures, which is
 * then to be freed with compare_free(). Returns 0; -ENODATA when there is no whole round, or less
 * than two policies; -ENOMEM.
 */
int session_collect(const struct session *session, struct compare *ret_figures,
		    uint32_t ret_which[COMPARE_POLICIES_MAX]);

/* session_needs - how many rounds it takes that anything can be told from noise at all. */
uint64_t session_needs(const struct session *session, size_t nr_policies);

/*
 * session_report - print all that is known, as text or JSON, to out, and write the page. Returns
 * EXIT_CODE_OK, EXIT_CODE_FAILED having said why when there is nothing to compare or the page
 * cannot be written, or EXIT_CODE_POLICY when policies have failed.
 */
int session_report(const struct session *session, FILE *out);

#endif
