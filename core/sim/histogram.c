/* SPDX-License-Identifier: GPL-2.0-only */
#include "histogram.h"

static uint32_t bucket_of(uint64_t value)
{
	uint32_t shift;

	if (value < HISTOGRAM_STEPS)
		return (uint32_t)value;
	/* The leading bit and the five behind it count. */
	shift = 63 - (uint32_t)__builtin_clzll(value) - 5;
	return shift * HISTOGRAM_STEPS + (uint32_t)(value >> shift);
}

/* The largest value that goes into the bucket. */
static uint64_t bucket_end(uint32_t bucket)
{
	uint32_t shift = bucket / HISTOGRAM_STEPS;

	if (!shift)
		return bucket;
	shift--;
	return ((uint64_t)(bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS + 1) << shift) - 1;
}

void histogram_add(struct histogram *h, uint64_t value)
{
	h->nr++;
	h->sum += value;
	if (value > h->max)
		h->max = value;
	h->counts[bucket_of(value)]++;
}

void histogram_merge(struct histogram *h, const struct histogram *from)
{
	uint32_t i;

	h->nr += from->nr;
	h->sum += from->sum;
	if (from->max > h->max)
		h->max = from->max;
	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		h->counts[i] += from->counts[i];
}

uint64_t histogram_percentile(const struct histogram *h, uint32_t pct_100)
{
	uint64_t wanted = (h->nr * pct_100 + 9999) / 10000, seen = 0;
	uint32_t i;

	if (!h->nr)
		return 0;
	for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->counts[i];
		if (seen >= wanted && seen)
			return bucket_end(i) < h->max ? bucket_end(i) : h->max;
	}
	return h->max;
}

struct histogram_bin histogram_bin(const struct histogram *h, uint32_t index)
{
	const uint32_t size = HISTOGRAM_BUCKETS / HISTOGRAM_BINS, first = index * size;
	struct histogram_bin bin = {
		.from = first ? bucket_end(first - 1) + 1 : 0,
		.to = bucket_end(first + size - 1),
	};
	uint32_t i;

	for (i = first; i < first + size; i++)
		bin.nr += h->counts[i];
	return bin;
}
