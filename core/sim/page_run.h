/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page_run.h - the page of one run: what it was and how to repeat it, the figures of report.h, and
 * pictures of what timeline.h has kept and of the groups' histograms. About 2 MB at most.
 */
#ifndef CLAND_SIM_PAGE_RUN_H
#define CLAND_SIM_PAGE_RUN_H

#include "page.h"
#include "report.h"
#include "timeline.h"

/* More groups than that would make the page's tables too long; the text has them all. */
#define PAGE_RUN_GROUPS_MAX 500u

/*
 * page_run_write - after run_through() with a timeline kept, before run_end(); once. command: the
 * words that repeat the run, nr of them. Returns 0, or -errno with a sentence; then there is no new
 * file.
 */
int page_run_write(const char *path, struct sim *s, const struct run_options *run,
		   const struct report_options *options, const char *const *command, size_t nr,
		   struct diag *diag);

/* page_run_name - of a class of timeline.h, as text. */
void page_run_name(FILE *out, const struct sim *s, uint32_t class);

/* page_timeline.c: what ran where, who waited, what went wrong; the groups' shares; how long queues were. */
void page_timeline(FILE *out, const struct sim *s);
void page_shares(FILE *out, const struct sim *s);
void page_queues(FILE *out, const struct sim *s);
/* page_close.c: the longest waits. */
void page_closes(FILE *out, const struct sim *s);
/* page_waits.c: distributions of how long it took, by group. */
void page_waits(FILE *out, const struct sim *s);

/* page_run_span - a span as a box of a picture, height high, with what it was. */
void page_run_span(FILE *out, const struct page_axis *axis, const struct timeline_span *span, double y,
		   double height);
/* page_run_offline - when a CPU was not there, likewise. */
void page_run_offline(FILE *out, const struct page_axis *axis, const struct topo *topo, uint32_t cpu,
		      double y, double height);

#endif
