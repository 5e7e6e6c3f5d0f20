/* SPDX-License-Identifier: GPL-2.0-only */
#include "checks.h"

#include <string.h>

#include "trial.h"

static void try_extreme(struct run *run, const uint64_t *values, const char *which)
{
	const struct machine_result *r = &run_probe.machine.result;
	struct diag diag;

	if (probe_open(&run_probe, &run->shared->probe, &run->meta, values, RUN_NR_SLOTS,
		       run->options->seed, RUN_CLOCK_START_NS, run->strict, &diag)) {
		/* it may have good reasons; the user gets the same sentence */
		NOTE(run, CHECK_EXTREMES, "with %s: %s", which, run_without_path(run, diag.text));
		return;
	}
	if (run_crowd(run, run->strict, run_max_requests(run) / 4))
		check_rules(run, CHECK_EXTREMES, r, which);
	probe_close(&run_probe);
}

/* As many rules as there can be, with the longest and the shortest periods. */
static void most_rules(const struct policy_meta *meta, uint64_t *values)
{
	struct cland_rule rule = { .comm = "*", .name = "extreme" };
	size_t i, j;

	for (i = 0; i < meta->nr_params && meta->params[i].type != CLAND_PARAM_RULES; i++)
		;
	if (i == meta->nr_params)
		return;
	values[i] = CLAND_RULES_MAX;
	for (j = 0; j < CLAND_RULES_MAX; j++) {
		/* for all tasks, for all of nice 0, and for nobody */
		rule.weight = j % 4 ? CLAND_WEIGHT_NICE_0 : 0;
		rule.cgroup_id = j == CLAND_RULES_MAX - 1 ? UINT64_MAX : 0;
		rule.period_ns = j % 2 ? 1000000 : 1000000000;
		rule.budget_ns = 100000;
		memcpy(&values[meta->nr_params + j * POLICY_META_RULE_WORDS], &rule, sizeof(rule));
	}
}

static void try_extremes(struct run *run)
{
	uint64_t values[POLICY_META_MAX_PARAMS] = { 0 };
	size_t i;

	for (i = 0; i < run->meta.nr_params; i++)
		values[i] = run->meta.params[i].min;
	try_extreme(run, values, "every parameter at its least");
	for (i = 0; i < run->meta.nr_params; i++)
		values[i] = run->meta.params[i].max;
	most_rules(&run->meta, values);
	try_extreme(run, values, "every parameter at its greatest");
	report_judged(run->report, CHECK_EXTREMES);
}

void check_extremes(struct run *run)
{
	if (run->is_hopeless) {
		report_not_run(run->report, CHECK_EXTREMES, "too slow to be tried");
		return;
	}
	if (!run->meta.nr_params) {
		report_not_run(run->report, CHECK_EXTREMES, "there are no parameters");
		return;
	}
	if (trial_run(run, try_extremes, false) == TRIAL_BAD)
		FAULT(run, CHECK_EXTREMES,
		      "see above: it happens with every parameter at its least or greatest, and "
		      "not with the defaults");
}
