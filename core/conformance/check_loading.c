/* SPDX-License-Identifier: GPL-2.0-only */
#include "checks.h"

#include "policy_host.h"
#include "trial.h"

static void library_or_symbol(void *data, enum policy_meta_symbol kind, const char *name)
{
	struct run *run = data;
	struct diag diag;

	if (kind == POLICY_META_SYMBOL_LIBRARY && policy_keep_loaded(name, &diag))
		FAULT(run, CHECK_SYMBOLS, "needs the library %.128s, which cannot be loaded: %.256s",
		      name, diag.text);
	if (kind == POLICY_META_SYMBOL_IMPORTED && !policy_has_provider(name))
		FAULT(run, CHECK_SYMBOLS,
		      "uses %.128s, which no library of its defines; link with -Wl,-z,defs to see it "
		      "at build time",
		      name);
}

/* Libraries come before symbols, as the table of both has them. */
static void try_symbols(struct run *run)
{
	struct diag diag;

	run->shared->probe.watch.context = PROBE_OP_LIBRARIES;
	policy_meta_symbols(run->meta.path, library_or_symbol, run, &diag);
	run->shared->probe.watch.context = PROBE_OP_NONE;
}

static void try_load(struct run *run)
{
	struct diag diag;

	run->shared->probe.watch.context = PROBE_OP_LOAD;
	if (policy_try_load(run->meta.path, &diag))
		FAULT(run, CHECK_LOAD, "%s", run_without_path(run, diag.text));
	run->shared->probe.watch.context = PROBE_OP_NONE;
}

static void try_create(struct run *run)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (!run_open(run, run->values, RUN_CLOCK_START_NS, 0))
			return;
		probe_close(&run_probe);
	}
}

bool check_loading(struct run *run)
{
	if (trial_run(run, try_symbols, false) != TRIAL_DONE)
		return false;
	if (trial_run(run, try_load, false) == TRIAL_DONE)
		report_judged(run->report, CHECK_LOAD);
	if (report_has_fault(run->report, CHECK_LOAD) || !run->report->judged[CHECK_LOAD])
		return false;
	if (trial_run(run, try_create, false) == TRIAL_DONE)
		report_judged(run->report, CHECK_CREATE);
	if (report_has_fault(run->report, CHECK_CREATE) || !run->report->judged[CHECK_CREATE])
		return false;
	return true;
}
