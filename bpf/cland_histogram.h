/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cland_histogram.h - how often which time was seen: what the stub counts and user space reads,
 * four equal steps for each power of two, from 1 us to a minute. Both sides include it. Pure.
 */
#ifndef CLAND_HISTOGRAM_H
#define CLAND_HISTOGRAM_H

#include <linux/types.h>

#define CLAND_HISTOGRAM_UNIT_SHIFT 8	/* steps of 256 ns at the lower end: less is nobody's wait */
#define CLAND_HISTOGRAM_BUCKETS 108	/* the last one has all from 60 s on */

/*
 * The times that the stub measures, one histogram per CPU each: X(name, help). Times of scx-cland's
 * own threads and of kernel threads do not count. core/stats/stats.c makes the rest from this list.
 */
#define CLAND_HISTOGRAMS(X)                                                                        \
	X(runnable_to_running, "from a task's becoming runnable, or being preempted, until it runs") \
	X(request_to_decision, "from a request to the policy until its decision is carried out")

enum cland_histogram_id {
#define CLAND_HISTOGRAM_ENUM(name, help) CLAND_HISTOGRAM_##name,
	CLAND_HISTOGRAMS(CLAND_HISTOGRAM_ENUM)
#undef CLAND_HISTOGRAM_ENUM
	CLAND_HISTOGRAM_NR
};

/* Written by the stub only; a reader may find sum_ns and counts a moment apart. */
struct cland_histogram {
	__u64 sum_ns;
	__u64 counts[CLAND_HISTOGRAM_BUCKETS];
};
_Static_assert(sizeof(struct cland_histogram) == 872, "cland_histogram is read by other builds");

/*
 * cland_histogram_bucket - where a time goes: the leading bit and the two behind it count, in units
 * of 256 ns. They are shifted down to 4..7, by 16, 8, 4, 2 and 1 as far as that leaves them there.
 */
static inline __u32 cland_histogram_bucket(__u64 ns)
{
	__u32 v, shift = 0;

	ns >>= CLAND_HISTOGRAM_UNIT_SHIFT;
	if (ns >= 1ULL << 28)
		return CLAND_HISTOGRAM_BUCKETS - 1;
	v = (__u32)ns;
#define CLAND_HISTOGRAM_SHIFT(by)                                                                  \
	if (v >= 4u << (by)) {                                                                     \
		v >>= (by);                                                                        \
		shift += (by);                                                                     \
		__asm__("" : "+r"(v)); /* a branch: BPF's choice between two values is two of them */ \
	}
	CLAND_HISTOGRAM_SHIFT(16)
	CLAND_HISTOGRAM_SHIFT(8)
	CLAND_HISTOGRAM_SHIFT(4)
	CLAND_HISTOGRAM_SHIFT(2)
	CLAND_HISTOGRAM_SHIFT(1)
#undef CLAND_HISTOGRAM_SHIFT
	return 4 * shift + v;
}

/* Where times below 65 us go, by their units: a table has no branches for the verifier to follow. */
#define CLAND_SHORT_1(v)                                                                           \
	((v) < 8 ? (v) : (v) < 16 ? 4 + (v) / 2 : (v) < 32 ? 8 + (v) / 4 :                         \
	 (v) < 64 ? 12 + (v) / 8 : (v) < 128 ? 16 + (v) / 16 : 20 + (v) / 32)
#define CLAND_SHORT_4(v) CLAND_SHORT_1(v), CLAND_SHORT_1(v + 1), CLAND_SHORT_1(v + 2), CLAND_SHORT_1(v + 3)
#define CLAND_SHORT_16(v) CLAND_SHORT_4(v), CLAND_SHORT_4(v + 4), CLAND_SHORT_4(v + 8), CLAND_SHORT_4(v + 12)
#define CLAND_SHORT_64(v) CLAND_SHORT_16(v), CLAND_SHORT_16(v + 16), CLAND_SHORT_16(v + 32), CLAND_SHORT_16(v + 48)
static const __u8 cland_histogram_short[256] = {
	CLAND_SHORT_64(0), CLAND_SHORT_64(64), CLAND_SHORT_64(128), CLAND_SHORT_64(192),
};
#undef CLAND_SHORT_1
#undef CLAND_SHORT_4
#undef CLAND_SHORT_16
#undef CLAND_SHORT_64

#endif
