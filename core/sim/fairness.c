/* SPDX-License-Identifier: GPL-2.0-only */
#include "fairness.h"

#include <errno.h>
#include <stdlib.h>

/* Away from the CPU for no more of its life than this. */
#define ASLEEP_MAX_PCT 2
#define LIFE_MIN_PCT 90

struct claim {
	const struct sim_task *task;
	double weight, got_s, due_s;
};

static uint32_t weight_of(const struct sim *s, const struct sim_task *task)
{
	struct stub_task_view view;
	uint32_t slot;

	if (!stub_view((struct task_struct *)(uintptr_t)&task->p, &view))
		return 0;
	slot = view.slot;
	return slot < s->options.max_tasks ? s->slots[slot].weight : 0;
}

static bool counts(const struct sim *s, const struct sim_task *task)
{
	uint64_t life_ns = s->now_ns - task->born_ns;

	return task->program && task->cpus == &s->all && task->state != TASK_BLOCKED &&
	       life_ns >= s->now_ns / 100 * LIFE_MIN_PCT &&
	       task->asleep_ns <= life_ns / 100 * ASLEEP_MAX_PCT && weight_of(s, task);
}

/* Divide by weight; who would get more than a CPU gets one, and the others the rest. */
static void divide(struct claim *claims, uint32_t nr, double total_s, double limit_s)
{
	double left_s = total_s, weight = 0;
	bool again = true;
	uint32_t i;

	for (i = 0; i < nr; i++) {
		claims[i].due_s = -1;
		weight += claims[i].weight;
	}
	while (again) {
		again = false;
		for (i = 0; i < nr; i++) {
			if (claims[i].due_s >= 0 || left_s * claims[i].weight <= limit_s * weight)
				continue;
			claims[i].due_s = limit_s;
			left_s -= limit_s;
			weight -= claims[i].weight;
			again = true;
		}
	}
	for (i = 0; i < nr; i++)
		if (claims[i].due_s < 0)
			claims[i].due_s = left_s * claims[i].weight / weight;
}

int fairness_of(const struct sim *s, struct fairness *ret_fairness)
{
	struct claim *claims = calloc(s->nr_pids ? s->nr_pids : 1, sizeof(*claims));
	struct fairness f = { 0 };
	double total_s = 0, off;
	uint32_t i;

	if (!claims)
		return -ENOMEM;
	for (i = 0; i < s->nr_pids; i++) {
		struct claim *claim = &claims[f.nr_tasks];

		if (!s->by_pid[i] || !counts(s, s->by_pid[i]))
			continue;
		claim->task = s->by_pid[i];
		claim->weight = weight_of(s, claim->task);
		claim->got_s = (double)claim->task->p.se.sum_exec_runtime / 1e9;
		total_s += claim->got_s;
		f.nr_tasks++;
	}
	divide(claims, f.nr_tasks, total_s, (double)s->now_ns / 1e9);
	for (i = 0; i < f.nr_tasks; i++) {
		/* Nobody has got anything: that is fair, if nothing else. */
		off = claims[i].due_s > 0 ? 100 * (claims[i].got_s - claims[i].due_s) / claims[i].due_s : 0;
		if (off < 0)
			off = -off;
		f.mean_pct += off / f.nr_tasks;
		if (off < f.max_pct || (f.max_task && off <= f.max_pct))
			continue;
		f.max_pct = off;
		f.max_task = claims[i].task;
		f.max_got_s = claims[i].got_s;
		f.max_due_s = claims[i].due_s;
	}
	f.max_pid = f.max_task ? f.max_task->p.pid : 0;
	free(claims);
	*ret_fairness = f;
	return 0;
}
