/* SPDX-License-Identifier: GPL-2.0-only */
#include "checks.h"

#include "trial.h"

#define STARVE_HOGS 8u
#define STARVE_BLINKERS 4u
#define STARVE_SECONDS 30u

/* Hogs and blinkers of equal weight, half of the hogs much later than the others. */
static void try_starvation(struct run *run)
{
	uint64_t max_wait_ns;
	uint64_t second_ns;
	uint32_t i;

	if (!run_open(run, run->values, RUN_CLOCK_START_NS, run->strict))
		return;
	for (i = 0; i < STARVE_HOGS / 2; i++)
		machine_hog(&run_probe.machine, CLAND_WEIGHT_NICE_0, 1);
	for (i = 0; i < STARVE_BLINKERS; i++)
		machine_blinker(&run_probe.machine, CLAND_WEIGHT_NICE_0);
	second_ns = run_probe.machine.fb.now_ns + STARVE_SECONDS * RUN_SECOND_NS / 2;
	if (machine_run(&run_probe.machine, &run_probe.loop, second_ns, UINT64_MAX))
		return;
	for (i = 0; i < STARVE_HOGS / 2; i++)
		machine_hog(&run_probe.machine, CLAND_WEIGHT_NICE_0, 1);
	if (machine_run(&run_probe.machine, &run_probe.loop,
			second_ns + STARVE_SECONDS * RUN_SECOND_NS / 2, UINT64_MAX))
		return;
	max_wait_ns = run_probe.machine.result.max_wait_ns;
	if (max_wait_ns > CONFORMANCE_WAIT_MAX_NS)
		FAULT(run, CHECK_STARVATION,
		      "%s: beside %u tasks of the same weight one waited for %.1f s; at most %.0f s "
		      "will do: let virtual time grow with CPU time used (the lease's rate), and "
		      "give no task the lead for ever",
		      run_modes[run->strict], STARVE_HOGS + STARVE_BLINKERS - 1,
		      (double)max_wait_ns / 1e9, CONFORMANCE_WAIT_MAX_NS / 1e9);
	probe_close(&run_probe);
	report_seen(run->report, CHECK_STARVATION,
		    "nobody waited for more than %.1f ms beside equals", (double)max_wait_ns / 1e6);
	report_judged(run->report, CHECK_STARVATION);
}

void check_starvation(struct run *run)
{
	if (run->is_hopeless)
		report_not_run(run->report, CHECK_STARVATION, "too slow to be tried");
	else
		trial_run(run, try_starvation, false);
}
