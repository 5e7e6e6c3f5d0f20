/* SPDX-License-Identifier: GPL-2.0-only */
#include "checks.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "trial.h"

/* What the probe counted; it grows over all trials. */
void check_memory(struct run *run, bool all)
{
	const struct probe_shared *p = &run->shared->probe;
	uint32_t op, size = run->meta.task_priv_size;

	for (op = PROBE_OP_RANK; op <= PROBE_OP_TASK_EXIT; op++) {
		const char *name = probe_op_name(op);

		if (p->nr_allocs[op])
			FAULT(run, CHECK_ALLOCATOR,
			      "%s called the allocator %" PRIu64 " times (malloc, free, or what "
			      "uses them); allocate in create()",
			      name, p->nr_allocs[op]);
		if (p->nr_overruns[op])
			FAULT(run, CHECK_PRIVATE,
			      "%s wrote behind the task's %" PRIu32 " private bytes (%" PRId64
			      " bytes behind them, the first time); raise .task_priv_size",
			      name, size, p->first_overrun);
		if (p->nr_underruns[op])
			FAULT(run, CHECK_PRIVATE, "%s wrote before the task's private bytes", name);
		if (p->nr_task_writes[op])
			FAULT(run, CHECK_PRIVATE,
			      "%s wrote into struct cland_task, which is constant; keep state in "
			      "task->priv",
			      name);
	}
	if (!all)
		return;
	report_judged(run->report, CHECK_PRIVATE);
	report_judged(run->report, CHECK_ALLOCATOR);
}

static void watched_load(struct run *run, enum check check, int (*watch)(struct watch *watch))
{
	int err;

	if (run->options->in_process) {
		report_not_run(run->report, check, "not with --in-process");
		return;
	}
	if (!run_open(run, run->values, RUN_CLOCK_START_NS, run->strict))
		return;
	err = watch(&run->shared->probe.watch);
	if (err == -ENOTSUP) {
		report_not_run(run->report, check,
			       "cannot be watched in this build or on this machine");
		return;
	}
	if (err) {
		report_not_run(run->report, check, strerror(-err));
		return;
	}
	run_crowd(run, run->strict, run_max_requests(run));
	report_judged(run->report, check);
}

static void try_syscalls(struct run *run)
{
	watched_load(run, CHECK_SYSCALLS, watch_syscalls);
}

static void try_clock(struct run *run)
{
	watched_load(run, CHECK_CLOCK, watch_clock);
}

static void judge_watch(struct run *run, enum check check)
{
	const struct watch *watch = &run->shared->probe.watch;
	char buffer[32];
	uint32_t i;

	for (i = 0; i < watch->nr; i++) {
		const char *name = probe_op_name(watch->seen[i].context);
		int nr = watch->seen[i].syscall_nr;

		if (watch->seen[i].context == PROBE_OP_NONE)
			continue; /* the load's own end */
		report_judged(run->report, check);
		if (nr >= 0)
			FAULT(run, check,
			      "%s calls the system: %s; in [hot] functions that makes every task "
			      "wait",
			      name, watch_syscall_name(nr, buffer, sizeof(buffer)));
		else
			FAULT(run, check,
			      "%s looks at the clock; times come as arguments (task->now_ns, tick's "
			      "now_ns)",
			      name);
	}
}

void check_hot(struct run *run)
{
	trial_run(run, try_syscalls, true);
	judge_watch(run, CHECK_SYSCALLS);
	trial_run(run, try_clock, true);
	judge_watch(run, CHECK_CLOCK);
}
