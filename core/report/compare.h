/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compare.h - figures of several policies side by side, each with the same samples (clandsim
 * compare: a run with each seed; clandctl compare: a turn in each round), and which differences are
 * more than chance. What is said of them as a table, as JSON and, by page_compare.c, as a page is
 * the same for both. One thread, non-logging.
 */
#ifndef CLAND_COMPARE_H
#define CLAND_COMPARE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "estimate.h"

#define COMPARE_POLICIES_MAX 16
#define COMPARE_METRICS_MAX 512

enum compare_unit {
	COMPARE_PCT,
	COMPARE_NS,
	COMPARE_PER_S,
	COMPARE_OWN,	/* named by struct compare_metric.own_unit */
};

struct compare_metric {
	char group[40];		/* "" for the whole machine */
	const char *name;
	enum compare_unit unit;
	char own_unit[16];	/* any text, "" for none */
	double *values;		/* [policy * nr_samples + sample]; NAN: there is none */
	/* Of those that there are. NAN without any. */
	struct estimate of[COMPARE_POLICIES_MAX];
	struct estimate difference[COMPARE_POLICIES_MAX]; /* to the first policy, by pairs of one sample */
	double chance[COMPARE_POLICIES_MAX];
	unsigned char real[COMPARE_POLICIES_MAX];
};

struct compare {
	char names[COMPARE_POLICIES_MAX][40];	/* what they are called; the owner sets them */
	size_t nr_policies;
	size_t nr_samples;
	const char *samples;	/* "seeds": what they are, a plural with an s, */
	const char *in_one;	/* "with one seed" */
	struct compare_metric *metrics;
	size_t nr_metrics;
};

/*
 * compare_init - nothing is there yet. samples and in_one must stay valid. nr_policies is from 2 to
 * COMPARE_POLICIES_MAX, nr_samples from 1 to ESTIMATE_MAX. Returns 0, or -ENOMEM: then
 * compare_free() is to be called all the same.
 */
int compare_init(struct compare *c, size_t nr_policies, size_t nr_samples, const char *samples,
		 const char *in_one);
void compare_free(struct compare *c);

/*
 * compare_put - a value. name must stay valid; group is copied, and cut to its room. The first
 * value of a metric makes it. What is never put then counts as not there, as NAN does. Returns 0,
 * -ENOMEM, or -E2BIG with more than COMPARE_METRICS_MAX of them.
 */
int compare_put(struct compare *c, const char *group, const char *name, enum compare_unit unit,
		size_t policy, size_t sample, double value);

/* compare_judge - fill in what all values say. Returns 0 or -ENOMEM. */
int compare_judge(struct compare *c);

/*
 * compare_scale - by what to divide a metric's values, which are then in *ret_unit: one unit for
 * all policies, so that their numbers can be compared at a glance. *ret_unit is valid as long as m.
 */
double compare_scale(const struct compare_metric *m, size_t nr_policies, const char **ret_unit);

enum compare_verdict { COMPARE_FIRST, COMPARE_NOISE, COMPARE_LESS, COMPARE_MORE };

/* compare_verdict - of a policy against the first one. */
enum compare_verdict compare_verdict(const struct compare_metric *m, size_t policy);

/* compare_difference - of a policy from the first one, with its interval, as words into size bytes:
 * "1.5 ms more (1.2 to 1.8)". */
void compare_difference(const struct compare *c, const struct compare_metric *m, size_t policy,
			char *ret_text, size_t size);

/* compare_samples_len - how much of samples fits their number: "1 seed". */
int compare_samples_len(const struct compare *c);

/*
 * compare_needed - with fewer samples than this not even "all on one side" is rarer than what the
 * correction for so many figures asks for: all is noise. nr_metrics: of so many figures.
 */
uint64_t compare_needed(size_t nr_metrics, size_t nr_policies);

/*
 * compare_put_table - means, intervals and verdicts for people, after compare_judge(). remedy: the
 * option that gives as many samples as are needed to tell anything from noise; NULL: there are
 * enough.
 */
void compare_put_table(FILE *out, const struct compare *c, const char *remedy);

/* compare_put_differences - for people: each policy's differences from the first one that are more than
 * chance, with their intervals, and the figures in which none can be told. */
void compare_put_differences(FILE *out, const struct compare *c);

/* compare_put_json - "NAME,NAME": the names, and the figures: "{...},{...}", as members of lists. */
void compare_put_json_names(FILE *out, const struct compare *c);
void compare_put_json_figures(FILE *out, const struct compare *c);

/* ---- page_compare.c: the same within a page of page.h ---------------------------------------- */

/* page_compare_title - a heading: the names side by side. */
void page_compare_title(FILE *out, const struct compare *c);
/* page_compare_legend - what the pictures show, and the policies' colours. remedy: as above. */
void page_compare_legend(FILE *out, const struct compare *c, const char *remedy);
/* page_compare_differences - compare_put_differences() as a part of the page. */
void page_compare_differences(FILE *out, const struct compare *c);
/* page_compare_figures - all figures, group by group; so many that the page stays below 2 MB. */
void page_compare_figures(FILE *out, const struct compare *c);

#endif
