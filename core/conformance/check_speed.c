/* SPDX-License-Identifier: GPL-2.0-only */
#include "checks.h"

#include "trial.h"

#define FIRST_REQUESTS 5u
#define TIMED_REQUESTS 3000u
#define TIMED_RUNS 5
/* From here on only the few are asked: what a request takes on average, what the longest call does. */
#define HOPELESS_NS (3 * CONFORMANCE_REQUEST_MAX_NS)
#define HOPELESS_CALL_NS (5 * CONFORMANCE_CALL_MAX_NS)
/*
 * And from here on nothing more is tried: even the few would take minutes, a dozen times. Far above
 * what a busy machine makes of one that yields its CPU in every call, as that is to be found out,
 * too.
 */
#define ENDLESS_NS (5000 * CONFORMANCE_REQUEST_MAX_NS)

static void try_speed(struct run *run)
{
	const struct probe_timing *timing = &run->shared->probe.timing;
	uint32_t nr_requests = FIRST_REQUESTS, call;
	uint64_t total_ns;
	int i;

	for (i = -1; i < TIMED_RUNS; i++) {
		if (!run_open(run, run->values, RUN_CLOCK_START_NS, 1))
			return;
		probe_time(&run_probe);
		if (!run_crowd(run, 1, nr_requests))
			return;
		probe_close(&run_probe);
		if (i > 0)
			continue;
		/* of a policy that is far too slow the few are enough, or even the first of them */
		for (total_ns = call = 0; call < timing->nr_calls; call++)
			total_ns += timing->calls[call].ns;
		if (total_ns > 2 * RUN_SECOND_NS)
			return;
		nr_requests = RUN_REQUESTS_FEW;
		if (!i && total_ns < timing->nr_calls * (uint64_t)HOPELESS_NS)
			nr_requests = TIMED_REQUESTS;
	}
}

/* Returns whether more is to be tried. */
static bool judge_speed(struct run *run)
{
	const struct probe_timing *timing = &run->shared->probe.timing;
	uint64_t total_ns = 0, nr_requests = 0, request_ns;
	uint32_t worst[PROBE_NR_OPS] = { 0 }, op, i, longest_ns = 0;

	for (i = 0; i < timing->nr_calls; i++) {
		op = timing->calls[i].op;
		if (timing->calls[i].ns > worst[op])
			worst[op] = timing->calls[i].ns;
		if (op == PROBE_OP_RANK || op == PROBE_OP_LEASE || op == PROBE_OP_REASON)
			total_ns += timing->calls[i].ns;
		nr_requests += op == PROBE_OP_RANK;
	}
	if (!nr_requests)
		return true;
	request_ns = total_ns / nr_requests;
	report_judged(run->report, CHECK_SPEED);
	run->is_hopeless = request_ns > HOPELESS_NS;
	if (request_ns > CONFORMANCE_REQUEST_MAX_NS)
		FAULT(run, CHECK_SPEED,
		      "rank(), lease() and reason() take %.1f us a request; the budget is %.0f us, as every "
		      "task that wakes up waits for them",
		      (double)request_ns / 1000, CONFORMANCE_REQUEST_MAX_NS / 1000.0);
	for (op = 0; op < PROBE_NR_OPS; op++) {
		if (worst[op] > CONFORMANCE_CALL_MAX_NS)
			FAULT(run, CHECK_SPEED,
			      "a call of %s took %.1f ms, the shortest time of several runs; at most "
			      "%.0f ms will do: spread the work over several calls",
			      probe_op_name(op), (double)worst[op] / 1e6,
			      CONFORMANCE_CALL_MAX_NS / 1e6);
		if (worst[op] > longest_ns)
			longest_ns = worst[op];
	}
	run->is_hopeless |= longest_ns > HOPELESS_CALL_NS;
	report_seen(run->report, CHECK_SPEED,
		    "%.2f us a request of at most %.0f; the longest call took %.1f us of at most "
		    "%.0f",
		    (double)request_ns / 1000, CONFORMANCE_REQUEST_MAX_NS / 1000.0,
		    (double)longest_ns / 1000, CONFORMANCE_CALL_MAX_NS / 1000.0);
	return request_ns < ENDLESS_NS;
}

bool check_speed(struct run *run)
{
	if (trial_run(run, try_speed, false) != TRIAL_DONE)
		return false;
	return judge_speed(run);
}
