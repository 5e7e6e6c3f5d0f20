/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * histogram.bpf.h - the stub's side of cland_histogram.h; included by cland.bpf.c alone. Costs no
 * clock reading: whoever calls has read it.
 */
#ifndef CLAND_HISTOGRAM_BPF_H
#define CLAND_HISTOGRAM_BPF_H

#include "cland_histogram.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CLAND_HISTOGRAM_NR);
	__type(key, u32);
	__type(value, struct cland_histogram);
} histograms SEC(".maps");

/*
 * histogram_count - count the time from then_ns to now_ns; another CPU may have read a then_ns a
 * little after our now. Each histogram is written from one place, so never by two at once on one
 * CPU.
 */
__noinline int histogram_count(u32 id, u64 then_ns, u64 now_ns)
{
	struct cland_histogram *h = bpf_map_lookup_elem(&histograms, &id);
	u64 ns = (s64)(now_ns - then_ns) < 0 ? 0 : now_ns - then_ns;
	u32 bucket = cland_histogram_bucket(ns);

	if (!h || bucket >= CLAND_HISTOGRAM_BUCKETS)
		return 0;
	h->sum_ns += ns;
	h->counts[bucket]++;
	return 0;
}

/* cland_histogram_bucket() of times below 64 us, so that finding it is no branch for the verifier. */
#define SHORT_1(v) ((v) < 8 ? (v) : (v) < 16 ? 4 + (v) / 2 : (v) < 32 ? 8 + (v) / 4 :               \
		    (v) < 64 ? 12 + (v) / 8 : (v) < 128 ? 16 + (v) / 16 : 20 + (v) / 32)
#define SHORT_4(v) SHORT_1(v), SHORT_1(v + 1), SHORT_1(v + 2), SHORT_1(v + 3)
#define SHORT_16(v) SHORT_4(v), SHORT_4(v + 4), SHORT_4(v + 8), SHORT_4(v + 12)
#define SHORT_64(v) SHORT_16(v), SHORT_16(v + 16), SHORT_16(v + 32), SHORT_16(v + 48)
static const __u8 short_buckets[] = { SHORT_64(0), SHORT_64(64), SHORT_64(128), SHORT_64(192) };
#undef SHORT_1
#undef SHORT_4
#undef SHORT_16
#undef SHORT_64

/* histogram_count() for what is short as a rule, and counted at nearly every wake-up. */
static __always_inline void histogram_count_short(u32 id, u64 then_ns, u64 now_ns)
{
	u64 ns = now_ns - then_ns, v = ns >> CLAND_HISTOGRAM_UNIT_SHIFT;
	struct cland_histogram *h;
	u32 bucket;

	if (v >= sizeof(short_buckets)) {
		histogram_count(id, then_ns, now_ns);
		return;
	}
	h = bpf_map_lookup_elem(&histograms, &id);
	bucket = short_buckets[v];
	asm("" : "+r"(bucket)); /* the compiler knows the table, the verifier does not */
	if (!h || bucket >= CLAND_HISTOGRAM_BUCKETS)
		return;
	h->sum_ns += ns;
	h->counts[bucket]++;
}

#endif
