/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * longest_msg.h - the histogram that longest.bpf.c fills in and longest.c prints: how many waits
 * there were of each length, four buckets for each power of two.
 */
#ifndef LONGEST_MSG_H
#define LONGEST_MSG_H

#define LONGEST_STEPS_SHIFT 2
#define LONGEST_BUCKETS (64 << LONGEST_STEPS_SHIFT)

/* The bucket of a wait. Waits of less than a power's steps are told apart exactly. */
static inline unsigned int longest_bucket(unsigned long long wait_ns)
{
	unsigned long long left = wait_ns;
	unsigned int power = 0, step;

	/* no loop, and no instruction that BPF has not */
	for (step = 32; step; step >>= 1)
		if (left >> step) {
			left >>= step;
			power += step;
		}
	if (power < LONGEST_STEPS_SHIFT)
		return (unsigned int)wait_ns;
	return (power << LONGEST_STEPS_SHIFT) |
	       (unsigned int)((wait_ns >> (power - LONGEST_STEPS_SHIFT)) & ((1 << LONGEST_STEPS_SHIFT) - 1));
}

/* The least wait of a bucket that has any. */
static inline unsigned long long longest_bucket_ns(unsigned int bucket)
{
	unsigned int power = bucket >> LONGEST_STEPS_SHIFT;
	unsigned long long step = bucket & ((1 << LONGEST_STEPS_SHIFT) - 1);

	if (power < LONGEST_STEPS_SHIFT)
		return bucket;
	return (1ULL << power) + (step << (power - LONGEST_STEPS_SHIFT));
}

#endif
