/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpuset.h - sets of CPUs, up to CPUSET_MAX of them: two levels of bits, so that the next CPU of
 * one set, or of the meeting of two, is found by looking at a few words.
 */
#ifndef CLAND_SIM_CPUSET_H
#define CLAND_SIM_CPUSET_H

#include <stdbool.h>
#include <stdint.h>

#define CPUSET_MAX 4096u
#define CPUSET_NONE UINT32_MAX

struct cpuset {
	uint64_t words[CPUSET_MAX / 64];
	uint64_t used;	/* which words are not 0 */
	uint32_t nr;	/* how many CPUs */
};

static inline bool cpuset_has(const struct cpuset *set, uint32_t cpu)
{
	return cpu < CPUSET_MAX && (set->words[cpu / 64] >> (cpu % 64) & 1);
}

void cpuset_add(struct cpuset *set, uint32_t cpu);
void cpuset_remove(struct cpuset *set, uint32_t cpu);
/* cpuset_fill - the CPUs from first on, nr of them. */
void cpuset_fill(struct cpuset *set, uint32_t first, uint32_t nr);

/* cpuset_next - the first CPU from this one on, or CPUSET_NONE. */
uint32_t cpuset_next(const struct cpuset *set, uint32_t from);
/* cpuset_next_both - the same of those that are in both. */
uint32_t cpuset_next_both(const struct cpuset *a, const struct cpuset *b, uint32_t from);
/* cpuset_next_all - the same of those that are in all three. */
uint32_t cpuset_next_all(const struct cpuset *a, const struct cpuset *b, const struct cpuset *c,
			 uint32_t from);

#endif
