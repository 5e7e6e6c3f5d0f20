/* SPDX-License-Identifier: GPL-2.0-only */
#include "fairness.h"

#include <errno.h>
#include <stdlib.h>

#include "fair_shares.h"

/* Away from the CPU for no more of its life than this. */
#define ASLEEP_MAX_PCT 2
#define LIFE_MIN_PCT 90

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

int fairness_of(const struct sim *s, struct fairness *ret_fairness)
{
	struct fair_claim *claims = calloc(s->nr_pids ? s->nr_pids : 1, sizeof(*claims));
	struct fairness f = { 0 };
	struct fair_shares shares;
	uint32_t i;

	if (!claims)
		return -ENOMEM;
	for (i = 0; i < s->nr_pids; i++) {
		const struct sim_task *task = s->by_pid[i];

		if (task && counts(s, task))
			claims[f.nr_tasks++] = (struct fair_claim){
				.owner = task,
				.weight = weight_of(s, task),
				.got_s = (double)task->p.se.sum_exec_runtime / 1e9,
			};
	}
	fair_shares_judge(claims, f.nr_tasks, (double)s->now_ns / 1e9, &shares);
	f.mean_pct = shares.mean_pct;
	f.max_pct = shares.max_pct;
	if (shares.furthest) {
		f.max_task = shares.furthest->owner;
		f.max_pid = f.max_task->p.pid;
		f.max_got_s = shares.furthest->got_s;
		f.max_due_s = shares.furthest->due_s;
	}
	free(claims);
	*ret_fairness = f;
	return 0;
}
