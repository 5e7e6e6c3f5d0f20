/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - what a conformance run finds: faults and notes by check, and of each check whether it
 * could be judged. Filled in by the process that judges and by those that run the policy, so it
 * lies in memory that they share and has no pointers. Non-logging.
 */
#ifndef CLAND_REPORT_H
#define CLAND_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "conformance.h"

/* In the order in which they are told. */
enum check {
	CHECK_FILE,
	CHECK_TABLE,
	CHECK_PARAMS,
	CHECK_SYMBOLS,
	CHECK_LOAD,
	CHECK_CREATE,
	CHECK_SPEED,
	CHECK_RUNS,
	CHECK_RANKS,
	CHECK_LEASES,
	CHECK_REASONS,
	CHECK_PRIVATE,
	CHECK_ALLOCATOR,
	CHECK_SYSCALLS,
	CHECK_CLOCK,
	CHECK_REPEAT,
	CHECK_INSTANCES,
	CHECK_WRAP,
	CHECK_STARVATION,
	CHECK_EXTREMES,
	NR_CHECKS,
};

#define REPORT_FAULTS_MAX 64

struct report_fault {
	enum check check;
	enum conformance_status status;
	char text[640];
};

struct report {
	uint32_t nr_faults;
	struct report_fault faults[REPORT_FAULTS_MAX];
	bool judged[NR_CHECKS];
	char seen[NR_CHECKS][160];	/* of a check that passed */
	char not_run[NR_CHECKS][160];	/* why */
};

/* report_add - a fault or a note; one that is there already, or does not fit any more, is left out. */
__attribute__((format(printf, 4, 5))) void report_add(struct report *report, enum check check,
						      enum conformance_status status,
						      const char *fmt, ...);

bool report_has_fault(const struct report *report, enum check check);

/* report_judged - the check was made: it passed, if it has no fault in the end. */
void report_judged(struct report *report, enum check check);

/* report_seen - what to say of a check that passed. */
__attribute__((format(printf, 3, 4))) void report_seen(struct report *report, enum check check,
						       const char *fmt, ...);

/* report_not_run - why a check cannot be judged. */
void report_not_run(struct report *report, enum check check, const char *why);

/* report_tell - call options->tell() for all there is to say, and add up. */
void report_tell(const struct report *report, const struct conformance_options *options,
		 struct conformance_count *count);

#endif
