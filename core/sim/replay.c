/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay.c - each pair of a task that wakes up another one and that other one has a semaphore: so
 * the one woken up goes on when, and only when, the other one has come as far, however long that
 * takes now.
 */
#include "replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ini_text.h"

/* How long one computes that does so for ever. */
#define FOREVER_NS 86400000000000ULL

static const char *const own_comms[] = { "cland-agent", "scx-cland" };

/* Where a task of the recording has gone. */
struct place {
	uint32_t group, instance; /* group WORKLOAD_NONE: it is left out */
	uint32_t order;		/* its task's index */
	bool is_forked;		/* by one that is there, too */
	const struct recording_task *task;
};

struct pair {
	uint32_t waker, wakee;
	uint32_t nr_wakes, nr_waits; /* the latter up to where programs have been made */
};

struct replay {
	const char *path;
	const struct recording *recording;
	bool by_time;
	struct workload *workload;
	struct place *places;	/* of each task */
	struct pair *pairs;
	uint32_t nr_pairs;
	struct diag *diag;
};

static bool is_left_out(const struct recording_task *task)
{
	size_t i;

	for (i = 0; i < sizeof(own_comms) / sizeof(own_comms[0]); i++)
		if (!strcmp(task->comm, own_comms[i]))
			return true;
	return !recording_class_is_modelled(task->class);
}

static void count_left_out(const struct recording_task *task, struct replay_left_out *left_out)
{
	uint32_t i;

	left_out->nr_tasks++;
	for (i = 0; i < task->nr_steps; i++)
		if (task->steps[i].kind == RECORDING_RUN)
			left_out->run_ns += task->steps[i].ns;
}

/* ---- groups ---------------------------------------------------------------------------------- */

static int compare_kinds(const struct recording_task *a, const struct recording_task *b)
{
	int is = strcmp(a->comm, b->comm);

	if (!is)
		is = (a->nice > b->nice) - (a->nice < b->nice);
	if (!is)
		is = (a->class == RECORDING_IDLE) - (b->class == RECORDING_IDLE);
	if (!is)
		is = a->is_kthread - b->is_kthread;
	if (!is)
		is = (a->cgroup > b->cgroup) - (a->cgroup < b->cgroup);
	return is ? is : strcmp(a->cpus ? a->cpus : "", b->cpus ? b->cpus : "");
}

/* Tasks that are alike together, and of those first the ones that are there from the start. */
static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int is = compare_kinds(a->task, b->task);

	if (!is)
		is = a->is_forked - b->is_forked;
	return is ? is : (a->order > b->order) - (a->order < b->order);
}

/* The group of tasks like this one. Returns 0 or -errno with a sentence. */
static int add_group(struct replay *r, const struct recording_task *task, uint32_t nr_alike,
		     uint32_t *ret_group)
{
	char name[WORKLOAD_NAME_LEN];
	struct workload_group *group;
	struct cpuset cpus;

	if (nr_alike)
		snprintf(name, sizeof(name), "%.15s #%u", task->comm, nr_alike + 1);
	else
		snprintf(name, sizeof(name), "%.15s", task->comm);
	*ret_group = workload_add_group(r->workload, name);
	if (*ret_group == WORKLOAD_NONE)
		return diag_set(r->diag, -ENOMEM, "%s: no memory", r->path);
	group = &r->workload->groups[*ret_group];
	snprintf(group->comm, sizeof(group->comm), "%s", task->comm);
	group->kind = "recorded";
	group->count = 0;
	group->nice = task->nice;
	group->idle_policy = task->class == RECORDING_IDLE;
	group->kthread = task->is_kthread;
	group->cgroup = task->cgroup;
	if (task->cpus) {
		const struct ini_place place = { r->path, task->line, "task", "cpus" };
		int err = ini_cpus(&place, task->cpus, &cpus, r->diag);

		if (err)
			return err;
		group->cpus = workload_add_cpuset(r->workload, &cpus, NULL);
		if (group->cpus == WORKLOAD_NONE)
			return diag_set(r->diag, -ENOMEM, "%s: no memory", r->path);
	}
	return 0;
}

