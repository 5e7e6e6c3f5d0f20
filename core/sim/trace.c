/* SPDX-License-Identifier: GPL-2.0-only */
#include "trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_writer.h"

enum { CPUS = 1, TASKS, QUEUES };

struct trace {
	FILE *file;
	struct trace_writer *writer;
	char path[4096];
};

int trace_open(struct sim *s, const char *path, struct diag *diag)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	char name[32];
	uint32_t cpu;

	if (!trace)
		return diag_set(diag, -ENOMEM, "no memory for a trace");
	snprintf(trace->path, sizeof(trace->path), "%s", path);
	trace->file = fopen(path, "we");
	if (!trace->file) {
		free(trace);
		return diag_set(diag, -errno, "%s cannot be written: %s", path, strerror(errno));
	}
	trace->writer = trace_writer_new(trace->file);
	if (!trace->writer) {
		fclose(trace->file);
		free(trace);
		return diag_set(diag, -ENOMEM, "no memory for a trace");
	}
	s->trace = trace;
	trace_writer_name_group(trace->writer, CPUS, "CPUs");
	trace_writer_name_group(trace->writer, TASKS, "tasks");
	trace_writer_name_group(trace->writer, QUEUES, "queues");
	for (cpu = 0; cpu < s->topo->nr_cpus; cpu++) {
		snprintf(name, sizeof(name), "CPU %u", cpu);
		trace_writer_name_row(trace->writer, CPUS, cpu, name);
	}
	return 0;
}

int trace_close(struct sim *s, struct diag *diag)
{
	struct trace *trace = s->trace;
	int err;

	if (!trace)
		return 0;
	err = trace_writer_end(trace->writer);
	if (fclose(trace->file) && !err)
		err = -errno;
	if (err)
		diag_set(diag, err, "%s could not be written to its end: %s", trace->path,
			 strerror(-err));
	free(trace);
	s->trace = NULL;
	return err;
}

static void name_task(struct trace *trace, const struct sim_task *task)
{
	char name[40];

	snprintf(name, sizeof(name), "%s %d", task->p.comm, task->p.pid);
	trace_writer_name_row(trace->writer, TASKS, (uint32_t)task->p.pid, name);
}

/* What it waited for ends as it runs. */
void trace_runs(struct sim *s, const struct sim_task *task, const struct sim_cpu *cpu)
{
	(void)cpu;
	if (!s->trace)
		return;
	if (task->counts.nr_runs == 1)
		name_task(s->trace, task);
	if (s->now_ns > task->runnable_since_ns)
		trace_writer_slice(s->trace->writer, TASKS, (uint32_t)task->p.pid, "waits",
				   task->runnable_since_ns, s->now_ns);
}

void trace_stops(struct sim *s, const struct sim_task *task, const struct sim_cpu *cpu,
		 enum stop_reason why)
{
	bool sleeps = why == STOP_SLEEPS || why == STOP_EXITS;
	struct trace_writer *writer;

	if (!s->trace)
		return;
	writer = s->trace->writer;
	trace_writer_slice(writer, CPUS, cpu->id, task->p.comm, task->started_ns, s->now_ns);
	trace_writer_arg_number(writer, "pid", task->p.pid);
	trace_writer_arg_text(writer, "then", sleeps ? "sleeps" : why == STOP_RESTS ? "rests" : "waits");
	trace_writer_slice(writer, TASKS, (uint32_t)task->p.pid, "runs", task->started_ns, s->now_ns);
	trace_writer_arg_number(writer, "cpu", cpu->id);
}

void trace_wakes(struct sim *s, const struct sim_task *task)
{
	if (!s->trace)
		return;
	trace_writer_instant(s->trace->writer, TASKS, (uint32_t)task->p.pid, "woken up", s->now_ns);
	trace_writer_arg_number(s->trace->writer, "by", sim_current(s)->pid);
}

/* The slot has nothing but whether it was a wake-up. */
static const char *why_asked(const struct sim *s, const struct cland_slot *slot)
{
	static const char *const reasons[WAIT_REASONS] = {
		[WAIT_SLICE] = "its slice ended",
		[WAIT_WOKEN] = "woken up",
		[WAIT_BORN] = "it has begun",
		[WAIT_YIELDED] = "it gave up its CPU",
		[WAIT_PREEMPTED] = "preempted",
		[WAIT_CPU_GONE] = "its CPU has gone",
		[WAIT_AFFINITY] = "its affinity has changed",
	};
	const struct sim_task *task = tasks_find(s, slot->pid);

	return task ? reasons[task->asked_reason] : "it has ended since";
}

void trace_decision(struct sim *s, const struct cland_decision_msg *decision, const char *reason)
{
	const struct cland_slot *slot = s->slots + decision->slot;
	const struct cland_lease_msg *lease = &decision->lease;
	bool renewal = decision->flags & CLAND_DECISION_LEASE_ONLY;
	struct trace_writer *writer;

	if (!s->trace || decision->slot >= s->options.max_tasks)
		return;
	writer = s->trace->writer;
	trace_writer_instant(writer, TASKS, (uint32_t)slot->pid, renewal ? "lease renewed" : "decided",
			     s->now_ns);
	if (reason)
		trace_writer_arg_text(writer, "policy says", reason);
	if (!renewal) {
		trace_writer_arg_text(writer, "asked because", why_asked(s, slot));
		trace_writer_arg_number(writer, "asked us ago",
					(int64_t)((s->now_ns - slot->now_ns) / 1000));
		trace_writer_arg_number(writer, "rank beyond clock us",
					(int64_t)(decision->rank_ns - slot->clock_ns) / 1000);
	}
	trace_writer_arg_number(writer, "lease ms", (int64_t)(lease->valid_ns / 1000000));
	trace_writer_arg_number(writer, "slice us", (int64_t)(lease->slice_ns / 1000));
	trace_writer_arg_number(writer, "offset us", lease->offset_ns / 1000);
	trace_writer_arg_number(writer, "credit us", (int64_t)(lease->credit_ns / 1000));
	trace_writer_arg_number(writer, "preempt us", (int64_t)(lease->preempt_ns / 1000));
	trace_writer_arg_number(writer, "rate", lease->rate);
}

void trace_queues(struct sim *s)
{
	char name[32];
	uint32_t i;

	if (!s->trace)
		return;
	for (i = 0; i < s->dsq_places; i++) {
		struct dsq *dsq = s->dsqs[i];

		if (!dsq || dsq->traced_nr == dsq->nr)
			continue;
		stub_queue_name(dsq->id, name, sizeof(name));
		trace_writer_counter(s->trace->writer, QUEUES, name, s->now_ns);
		trace_writer_arg_number(s->trace->writer, "tasks", dsq->nr);
		dsq->traced_nr = dsq->nr;
	}
}
