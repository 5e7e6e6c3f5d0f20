/* SPDX-License-Identifier: GPL-2.0-only */
#include "live_trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cland_path.h"
#include "path_text.h"

/* Groups of rows; the first two as in clandsim's traces. */
enum { CPUS = 1, TASKS, SCHEDULER };

#define POLICY_ROW 1
#define BY_INTERRUPT (-1)
#define WHO_LEN 40
#define NR_BUCKETS 16384u
#define POLICY_LEN 64
/* Not oftener is it told how many tasks wait. */
#define WAITING_EVERY_NS 1000000u

enum state {
	UNKNOWN,	/* nothing has been told yet */
	SLEEPS,
	WAITS,
	RUNS,
};

struct live_task {
	struct live_task *next;	/* in its bucket */
	int32_t pid;
	char comm[16];
	enum state state;
	uint32_t cpu;		/* RUNS: where; else where it was last, if it has been anywhere */
	bool has_cpu;
	uint64_t since_ns;	/* of the state */
	int32_t woken_by;	/* WAITS: who, or BY_INTERRUPT; 0: nobody has, it was running before */
	bool woken_early;	/* RUNS: it was about to sleep, or has slept already */
	int32_t behind;		/* WAITS: who had its CPU when it began to; 0: nobody, or not known */
	uint32_t path;		/* the latest decision's, + 1; 0: none since it ran last */
};

struct live_trace {
	struct trace_writer *writer;
	uint32_t nr_cache_queues;
	uint64_t start_ns;
	struct live_task *by_pid[NR_BUCKETS];
	uint32_t nr_cpus;	/* rows that have a name */
	int32_t running[RECORD_CPUS_MAX]; /* pid, 0: nobody that is known */
	uint32_t nr_waiting;
	uint64_t waiting_told_ns;
	struct live_trace_counts counts;
	/* The policy that decides; "": not known. */
	char policy[POLICY_LEN], policy_before[POLICY_LEN];
	uint64_t policy_since_ns;
	int32_t policy_agent;
	bool asks_policy, policy_is_new;
	const struct policy_reasons *reasons; /* of it; NULL: there are none to be had */
};

/* ---- rows ------------------------------------------------------------------------------------ */

static void name_cpus(struct live_trace *trace, uint32_t nr_cpus)
{
	char name[32];

	for (; trace->nr_cpus < nr_cpus; trace->nr_cpus++) {
		snprintf(name, sizeof(name), "CPU %u", trace->nr_cpus);
		trace_writer_name_row(trace->writer, CPUS, trace->nr_cpus, name);
	}
}

struct live_trace *live_trace_new(struct trace_writer *writer, uint32_t nr_cpus,
				  uint32_t nr_cache_queues, uint64_t start_ns)
{
	struct live_trace *trace = calloc(1, sizeof(*trace));

	if (!trace)
		return NULL;
	trace->writer = writer;
	trace->nr_cache_queues = nr_cache_queues;
	trace->start_ns = trace->policy_since_ns = start_ns;
	trace_writer_name_group(writer, CPUS, "CPUs");
	trace_writer_name_group(writer, TASKS, "tasks");
	trace_writer_name_group(writer, SCHEDULER, "scheduler");
	trace_writer_name_row(writer, SCHEDULER, POLICY_ROW, "policy");
	name_cpus(trace, nr_cpus);
	return trace;
}

/* ---- tasks ----------------------------------------------------------------------------------- */

/* Where the one that has this pid now is, or would be. */
static struct live_task **place_of(struct live_trace *trace, int32_t pid)
{
	struct live_task **place = &trace->by_pid[(uint32_t)pid % NR_BUCKETS];

	while (*place && (*place)->pid != pid)
		place = &(*place)->next;
	return place;
}

/* The one that has this pid now. NULL: nobody can have it, or there is no memory, which shows in *ret_err. */
static struct live_task *task_of(struct live_trace *trace, int32_t pid, int *ret_err)
{
	struct live_task **place;

	if (pid <= 0 || pid >= RECORD_PIDS_MAX)
		return NULL;
	place = place_of(trace, pid);
	if (*place)
		return *place;
	*place = calloc(1, sizeof(**place));
	if (!*place) {
		*ret_err = -ENOMEM;
		return NULL;
	}
	(*place)->pid = pid;
	trace->counts.nr_tasks++;
	return *place;
}

static void forget(struct live_trace *trace, int32_t pid)
{
	struct live_task **place = place_of(trace, pid), *task = *place;

	if (!task)
		return;
	if (task->state == WAITS)
		trace->nr_waiting--;
	*place = task->next;
	free(task);
}

