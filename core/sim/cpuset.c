/* SPDX-License-Identifier: GPL-2.0-only */
#include "cpuset.h"

#include <stddef.h>

void cpuset_add(struct cpuset *set, uint32_t cpu)
{
	if (cpuset_has(set, cpu) || cpu >= CPUSET_MAX)
		return;
	set->words[cpu / 64] |= 1ULL << (cpu % 64);
	set->used |= 1ULL << (cpu / 64);
	set->nr++;
}

void cpuset_remove(struct cpuset *set, uint32_t cpu)
{
	if (!cpuset_has(set, cpu))
		return;
	set->words[cpu / 64] &= ~(1ULL << (cpu % 64));
	if (!set->words[cpu / 64])
		set->used &= ~(1ULL << (cpu / 64));
	set->nr--;
}

void cpuset_fill(struct cpuset *set, uint32_t first, uint32_t nr)
{
	uint32_t cpu;

	for (cpu = first; cpu < first + nr; cpu++)
		cpuset_add(set, cpu);
}

/* b and c may be NULL: no condition. */
static uint32_t next(const struct cpuset *a, const struct cpuset *b, const struct cpuset *c,
		     uint32_t from)
{
	uint64_t used = a->used & (b ? b->used : ~0ULL) & (c ? c->used : ~0ULL);
	uint32_t first = from / 64;

	if (from >= CPUSET_MAX)
		return CPUSET_NONE;
	used &= ~0ULL << first;
	while (used) {
		uint32_t i = (uint32_t)__builtin_ctzll(used);
		uint64_t word = a->words[i] & (b ? b->words[i] : ~0ULL) & (c ? c->words[i] : ~0ULL);

		if (i == first)
			word &= ~0ULL << (from % 64);
		if (word)
			return i * 64 + (uint32_t)__builtin_ctzll(word);
		used &= used - 1;
	}
	return CPUSET_NONE;
}

uint32_t cpuset_next(const struct cpuset *set, uint32_t from)
{
	return next(set, NULL, NULL, from);
}

uint32_t cpuset_next_both(const struct cpuset *a, const struct cpuset *b, uint32_t from)
{
	return next(a, b, NULL, from);
}

uint32_t cpuset_next_all(const struct cpuset *a, const struct cpuset *b, const struct cpuset *c,
			 uint32_t from)
{
	return next(a, b, c, from);
}
