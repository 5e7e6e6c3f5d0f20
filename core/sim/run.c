/* SPDX-License-Identifier: GPL-2.0-only */
#include "run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent_task.h"
#include "draw.h"
#include "guard.h"
#include "rules.h"
#include "timeline.h"
#include "trace.h"

#define FOREVER_NS 86400000000000ULL
/* So many events at one time of the clock are no progress. */
#define EVENTS_AT_ONCE_MAX 50000000ULL

void sim_fail(struct sim *s, const char *fmt, ...)
{
	va_list args;
	char text[512];

	if (s->has_failed)
		return;
	s->has_failed = true;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	diag_set(&s->failure, 0, "%s", text);
}

/* ---- making the machine ---------------------------------------------------------------------- */

static int make_cpus(struct sim *s)
{
	const struct topo *topo = s->topo;
	uint32_t i;

	s->cpus = calloc(topo->nr_cpus, sizeof(*s->cpus));
	s->llcs = calloc(topo->nr_llcs, sizeof(*s->llcs));
	s->nodes = calloc(topo->nr_nodes, sizeof(*s->nodes));
	s->llc_of_cpu = calloc(topo->nr_cpus, sizeof(*s->llc_of_cpu));
	s->crowds = calloc(SIM_CROWD_LOOKS * (size_t)topo->nr_cpus, sizeof(*s->crowds));
	if (!s->cpus || !s->llcs || !s->nodes || !s->llc_of_cpu || !s->crowds)
		return -ENOMEM;
	cpuset_fill(&s->all, 0, topo->nr_cpus);
	s->online = s->idle = s->all;
	if (topo->smt > 1)
		s->idle_cores = s->all;
	for (i = 0; i < topo->nr_cpus; i++) {
		struct sim_cpu *cpu = &s->cpus[i];

		cpu->id = i;
		cpu->online = true;
		cpu->llc = s->llc_of_cpu[i] = topo_llc_of(topo, i);
		cpu->node = topo_node_of(topo, i);
		cpu->local.id = DSQ_LOCAL;
		cpu->resched = (struct event){ .kind = EVENT_RESCHED, .owner = cpu };
		cpu->tick = (struct event){ .kind = EVENT_TICK, .owner = cpu };
		cpu->burst = (struct event){ .kind = EVENT_BURST, .owner = cpu };
		cpuset_add(&s->llcs[cpu->llc], i);
		cpuset_add(&s->nodes[cpu->node], i);
	}
	return 0;
}

/* The root, and those of the workload below it; the stub learns of parents first. */
static int make_cgroups(struct sim *s)
{
	const struct workload *w = s->workload;
	uint32_t i;

	s->cgroups = calloc(w->nr_cgroups, sizeof(*s->cgroups));
	if (!s->cgroups)
		return -ENOMEM;
	for (i = 0; i < w->nr_cgroups; i++) {
		struct scx_cgroup_init_args args = { .weight = w->cgroups[i].weight };
		struct sim_cgroup *c = &s->cgroups[i], *parent = &s->cgroups[w->cgroups[i].parent];

		c->kn.id = i + 1;
		c->cgroup.kn = &c->kn;
		c->cgroup.self.cgroup = &c->cgroup;
		c->cgroup.self.parent = i ? &parent->cgroup.self : NULL;
		c->cgroup.level = i ? parent->cgroup.level + 1 : 0;
		if (cland.cgroup_init(&c->cgroup, &args))
			return -EINVAL;
	}
	return 0;
}

/* "/" and the names of the cgroups from the root down, as /proc/PID/cgroup has it; the lowest that fit. */
static void cgroup_path(const struct workload *w, uint32_t cgroup, char *ret_path, size_t size)
{
	size_t at = size - 1, len;

	ret_path[at] = '\0';
	for (; cgroup; cgroup = w->cgroups[cgroup].parent) {
		len = strlen(w->cgroups[cgroup].name);
		if (len + 1 > at)
			break;
		at -= len;
		memcpy(ret_path + at, w->cgroups[cgroup].name, len);
		ret_path[--at] = '/';
	}
	if (!ret_path[at])
		ret_path[--at] = '/';
	memmove(ret_path, ret_path + at, size - at);
}

/* What the user's rules hint of a group's tasks. They have neither a user nor a program. */
static void apply_rules(const struct run_options *options, const struct workload_group *wg,
			struct sim_group *group)
{
	struct rules_task task = {
		.has_comm = true,
		.has_uid = true,
		.has_cgroup = true,
		.has_exe = true,
		.uid = UINT32_MAX,
	};

