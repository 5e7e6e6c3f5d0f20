/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tasks.c - what tasks do. A task computes until its work is done; then its program goes on to the
 * next step that takes time or that others notice. Each system call takes time, too, after what it
 * does: so a program of nothing but calls gets somewhere.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent_task.h"
#include "draw.h"
#include "sim.h"

#define PIDS_MAX 4194304u

/* ---- coming and going ------------------------------------------------------------------------ */

struct sim_task *tasks_alloc(struct sim *s)
{
	struct sim_task *task = calloc(1, sizeof(*task) + stub_storage_size());

	if (!task) {
		sim_fail(s, "no memory for another task");
		return NULL;
	}
	task->wake.kind = EVENT_WAKE;
	task->wake.owner = task;
	task->ran_on = CPUSET_NONE;
	task->cpus = &s->all;
	task->p.cpus_ptr = (const struct cpumask *)(const void *)&s->all;
	task->p.nr_cpus_allowed = (int)s->topo->nr_cpus;
	task->p.static_prio = STATIC_PRIO_NICE_0;
	task->p.group_leader = &task->p;
	return task;
}

/* A pid, and the task found by it. Returns 0 when there is none left. */
static int32_t take_pid(struct sim *s, struct sim_task *task)
{
	struct sim_task **grown;
	uint32_t room = s->room_pids ? 2 * s->room_pids : 256;

	if (s->nr_pids == PIDS_MAX)
		return 0;
	if (s->nr_pids == s->room_pids) {
		grown = realloc(s->by_pid, room * sizeof(*grown));
		if (!grown)
			return 0;
		s->by_pid = grown;
		s->room_pids = room;
	}
	s->by_pid[s->nr_pids] = task;
	return (int32_t)(SIM_PID_FIRST + s->nr_pids++);
}

struct sim_task *tasks_find(const struct sim *s, int32_t pid)
{
	uint32_t at = (uint32_t)pid - SIM_PID_FIRST;

	return at < s->nr_pids ? s->by_pid[at] : NULL;
}

struct sim_task *tasks_new(struct sim *s, uint32_t index, uint32_t instance)
{
	const struct workload_group *group = index == WORKLOAD_NONE ? NULL : &s->workload->groups[index];
	struct sim_task *task = tasks_alloc(s);
	uint64_t mixed;

	if (!task)
		return NULL;
	task->p.pid = take_pid(s, task);
	if (!task->p.pid) {
		sim_fail(s, "there are no pids left: %u tasks have been started", s->nr_pids);
		free(task);
		return NULL;
	}
	task->p.tgid = task->p.pid;
	/* Its place in trees is decided by what it is, not by where its memory is. */
	mixed = (unsigned int)task->p.pid * 0x9e3779b97f4a7c15ULL;
	task->node.priority = (uint32_t)(mixed >> 32);
	task->random = (s->random ^ mixed) | 1;
	draw_xorshift(&task->random);
	task->group = index;
	task->instance = instance;
	if (!group)
		return task;
	task->program = &group->program;
	if (group->members) {
		int32_t *tgid = &s->tgids[group->members[instance].process];

		task->program = &group->members[instance].program;
		if (!*tgid)
			*tgid = task->p.pid;
		task->p.tgid = *tgid;
	} else if (group->is_process) {
		if (!s->groups[index].tgid)
			s->groups[index].tgid = task->p.pid;
		task->p.tgid = s->groups[index].tgid;
	}
	memcpy(task->p.comm, group->comm, sizeof(task->p.comm));
	task->p.static_prio += group->nice;
	task->p.policy = group->idle_policy ? SCHED_POLICY_IDLE : 0;
	task->p.flags = group->kthread ? PF_KTHREAD : 0;
	if (group->cpus != WORKLOAD_NONE) {
		task->cpus = &s->workload->cpusets[group->cpus];
		task->p.cpus_ptr = (const struct cpumask *)(const void *)task->cpus;
		task->p.nr_cpus_allowed = (int)task->cpus->nr;
	}
	if (s->options.per_task) {
		task->wakeups = calloc(1, sizeof(*task->wakeups));
		if (!task->wakeups)
			sim_fail(s, "no memory for each task's wake-ups");
	}
	s->groups[index].nr_tasks++;
	s->nr_alive++;
	return task;
}

