/* SPDX-License-Identifier: GPL-2.0-only */
/* top_model.c - the scheduler's events, one after the other, and what tasks and CPUs do by them. */
#include "top_model_parts.h"

#include <stdlib.h>
#include <string.h>

#include "stats_histogram.h"

#define PF_KTHREAD 0x00200000u
#define PRIO_NICE_0 120
#define NICE_MIN (-20)
#define NICE_MAX 19

/* ---- tasks ----------------------------------------------------------------------------------- */

static struct task **bucket_of(struct top_model *m, int32_t pid)
{
	return &m->by_pid[(uint32_t)pid % PID_BUCKETS];
}

/* The one alive; NULL: not known. */
static struct task *find(struct top_model *m, int32_t pid)
{
	struct task *task = *bucket_of(m, pid);

	while (task && (task->pid != pid || task->has_died))
		task = task->next;
	return task;
}

/* NULL: there is no such pid, or no room. */
static struct task *find_or_add(struct top_model *m, int32_t pid)
{
	struct task *task = find(m, pid), **bucket = bucket_of(m, pid);

	if (task || pid <= 0)
		return task;
	task = m->nr_tasks < TOP_TASKS_MAX ? calloc(1, sizeof(*task)) : NULL;
	if (!task) {
		m->totals.nr_left_out++;
		return NULL;
	}
	task->id = m->next_id++;
	task->pid = task->tgid = pid;
	task->began_ns = task->charged_ns = m->now_ns;
	task->next = *bucket;
	*bucket = task;
	m->nr_tasks++;
	return task;
}

void top_model_forget(struct top_model *m, struct task **link)
{
	struct task *task = *link;

	*link = task->next;
	free(task->cgroup);
	free(task);
	m->nr_tasks--;
}

static struct top_name name_of(struct top_model *m, int32_t pid)
{
	const struct task *task = pid > 0 ? find(m, pid) : NULL;
	struct top_name name = { .pid = pid };

	if (task)
		memcpy(name.comm, task->comm, sizeof(name.comm));
	return name;
}

static struct slice *slice_of(const struct top_model *m, struct task *task)
{
	struct slice *slice = &task->slices[m->frame % TOP_FRAMES];

	if (slice->frame != m->frame) {
		memset(slice, 0, sizeof(*slice));
		slice->frame = m->frame;
	}
	return slice;
}

static struct top_run *latest_run(struct task *task)
{
	return task->nr_runs ? &task->runs[(task->nr_runs - 1) % TOP_RUNS] : NULL;
}

/* ---- time ------------------------------------------------------------------------------------ */

/* What the task has done since it was last counted. */
void top_model_charge(struct top_model *m, struct task *task)
{
	uint64_t ns = top_between_ns(task->charged_ns, m->now_ns);

	if (task->state == TOP_RUNS_NOW)
		slice_of(m, task)->ran_ns += ns;
	else if (task->state == TOP_WAITS)
		m->llcs[m->cpus[task->cpu].llc].waited_ns += ns;
	task->charged_ns = m->now_ns;
}

static void enter(struct top_model *m, struct task *task, enum top_state state)
{
	top_model_charge(m, task);
	task->state = state;
	task->began_ns = m->now_ns;
}

/*
 * Who has most of a CPU's time, without a list of all who have some: the last place is the next
 * one's, and its time with it. Whoever has had more than an eighth of the time is among them.
 */
static void propose(struct cpu *cpu, const struct top_name *who, uint64_t ns)
{
	struct candidate *least = &cpu->candidates[0];
	uint32_t i;

	for (i = 0; i < CANDIDATES; i++) {
		struct candidate *candidate = &cpu->candidates[i];

		if (candidate->who.pid == who->pid) {
			candidate->who = *who;
			candidate->ns += ns;
			return;
		}
		if (candidate->ns < least->ns)
			least = candidate;
	}
	least->who = *who;
	least->ns += ns;
}

void top_model_charge_cpu(struct top_model *m, struct cpu *cpu)
{
	uint64_t ns = top_between_ns(cpu->charged_ns, m->now_ns);

	cpu->charged_ns = m->now_ns;
	if (cpu->pid > 0 && ns) {
		struct top_name who = name_of(m, cpu->pid);

		cpu->busy_ns += ns;
		propose(cpu, &who, ns);
	}
}

/* ---- runs ------------------------------------------------------------------------------------ */

