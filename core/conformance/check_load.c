/* SPDX-License-Identifier: GPL-2.0-only */
#include "checks.h"

#include <inttypes.h>
#include <sys/mman.h>

#include "policy_host.h"
#include "trial.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* From where virtual time passes 2^64 while there are few tasks and many, and 2^63, its sign. */
static const uint64_t clock_starts_ns[] = {
	UINT64_MAX - RUN_SECOND_NS / 100,
	UINT64_MAX - RUN_SECOND_NS / 4,
	INT64_MAX - RUN_SECOND_NS / 10,
};
_Static_assert(RUN_RESULT_WRAP + ARRAY_LEN(clock_starts_ns) == RUN_NR_RESULTS, "a result for each");

/* The host clamps such ranks; a policy that lives by that has mistaken the scale. */
#define OUTSIDE_MAX_PCT 10

static void judge_ranks(struct run *run, const struct machine_result *r, const char *mode)
{
	uint64_t outside_pct = r->nr_decided ? 100 * r->nr_outside_window / r->nr_decided : 0;

	if (outside_pct > OUTSIDE_MAX_PCT)
		FAULT(run, CHECK_RANKS,
		      "%s: %" PRIu64 " %% of the ranks are more than a second from task->clock_ns, "
		      "and cut there; give ranks on its scale, such as task->vtime_ns or clock_ns "
		      "plus a distance",
		      mode, outside_pct);
	report_seen(run->report, CHECK_RANKS, "%" PRIu64 " %% outside the window of a second",
		    outside_pct);
}

void check_rules(struct run *run, enum check check, const struct machine_result *r,
		 const char *where)
{
	size_t i;

	for (i = 0; i < MACHINE_NR_RULES; i++) {
		if (r->breaches[i].nr && i != MACHINE_RULE_REASON)
			FAULT(run, check, "%s: %s; the host clamps it, and counts it as bad", where,
			      r->breaches[i].text);
	}
	if (r->breaches[MACHINE_RULE_REASON].nr)
		FAULT(run, check == CHECK_LEASES ? CHECK_REASONS : check,
		      "%s: %s; the host counts it as bad, and nobody learns the reason", where,
		      r->breaches[MACHINE_RULE_REASON].text);
}

static void judge_load(struct run *run, const struct machine_result *r, const char *mode)
{
	if (r->nr_requests != r->nr_decided + r->nr_queued || r->nr_queued)
		FAULT(run, CHECK_RUNS,
		      "%s: of %" PRIu64 " requests %" PRIu64 " were decided and %" PRIu64
		      " are left: tasks were lost",
		      mode, r->nr_requests, r->nr_decided, r->nr_queued);
	judge_ranks(run, r, mode);
	check_rules(run, CHECK_LEASES, r, mode);
}

/*
 * Two instances one after the other in one process, each destroyed while tasks live. As in a swap
 * that changes only parameters, the second has the statics of the first.
 */
static void try_runs(struct run *run)
{
	struct diag diag;
	int i;

	run->shared->probe.watch.context = PROBE_OP_LOAD;
	if (policy_keep_loaded(run->meta.path, &diag)) {
		FAULT(run, CHECK_LOAD, "%s", run_without_path(run, diag.text));
		return;
	}
	for (i = RUN_RESULT_FIRST; i <= RUN_RESULT_SECOND; i++) {
		if (!run_open(run, run->values, RUN_CLOCK_START_NS, run->strict) ||
		    !run_crowd(run, run->strict, run_max_requests(run)))
			return;
		run->shared->results[run->strict][i] = run_probe.machine.result;
		probe_close(&run_probe);
	}
}

/* One instance, at other addresses than in another process. */
static void try_again(struct run *run)
{
	uint64_t clock_ns = run->result >= RUN_RESULT_WRAP ?
				    clock_starts_ns[run->result - RUN_RESULT_WRAP] :
				    RUN_CLOCK_START_NS;

	if (mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		return;
	if (!run_open(run, run->values, clock_ns, run->strict) ||
	    !run_crowd(run, run->strict, run_max_requests(run)))
		return;
	run->shared->results[run->strict][run->result] = run_probe.machine.result;
	probe_close(&run_probe);
}

static void compare(struct run *run)
{
	int strict, i;

	for (strict = 0; strict <= 1; strict++) {
		const struct machine_result *r = run->shared->results[strict];
		uint64_t hash = r[RUN_RESULT_FIRST].hash;
		const char *mode = run_modes[strict];

		if (hash != r[RUN_RESULT_AGAIN].hash) {
			FAULT(run, CHECK_REPEAT,
			      "%s: the same load did not get the same decisions twice; decide by the "
			      "arguments only, not by a clock, chance, or addresses of memory",
			      mode);
			continue; /* the rest cannot be told from it */
		}
		if (hash != r[RUN_RESULT_SECOND].hash)
			FAULT(run, CHECK_INSTANCES,
			      "%s: a second instance in the same process did not decide as the first "
			      "one had; keep all state in what create() returns, and none in statics "
			      "(rand() has one, too)",
			      mode);
		for (i = RUN_RESULT_WRAP; i < RUN_NR_RESULTS; i++) {
			if (hash == r[i].hash)
				continue;
			FAULT(run, CHECK_WRAP,
			      "%s: decisions are others where virtual time is large, or wraps; a time "
			      "alone means nothing: use differences, and compare by their sign, "
			      "(int64_t)(a - b) < 0",
			      mode);
		}
	}
	report_judged(run->report, CHECK_REPEAT);
	if (!report_has_fault(run->report, CHECK_REPEAT)) {
		report_judged(run->report, CHECK_INSTANCES);
		report_judged(run->report, CHECK_WRAP);
	} else {
		report_not_run(run->report, CHECK_INSTANCES,
			       "cannot be told while decisions do not repeat");
		report_not_run(run->report, CHECK_WRAP,
			       "cannot be told while decisions do not repeat");
	}
}

bool check_load(struct run *run)
{
	const struct machine_result *leased = &run->shared->results[0][RUN_RESULT_FIRST];
	const struct machine_result *strict = &run->shared->results[1][RUN_RESULT_FIRST];

	for (run->strict = 0; run->strict <= 1; run->strict++) {
		if (trial_run(run, try_runs, false) != TRIAL_DONE)
			return false;
		judge_load(run, &run->shared->results[run->strict][RUN_RESULT_FIRST],
			   run_modes[run->strict]);
		for (run->result = RUN_RESULT_AGAIN; run->result < RUN_NR_RESULTS; run->result++) {
			if (trial_run(run, try_again, false) != TRIAL_DONE)
				return false;
		}
	}
	report_judged(run->report, CHECK_RUNS);
	report_judged(run->report, CHECK_RANKS);
	report_judged(run->report, CHECK_LEASES);
	if (run->meta.nr_reasons)
		report_judged(run->report, CHECK_REASONS);
	else
		report_not_run(run->report, CHECK_REASONS, "it gives none");
	report_seen(run->report, CHECK_RUNS,
		    "%" PRIu64 " requests in strict mode, %" PRIu64 " and %" PRIu64
		    " renewals in leased mode; %" PRIu64 " tasks came",
		    strict->nr_requests, leased->nr_requests, leased->nr_renewed,
		    leased->nr_arrived);
	compare(run);
	return true;
}