/* "sh 123"; text has WHO_LEN bytes. */
static const char *who(struct live_trace *trace, int32_t pid, char *text)
{
	const struct live_task *task = *place_of(trace, pid);

	if (pid == BY_INTERRUPT)
		snprintf(text, WHO_LEN, "an interrupt");
	else if (!pid)
		snprintf(text, WHO_LEN, "an idle CPU");
	else
		snprintf(text, WHO_LEN, "%s %d", task && task->comm[0] ? task->comm : "?", pid);
	return text;
}

static void take_facts(struct live_trace *trace, const struct record_facts *facts, int *ret_err)
{
	struct live_task *task = task_of(trace, facts->event.pid, ret_err);
	char name[WHO_LEN];

	if (!task || !strncmp(task->comm, facts->comm, sizeof(task->comm)))
		return;
	memcpy(task->comm, facts->comm, sizeof(task->comm) - 1);
	trace_writer_name_row(trace->writer, TASKS, (uint32_t)facts->event.pid,
			      who(trace, facts->event.pid, name));
}

/* ---- what they do ---------------------------------------------------------------------------- */

static void tell_waiting(struct live_trace *trace, uint64_t now_ns)
{
	if (now_ns < trace->waiting_told_ns + WAITING_EVERY_NS)
		return;
	trace_writer_counter(trace->writer, SCHEDULER, "tasks that wait for a CPU", now_ns);
	trace_writer_arg_number(trace->writer, "tasks", trace->nr_waiting);
	trace->waiting_told_ns = now_ns;
}

static void become(struct live_trace *trace, struct live_task *task, enum state state,
		   uint64_t now_ns)
{
	if (task->state == WAITS)
		trace->nr_waiting--;
	if (state == WAITS)
		trace->nr_waiting++;
	task->state = state;
	task->since_ns = now_ns;
}

static void begin_to_wait(struct live_trace *trace, struct live_task *task, int32_t woken_by,
			  uint64_t now_ns)
{
	/* The CPU that wakes a task up may have been told of last, although it was here first. */
	if (now_ns < task->since_ns)
		now_ns = task->since_ns;
	become(trace, task, WAITS, now_ns);
	task->woken_by = woken_by;
	task->behind = task->has_cpu ? trace->running[task->cpu] : 0;
	task->woken_early = false;
	/* Where it goes when another one takes its CPU is decided before the switch, while it runs. */
	if (woken_by)
		task->path = 0;
}

static void ran(struct live_trace *trace, const struct live_task *task, const char *then,
		uint64_t now_ns)
{
	struct trace_writer *writer = trace->writer;

	if (now_ns < task->since_ns)
		return;
	trace->counts.nr_runs++;
	trace_writer_slice(writer, CPUS, task->cpu, task->comm[0] ? task->comm : "?", task->since_ns,
			   now_ns);
	trace_writer_arg_number(writer, "pid", task->pid);
	trace_writer_arg_text(writer, "then", then);
	trace_writer_slice(writer, TASKS, (uint32_t)task->pid, "runs", task->since_ns, now_ns);
	trace_writer_arg_number(writer, "cpu", task->cpu);
}

static void waited(struct live_trace *trace, const struct live_task *task, uint64_t now_ns)
{
	struct trace_writer *writer = trace->writer;
	char name[WHO_LEN];

	if (now_ns <= task->since_ns)
		return;
	trace_writer_slice(writer, TASKS, (uint32_t)task->pid, "waits", task->since_ns, now_ns);
	if (task->woken_by)
		trace_writer_arg_text(writer, "woken up by", who(trace, task->woken_by, name));
	if (task->behind)
		trace_writer_arg_text(writer, task->woken_by ? "its cpu had" : "its cpu went to",
				      who(trace, task->behind, name));
	if (task->path)
		trace_writer_arg_text(writer, "decision", path_text_name(task->path - 1));
}

static void leaves(struct live_trace *trace, const struct record_event *event, int *ret_err)
{
	struct live_task *task = task_of(trace, event->pid, ret_err);
	bool dies = event->flags & RECORD_DIES, sleeps = event->flags & RECORD_SLEEPS;

	if (!task)
		return;
	/* Its beginning is known, and was here: else a switch has been lost. */
	if (task->state == RUNS && task->cpu == event->cpu)
		ran(trace, task, dies ? "ends" : sleeps ? "sleeps" : "waits", event->when_ns);
	if (dies)
		forget(trace, event->pid);
	else if (sleeps)
		become(trace, task, SLEEPS, event->when_ns);
	else
		begin_to_wait(trace, task, 0, event->when_ns);
}