void tasks_free(struct sim *s, struct sim_task *task)
{
	(void)s;
	free(task->wakeups);
	free(task);
}

/* ---- waiting for each other ------------------------------------------------------------------ */

static struct sim_resource *resource_of(struct sim *s, const struct sim_task *task,
					const struct step *step, uint32_t index)
{
	return &s->resources[index + (step->flags & STEP_PER_INSTANCE ? task->instance : 0)];
}

static void wait_for(struct sim_resource *resource, struct sim_task *task)
{
	task->wait_next = NULL;
	task->waits_for = resource;
	if (resource->last)
		resource->last->wait_next = task;
	else
		resource->first = task;
	resource->last = task;
}

static struct sim_task *take_waiter(struct sim_resource *resource)
{
	struct sim_task *task = resource->first;

	if (!task)
		return NULL;
	resource->first = task->wait_next;
	if (!resource->first)
		resource->last = NULL;
	task->waits_for = NULL;
	return task;
}

static bool wake_one(struct sim *s, struct sim_resource *resource, bool sync)
{
	struct sim_task *task = take_waiter(resource);

	if (task)
		sched_wake(s, task, sync);
	return task;
}

static void unlink_from(struct sim_task **first, struct sim_task **last, struct sim_task *task)
{
	struct sim_task **link = first, *before = NULL;

	while (*link && *link != task) {
		before = *link;
		link = &(*link)->wait_next;
	}
	if (!*link)
		return;
	*link = task->wait_next;
	if (*last == task)
		*last = before;
}

void tasks_stop_waiting(struct sim *s, struct sim_task *task)
{
	uint32_t i;

	event_cancel(&s->events, &task->wake);
	if (task->waits_for)
		unlink_from(&task->waits_for->first, &task->waits_for->last, task);
	task->waits_for = NULL;
	task->joining = false;
	for (i = 0; i < s->workload->nr_resources; i++)
		unlink_from(&s->resources[i].callers, &s->resources[i].last_caller, task);
}

static bool has_more_to_start(const struct sim *s)
{
	uint32_t i;

	for (i = 0; i < s->workload->nr_groups; i++)
		if (event_is_set(&s->groups[i].start))
			return true;
	return false;
}

bool tasks_tell_parent(struct sim *s, struct sim_task *task)
{
	struct sim_task *parent = tasks_find(s, task->parent_pid);

	task->parent_pid = 0;
	if (!parent || !parent->nr_children)
		return false;
	parent->nr_children--;
	if (!parent->joining)
		return false;
	parent->joining = false;
	sched_wake(s, parent, false);
	return true;
}

void tasks_exited(struct sim *s, struct sim_task *task)
{
	struct scx_exit_task_args args = { .cancelled = false };

	cland.exit_task(&task->p, &args);
	measure_gone(s, task);
	s->by_pid[task->p.pid - (int32_t)SIM_PID_FIRST] = NULL;
	s->nr_alive--;
	tasks_free(s, task);
	if (!s->nr_alive && !s->options.duration_ns)
		s->is_over = !has_more_to_start(s);
}

