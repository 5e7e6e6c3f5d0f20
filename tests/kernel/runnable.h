/* SPDX-License-Identifier: GPL-2.0-only */
/* runnable.h - what the map of runnable.bpf.h has for each task, by its pid. */
#ifndef TEST_RUNNABLE_H
#define TEST_RUNNABLE_H

struct runnable_since {
	unsigned long long ns;
	unsigned long long is_woken;	/* else it had been put off its CPU */
};

#endif