static void comes(struct live_trace *trace, int32_t pid, uint32_t cpu, uint64_t now_ns, int *ret_err)
{
	struct live_task *task = task_of(trace, pid, ret_err);

	if (!task)
		return;
	if (task->state == WAITS || (task->state == SLEEPS && task->woken_early))
		waited(trace, task, now_ns);
	task->woken_early = false;
	become(trace, task, RUNS, now_ns);
	task->cpu = cpu;
	task->has_cpu = true;
	task->path = 0;
}

static void switched(struct live_trace *trace, const struct record_event *event, int *ret_err)
{
	int32_t *running = &trace->running[event->cpu];
	struct live_task *lost;

	/* A switch has been lost: since when who was here is elsewhere is not known. */
	if (*running && *running != event->pid) {
		lost = task_of(trace, *running, ret_err);
		if (lost && lost->state == RUNS && lost->cpu == event->cpu)
			become(trace, lost, UNKNOWN, event->when_ns);
	}
	*running = event->other;
	if (event->pid)
		leaves(trace, event, ret_err);
	if (event->other)
		comes(trace, event->other, event->cpu, event->when_ns, ret_err);
	tell_waiting(trace, event->when_ns);
}

/* Nobody knows since when it has the CPU: since we look, for us. */
static void runs(struct live_trace *trace, const struct record_event *event, int *ret_err)
{
	struct live_task *task = task_of(trace, event->pid, ret_err);

	if (!task || task->state != UNKNOWN || trace->running[event->cpu])
		return;
	become(trace, task, RUNS, event->when_ns);
	task->cpu = event->cpu;
	task->has_cpu = true;
	trace->running[event->cpu] = event->pid;
}

static void woken(struct live_trace *trace, const struct record_event *event, int *ret_err)
{
	struct live_task *task = task_of(trace, event->pid, ret_err);
	int32_t by = event->flags & RECORD_INTERRUPT ? BY_INTERRUPT : event->other;
	char name[WHO_LEN];

	if (!task)
		return;
	trace_writer_instant(trace->writer, TASKS, (uint32_t)event->pid, "woken up", event->when_ns);
	trace_writer_arg_text(trace->writer, "by", who(trace, by, name));
	trace_writer_arg_number(trace->writer, "on cpu", event->cpu);
	if (task->state == SLEEPS || task->state == UNKNOWN) {
		begin_to_wait(trace, task, by, event->when_ns);
	} else if (task->state == RUNS) {
		/* It stays awake; or it sleeps already, and the switch is told next. */
		task->woken_early = true;
		task->woken_by = by;
	}
}

static void forked(struct live_trace *trace, const struct record_event *event, int *ret_err)
{
	struct live_task *child;
	char name[WHO_LEN];

	forget(trace, event->other); /* the end of the one before it got lost */
	child = task_of(trace, event->other, ret_err);
	if (!child)
		return;
	trace_writer_instant(trace->writer, TASKS, (uint32_t)event->other, "started", event->when_ns);
	trace_writer_arg_text(trace->writer, "by", who(trace, event->pid, name));
	begin_to_wait(trace, child, event->pid, event->when_ns);
}

/* ---- scx-cland ------------------------------------------------------------------------------- */

static void decided(struct live_trace *trace, const struct record_decision *decision, int *ret_err)
{
	struct live_task *task = task_of(trace, decision->event.pid, ret_err);
	struct trace_writer *writer = trace->writer;
	char place[PATH_TEXT_PLACE_LEN];
	const char *reason;

	if (!task)
		return;
	reason = trace->reasons && !trace->asks_policy ? policy_reasons_text(trace->reasons, decision->reason) :
							 NULL;
	trace->counts.nr_decisions++;
	trace_writer_instant(writer, TASKS, (uint32_t)decision->event.pid,
			     path_text_name(decision->path), decision->event.when_ns);
	trace_writer_arg_text(writer, "means", path_text_means(decision->path));
	if (reason)
		trace_writer_arg_text(writer, "policy says", reason);
	trace_writer_arg_text(writer, "to", path_text_place(decision->place, trace->nr_cache_queues, place));
	if (decision->rank_ns)
		trace_writer_arg_number(writer, "rank beyond clock us",
					(int64_t)(decision->rank_ns - decision->clock_ns) / 1000);
	if (decision->slice_ns)
		trace_writer_arg_number(writer, "slice us", (int64_t)(decision->slice_ns / 1000));
	if (decision->lead_us)
		trace_writer_arg_number(writer, "lead us", decision->lead_us);
	if (decision->lease_until_ns > decision->event.when_ns)
		trace_writer_arg_number(writer, "lease left ms",
					(int64_t)((decision->lease_until_ns - decision->event.when_ns) / 1000000));
	trace_writer_arg_number(writer, "on cpu", decision->event.cpu);
	if (decision->path != CLAND_PATH_kept && decision->path != CLAND_PATH_renewed)
		task->path = decision->path + 1;
}

