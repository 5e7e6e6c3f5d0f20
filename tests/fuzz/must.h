/* SPDX-License-Identifier: GPL-2.0-only */
/* must.h - what has to hold whatever the input; else the fuzzer has found something. */
#ifndef CLAND_FUZZ_MUST_H
#define CLAND_FUZZ_MUST_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* must - said: the sentence that the code under test gave last. */
static inline void must_hold(bool holds, const char *what, const char *said)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s; said: %s\n", what, said);
	abort();
}

/* In a file with its own diag. */
#define must(holds, what) must_hold(holds, what, diag.text)

#endif
