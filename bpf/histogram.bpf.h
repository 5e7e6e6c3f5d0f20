/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * histogram.bpf.h - the stub's side of cland_histogram.h; included by cland.bpf.c alone. Costs no
 * clock reading: whoever calls has read it.
 */
#ifndef CLAND_HISTOGRAM_BPF_H
#define CLAND_HISTOGRAM_BPF_H

#include "cland_histogram.h"

/*
 * histogram_count - count the time from then_ns to now_ns; another CPU may have read a then_ns a
 * little after our now. Each histogram is written from one place, so never by two at once on one
 * CPU.
 */
__noinline int histogram_count(u32 id, s32 cpu, u64 then_ns, u64 now_ns)
{
	struct cland_histogram *h;
	u32 bucket;
	u64 ns;

	if (id >= CLAND_HISTOGRAM_NR)
		return 0;
	h = &counts_of(cpu)->histograms[id];
	ns = (s64)(now_ns - then_ns) < 0 ? 0 : now_ns - then_ns;
	bucket = cland_histogram_bucket(ns);
	if (bucket >= CLAND_HISTOGRAM_BUCKETS)
		return 0;
	h->sum_ns += ns;
	h->counts[bucket]++;
	return 0;
}

/* histogram_count() for what is short as a rule, and counted at nearly every wake-up. */
static __always_inline void histogram_count_short(u32 id, s32 cpu, u64 then_ns, u64 now_ns)
{
	u64 ns = now_ns - then_ns, v = ns >> CLAND_HISTOGRAM_UNIT_SHIFT;
	struct cland_histogram *h = &counts_of(cpu)->histograms[id];
	u32 bucket;

	if (v >= sizeof(cland_histogram_short)) {
		histogram_count(id, cpu, then_ns, now_ns);
		return;
	}
	bucket = cland_histogram_short[v];
	asm("" : "+r"(bucket)); /* the compiler knows what is in the table, the verifier does not */
	h->sum_ns += ns;
	h->counts[bucket & 31]++;
}

#endif
