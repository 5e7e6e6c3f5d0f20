/* SPDX-License-Identifier: GPL-2.0-only */
/* waits.h - what waits.bpf.c and waits.c say to each other. */
#ifndef TEST_WAITS_H
#define TEST_WAITS_H

#define WAITS_MAX 1000000

#define WAITS_NAMES_MAX 1024

/* What tasks of a name that have ended used of CPUs, from their first instruction to their last. */
struct waits_ended {
	unsigned long long nr, run_ns;
};

struct waits_sample {
	unsigned long long ended_ns;
	unsigned long long wait_ns;
	unsigned long long is_woken;	/* else it had been put off its CPU */
	char comm[16];
};

#endif
