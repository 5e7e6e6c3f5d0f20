/* SPDX-License-Identifier: GPL-2.0-only */
#include "sim.h"

#include "timeline.h"
#include "trace.h"

void measure_runnable(struct sim *s, struct sim_task *task, bool woken)
{
	task->runnable_since_ns = s->now_ns;
	task->just_woken = woken;
	if (s->timeline)
		timeline_waits(s);
}

void measure_rests(struct sim *s)
{
	if (s->timeline)
		timeline_rests(s);
}

void measure_runs(struct sim *s, struct sim_task *task, struct sim_cpu *cpu)
{
	uint64_t wait_ns = measure_wait_ns(task, cpu);
	struct task_counts *counts = &task->counts;

	if (s->timeline)
		timeline_runs(s, task, cpu);
	task->started_ns = s->now_ns;
	counts->nr_runs++;
	counts->wait_ns += wait_ns;
	if (wait_ns > counts->max_wait_ns)
		counts->max_wait_ns = wait_ns;
	if (task->ran_on != CPUSET_NONE && task->ran_on != cpu->id) {
		counts->nr_migrations++;
		if (s->cpus[task->ran_on].llc != cpu->llc)
			counts->nr_llc_migrations++;
	}
	if (task->program) {
		struct sim_group *group = &s->groups[task->group];

		histogram_add(&group->wait, wait_ns);
		if (task->just_woken) {
			histogram_add(&group->wakeup, wait_ns);
			if (task->wakeups)
				histogram_add(task->wakeups, wait_ns);
		}
	}
	if (task->just_woken && wait_ns > counts->max_wakeup_ns)
		counts->max_wakeup_ns = wait_ns;
	task->just_woken = false;
}

/* Its wait is not over: what it has been so far counts, as one who never runs again must not go unseen. */
void measure_waits_yet(struct sim *s, struct sim_task *task)
{
	uint64_t wait_ns = s->now_ns - task->runnable_since_ns;

	task->counts.wait_ns += wait_ns;
	if (wait_ns > task->counts.max_wait_ns)
		task->counts.max_wait_ns = wait_ns;
	if (task->program)
		histogram_add(&s->groups[task->group].wait, wait_ns);
}

void measure_stops(struct sim *s, struct sim_task *task, const struct sim_cpu *cpu,
		   enum stop_reason why)
{
	if (why == STOP_PREEMPTED)
		task->counts.nr_preempted++;
	else if (why == STOP_SLICE)
		task->counts.nr_slices++;
	trace_stops(s, task, cpu, why);
	if (s->timeline)
		timeline_stops(s, task, cpu, why);
}

void measure_jobs(struct sim *s, struct sim_task *task, uint64_t nr, bool is_late)
{
	task->counts.nr_jobs += nr;
	if (!is_late)
		return;
	task->counts.nr_missed += nr;
	if (s->timeline)
		timeline_missed(s, task, nr);
}

static void add_counts(struct task_counts *to, const struct task_counts *from)
{
	to->nr_wakeups += from->nr_wakeups;
	to->nr_runs += from->nr_runs;
	to->nr_preempted += from->nr_preempted;
	to->nr_slices += from->nr_slices;
	to->nr_migrations += from->nr_migrations;
	to->nr_llc_migrations += from->nr_llc_migrations;
	to->wait_ns += from->wait_ns;
	if (from->max_wait_ns > to->max_wait_ns)
		to->max_wait_ns = from->max_wait_ns;
	if (from->max_wakeup_ns > to->max_wakeup_ns)
		to->max_wakeup_ns = from->max_wakeup_ns;
	to->nr_jobs += from->nr_jobs;
	to->nr_missed += from->nr_missed;
}

void measure_gone(struct sim *s, struct sim_task *task)
{
	struct sim_group *group = &s->groups[task->group];

	add_counts(&group->counts, &task->counts);
	group->run_ns += task->p.se.sum_exec_runtime;
}
