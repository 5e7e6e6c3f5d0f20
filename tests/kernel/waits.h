/* SPDX-License-Identifier: GPL-2.0-only */
/* waits.h - what waits.bpf.c and waits.c say to each other. */
#ifndef TEST_WAITS_H
#define TEST_WAITS_H

#define WAITS_MAX 1000000

struct waits_sample {
	unsigned long long wait_ns;
	unsigned long long is_woken;	/* else it had been put off its CPU */
	char comm[16];
};

#endif