static void count_wait(struct top_model *m, struct task *task, uint64_t ns)
{
	slice_of(m, task)->waits[cland_histogram_bucket(ns)]++;
	if (!task->is_kthread)
		stats_histogram_add(&m->frames[m->frame % TOP_FRAMES].waits, ns);
}

static void add_holder(struct top_run *run, const struct stint *stint, uint64_t ns)
{
	uint32_t i, least = 0;

	for (i = 0; i < run->nr_holders; i++) {
		if (run->holders[i].who.pid == stint->who.pid) {
			run->holders[i].ns += ns;
			return;
		}
		if (run->holders[i].ns < run->holders[least].ns)
			least = i;
	}
	if (run->nr_holders < TOP_HOLDERS) {
		run->holders[run->nr_holders++] = (struct top_holder){ stint->who, ns };
	} else if (run->holders[least].ns < ns) {
		run->others_ns += run->holders[least].ns;
		run->holders[least] = (struct top_holder){ stint->who, ns };
	} else {
		run->others_ns += ns;
	}
}

static int by_time(const void *a, const void *b)
{
	const struct top_holder *one = a, *other = b;

	return one->ns < other->ns ? 1 : one->ns > other->ns ? -1 : 0;
}

/* Who had the CPU while the task waited: the latest stints come first. */
static void find_holders(const struct cpu *cpu, struct top_run *run)
{
	uint64_t from_ns = run->began_ns - run->waited_ns, found_ns = 0;
	uint64_t nr = cpu->nr_stints < STINTS ? cpu->nr_stints : STINTS, i;

	for (i = 0; i < nr; i++) {
		const struct stint *stint = &cpu->stints[(cpu->nr_stints - 1 - i) % STINTS];
		uint64_t begin_ns = stint->from_ns > from_ns ? stint->from_ns : from_ns;
		uint64_t ns = top_between_ns(begin_ns, stint->to_ns);

		if (stint->to_ns <= from_ns)
			break;
		if (ns)
			add_holder(run, stint, ns);
		found_ns += ns;
	}
	run->others_ns += top_between_ns(found_ns, run->waited_ns);
	qsort(run->holders, run->nr_holders, sizeof(run->holders[0]), by_time);
}

static void begin_run(struct top_model *m, struct task *task, uint32_t cpu)
{
	struct top_run *run = &task->runs[task->nr_runs++ % TOP_RUNS];

	memset(run, 0, sizeof(*run));
	run->began_ns = m->now_ns;
	run->cpu = cpu;
	if (task->state == TOP_SLEEPS && task->is_raced) {
		task->cause = task->raced_cause;
		task->by = task->raced_by;
		task->state = TOP_WAITS; /* since it slept */
		slice_of(m, task)->nr_wakes++;
	}
	if (task->state == TOP_WAITS) {
		run->cause = task->cause;
		run->by = task->by;
		run->waited_ns = top_between_ns(task->began_ns, m->now_ns);
		count_wait(m, task, run->waited_ns);
		find_holders(&m->cpus[cpu], run);
	}
	slice_of(m, task)->nr_runs++;
	task->is_raced = false;
	enter(m, task, TOP_RUNS_NOW);
	task->cpu = cpu;
}

static void end_run(struct top_model *m, struct task *task, enum top_end end)
{
	struct top_run *run = latest_run(task);

	if (task->state != TOP_RUNS_NOW || !run)
		return;
	run->ran_ns = top_between_ns(run->began_ns, m->now_ns);
	run->end = end;
}

/* ---- events ---------------------------------------------------------------------------------- */

/* It has the CPU since then, and what it did before is not known. */
static void must_run(struct top_model *m, struct task *task, uint32_t cpu, uint64_t since_ns)
{
	end_run(m, task, TOP_END_UNSEEN);
	top_model_charge(m, task);
	task->state = TOP_UNSEEN;
	begin_run(m, task, cpu);
	latest_run(task)->began_ns = task->began_ns = task->charged_ns = since_ns;
}

/* Who is found on a CPU of which nothing has been told has had it since before we looked. */
static void settle(struct top_model *m, uint32_t at, int32_t pid)
{
	struct cpu *cpu = &m->cpus[at];
	struct task *task;

	cpu->is_seen = true;
	if (cpu->pid != CPU_UNKNOWN)
		return;
	cpu->pid = pid;
	task = find_or_add(m, pid);
	if (task && task->state != TOP_RUNS_NOW)
		must_run(m, task, at, cpu->since_ns);
}

