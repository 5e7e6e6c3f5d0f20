/* SPDX-License-Identifier: GPL-2.0-only */
#include "stats_histogram.h"

#define LAST (CLAND_HISTOGRAM_BUCKETS - 1)

void stats_histogram_add(struct cland_histogram *h, uint64_t ns)
{
	h->sum_ns += ns;
	h->counts[cland_histogram_bucket(ns)]++;
}

uint64_t stats_histogram_nr(const struct cland_histogram *h)
{
	uint64_t nr = 0;
	uint32_t i;

	for (i = 0; i < CLAND_HISTOGRAM_BUCKETS; i++)
		nr += h->counts[i];
	return nr;
}

/* Where the bucket begins: the inverse of cland_histogram_bucket(). */
static uint64_t begin_ns(uint32_t bucket)
{
	uint64_t units = bucket < 4 ? bucket : (uint64_t)(4 + bucket % 4) << (bucket / 4 - 1);

	return units << CLAND_HISTOGRAM_UNIT_SHIFT;
}

uint64_t stats_histogram_end_ns(uint32_t bucket)
{
	return bucket < LAST ? begin_ns(bucket + 1) : UINT64_MAX;
}

uint64_t stats_histogram_quantile_ns(const struct cland_histogram *h, uint32_t per_1000)
{
	uint64_t nr = stats_histogram_nr(h), wanted, seen = 0;
	uint32_t i;

	if (!nr)
		return 0;
	/* rounded up, without a product that could overflow */
	wanted = nr / 1000 * per_1000 + (nr % 1000 * per_1000 + 999) / 1000;
	for (i = 0; i < LAST; i++) {
		seen += h->counts[i];
		if (seen && seen >= wanted)
			return stats_histogram_end_ns(i);
	}
	return begin_ns(LAST);
}

void stats_histogram_since(const struct cland_histogram *before, const struct cland_histogram *now,
			   struct cland_histogram *ret_between)
{
	uint32_t i;

	*ret_between = *now;
	for (i = 0; i < CLAND_HISTOGRAM_BUCKETS; i++) {
		if (now->counts[i] < before->counts[i])
			return;
	}
	for (i = 0; i < CLAND_HISTOGRAM_BUCKETS; i++)
		ret_between->counts[i] -= before->counts[i];
	ret_between->sum_ns -= before->sum_ns;
}
