/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * metric_number.h - the figure in what somebody's program has printed. Pure, any thread,
 * non-logging.
 */
#ifndef CLAND_METRIC_NUMBER_H
#define CLAND_METRIC_NUMBER_H

#include <stddef.h>

#include "diag.h"

struct metric_number {
	double value;
	char unit[16];		/* what stands behind it: "ms", "req/s"; "" for nothing */
};

/*
 * metric_number_read - the number of the last line that is not empty. There must be exactly one
 * that stands by itself, or behind a '=', with or without a unit: "812", "took 8.12e2 ms",
 * "rate=812.5/s,". Digits within words ("p99", "12:30", "1,234") are no numbers. The unit is cut to
 * its room and fit for a terminal. Returns 0, or -EINVAL with a sentence that has the line in it.
 */
int metric_number_read(const char *text, struct metric_number *ret_number, struct diag *diag);

#endif
