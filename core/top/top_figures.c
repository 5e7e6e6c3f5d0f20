/* SPDX-License-Identifier: GPL-2.0-only */
/* top_figures.c - the end of a frame: figures of tasks, CPUs and caches, and who is known no longer. */
#include "top_model_parts.h"

#include <stdlib.h>
#include <string.h>

#include "stats_histogram.h"

/* Whether waits at the end of this frame are of that one, too. */
static bool is_recent(uint64_t frame, uint64_t at)
{
	return at && at <= frame && at + TOP_FRAMES > frame;
}

static void wait_figures(const struct top_model *m, const struct task *task, uint64_t frame,
			 struct top_task *figures)
{
	struct cland_histogram all = { 0 };
	uint32_t i, at;

	for (i = 0; i < TOP_FRAMES; i++) {
		if (!is_recent(frame, task->slices[i].frame))
			continue;
		for (at = 0; at < CLAND_HISTOGRAM_BUCKETS; at++)
			all.counts[at] += task->slices[i].waits[at];
	}
	/* Somebody who starves has no end of a wait to show. */
	if (task->state == TOP_WAITS)
		all.counts[cland_histogram_bucket(top_between_ns(task->began_ns, m->now_ns))]++;
	figures->nr_waits = stats_histogram_nr(&all);
	figures->wait_p50_ns = stats_histogram_quantile_ns(&all, 500);
	figures->wait_p99_ns = stats_histogram_quantile_ns(&all, 990);
}

/* By the frame with this number, which was so long. */
static void fill(const struct top_model *m, const struct task *task, uint64_t frame, uint64_t frame_ns,
		 struct top_task *figures)
{
	const struct slice *slice = &task->slices[frame % TOP_FRAMES];
	const struct record_decision *last = task->nr_decisions ?
		&task->decisions[(task->nr_decisions - 1) % TOP_DECISIONS] : NULL;
	bool has_slice = slice->frame == frame && frame_ns;

	*figures = (struct top_task){
		.id = task->id, .pid = task->pid, .tgid = task->tgid, .nice = task->nice,
		.class = task->class, .is_kthread = task->is_kthread, .has_died = task->has_died,
		.cgroup = task->cgroup ? task->cgroup->text : "", .state = task->state,
		.since_ns = task->began_ns, .cpu = task->cpu,
		.cpu_pct = has_slice ? 100.0 * (double)slice->ran_ns / (double)frame_ns : 0,
		.runs_per_s = has_slice ? 1e9 * slice->nr_runs / (double)frame_ns : 0,
		.wakes_per_s = has_slice ? 1e9 * slice->nr_wakes / (double)frame_ns : 0,
		.path = last ? last->path : CLAND_PATH_NR,
		.lead_us = last ? last->lead_us : 0,
		.lease_left_ns = last ? top_between_ns(m->now_ns, last->lease_until_ns) : 0,
	};
	memcpy(figures->comm, task->comm, sizeof(figures->comm));
	wait_figures(m, task, frame, figures);
}

static void keep(struct top_model *m, const struct task *task, uint64_t frame, uint64_t frame_ns)
{
	uint64_t nr = task->nr_runs < TOP_RUNS ? task->nr_runs : TOP_RUNS, i;
	struct top_kept *kept = &m->kept;

	fill(m, task, frame, frame_ns, &kept->task);
	kept->taken_ns = m->now_ns;
	kept->nr_runs = (uint32_t)nr;
	for (i = 0; i < nr; i++) {
		kept->runs[i] = task->runs[(task->nr_runs - 1 - i) % TOP_RUNS];
		if (kept->runs[i].end == TOP_END_NOT_YET)
			kept->runs[i].ran_ns = top_between_ns(kept->runs[i].began_ns, m->now_ns);
	}
	nr = task->nr_decisions < TOP_DECISIONS ? task->nr_decisions : TOP_DECISIONS;
	kept->nr_decisions = (uint32_t)nr;
	for (i = 0; i < nr; i++)
		kept->decisions[i] = task->decisions[(task->nr_decisions - 1 - i) % TOP_DECISIONS];
}

void top_model_keep(struct top_model *m, uint64_t id)
{
	const struct task *task;
	uint32_t i;

	memset(&m->kept, 0, sizeof(m->kept));
	m->kept_id = id;
	for (i = 0; id && i < PID_BUCKETS; i++)
		for (task = m->by_pid[i]; task; task = task->next)
			if (task->id == id)
				keep(m, task, m->frame - 1, m->totals.frame_ns);
}

const struct top_kept *top_model_kept(const struct top_model *m)
{
	return m->kept.task.id ? &m->kept : NULL;
}

/* Room for all tasks; without memory for it some are not shown. */
static void make_room(struct top_model *m)
{
	struct top_task *grown;
	uint32_t room = m->room_figures ? m->room_figures : 256;

	while (room < m->nr_tasks)
		room *= 2;
	if (room == m->room_figures)
		return;
	grown = realloc(m->figures, room * sizeof(*grown));
	if (!grown)
		return;
	m->figures = grown;
	m->room_figures = room;
}

void top_model_free_paths(struct top_model *m)
{
	struct path *path;

	while ((path = m->old_paths)) {
		m->old_paths = path->next;
		free(path);
	}
}

