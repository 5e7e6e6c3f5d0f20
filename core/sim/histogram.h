/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * histogram.h - how often which time was seen, from 1 ns to centuries, each within 1/32 of itself:
 * 32 equal steps for each power of two.
 */
#ifndef CLAND_SIM_HISTOGRAM_H
#define CLAND_SIM_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS 32u
#define HISTOGRAM_BUCKETS (60u * HISTOGRAM_STEPS)

struct histogram {
	uint64_t nr, sum, max;
	uint32_t counts[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t value);

/* histogram_merge - all values of from, too. */
void histogram_merge(struct histogram *h, const struct histogram *from);

/*
 * histogram_percentile - the value that this part of the values, in 1/100 of a per cent, is not
 * above: 9990 is the 99.9th percentile. The upper end of its step, but not above the largest; 0
 * when empty.
 */
uint64_t histogram_percentile(const struct histogram *h, uint32_t pct_100);

/* Bins for a picture: eight steps each, so four for each power of two. */
#define HISTOGRAM_BINS (HISTOGRAM_BUCKETS / 8)

struct histogram_bin {
	uint64_t from, to;	/* values from the one up to the other */
	uint64_t nr;
};

/* histogram_bin - bin index, less than HISTOGRAM_BINS; they follow each other without a gap. */
struct histogram_bin histogram_bin(const struct histogram *h, uint32_t index);

#endif
