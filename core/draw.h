/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * draw.h - numbers that only look random: a seed decides the row, the same on every machine.
 */
#ifndef CLAND_DRAW_H
#define CLAND_DRAW_H

#include <stdint.h>

/* draw_xorshift - the next number of a row whose state must not be 0: xorshift64* (Vigna 2014). */
static inline uint64_t draw_xorshift(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/* draw_splitmix - likewise, from any state: splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t draw_splitmix(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

#endif