static bool is_to_go(const struct top_model *m, const struct task *task)
{
	if (task->id == m->kept_id)
		return false;
	if (task->has_died)
		return task->died_frame != m->frame;
	return (task->state == TOP_SLEEPS || task->state == TOP_UNSEEN) &&
	       top_between_ns(task->began_ns, m->now_ns) > TOP_QUIET_NS;
}

static void end_tasks(struct top_model *m, uint64_t frame_ns)
{
	struct task *task, **link;
	uint32_t i;

	top_model_free_paths(m);
	make_room(m);
	m->nr_figures = 0;
	for (i = 0; i < PID_BUCKETS; i++) {
		for (link = &m->by_pid[i]; (task = *link);) {
			if (is_to_go(m, task)) {
				top_model_forget(m, link);
				continue;
			}
			if (task->id == m->kept_id)
				keep(m, task, m->frame, frame_ns);
			if ((!task->has_died || task->died_frame == m->frame) &&
			    m->nr_figures < m->room_figures)
				fill(m, task, m->frame, frame_ns, &m->figures[m->nr_figures++]);
			link = &task->next;
		}
	}
}

static void end_cpus(struct top_model *m, uint64_t frame_ns)
{
	uint32_t i, at;

	for (i = 0; i < m->nr_cpus; i++) {
		struct cpu *cpu = &m->cpus[i];
		const struct candidate *most = &cpu->candidates[0];

		for (at = 1; at < CANDIDATES; at++)
			if (cpu->candidates[at].ns > most->ns)
				most = &cpu->candidates[at];
		cpu->figures = (struct top_cpu){
			.busy_pct = frame_ns ? 100.0 * (double)cpu->busy_ns / (double)frame_ns : 0,
			.is_known = cpu->is_seen,
			.most = most->who,
		};
		cpu->busy_ns = 0;
		memset(cpu->candidates, 0, sizeof(cpu->candidates));
	}
	for (i = 0; i < m->nr_llcs; i++) {
		m->llcs[i].queue = frame_ns ? (double)m->llcs[i].waited_ns / (double)frame_ns : 0;
		m->llcs[i].waited_ns = 0;
	}
}

static void end_totals(struct top_model *m, uint64_t frame_ns)
{
	struct cland_histogram all = { 0 };
	struct top_totals *totals = &m->totals;
	uint32_t i, at;

	totals->frame_ns = frame_ns;
	totals->waits_ns = 0;
	for (i = 0; i < TOP_FRAMES; i++) {
		if (!is_recent(m->frame, m->frames[i].number))
			continue;
		totals->waits_ns += m->frames[i].length_ns;
		for (at = 0; at < CLAND_HISTOGRAM_BUCKETS; at++)
			all.counts[at] += m->frames[i].waits.counts[at];
	}
	totals->wait_p50_ns = stats_histogram_quantile_ns(&all, 500);
	totals->wait_p99_ns = stats_histogram_quantile_ns(&all, 990);
	totals->nr_tasks = totals->nr_running = totals->nr_waiting = 0;
	for (i = 0; i < m->nr_figures; i++) {
		totals->nr_tasks += !m->figures[i].has_died;
		totals->nr_running += m->figures[i].state == TOP_RUNS_NOW;
		totals->nr_waiting += m->figures[i].state == TOP_WAITS;
	}
	totals->nr_ended = m->nr_ended;
}

static void charge_all(struct top_model *m)
{
	struct task *task;
	uint32_t i;

	for (i = 0; i < PID_BUCKETS; i++)
		for (task = m->by_pid[i]; task; task = task->next)
			top_model_charge(m, task);
	for (i = 0; i < m->nr_cpus; i++)
		top_model_charge_cpu(m, &m->cpus[i]);
}

void top_model_begin_frame(struct top_model *m)
{
	struct frame *frame;

	m->frame++;
	m->frame_began_ns = m->now_ns;
	m->nr_ended = 0;
	frame = &m->frames[m->frame % TOP_FRAMES];
	memset(frame, 0, sizeof(*frame));
	frame->number = m->frame;
}

void top_model_end_frame(struct top_model *m, uint64_t now_ns)
{
	uint64_t frame_ns;

	if (now_ns > m->now_ns)
		m->now_ns = now_ns;
	frame_ns = top_between_ns(m->frame_began_ns, m->now_ns);
	m->frames[m->frame % TOP_FRAMES].length_ns = frame_ns;
	charge_all(m);
	end_cpus(m, frame_ns);
	end_tasks(m, frame_ns);
	end_totals(m, frame_ns);
	top_model_begin_frame(m);
}

const struct top_task *top_model_tasks(const struct top_model *m, uint32_t *ret_nr)
{
	*ret_nr = m->nr_figures;
	return m->figures;
}

uint32_t top_model_nr_cpus(const struct top_model *m)
{
	return m->nr_cpus;
}

struct top_cpu top_model_cpu(const struct top_model *m, uint32_t cpu)
{
	return m->cpus[cpu].figures;
}

uint32_t top_model_nr_llcs(const struct top_model *m)
{
	return m->nr_llcs;
}

uint32_t top_model_llc_of(const struct top_model *m, uint32_t cpu)
{
	return m->cpus[cpu].llc;
}

double top_model_llc_queue(const struct top_model *m, uint32_t llc)
{
	return m->llcs[llc].queue;
}

const struct top_totals *top_model_totals(const struct top_model *m)
{
	return &m->totals;
}