static int make_groups(struct replay *r, struct place *sorted, uint32_t nr)
{
	uint32_t i, nr_alike = 0, group = WORKLOAD_NONE;
	int err;

	qsort(sorted, nr, sizeof(*sorted), compare_places);
	for (i = 0; i < nr; i++) {
		struct workload_group *wg;

		if (!i || compare_kinds(sorted[i - 1].task, sorted[i].task)) {
			nr_alike = i && !strcmp(sorted[i - 1].task->comm, sorted[i].task->comm) ?
					   nr_alike + 1 : 0;
			err = add_group(r, sorted[i].task, nr_alike, &group);
			if (err)
				return err;
		}
		wg = &r->workload->groups[group];
		wg->count += !sorted[i].is_forked;
		r->places[sorted[i].order].group = group;
		r->places[sorted[i].order].instance = wg->nr_members++;
	}
	for (i = 0; i < r->workload->nr_groups; i++) {
		struct workload_group *wg = &r->workload->groups[i];

		wg->members = calloc(wg->nr_members, sizeof(*wg->members));
		if (!wg->members)
			return diag_set(r->diag, -ENOMEM, "%s: no memory", r->path);
	}
	return 0;
}

/* Which tasks there are. Returns 0 or -errno with a sentence. */
static int place_tasks(struct replay *r, struct replay_left_out *left_out)
{
	const struct recording *recording = r->recording;
	struct place *sorted = calloc(recording->nr_tasks, sizeof(*sorted));
	uint32_t i, at, nr = 0;
	int err;

	r->places = calloc(recording->nr_tasks, sizeof(*r->places));
	if (!sorted || !r->places) {
		free(sorted);
		return diag_set(r->diag, -ENOMEM, "%s: no memory", r->path);
	}
	for (i = 0; i < recording->nr_tasks; i++)
		r->places[i] = (struct place){ WORKLOAD_NONE, 0, i, false, &recording->tasks[i] };
	for (i = 0; i < recording->nr_tasks; i++) {
		const struct recording_task *task = &recording->tasks[i];

		if (is_left_out(task)) {
			count_left_out(task, left_out);
			continue;
		}
		for (at = 0; at < task->nr_steps; at++)
			if (task->steps[at].kind == RECORDING_FORK && task->steps[at].task != i)
				r->places[task->steps[at].task].is_forked = true;
	}
	for (i = 0; i < recording->nr_tasks; i++)
		if (!is_left_out(&recording->tasks[i]))
			sorted[nr++] = r->places[i];
	err = nr ? make_groups(r, sorted, nr) :
		   diag_set(r->diag, -EINVAL, "%s: there is nothing to replay: all of its tasks are of "
			    "real-time classes, or scx-cland's own", r->path);
	free(sorted);
	return err;
}

/* ---- who wakes whom -------------------------------------------------------------------------- */

static int compare_pairs(const void *left, const void *right)
{
	const struct pair *a = left, *b = right;

	if (a->waker != b->waker)
		return a->waker < b->waker ? -1 : 1;
	return (a->wakee > b->wakee) - (a->wakee < b->wakee);
}

static struct pair *find_pair(const struct replay *r, uint32_t waker, uint32_t wakee)
{
	const struct pair key = { .waker = waker, .wakee = wakee };

	return r->nr_pairs ? bsearch(&key, r->pairs, r->nr_pairs, sizeof(key), compare_pairs) : NULL;
}

static bool is_there(const struct replay *r, uint32_t task)
{
	return r->places[task].group != WORKLOAD_NONE;
}