	memcpy(task.comm, wg->comm, sizeof(task.comm));
	cgroup_path(options->workload, wg->cgroup, task.cgroup, sizeof(task.cgroup));
	group->nr_rules = rules_hint(options->rules, options->nr_rules, &task, &group->hint);
}

static int make_workload(struct sim *s, const struct run_options *options)
{
	const struct workload *w = s->workload;
	uint32_t i;

	s->groups = calloc(w->nr_groups, sizeof(*s->groups));
	s->resources = calloc(w->nr_resources ? w->nr_resources : 1, sizeof(*s->resources));
	s->tgids = calloc(w->nr_processes ? w->nr_processes : 1, sizeof(*s->tgids));
	if (!s->groups || !s->resources || !s->tgids)
		return -ENOMEM;
	for (i = 0; i < w->nr_resources; i++) {
		s->resources[i].kind = w->resources[i].kind;
		s->resources[i].nr_users = w->resources[i].nr_users;
	}
	for (i = 0; i < w->nr_groups; i++) {
		struct sim_group *group = &s->groups[i];

		group->index = i;
		apply_rules(options, &w->groups[i], group);
		group->start = (struct event){ .kind = EVENT_START, .owner = group };
		group->stop = (struct event){ .kind = EVENT_STOP, .owner = group };
		if (w->groups[i].count)
			event_set(&s->events, &group->start, w->groups[i].start_ns);
		if (w->groups[i].stop_ns)
			event_set(&s->events, &group->stop, w->groups[i].stop_ns);
	}
	return 0;
}

/* The agent is there before the stub is attached, as in the daemon. */
static int make_agent(struct sim *s, const struct run_options *options,
		      const struct stub_shared *shared, struct diag *diag)
{
	struct cland_register_args standby = { .role = CLAND_ROLE_STANDBY };
	struct cland_register_args admit = { .role = CLAND_ROLE_ADMIT };
	struct cland_register_args agent = { .role = CLAND_ROLE_AGENT };
	static const struct cred root = { .cap_effective.val = ~0ULL };
	int err;

	s->nobody = tasks_alloc(s);
	s->agent = tasks_new(s, WORKLOAD_NONE, 0);
	if (!s->nobody || !s->agent)
		return diag_set(diag, -ENOMEM, "no memory for the agent");
	snprintf(s->agent->p.comm, sizeof(s->agent->p.comm), "cland-agent");
	err = agent_task_open(s, options->target, shared, options->with_times, diag);
	if (err)
		return err;
	s->cpus[0].curr = s->agent;
	s->agent->p.cred = &root;
	stub_register(&standby);
	stub_register(&admit);
	stub_register(&agent);
	s->cpus[0].curr = NULL;
	return 0;
}

/*
 * Slots that were given back are handed out before those that nobody has had: on a machine that has
 * run for a while it is chance which task has which. Policies notice, as they are asked once a
 * second about all tasks in the order of their slots. So the seed decides it here, for those who
 * are there at first.
 */
static int open_stub(const struct sim *s, struct stub_options *stub, uint64_t *random,
		     struct stub_shared *ret_shared)
{
	uint32_t nr = 1, *slots, i, other; /* 1: the agent */
	int err;

