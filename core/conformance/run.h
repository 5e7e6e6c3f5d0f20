/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.h - one run of conformance_check(): the policy it is about, what is found, and the made-up
 * load that the checks put on it. Each check is a file of its own, check_*.c; trial.h runs the
 * policy for them in a child.
 */
#ifndef CLAND_RUN_H
#define CLAND_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "conformance.h"
#include "machine.h"
#include "policy_meta.h"
#include "probe.h"
#include "report.h"

#define RUN_SECOND_NS	   1000000000ULL
#define RUN_NR_SLOTS	   400u
#define RUN_CLOCK_START_NS (1ULL << 42)
/* A load asks this often; one for a policy that is too slow to be kept, less. */
#define RUN_REQUESTS_MAX 12000u
#define RUN_REQUESTS_FEW 300u

/* Results of a load, by what differed. */
enum {
	RUN_RESULT_FIRST,
	RUN_RESULT_SECOND,	/* the second instance of a process */
	RUN_RESULT_AGAIN,	/* the first of another process */
	RUN_RESULT_WRAP,	/* others, from another time on each */
	RUN_NR_RESULTS = RUN_RESULT_WRAP + 3,
};

/* Filled in by this process and by those that run the policy. */
struct run_shared {
	struct probe_shared probe;
	volatile uint32_t done;		/* the trial came to its end */
	struct report report;
	struct machine_result results[2][RUN_NR_RESULTS]; /* by mode, and by what differed */
};

struct run {
	const struct conformance_options *options;
	struct policy_meta meta;
	uint64_t values[POLICY_META_MAX_PARAMS];
	struct run_shared *shared;
	struct report *report;	/* in shared */
	int strict;		/* of the trial that is on */
	int result;
	bool is_hopeless;	/* too slow for a whole load */
};

#define FAULT(run, check, ...) report_add((run)->report, check, CONFORMANCE_FAILED, __VA_ARGS__)
#define NOTE(run, check, ...) report_add((run)->report, check, CONFORMANCE_NOTE, __VA_ARGS__)

/* "leased" and "strict", by run->strict. */
extern const char *const run_modes[2];

/* What run_open() opens: one at a time in a process. */
extern struct probe run_probe;

/* run_open - create the policy. Returns false, having told, when it cannot be created. */
bool run_open(struct run *run, const uint64_t *values, uint64_t clock_ns, int strict);

/* run_crowd - tasks of every kind come and go. Returns false, having told, if the loop failed. */
bool run_crowd(struct run *run, int strict, uint64_t max_requests);

/* run_max_requests - how often a load asks this policy. */
uint64_t run_max_requests(const struct run *run);

/* run_without_path - what a sentence says beyond the file's name. */
const char *run_without_path(const struct run *run, const char *text);

#endif