static void fork_one(struct sim *s, struct sim_task *parent, uint32_t group, uint32_t instance)
{
	struct sim_task *child = tasks_new(s, group, instance);

	if (!child)
		return;
	child->parent_pid = parent->p.pid;
	child->work_left_ns = s->topo->child_ns;
	parent->nr_children++;
	parent->work_left_ns += s->topo->after_fork_ns;
	sched_join(s, child, true);
	sched_wake_new(s, child);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void sleep_until(struct sim *s, struct sim_task *task, uint64_t when_ns)
{
	event_set(&s->events, &task->wake, when_ns + s->topo->slack_ns);
}

/* Returns whether it sleeps. */
static bool timer(struct sim *s, struct sim_task *task, const struct step *step)
{
	struct sim_resource *resource = resource_of(s, task, step, step->resource);
	uint64_t start_ns;

	if (!resource->next_ns)
		resource->next_ns = task->born_ns ? task->born_ns : 1;
	start_ns = resource->next_ns;
	if (step->other)
		measure_jobs(s, task, 1, s->now_ns > start_ns + step->deadline_ns);
	resource->next_ns += step->ns;
	while ((step->flags & STEP_SKIP) && resource->next_ns < s->now_ns) {
		resource->next_ns += step->ns;
		measure_jobs(s, task, 1, true);
	}
	if (resource->next_ns > s->now_ns) {
		sleep_until(s, task, resource->next_ns);
		return true;
	}
	if (step->flags & STEP_RELATIVE)
		resource->next_ns = s->now_ns;
	return false;
}

/* Returns whether the mutex is the task's now; else it waits for it. */
static bool lock(struct sim_resource *mutex, struct sim_task *task)
{
	if (!mutex->owner) {
		mutex->owner = task;
		return true;
	}
	wait_for(mutex, task);
	return false;
}

static void unlock(struct sim *s, struct sim_resource *mutex, const struct sim_task *task)
{
	if (mutex->owner != task)
		return;
	mutex->owner = NULL;
	wake_one(s, mutex, false);
}

enum progress { NEXT, BLOCKS, YIELDS };

/* pthread_cond_wait: let go of the mutex and wait; woken up, take it again. */
static enum progress condition_wait(struct sim *s, struct sim_task *task, const struct step *step)
{
	struct sim_resource *condition = resource_of(s, task, step, step->resource);
	struct sim_resource *mutex = step->other == WORKLOAD_NONE ?
					     NULL : resource_of(s, task, step, step->other);

	if (!task->has_begun) {
		task->has_begun = true;
		if (mutex)
			unlock(s, mutex, task);
		wait_for(condition, task);
		return BLOCKS;
	}
	if (mutex && !lock(mutex, task))
		return BLOCKS;
	return NEXT;
}

static enum progress barrier_wait(struct sim *s, struct sim_resource *barrier, struct sim_task *task)
{
	if (task->has_begun)
		return NEXT;
	if (++barrier->count < barrier->nr_users) {
		task->has_begun = true;
		wait_for(barrier, task);
		return BLOCKS;
	}
	barrier->count = 0;
	while (wake_one(s, barrier, false))
		;
	return NEXT;
}

static enum progress take(struct sim_resource *semaphore, struct sim_task *task)
{
	if (!semaphore->count) {
		wait_for(semaphore, task);
		return BLOCKS;
	}
	semaphore->count--;
	return NEXT;
}

static enum progress call(struct sim *s, struct sim_resource *server, struct sim_task *task)
{
	if (task->has_begun) {
		histogram_add(&s->groups[task->group].response, s->now_ns - task->called_ns);
		return NEXT;
	}
	task->has_begun = true;
	task->called_ns = s->now_ns;
	task->wait_next = NULL;
	if (server->last_caller)
		server->last_caller->wait_next = task;
	else
		server->callers = task;
	server->last_caller = task;
	wake_one(s, server, false);
	return BLOCKS;
}

static enum progress serve(struct sim_resource *server, struct sim_task *task)
{
	if (!server->callers) {
		wait_for(server, task);
		return BLOCKS;
	}
	task->serves = server->callers->p.pid;
	server->callers = server->callers->wait_next;
	if (!server->callers)
		server->last_caller = NULL;
	return NEXT;
}

/* Do a step that is not to compute. */
static enum progress do_step(struct sim *s, struct sim_task *task, const struct step *step)
{
	struct sim_resource *resource = NULL;
	struct sim_task *caller;

	if (s->workload->nr_resources && step->kind != STEP_FORK && step->kind != STEP_CPUS)
		resource = resource_of(s, task, step, step->resource);
	switch ((enum step_kind)step->kind) {
	case STEP_SLEEP:
		if (task->has_begun)
			return NEXT;
		task->has_begun = true;
		sleep_until(s, task, s->now_ns + step_ns(step, &task->random));
		return BLOCKS;
	case STEP_TIMER:
		if (task->has_begun)
			return NEXT;
		task->has_begun = true;
		return timer(s, task, step) ? BLOCKS : NEXT;
	case STEP_LOCK:
		return lock(resource, task) ? NEXT : BLOCKS;
	case STEP_UNLOCK:
		unlock(s, resource, task);
		return NEXT;
	case STEP_WAIT:
		return condition_wait(s, task, step);
	case STEP_SIGNAL:
		wake_one(s, resource, false);
		return NEXT;
	case STEP_BROADCAST:
		while (wake_one(s, resource, false))
			;
		return NEXT;
	case STEP_BARRIER:
		return barrier_wait(s, resource, task);
	case STEP_POST:
		resource->count++;
		wake_one(s, resource, step->flags & STEP_SYNC);
		return NEXT;
	case STEP_TAKE:
		return take(resource, task);
	case STEP_CALL:
		return call(s, resource, task);
	case STEP_SERVE:
		return serve(resource, task);
	case STEP_REPLY:
		caller = tasks_find(s, task->serves); /* it may have been ended meanwhile */
		if (caller)
			sched_wake(s, caller, false);
		task->serves = 0;
		return NEXT;
	case STEP_FORK:
		fork_one(s, task, step->resource, step->other);
		return NEXT;
	case STEP_JOIN:
		if (task->nr_children < step->ns)
			return NEXT;
		task->joining = true;
		return BLOCKS;
	case STEP_YIELD:
		if (task->has_begun)
			return NEXT;
		task->has_begun = true;
		return YIELDS;
	case STEP_CPUS:
		sched_set_cpus(s, task, step->resource == WORKLOAD_NONE ?
						&s->all : &s->workload->cpusets[step->resource]);
		return NEXT;
	case STEP_NICE:
		sched_set_nice(s, task, step->nice);
		return NEXT;
	default:
		return NEXT;
	}
}

static uint64_t run_ns(const struct sim *s, const struct step *step, uint64_t *random)
{
	uint64_t ns = step_ns(step, random), switch_ns = step->flags & STEP_SWITCHED ? s->topo->switch_ns : 0;

	return ns > switch_ns ? ns - switch_ns : 0;
}

enum task_verdict tasks_advance(struct sim *s, struct sim_task *task)
{
	if (!task->program)
		return agent_task_advance(s);
	while (!task->killed && task->step < task->program->nr) {
		const struct step *step = &task->program->steps[task->step];
		enum progress progress;

		if (step_loop(step, task->loops_left, &task->step))
			continue;
		if (step->kind == STEP_RUN || step->kind == STEP_RUNTIME) {
			task->fixed_speed = step->kind == STEP_RUNTIME;
			task->work_left_ns += run_ns(s, step, &task->random);
			task->step++;
			if (task->work_left_ns)
				return TASK_COMPUTES;
			continue;
		}
		/* What others notice comes when the work before it has been done. */
		if (task->work_left_ns)
			return TASK_COMPUTES;
		task->fixed_speed = false;
		/* What a fork takes comes before there is a child that could run. */
		if (step->kind == STEP_FORK && s->topo->fork_ns && !task->has_begun) {
			task->has_begun = true;
			task->work_left_ns = s->topo->fork_ns;
			return TASK_COMPUTES;
		}
		progress = do_step(s, task, step);
		task->work_left_ns += s->topo->call_ns ? s->topo->call_ns : 1;
		if (progress == NEXT) {
			task->has_begun = false;
			task->step++;
			if (task->state != TASK_RUNNING)
				return TASK_COMPUTES; /* it has been moved to another CPU */
			continue;
		}
		return progress == BLOCKS ? TASK_BLOCKS : TASK_YIELDS;
	}
	return TASK_EXITS;
}