	for (i = 0; i < s->workload->nr_groups; i++)
		nr += s->workload->groups[i].count;
	if (nr > stub->max_tasks)
		nr = stub->max_tasks;
	slots = calloc(nr, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	/* Each place in turn gets what another one before it has, which gets the next number. */
	for (i = 0; i < nr; i++) {
		other = (uint32_t)(draw_splitmix(random) % (i + 1));
		slots[i] = slots[other];
		slots[other] = i;
	}
	stub->slots = slots;
	stub->nr_slots = nr;
	err = stub_open(stub, ret_shared);
	free(slots);
	return err;
}

int run_begin(const struct run_options *options, struct sim **ret_sim, struct diag *diag)
{
	struct sim *s = calloc(1, sizeof(*s));
	struct stub_options stub = {
		.nr_cpus = options->topo->nr_cpus,
		.nr_llcs = options->topo->nr_llcs,
		.max_tasks = options->sim.max_tasks,
		.rescue_ns = options->sim.rescue_ns,
		.strict = options->sim.strict,
	};
	struct stub_shared shared;
	uint64_t random, salt;
	uint32_t i;
	int err;

	if (!s)
		return diag_set(diag, -ENOMEM, "no memory for a machine");
	*ret_sim = s;
	s->topo = options->topo;
	s->workload = options->workload;
	s->options = options->sim;
	s->end_ns = options->sim.duration_ns ? options->sim.duration_ns : FOREVER_NS;
	s->random = options->sim.seed * 0x9e3779b97f4a7c15ULL + 1;
	random = s->random;
	s->tick_phase_ns = draw_splitmix(&random) % options->topo->tick_ns;
	if (options->topo->tick_phase_ns != TOPO_PHASE_BY_SEED)
		s->tick_phase_ns = options->topo->tick_phase_ns;
	salt = draw_splitmix(&random) | 1;
	if (options->sim.shuffle)
		s->events.salt = salt;
	for (i = 0; i < 2; i++)
		s->timers[i] = (struct event){ .kind = EVENT_TIMER, .owner = &s->timers[i] };
	s->check = (struct event){ .kind = EVENT_CHECK };
	s->hotplug = (struct event){ .kind = EVENT_HOTPLUG };
	kfuncs_bind(s);
	err = make_cpus(s);
	if (!err) {
		stub.llc_of_cpu = s->llc_of_cpu;
		err = open_stub(s, &stub, &random, &shared);
	}
	if (err)
		return diag_set(diag, err, "no memory for a machine of %u CPUs and %u tasks",
				options->topo->nr_cpus, options->sim.max_tasks);
	s->slots = shared.slots;
	err = make_agent(s, options, &shared, diag);
	if (err)
		return err;
	err = cland.init();
	if (!err)
		err = make_cgroups(s);
	if (!err)
		err = make_workload(s, options);
	if (err)
		return diag_set(diag, err, "the stub cannot be started: %s", strerror(-err));
	sched_join(s, s->agent, false);
	sched_wake_new(s, s->agent);
	event_set(&s->events, &s->check, 1000000);
	if (s->topo->nr_hotplug)
		event_set(&s->events, &s->hotplug, s->topo->hotplug[0].at_ns);
	return 0;
}

/* ---- events ---------------------------------------------------------------------------------- */

static void start_tasks(struct sim *s, struct sim_group *group)
{
	const struct workload_group *wg = &s->workload->groups[group->index];
	uint32_t nr_online = s->online.nr, skip;

	while (group->nr_started < wg->count && !s->has_failed) {
		struct sim_task *task = tasks_new(s, group->index, group->nr_started);

		if (!task)
			return;
		/* As if started from all over the machine. */
		s->this_cpu = cpuset_next(&s->online, 0);
		skip = group->nr_started++ % nr_online;
		if (nr_online == s->topo->nr_cpus)
			s->this_cpu = skip;
		else
			while (skip--)
				s->this_cpu = cpuset_next(&s->online, s->this_cpu + 1);
		sched_join(s, task, false);
		sched_wake_new(s, task);
		if (wg->stagger_ns && group->nr_started < wg->count) {
			event_set(&s->events, &group->start, s->now_ns + wg->stagger_ns);
			return;
		}
	}
}

static void stop_tasks(struct sim *s, const struct sim_group *group)
{
	uint32_t i;

	event_cancel(&s->events, &s->groups[group->index].start);
	s->this_cpu = cpuset_next(&s->online, 0);
	for (i = 0; i < s->nr_pids; i++)
		if (s->by_pid[i] && s->by_pid[i]->program && s->by_pid[i]->group == group->index)
			sched_kill(s, s->by_pid[i]);
}

static void hotplug(struct sim *s)
{
	const struct topo_hotplug *change = &s->topo->hotplug[s->next_hotplug++];

	sched_hotplug(s, change->cpu, change->online);
	if (s->next_hotplug < s->topo->nr_hotplug)
		event_set(&s->events, &s->hotplug, s->topo->hotplug[s->next_hotplug].at_ns);
}

static void wake(struct sim *s, struct sim_task *task)
{
	/* The timer's interrupt is on the CPU where the task went to sleep. */
	s->this_cpu = s->cpus[task->cpu].online ? task->cpu : cpuset_next(&s->online, 0);
	sched_wake(s, task, false);
}

static void handle(struct sim *s, struct event *event)
{
	switch (event->kind) {
	case EVENT_RESCHED:
		sched_resched(s, event->owner);
		break;
	case EVENT_TICK:
		sched_tick(s, event->owner);
		break;
	case EVENT_BURST:
		sched_burst(s, event->owner);
		break;
	case EVENT_WAKE:
		kfuncs_interrupt(true);
		wake(s, event->owner);
		kfuncs_interrupt(false);
		break;
	case EVENT_START:
		start_tasks(s, event->owner);
		break;
	case EVENT_STOP:
		stop_tasks(s, event->owner);
		break;
	case EVENT_TIMER:
		kfuncs_interrupt(true);
		kfuncs_timer_fired(s, (uint32_t)((struct event *)event->owner - s->timers));
		kfuncs_interrupt(false);
		break;
	case EVENT_HOTPLUG:
		hotplug(s);
		break;
	case EVENT_CHECK:
		checks_event(s);
		trace_queues(s);
		timeline_queues(s);
		break;
	default:
		break;
	}
	/* What the kernel does when interrupts are on again. */
	while (s->doorbell_rang) {
		s->doorbell_rang = false;
		agent_task_ring(s);
	}
}

/* Account for what is still running, and waiting. */
static void settle(struct sim *s)
{
	uint32_t i;

	for (i = 0; i < s->topo->nr_cpus; i++) {
		struct sim_cpu *cpu = &s->cpus[i];

		if (!cpu->curr)
			continue;
		measure_stops(s, cpu->curr, cpu, STOP_RUN_ENDS);
		cpu->curr->p.se.sum_exec_runtime += s->now_ns - cpu->exec_start_ns;
		cpu->busy_ns += s->now_ns - cpu->busy_since_ns;
		cpu->exec_start_ns = cpu->busy_since_ns = s->now_ns;
	}
	for (i = 0; i < s->nr_pids; i++) {
		struct sim_task *task = s->by_pid[i];

		if (task && task->state == TASK_WAITING &&
		    (!task->node.dsq || task->node.dsq->id != STUB_DSQ_REST))
			measure_waits_yet(s, task);
	}
}

uint64_t run_nr_events(const struct sim *s)
{
	uint64_t nr = 0;
	uint32_t i;

	for (i = 0; i < EVENT_NR; i++)
		nr += s->totals.nr_events[i];
	return nr;
}

int run_through(struct sim *s, const struct run_options *options, struct diag *diag)
{
	uint64_t when_ns, at_once = 0, next_pct_ns = s->end_ns / 100, nr_events = 0;
	struct event *event;

	while (!s->is_over && !s->has_failed) {
		event = events_take(&s->events, &when_ns);
		if (!event || when_ns > s->end_ns)
			break;
		at_once = when_ns == s->now_ns ? at_once + 1 : 0;
		if (at_once > EVENTS_AT_ONCE_MAX)
			sim_fail(s, "time stands still: %llu events at one moment",
				 (unsigned long long)at_once);
		s->now_ns = when_ns;
		guard_at(when_ns, ++nr_events);
		s->totals.nr_events[event->kind]++;
		handle(s, event);
		if (options->progress && when_ns >= next_pct_ns && s->options.duration_ns) {
			options->progress((uint32_t)(when_ns * 100 / s->end_ns));
			next_pct_ns = when_ns + s->end_ns / 100;
		}
	}
	if (!s->is_over && !s->has_failed)
		s->now_ns = s->end_ns;
	settle(s);
	if (!s->has_failed)
		checks_end(s);
	if (!s->has_failed) {
		/* A policy that ends badly must not do so behind a result. */
		agent_task_unload(s);
		guard_over();
		return 0;
	}
	return diag_set(diag, -EFAULT, "%s. Seed %llu, virtual time %llu.%09llu s, event %llu",
			s->failure.text, (unsigned long long)s->options.seed,
			(unsigned long long)(s->now_ns / 1000000000),
			(unsigned long long)(s->now_ns % 1000000000),
			(unsigned long long)nr_events);
}

int run_end(struct sim *s, struct diag *diag)
{
	uint32_t i;
	int err;

	if (!s)
		return 0;
	err = trace_close(s, diag);
	timeline_close(s);
	agent_task_close(s);
	for (i = 0; i < s->nr_pids; i++)
		if (s->by_pid[i])
			tasks_free(s, s->by_pid[i]);
	if (s->nobody)
		tasks_free(s, s->nobody);
	free(s->by_pid);
	kfuncs_free_dsqs(s);
	events_free(&s->events);
	stub_close();
	free(s->cpus);
	free(s->llcs);
	free(s->nodes);
	free(s->llc_of_cpu);
	free(s->crowds);
	free(s->cgroups);
	free(s->groups);
	free(s->resources);
	free(s->tgids);
	free(s);
	return err;
}