static int make_pairs(struct replay *r)
{
	const struct recording *recording = r->recording;
	uint32_t i, at, nr = 0;

	if (r->by_time)
		return 0;
	r->pairs = calloc(recording->nr_steps + 1, sizeof(*r->pairs));
	if (!r->pairs)
		return diag_set(r->diag, -ENOMEM, "%s: no memory", r->path);
	for (i = 0; i < recording->nr_tasks; i++) {
		const struct recording_task *task = &recording->tasks[i];

		for (at = 0; at < task->nr_steps && is_there(r, i); at++)
			if (task->steps[at].kind == RECORDING_WAKE && is_there(r, task->steps[at].task))
				r->pairs[nr++] = (struct pair){ i, task->steps[at].task, 1, 0 };
	}
	qsort(r->pairs, nr, sizeof(*r->pairs), compare_pairs);
	for (i = 0; i < nr; i++) {
		struct pair *last = r->nr_pairs ? &r->pairs[r->nr_pairs - 1] : NULL;

		if (last && !compare_pairs(last, &r->pairs[i]))
			last->nr_wakes++;
		else
			r->pairs[r->nr_pairs++] = r->pairs[i];
	}
	if (r->nr_pairs && workload_add_resource(r->workload, "woken", RESOURCE_SEMAPHORE,
						 r->nr_pairs) == WORKLOAD_NONE)
		return diag_set(r->diag, -ENOMEM, "%s: no memory", r->path);
	return 0;
}

/* ---- what they do ---------------------------------------------------------------------------- */

static bool add(struct program *program, enum step_kind kind, uint64_t ns, uint32_t resource,
		uint32_t other)
{
	struct step *step = program_add(program, kind);

	if (!step)
		return false;
	step->ns = ns;
	step->resource = resource;
	step->other = other;
	return true;
}

/* is_switched: what the switch to another task took is in it, as the kernel tells of a switch at the end of that. */
static bool add_run(struct program *program, uint64_t ns, bool is_switched)
{
	struct step *step = program_add(program, STEP_RUN);

	if (!step)
		return false;
	step->ns = ns;
	step->flags = is_switched ? STEP_SWITCHED : 0;
	return true;
}

static bool add_step(struct replay *r, struct program *program, uint32_t index,
		     const struct recording_step *step, bool is_switched)
{
	const struct place *other = step->task == RECORDING_NONE ? NULL : &r->places[step->task];
	struct pair *pair;

	switch ((enum recording_kind)step->kind) {
	case RECORDING_RUN:
		return add_run(program, step->ns, is_switched);
	case RECORDING_SLEEP:
		return add(program, STEP_SLEEP, step->ns, 0, 0);
	case RECORDING_WAIT:
		pair = find_pair(r, step->task, index);
		/* More waits than wake-ups: of those that are too many nobody would wake it up. */
		if (!pair || pair->nr_waits == pair->nr_wakes)
			return add(program, STEP_SLEEP, step->ns, 0, 0);
		pair->nr_waits++;
		return add(program, STEP_TAKE, 0, (uint32_t)(pair - r->pairs), 0);
	case RECORDING_WAKE:
		pair = find_pair(r, index, step->task);
		return !pair || add(program, STEP_POST, 0, (uint32_t)(pair - r->pairs), 0);
	default:
		if (other->group == WORKLOAD_NONE || step->task == index)
			return true;
		return add(program, STEP_FORK, 0, other->group, other->instance);
	}
}

static bool sleeps_at(const struct recording_task *task, uint32_t i)
{
	return i < task->nr_steps &&
	       (task->steps[i].kind == RECORDING_SLEEP || task->steps[i].kind == RECORDING_WAIT);
}

static bool make_program(struct replay *r, uint32_t index, struct program *program)
{
	const struct recording_task *task = &r->recording->tasks[index];
	bool has_slept = false, ok = true;
	uint32_t i;

	/* Its parent is not there to start it. */
	if (task->start_ns && !r->places[index].is_forked)
		ok = add(program, STEP_SLEEP, task->start_ns, 0, 0);
	for (i = 0; i < task->nr_steps && ok; i++) {
		has_slept |= sleeps_at(task, i);
		ok = add_step(r, program, index, &task->steps[i], sleeps_at(task, i + 1));
	}
	/* One that never slept, nor came to its end, would have computed on. */
	if (ok && !has_slept && !task->has_exited)
		ok = add(program, STEP_RUN, FOREVER_NS, 0, 0);
	/* One that did nothing. */
	if (ok && !program->nr)
		ok = add(program, STEP_YIELD, 0, 0, 0);
	return ok;
}