/* It is not where we thought. */
static void lose(struct top_model *m, struct task *task)
{
	end_run(m, task, TOP_END_UNSEEN);
	enter(m, task, TOP_UNSEEN);
}

static void die(struct top_model *m, struct task *task)
{
	enter(m, task, TOP_SLEEPS);
	task->has_died = true;
	task->died_frame = m->frame;
	m->nr_ended++;
}

static void leaves(struct top_model *m, const struct record_event *event)
{
	struct task *task = find_or_add(m, event->pid);

	if (!task)
		return;
	/* Its coming here has been lost. */
	if (task->state != TOP_RUNS_NOW || task->cpu != event->cpu)
		must_run(m, task, event->cpu, m->now_ns);
	if (event->flags & RECORD_DIES) {
		end_run(m, task, TOP_END_DIED);
		die(m, task);
	} else if (event->flags & RECORD_SLEEPS) {
		end_run(m, task, TOP_END_SLEPT);
		enter(m, task, TOP_SLEEPS);
	} else {
		end_run(m, task, TOP_END_PUT_OFF);
		enter(m, task, TOP_WAITS);
		task->cause = TOP_BY_PUT_OFF;
		task->by = name_of(m, event->other);
	}
}

static void comes(struct top_model *m, int32_t pid, uint32_t cpu)
{
	struct task *task = find_or_add(m, pid);

	if (!task)
		return;
	if (task->state == TOP_RUNS_NOW)
		lose(m, task);
	begin_run(m, task, cpu);
}

static void add_stint(struct top_model *m, struct cpu *cpu, int32_t pid)
{
	cpu->stints[cpu->nr_stints++ % STINTS] = (struct stint){
		.who = name_of(m, pid), .from_ns = cpu->since_ns, .to_ns = m->now_ns,
	};
}

static void switched(struct top_model *m, const struct record_event *event)
{
	struct cpu *cpu = &m->cpus[event->cpu];
	struct task *before;

	settle(m, event->cpu, event->pid);
	/* A switch has been lost. */
	if (cpu->pid > 0 && cpu->pid != event->pid) {
		before = find(m, cpu->pid);
		if (before && before->state == TOP_RUNS_NOW && before->cpu == event->cpu)
			lose(m, before);
	}
	/* Before it dies, whose name will not be found any more. */
	add_stint(m, cpu, event->pid);
	top_model_charge_cpu(m, cpu);
	if (event->pid > 0)
		leaves(m, event);
	if (event->other > 0)
		comes(m, event->other, event->cpu);
	cpu->pid = event->other;
	cpu->since_ns = cpu->charged_ns = m->now_ns;
}

static void woken(struct top_model *m, const struct record_event *event)
{
	struct task *task = find_or_add(m, event->pid);
	bool is_told = event->other > 0 && !(event->flags & RECORD_INTERRUPT);
	enum top_cause cause = is_told ? TOP_BY_TASK : TOP_BY_INTERRUPT;
	struct top_name by = name_of(m, is_told ? event->other : 0);

	settle(m, event->cpu, event->other);
	if (!task || task->state == TOP_WAITS)
		return;
	if (task->state == TOP_RUNS_NOW) {
		/* By itself: it did not go to sleep after all. */
		task->is_raced = event->other != event->pid;
		task->raced_cause = cause;
		task->raced_by = by;
		return;
	}
	if (!task->nr_runs)
		task->cpu = event->cpu; /* it has been nowhere else that we know of */
	enter(m, task, TOP_WAITS);
	task->cause = cause;
	task->by = by;
	slice_of(m, task)->nr_wakes++;
}

static void forked(struct top_model *m, const struct record_event *event)
{
	struct task *child = find(m, event->other);

	settle(m, event->cpu, event->pid);
	/* The end of the one before it got lost. */
	if (child) {
		lose(m, child);
		die(m, child);
	}
	child = find_or_add(m, event->other);
	if (!child)
		return;
	child->cpu = event->cpu;
	child->cause = TOP_BY_FORK;
	child->by = name_of(m, event->pid);
	enter(m, child, TOP_WAITS);
}

static void decided(struct top_model *m, const struct record_decision *decision)
{
	struct task *task = find_or_add(m, decision->event.pid);

	if (task)
		task->decisions[task->nr_decisions++ % TOP_DECISIONS] = *decision;
}

