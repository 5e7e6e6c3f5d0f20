/* SPDX-License-Identifier: GPL-2.0-only */
/* workload_fits.h - what has to hold for each workload, whatever it was made of; else we abort. */
#ifndef CLAND_FUZZ_WORKLOAD_FITS_H
#define CLAND_FUZZ_WORKLOAD_FITS_H

#include <stdlib.h>

#include "workload.h"

static inline void check(int ok)
{
	if (!ok)
		abort();
}

/* Whatever a step names is there. */
static inline void check_step(const struct workload *w, const struct workload_group *group,
			      const struct program *program, uint32_t at)
{
	const struct step *step = &program->steps[at];
	uint32_t nr = step->flags & STEP_PER_INSTANCE ? group->count : 1;

	switch (step->kind) {
	case STEP_RUN:
	case STEP_RUNTIME:
	case STEP_SLEEP:
	case STEP_JOIN:
	case STEP_YIELD:
	case STEP_NICE:
		break;
	case STEP_LOOP:
		check(step->depth < WORKLOAD_LOOPS);
		break;
	case STEP_NEXT:
		check(step->depth < WORKLOAD_LOOPS && step->other <= at);
		break;
	case STEP_FORK:
		check(step->resource < w->nr_groups);
		check(!w->groups[step->resource].members ||
		      step->other < w->groups[step->resource].nr_members);
		break;
	case STEP_CPUS:
		check(step->resource == WORKLOAD_NONE || step->resource < w->nr_cpusets);
		break;
	case STEP_WAIT:
		check(step->other == WORKLOAD_NONE || step->other < w->nr_resources);
		check(step->resource < w->nr_resources);
		break;
	default:
		check(step->resource + (uint64_t)nr <= w->nr_resources);
	}
}

static inline void check_program(const struct workload *w, const struct workload_group *group,
				 const struct program *program)
{
	uint32_t at;

	check(program->nr > 0);
	for (at = 0; at < program->nr; at++)
		check_step(w, group, program, at);
}

static inline void check_workload(const struct workload *w)
{
	uint32_t i, at;

	for (i = 0; i < w->nr_groups; i++) {
		const struct workload_group *group = &w->groups[i];

		check(group->cgroup < w->nr_cgroups);
		check(group->cpus == WORKLOAD_NONE || group->cpus < w->nr_cpusets);
		check(group->nice >= -20 && group->nice <= 19);
		if (!group->members)
			check_program(w, group, &group->program);
		for (at = 0; at < group->nr_members; at++) {
			check(group->members[at].process < w->nr_processes);
			check_program(w, group, &group->members[at].program);
		}
		check(!group->members || group->count <= group->nr_members);
	}
	for (i = 0; i < w->nr_cgroups; i++)
		check(w->cgroups[i].parent < (i ? i : 1));
	for (i = 0; i < w->nr_cpusets; i++)
		check(w->cpusets[i].nr > 0);
}

#endif
