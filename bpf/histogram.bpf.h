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

#endif