/* Leases of the policy before are void, and its reasons would be taken for the next one's. */
static void policy_begins(struct top_model *m)
{
	struct task *task;
	uint32_t i, at;

	for (i = 0; i < PID_BUCKETS; i++) {
		for (task = m->by_pid[i]; task; task = task->next) {
			for (at = 0; at < TOP_DECISIONS; at++) {
				task->decisions[at].lease_until_ns = 0;
				task->decisions[at].lead_us = 0;
				task->decisions[at].reason = 0;
			}
		}
	}
}

void top_model_event(struct top_model *m, const struct record_event *event)
{
	if (event->cpu >= m->nr_cpus || event->pid < 0)
		return;
	if (event->when_ns > m->now_ns)
		m->now_ns = event->when_ns;
	switch ((enum record_kind)event->kind) {
	case RECORD_SWITCH:
		switched(m, event);
		break;
	case RECORD_WAKING:
		woken(m, event);
		break;
	case RECORD_FORK:
		forked(m, event);
		break;
	case RECORD_RUNS:
		settle(m, event->cpu, event->pid);
		break;
	case RECORD_DECISION:
		decided(m, (const struct record_decision *)event);
		break;
	case RECORD_POLICY:
		policy_begins(m);
		break;
	default:
		break;
	}
}

static void set_cgroup(struct top_model *m, struct task *task, const char *text)
{
	size_t size = strlen(text) + 1;
	struct path *path;

	if (task->cgroup && !strcmp(task->cgroup->text, text))
		return;
	path = malloc(sizeof(*path) + size);
	if (!path)
		return;
	memcpy(path->text, text, size);
	if (task->cgroup) {
		task->cgroup->next = m->old_paths;
		m->old_paths = task->cgroup;
	}
	task->cgroup = path;
}

void top_model_facts(struct top_model *m, const struct record_facts *facts, const char *cgroup)
{
	struct task *task = find_or_add(m, facts->event.pid);
	int32_t nice = facts->static_prio - PRIO_NICE_0;

	if (!task)
		return;
	task->tgid = facts->tgid;
	task->nice = nice < NICE_MIN || nice > NICE_MAX ? 0 : nice;
	task->class = facts->policy <= RECORDING_EXT ? (enum recording_class)facts->policy :
						       RECORDING_OTHER;
	task->is_kthread = facts->flags & PF_KTHREAD;
	memcpy(task->comm, facts->comm, sizeof(task->comm) - 1);
	set_cgroup(m, task, cgroup);
}

void top_model_gap(struct top_model *m)
{
	struct task *task;
	uint32_t i;

	for (i = 0; i < PID_BUCKETS; i++)
		for (task = m->by_pid[i]; task; task = task->next)
			/* Who has a CPU is put right by the next switch there, if it is wrong. */
			if (!task->has_died && task->state != TOP_RUNS_NOW)
				lose(m, task);
}

/* ---- beginning and end ----------------------------------------------------------------------- */

struct top_model *top_model_new(uint32_t nr_cpus, const uint32_t *llc_of_cpu, uint32_t nr_llcs,
				uint64_t start_ns)
{
	struct top_model *m = calloc(1, sizeof(*m));
	uint32_t i;

	if (!m)
		return NULL;
	m->cpus = calloc(nr_cpus, sizeof(*m->cpus));
	m->llcs = calloc(nr_llcs, sizeof(*m->llcs));
	if (!m->cpus || !m->llcs) {
		top_model_free(m);
		return NULL;
	}
	m->nr_cpus = nr_cpus;
	m->nr_llcs = nr_llcs;
	m->next_id = 1;
	m->now_ns = start_ns;
	for (i = 0; i < nr_cpus; i++) {
		m->cpus[i].pid = CPU_UNKNOWN;
		m->cpus[i].since_ns = m->cpus[i].charged_ns = start_ns;
		m->cpus[i].llc = llc_of_cpu[i];
	}
	top_model_begin_frame(m);
	return m;
}

void top_model_free(struct top_model *m)
{
	uint32_t i;

	if (!m)
		return;
	for (i = 0; i < PID_BUCKETS; i++)
		while (m->by_pid[i])
			top_model_forget(m, &m->by_pid[i]);
	top_model_free_paths(m);
	free(m->figures);
	free(m->llcs);
	free(m->cpus);
	free(m);
}
