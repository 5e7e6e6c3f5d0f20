/* SPDX-License-Identifier: GPL-2.0-only */
#include "run.h"

#include <string.h>

const char *const run_modes[2] = { "leased", "strict" };

struct probe run_probe;

const char *run_without_path(const struct run *run, const char *text)
{
	size_t len = strlen(run->meta.path);

	if (strncmp(text, run->meta.path, len) != 0)
		return text;
	text += len;
	return text + strspn(text, ": ");
}

bool run_open(struct run *run, const uint64_t *values, uint64_t clock_ns, int strict)
{
	struct diag diag;

	if (!probe_open(&run_probe, &run->shared->probe, &run->meta, values, RUN_NR_SLOTS,
			run->options->seed, clock_ns, strict, &diag))
		return true;
	FAULT(run, CHECK_CREATE, "%s", run_without_path(run, diag.text));
	return false;
}

bool run_crowd(struct run *run, int strict, uint64_t max_requests)
{
	/* Leases leave little to ask, and only time ends the load. */
	uint64_t seconds = strict ? 600 : run->is_hopeless ? 10 : 120;

	machine_crowd(&run_probe.machine);
	if (!machine_run(&run_probe.machine, &run_probe.loop,
			 run_probe.machine.fb.now_ns + seconds * RUN_SECOND_NS, max_requests))
		return true;
	FAULT(run, CHECK_RUNS, "%s: the loop failed", run_modes[strict]);
	return false;
}

uint64_t run_max_requests(const struct run *run)
{
	return run->is_hopeless ? RUN_REQUESTS_FEW : RUN_REQUESTS_MAX;
}
