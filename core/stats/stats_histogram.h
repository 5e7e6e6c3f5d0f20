/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats_histogram.h - what can be read out of a struct cland_histogram. All times in nanoseconds.
 * Pure, any thread, non-logging.
 */
#ifndef CLAND_STATS_HISTOGRAM_H
#define CLAND_STATS_HISTOGRAM_H

#include <stdint.h>

#include "cland_histogram.h"

/* stats_histogram_add - count a time, as the stub does. */
void stats_histogram_add(struct cland_histogram *h, uint64_t ns);

/* stats_histogram_nr - how many times have been counted. */
uint64_t stats_histogram_nr(const struct cland_histogram *h);

/*
 * stats_histogram_end_ns - times in buckets up to this one, and no others, are below that. bucket
 * is below CLAND_HISTOGRAM_BUCKETS; the last one's is UINT64_MAX.
 */
uint64_t stats_histogram_end_ns(uint32_t bucket);

/*
 * stats_histogram_quantile_ns - the time that this many of 1000 are not above: 999 is the 99.9th
 * percentile. The end of its bucket, so up to a quarter too much, never too little (but in the last
 * bucket, whose begin it is then). 0 when there is none.
 */
uint64_t stats_histogram_quantile_ns(const struct cland_histogram *h, uint32_t per_1000);

/* stats_histogram_since - what has been counted between two readings; all of now where counts have
 * become less: somebody has begun anew. */
void stats_histogram_since(const struct cland_histogram *before, const struct cland_histogram *now,
			   struct cland_histogram *ret_between);

#endif