/* How the policy is called in the trace. */
static const char *policy_name(const char *name)
{
	return name[0] ? name : "unknown";
}

static void policy_instant(struct live_trace *trace)
{
	char name[2 * POLICY_LEN + 8];

	snprintf(name, sizeof(name), "%s -> %s", policy_name(trace->policy_before),
		 policy_name(trace->policy));
	trace_writer_instant(trace->writer, SCHEDULER, POLICY_ROW, name, trace->policy_since_ns);
	trace_writer_arg_number(trace->writer, "agent", trace->policy_agent);
	trace->policy_is_new = false;
}

/* Its slice, and its beginning if that has not been told as its name was not known. */
static void end_policy(struct live_trace *trace, uint64_t now_ns)
{
	if (trace->policy_is_new)
		policy_instant(trace);
	if (now_ns <= trace->policy_since_ns)
		return;
	trace_writer_slice(trace->writer, SCHEDULER, POLICY_ROW, policy_name(trace->policy),
			   trace->policy_since_ns, now_ns);
}

static void policy_begins(struct live_trace *trace, const struct record_event *event)
{
	end_policy(trace, event->when_ns);
	trace->counts.nr_policies++;
	memcpy(trace->policy_before, trace->policy, sizeof(trace->policy));
	trace->policy[0] = '\0';
	trace->policy_since_ns = event->when_ns;
	trace->policy_agent = event->pid;
	trace->policy_is_new = trace->asks_policy = true;
}

void live_trace_policy(struct live_trace *trace, const char *name)
{
	snprintf(trace->policy, sizeof(trace->policy), "%s", name);
	trace->asks_policy = false;
	if (trace->policy_is_new)
		policy_instant(trace);
}

void live_trace_reasons(struct live_trace *trace, const struct policy_reasons *reasons)
{
	trace->reasons = reasons;
}

bool live_trace_asks_policy(const struct live_trace *trace)
{
	return trace->asks_policy;
}

/* ---- all of it ------------------------------------------------------------------------------- */

int live_trace_event(struct live_trace *trace, const struct record_event *event)
{
	int err = 0;

	if (event->cpu >= RECORD_CPUS_MAX)
		return 0;
	name_cpus(trace, event->cpu + 1);
	switch ((enum record_kind)event->kind) {
	case RECORD_SWITCH:
		switched(trace, event, &err);
		break;
	case RECORD_WAKING:
		woken(trace, event, &err);
		break;
	case RECORD_FORK:
		forked(trace, event, &err);
		break;
	case RECORD_RUNS:
		runs(trace, event, &err);
		break;
	case RECORD_FACTS:
		take_facts(trace, (const struct record_facts *)event, &err);
		break;
	case RECORD_DECISION:
		decided(trace, (const struct record_decision *)event, &err);
		break;
	case RECORD_POLICY:
		policy_begins(trace, event);
		break;
	}
	return err ? err : trace_writer_error(trace->writer);
}

void live_trace_end(struct live_trace *trace, uint64_t end_ns)
{
	const struct live_task *task;
	uint32_t i;

	for (i = 0; i < NR_BUCKETS; i++) {
		for (task = trace->by_pid[i]; task; task = task->next) {
			if (task->state == RUNS)
				ran(trace, task, "runs on", end_ns);
			else if (task->state == WAITS)
				waited(trace, task, end_ns);
		}
	}
	if (trace->policy[0] || trace->counts.nr_policies)
		end_policy(trace, end_ns);
}

struct live_trace_counts live_trace_counts(const struct live_trace *trace)
{
	return trace->counts;
}

void live_trace_free(struct live_trace *trace)
{
	uint32_t i;

	if (!trace)
		return;
	for (i = 0; i < NR_BUCKETS; i++)
		while (trace->by_pid[i])
			forget(trace, trace->by_pid[i]->pid);
	free(trace);
}
