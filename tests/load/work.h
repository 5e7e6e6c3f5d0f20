/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * work.h - a fixed amount of computing: the same instructions every time, no memory, no calls.
 */
#ifndef LOAD_WORK_H
#define LOAD_WORK_H

#include <stdint.h>

#define WORK_LOOP_STEPS 1000

static inline void work_steps(uint64_t nr)
{
	uint64_t x = 88172645463325252ULL, i;

	for (i = 0; i < nr; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		/* the compiler must believe that every step matters */
		__asm__ volatile("" : "+r"(x));
	}
}

/* One loop: WORK_LOOP_STEPS dependent steps, a few microseconds on most machines. */
static inline void work_loop(void)
{
	uint64_t nr = WORK_LOOP_STEPS;

	/* Not to be a loop of another form than for a number that the compiler does not know. */
	__asm__ volatile("" : "+r"(nr));
	work_steps(nr);
}

static inline void work_loops(uint64_t nr)
{
	while (nr--)
		work_loop();
}

#endif