static int compare_numbers(const void *left, const void *right)
{
	int32_t a, b;

	memcpy(&a, left, sizeof(a));
	memcpy(&b, right, sizeof(b));
	return (a > b) - (a < b);
}

/* Which tasks share a tgid. */
static int make_processes(struct replay *r)
{
	const struct recording *recording = r->recording;
	int32_t *tgids = calloc(recording->nr_tasks, sizeof(*tgids));
	uint32_t i, nr = 0;

	if (!tgids)
		return diag_set(r->diag, -ENOMEM, "%s: no memory", r->path);
	for (i = 0; i < recording->nr_tasks; i++)
		tgids[i] = recording->tasks[i].tgid;
	qsort(tgids, recording->nr_tasks, sizeof(*tgids), compare_numbers);
	for (i = 0; i < recording->nr_tasks; i++)
		if (!nr || tgids[nr - 1] != tgids[i])
			tgids[nr++] = tgids[i];
	for (i = 0; i < recording->nr_tasks; i++) {
		const struct place *place = &r->places[i];
		const int32_t *found;

		if (place->group == WORKLOAD_NONE)
			continue;
		found = bsearch(&recording->tasks[i].tgid, tgids, nr, sizeof(*tgids), compare_numbers);
		r->workload->groups[place->group].members[place->instance].process =
			found ? (uint32_t)(found - tgids) : 0;
	}
	r->workload->nr_processes = nr;
	free(tgids);
	return 0;
}

/* ---- the rest -------------------------------------------------------------------------------- */

/* Those of the recording, named by the last part of their paths. */
static int make_cgroups(struct replay *r)
{
	uint32_t i, at;

	for (i = 0; i < r->recording->nr_cgroups; i++) {
		const struct recording_cgroup *cgroup = &r->recording->cgroups[i];
		const char *slash = strrchr(cgroup->path, '/');

		at = workload_add_cgroup(r->workload, i && slash && slash[1] ? slash + 1 : cgroup->path);
		if (at == WORKLOAD_NONE)
			return diag_set(r->diag, -ENOMEM, "%s: no memory", r->path);
		r->workload->cgroups[at].weight = cgroup->weight;
		r->workload->cgroups[at].parent = cgroup->parent;
	}
	return 0;
}

static void make_machine(struct replay *r)
{
	struct topo *topo = &r->workload->topo;

	topo_default(topo, r->recording->nr_cpus);
	topo->smt = r->recording->smt;
	topo->nr_llcs = r->recording->nr_llcs;
	topo->nr_nodes = r->recording->nr_nodes;
	/* Both are in what was recorded. */
	topo->call_ns = 0;
	topo->slack_ns = 0;
	r->workload->has_machine = true;
}

static int make_all(struct replay *r, struct replay_left_out *left_out)
{
	uint32_t i;
	int err;

	make_machine(r);
	err = make_cgroups(r);
	if (!err)
		err = place_tasks(r, left_out);
	if (!err)
		err = make_pairs(r);
	if (!err)
		err = make_processes(r);
	for (i = 0; i < r->recording->nr_tasks && !err; i++) {
		const struct place *place = &r->places[i];
		struct workload_group *group;

		if (place->group == WORKLOAD_NONE)
			continue;
		group = &r->workload->groups[place->group];
		if (!make_program(r, i, &group->members[place->instance].program))
			err = diag_set(r->diag, -ENOMEM, "%s: no memory", r->path);
	}
	return err;
}

int replay_make(const char *path, const struct recording *recording, bool by_time,
		struct workload *ret_workload, struct replay_left_out *ret_left_out,
		struct diag *diag)
{
	struct workload workload = { .duration_ns = recording->duration_ns };
	struct replay_left_out left_out = { 0 };
	struct replay r = {
		.path = path,
		.recording = recording,
		.by_time = by_time,
		.workload = &workload,
		.diag = diag,
	};
	int err = make_all(&r, &left_out);

	free(r.places);
	free(r.pairs);
	if (err) {
		workload_free(&workload);
		return err;
	}
	*ret_workload = workload;
	*ret_left_out = left_out;
	return 0;
}
