/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>

#include "agent_task.h"
#include "sim.h"
#include "trace.h"

/* The kernel's own numbers, which the stub sees. */
#define WAKE_FORK 0x04ULL
#define WAKE_TTWU 0x08ULL
#define WAKE_SYNC 0x10ULL
#define SLICE_DFL_NS 20000000ULL	/* what the kernel gives to who has none */

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* ---- how fast a CPU works -------------------------------------------------------------------- */

static uint32_t speed_of(const struct sim *s, const struct sim_cpu *cpu)
{
	uint32_t core = topo_core_of(s->topo, cpu->id), first = core * s->topo->smt, i;
	uint32_t speed = s->topo->capacity[cpu->id];

	for (i = first; i < first + s->topo->smt && s->topo->smt > 1; i++)
		if (i != cpu->id && s->cpus[i].curr)
			return speed * s->topo->smt_pct / 100;
	return speed;
}

/* Take off what the running task has done up to now. */
static void count_work(struct sim *s, struct sim_cpu *cpu)
{
	struct sim_task *task = cpu->curr;
	uint32_t speed = task->fixed_speed ? TOPO_CAPACITY_FULL : cpu->speed;
	uint64_t done_ns;

	if (s->now_ns <= cpu->work_from_ns)
		return;
	done_ns = (s->now_ns - cpu->work_from_ns) * speed / TOPO_CAPACITY_FULL;
	cpu->work_from_ns = s->now_ns;
	task->work_left_ns = task->work_left_ns > done_ns ? task->work_left_ns - done_ns : 0;
}

/* When it will have done all. */
static void plan_burst(struct sim *s, struct sim_cpu *cpu)
{
	const struct sim_task *task = cpu->curr;
	uint32_t speed = task->fixed_speed ? TOPO_CAPACITY_FULL : cpu->speed;
	uint64_t left_ns = task->work_left_ns;

	if (speed != TOPO_CAPACITY_FULL)
		left_ns = (left_ns * TOPO_CAPACITY_FULL + speed - 1) / speed;
	event_set(&s->events, &cpu->burst, max_u64(cpu->work_from_ns, s->now_ns) + left_ns);
}

/* What runs there gets on the later by so much: the kernel has something to do. */
static void delay_work(struct sim *s, struct sim_cpu *cpu, uint64_t ns)
{
	if (!cpu->curr || !ns)
		return;
	count_work(s, cpu);
	cpu->work_from_ns = max_u64(cpu->work_from_ns, s->now_ns) + ns;
	if (event_is_set(&cpu->burst))
		plan_burst(s, cpu);
}

/* A thread of the core has got to work, or has nothing to do any more. */
static void siblings_changed(struct sim *s, struct sim_cpu *changed)
{
	uint32_t first = topo_core_of(s->topo, changed->id) * s->topo->smt, i;

	if (s->topo->smt == 1)
		return;
	for (i = first; i < first + s->topo->smt; i++) {
		struct sim_cpu *cpu = &s->cpus[i];

		if (cpu == changed || !cpu->curr)
			continue;
		count_work(s, cpu);
		cpu->speed = speed_of(s, cpu);
		plan_burst(s, cpu);
	}
}

/* ---- idle CPUs ------------------------------------------------------------------------------- */

static void set_idle(struct sim *s, struct sim_cpu *cpu)
{
	uint32_t first = topo_core_of(s->topo, cpu->id) * s->topo->smt, i;

	if (!cpu->online)
		return;
	cpuset_add(&s->idle, cpu->id);
	if (s->topo->smt == 1)
		return;
	for (i = first; i < first + s->topo->smt; i++)
		if (!cpuset_has(&s->idle, i) && s->cpus[i].online)
			return;
	for (i = first; i < first + s->topo->smt; i++)
		if (s->cpus[i].online)
			cpuset_add(&s->idle_cores, i);
}

static void clear_idle(struct sim *s, uint32_t cpu)
{
	uint32_t first = topo_core_of(s->topo, cpu) * s->topo->smt, i;

	cpuset_remove(&s->idle, cpu);
	for (i = first; i < first + s->topo->smt && s->topo->smt > 1; i++)
		cpuset_remove(&s->idle_cores, i);
}

/* How long a CPU takes from its sleep. */
static uint64_t idle_exit_ns(const struct sim *s, const struct sim_cpu *cpu)
{
	uint64_t idle_ns = s->now_ns - cpu->idle_since_ns, exit_ns = 0;
	uint32_t i;

	for (i = 0; i < s->topo->nr_idle_states; i++)
		if (idle_ns >= s->topo->idle[i].residency_ns)
			exit_ns = s->topo->idle[i].exit_ns;
	return exit_ns;
}

static void resched_soon(struct sim *s, struct sim_cpu *cpu)
{
	uint64_t when_ns = s->now_ns + s->waking_ns;

	if (!cpu->online)
		return;
	if (cpu->id != s->this_cpu)
		when_ns += s->topo->ipi_ns;
	if (!cpu->curr)
		when_ns += idle_exit_ns(s, cpu);
	else if (cpu->kick_preempts)
		when_ns += s->topo->preempt_ns;
	if (!event_is_set(&cpu->resched) || event_when(&s->events, &cpu->resched) > when_ns)
		event_set(&s->events, &cpu->resched, when_ns);
}

void sched_kick(struct sim *s, struct sim_cpu *cpu, bool preempt)
{
	/* A kick for idle CPUs is nothing to one that runs something and does not look for more. */
	if (!preempt && cpu->curr && !cpu->in_balance)
		return;
	if (preempt)
		cpu->kick_preempts = true;
	resched_soon(s, cpu);
}

/* ---- queues ---------------------------------------------------------------------------------- */

bool sched_may_run_on(const struct sim *s, const struct sim_task *task, uint32_t cpu)
{
	return cpu < s->topo->nr_cpus && cpuset_has(task->cpus, cpu) && s->cpus[cpu].online &&
	       (!task->migration_disabled || task->cpu == cpu);
}

void sched_move_to_cpu(struct sim *s, struct sim_task *task, uint32_t cpu)
{
	(void)s;
	task->cpu = cpu;
}

void sched_queue(struct sim *s, struct sim_task *task, struct dsq *dsq, bool by_key, uint64_t key,
		 uint64_t enq_flags)
{
	struct sim_cpu *cpu = &s->cpus[task->cpu];

	if (task->node.dsq) {
		sim_fail(s, "task %d (%s) is put into queue %#llx while it is in %#llx",
			 task->p.pid, task->p.comm, (unsigned long long)dsq->id,
			 (unsigned long long)task->node.dsq->id);
		return;
	}
	if (dsq_is_mixed(dsq, by_key)) {
		sim_fail(s, "the kernel would end the scheduler: queue %#llx is %s by virtual time",
			 (unsigned long long)dsq->id, by_key ? "not ordered" : "ordered");
		return;
	}
	task->queued_since_ns = s->now_ns;
	task->queued_behind = dsq->nr;
	if (dsq->id == STUB_DSQ_REST)
		measure_rests(s);
	if (dsq->id == STUB_DSQ_PARK)
		task->asked_reason = task->wait_reason;
	if (by_key) {
		task->p.scx.dsq_vtime = key;
		dsq_insert(dsq, &task->node, key);
	} else {
		dsq_append(dsq, &task->node, enq_flags & (SCX_ENQ_HEAD | SCX_ENQ_PREEMPT));
	}
	if (dsq != &cpu->local)
		return;
	if (enq_flags & SCX_ENQ_PREEMPT)
		sched_kick(s, cpu, true);
	else if (!cpu->curr)
		resched_soon(s, cpu);
}

uint32_t sched_fallback_cpu(struct sim *s, struct sim_task *task)
{
	uint32_t cpu;

	if (sched_may_run_on(s, task, task->cpu))
		return task->cpu;
	cpu = cpuset_next_both(task->cpus, &s->online, 0);
	if (cpu != CPUSET_NONE)
		return cpu;
	/* As the kernel does when the last CPU of an affinity has gone. */
	task->cpus = &s->all;
	task->p.cpus_ptr = (const struct cpumask *)(const void *)&s->all;
	task->p.nr_cpus_allowed = (int)s->topo->nr_cpus;
	task->set_free_ns = s->now_ns;
	return cpuset_next(&s->online, 0);
}

/* The end of an enqueue that was decided while the task was asked about. */
static void queue_directly(struct sim *s, struct sim_task *task)
{
	uint64_t id = task->direct_dsq;
	struct dsq *dsq;

	task->direct_dsq = 0;
	dsq = id == DSQ_LOCAL ? &s->cpus[task->cpu].local : kfuncs_dsq(s, id);
	if (dsq)
		sched_queue(s, task, dsq, task->direct_by_key, task->direct_key, task->direct_flags);
	else
		sim_fail(s, "the kernel would end the scheduler: there is no queue %#llx",
			 (unsigned long long)id);
}

/* The task is runnable and not running: the stub says where it goes. */
static void enqueue(struct sim *s, struct sim_task *task, uint64_t enq_flags)
{
	struct sim_cpu *cpu = &s->cpus[task->cpu];

	task->state = TASK_WAITING;
	if (task->direct_dsq) {
		s->totals.nr_selected++;
		queue_directly(s, task);
		return;
	}
	if (!cpu->online || (task->p.flags & PF_EXITING) ||
	    (task->migration_disabled && !(cland.flags & SCX_OPS_ENQ_MIGRATION_DISABLED))) {
		task->p.scx.slice = SLICE_DFL_NS;
		sched_queue(s, task, &cpu->local, false, 0, enq_flags);
		return;
	}
	s->totals.nr_enqueues++;
	s->asked_about = task;
	cland.enqueue(&task->p, enq_flags);
	s->asked_about = NULL;
	if (task->direct_dsq)
		queue_directly(s, task);
	if (!task->node.dsq)
		sim_fail(s, "task %d (%s) is lost: ops.enqueue returned, and it is in no queue",
			 task->p.pid, task->p.comm);
}

/* ---- running --------------------------------------------------------------------------------- */

static void update_curr(struct sim *s, struct sim_cpu *cpu)
{
	struct task_struct *p = &cpu->curr->p;
	uint64_t ran_ns = s->now_ns - cpu->exec_start_ns;

	cpu->exec_start_ns = s->now_ns;
	p->se.sum_exec_runtime += ran_ns;
	p->scx.slice = p->scx.slice > ran_ns ? p->scx.slice - ran_ns : 0;
	count_work(s, cpu);
}

static uint64_t migration_ns(const struct sim *s, const struct sim_task *task,
			     const struct sim_cpu *cpu)
{
	const struct sim_cpu *from;

	if (task->ran_on == CPUSET_NONE || task->ran_on == cpu->id)
		return 0;
	from = &s->cpus[task->ran_on];
	if (topo_core_of(s->topo, from->id) == topo_core_of(s->topo, cpu->id))
		return 0;
	if (from->node != cpu->node)
		return s->topo->migrate_node_ns;
	return from->llc != cpu->llc ? s->topo->migrate_llc_ns : s->topo->migrate_ns;
}

/* Ticks of the CPUs do not fall together. */
static void plan_tick(struct sim *s, struct sim_cpu *cpu)
{
	uint64_t tick_ns = s->topo->tick_ns;
	uint64_t skew_ns = (s->tick_phase_ns + tick_ns * cpu->id / s->topo->nr_cpus) % tick_ns;

	event_set(&s->events, &cpu->tick,
		  (s->now_ns + tick_ns - skew_ns) / tick_ns * tick_ns + skew_ns);
}

static void start_running(struct sim *s, struct sim_cpu *cpu, struct sim_task *task, bool was_idle)
{
	if (task->node.dsq)
		dsq_remove(&task->node);
	if (task->cpu != cpu->id)
		sim_fail(s, "task %d (%s) of CPU %u is to run on CPU %u", task->p.pid, task->p.comm,
			 task->cpu, cpu->id);
	if (!cpuset_has(task->cpus, cpu->id) && !(task->p.flags & PF_EXITING))
		sim_fail(s, "task %d (%s) is to run on CPU %u, which its affinity forbids",
			 task->p.pid, task->p.comm, cpu->id);
	/* A wake-up by who has just gone to sleep is still on. */
	cpu->work_from_ns = max_u64(cpu->work_from_ns, s->now_ns) + s->topo->switch_ns +
			    migration_ns(s, task, cpu);
	cpu->exec_start_ns = s->now_ns;
	cpu->curr = task;
	cpu->nr_switches++;
	measure_runs(s, task, cpu);
	task->state = TASK_RUNNING;
	task->ran_on = cpu->id;
	task->wait_reason = WAIT_SLICE;
	if (was_idle) {
		cpu->busy_since_ns = s->now_ns;
		siblings_changed(s, cpu);
		plan_tick(s, cpu);
	}
	cpu->speed = speed_of(s, cpu);
	if (!task->p.scx.slice)
		task->p.scx.slice = SLICE_DFL_NS;
	cland.running(&task->p);
	plan_burst(s, cpu);
	trace_runs(s, task, cpu);
}

static void go_idle(struct sim *s, struct sim_cpu *cpu, bool was_busy)
{
	set_idle(s, cpu);
	if (!was_busy)
		return;
	cpu->idle_since_ns = s->now_ns;
	cpu->busy_ns += s->now_ns - cpu->busy_since_ns;
	event_cancel(&s->events, &cpu->tick);
	siblings_changed(s, cpu);
}

/* prev, which could run on, does not. */
static void put_back(struct sim *s, struct sim_cpu *cpu, struct sim_task *prev,
		     enum stop_reason why, uint64_t enq_flags)
{
	measure_stops(s, prev, cpu, why);
	if (why == STOP_PREEMPTED)
		prev->wait_reason = WAIT_PREEMPTED;
	else if (why == STOP_MOVED)
		prev->wait_reason = WAIT_CPU_GONE;
	event_cancel(&s->events, &cpu->burst);
	cland.stopping(&prev->p, true);
	measure_runnable(s, prev, false);
	cpu->curr = NULL;
	if (prev->p.scx.slice) {
		/* Something of another class has taken the CPU. */
		prev->state = TASK_WAITING;
		sched_queue(s, prev, &cpu->local, false, 0, SCX_ENQ_HEAD);
		return;
	}
	enqueue(s, prev, enq_flags);
}

/*
 * Look for what the CPU is to run. prev is what it ran, or what has just blocked on it; it is still
 * on a CPU when it is runnable. The order of the calls is sched_ext's: first dispatch, then prev is
 * stopped and queued, then the next one runs.
 */
static void schedule(struct sim *s, struct sim_cpu *cpu, struct sim_task *prev)
{
	bool was_busy = cpu->curr || prev, keeps = false;
	bool can_keep = cpu->curr, preempted = cpu->kick_preempts;
	struct sim_task *next = NULL;

	s->this_cpu = cpu->id;
	event_cancel(&s->events, &cpu->resched);
	if (can_keep) {
		update_curr(s, cpu);
		if (cpu->kick_preempts)
			prev->p.scx.slice = 0;
		keeps = prev->p.scx.slice;
	}
	cpu->kick_preempts = false;
	if (!keeps && !cpu->local.nr) {
		/* The stub moves tasks at once and inserts none here: once is enough. */
		cpu->in_balance = true;
		s->totals.nr_dispatches++;
		cland.dispatch((s32)cpu->id, prev ? &prev->p : NULL);
		cpu->in_balance = false;
		keeps = can_keep && prev->p.scx.slice;
	}
	if (!keeps && cpu->local.nr)
		next = sim_task_of_node(dsq_first(&cpu->local));
	else if (!(cland.flags & SCX_OPS_ENQ_LAST))
		keeps = can_keep;
	if (keeps) {
		prev->wait_reason = WAIT_SLICE;
		if (!prev->p.scx.slice)
			prev->p.scx.slice = SLICE_DFL_NS;
		if (!event_is_set(&cpu->burst))
			plan_burst(s, cpu);
		return;
	}
	if (!was_busy && next)
		clear_idle(s, cpu->id);
	if (can_keep)
		put_back(s, cpu, prev, preempted ? STOP_PREEMPTED :
				       stub_rests(&prev->p) ? STOP_RESTS : STOP_SLICE,
			 next ? 0 : SCX_ENQ_LAST);
	if (next)
		start_running(s, cpu, next, !was_busy);
	else
		go_idle(s, cpu, was_busy);
}

/* ---- blocking and waking --------------------------------------------------------------------- */

static void block(struct sim *s, struct sim_cpu *cpu, bool exits)
{
	struct sim_task *task = cpu->curr;

	update_curr(s, cpu);
	event_cancel(&s->events, &cpu->burst);
	measure_stops(s, task, cpu, exits ? STOP_EXITS : STOP_SLEEPS);
	cland.stopping(&task->p, false);
	task->p.scx.flags &= ~(u32)SCX_TASK_QUEUED;
	task->state = exits ? TASK_DEAD : TASK_BLOCKED;
	task->blocked_since_ns = s->now_ns;
	cpu->curr = NULL;
	schedule(s, cpu, task);
}

static void become_runnable(struct sim *s, struct sim_task *task, uint64_t enq_flags)
{
	task->p.scx.flags |= SCX_TASK_QUEUED;
	enqueue(s, task, enq_flags);
	/* What is on an idle CPU is of a lower class than any task. */
	if (!s->cpus[task->cpu].curr)
		resched_soon(s, &s->cpus[task->cpu]);
}

static void select_cpu(struct sim *s, struct sim_task *task, uint64_t wake_flags)
{
	uint32_t cpu = task->cpu;

	if (task->p.nr_cpus_allowed > 1) {
		s->asked_about = task;
		cpu = (uint32_t)cland.select_cpu(&task->p, (s32)cpu, wake_flags);
		s->asked_about = NULL;
	}
	if (!sched_may_run_on(s, task, cpu)) {
		cpu = sched_fallback_cpu(s, task);
		if (cpu != task->cpu)
			task->direct_dsq = 0;
	}
	sched_move_to_cpu(s, task, cpu);
}

void sched_wake(struct sim *s, struct sim_task *task, bool sync)
{
	if (task->state != TASK_BLOCKED) {
		s->totals.nr_lost_wakeups++;
		return;
	}
	event_cancel(&s->events, &task->wake);
	task->asleep_ns += s->now_ns - task->blocked_since_ns;
	task->counts.nr_wakeups++;
	trace_wakes(s, task);
	select_cpu(s, task, WAKE_TTWU | (sync ? WAKE_SYNC : 0));
	measure_runnable(s, task, true);
	delay_work(s, &s->cpus[s->this_cpu], s->topo->wake_ns);
	s->waking_ns = s->topo->wake_ns;
	task->wait_reason = WAIT_WOKEN;
	become_runnable(s, task, SCX_ENQ_WAKEUP);
	s->waking_ns = 0;
}

void sched_wake_new(struct sim *s, struct sim_task *task)
{
	select_cpu(s, task, WAKE_FORK);
	measure_runnable(s, task, true);
	s->waking_ns = s->topo->wake_ns;
	task->wait_reason = WAIT_BORN;
	become_runnable(s, task, 0);
	s->waking_ns = 0;
}

void sched_join(struct sim *s, struct sim_task *task, bool forked)
{
	const struct sim_group *group = task->program ? &s->groups[task->group] : NULL;
	uint32_t cgroup = group ? s->workload->groups[task->group].cgroup : 0;
	struct scx_init_task_args args = { .fork = forked, .cgroup = &s->cgroups[cgroup].cgroup };

	task->born_ns = task->blocked_since_ns = s->now_ns;
	task->cpu = s->this_cpu;
	if (cland.init_task(&task->p, &args))
		sim_fail(s, "ops.init_task refuses task %d", task->p.pid);
	cland.enable(&task->p);
	cland.set_weight(&task->p, 0);
}

void sched_kill(struct sim *s, struct sim_task *task)
{
	if (task->state == TASK_DEAD || task->killed)
		return;
	task->killed = true;
	if (task->state == TASK_RUNNING) {
		update_curr(s, &s->cpus[task->cpu]);
		task->work_left_ns = 0;
		plan_burst(s, &s->cpus[task->cpu]);
		return;
	}
	task->work_left_ns = 0;
	if (task->state == TASK_BLOCKED) {
		tasks_stop_waiting(s, task);
		sched_wake(s, task, false);
	}
}

/* ---- events ---------------------------------------------------------------------------------- */

void sched_resched(struct sim *s, struct sim_cpu *cpu)
{
	if (cpu->online)
		schedule(s, cpu, cpu->curr);
}

void sched_tick(struct sim *s, struct sim_cpu *cpu)
{
	s->this_cpu = cpu->id;
	if (!cpu->curr)
		return;
	plan_tick(s, cpu);
	update_curr(s, cpu);
	cland.tick(&cpu->curr->p);
	if (!cpu->curr->p.scx.slice)
		schedule(s, cpu, cpu->curr);
}

/* The running task is at its end, which has several parts. Returns whether it is over with the last one. */
static bool exits(struct sim *s, struct sim_cpu *cpu, struct sim_task *task)
{
	switch ((enum exit_stage)task->exit_stage++) {
	case EXIT_BEGINS:
		task->p.flags |= PF_EXITING;
		stub_process_exit(&task->p);
		task->work_left_ns = s->topo->exit_ns;
		break;
	case EXIT_LEAVES_GROUP:
		/*
		 * A task that is in no cgroup is in its session's group, which it leaves here; the
		 * kernel then looks anew for what is to run. Its slice may have ended since the
		 * last tick.
		 */
		if (!s->workload->groups[task->group].cgroup && !task->p.scx.slice) {
			task->work_left_ns = s->topo->call_ns;
			schedule(s, cpu, task);
			return false;
		}
		break;
	case EXIT_TELLS:
		/* The rest of its end: long enough for the parent to interrupt it. */
		if (tasks_tell_parent(s, task))
			task->work_left_ns = s->topo->preempt_ns + s->topo->call_ns;
		break;
	case EXIT_ENDS:
		return true;
	}
	plan_burst(s, cpu);
	return false;
}

void sched_burst(struct sim *s, struct sim_cpu *cpu)
{
	struct sim_task *task = cpu->curr;

	s->this_cpu = cpu->id;
	update_curr(s, cpu);
	if (task->work_left_ns) {
		plan_burst(s, cpu);
		return;
	}
	switch (tasks_advance(s, task)) {
	case TASK_COMPUTES:
		/* It may have changed where it may run. */
		if (cpu->curr == task)
			plan_burst(s, cpu);
		break;
	case TASK_BLOCKS:
		block(s, cpu, false);
		break;
	case TASK_YIELDS:
		cland.yield(&task->p, NULL);
		task->wait_reason = WAIT_YIELDED;
		schedule(s, cpu, task);
		break;
	case TASK_EXITS:
		if (!exits(s, cpu, task))
			break;
		block(s, cpu, true);
		tasks_exited(s, task);
		break;
	}
}

/* ---- changes of a running task --------------------------------------------------------------- */

void sched_set_nice(struct sim *s, struct sim_task *task, int32_t nice)
{
	struct sim_cpu *cpu = &s->cpus[task->cpu];

	update_curr(s, cpu);
	cland.stopping(&task->p, false);
	task->p.static_prio = STATIC_PRIO_NICE_0 + nice;
	cland.set_weight(&task->p, 0);
	cland.running(&task->p);
}

void sched_set_cpus(struct sim *s, struct sim_task *task, const struct cpuset *cpus)
{
	struct sim_cpu *cpu = &s->cpus[task->cpu];

	update_curr(s, cpu);
	cland.stopping(&task->p, false);
	task->cpus = cpus;
	task->p.cpus_ptr = (const struct cpumask *)(const void *)cpus;
	task->p.nr_cpus_allowed = (int)cpus->nr;
	if (sched_may_run_on(s, task, cpu->id)) {
		cland.running(&task->p);
		return;
	}
	/* Off this CPU, as the kernel's migration thread would have it. */
	event_cancel(&s->events, &cpu->burst);
	measure_stops(s, task, cpu, STOP_MOVED);
	measure_runnable(s, task, false);
	task->wait_reason = WAIT_AFFINITY;
	cpu->curr = NULL;
	sched_move_to_cpu(s, task, sched_fallback_cpu(s, task));
	task->p.scx.slice = 0;
	enqueue(s, task, 0);
	if (!s->cpus[task->cpu].curr)
		resched_soon(s, &s->cpus[task->cpu]);
	/* It is this CPU's turn to look when the event that we are in has ended. */
	cpu->idle_since_ns = s->now_ns;
	cpu->busy_ns += s->now_ns - cpu->busy_since_ns;
	event_cancel(&s->events, &cpu->tick);
	siblings_changed(s, cpu);
	resched_soon(s, cpu);
}

/* All that is in the CPU's local queue goes elsewhere. */
static void push_away(struct sim *s, struct sim_cpu *cpu)
{
	while (cpu->local.nr) {
		struct sim_task *task = sim_task_of_node(dsq_first(&cpu->local));

		dsq_remove(&task->node);
		task->wait_reason = WAIT_CPU_GONE;
		sched_move_to_cpu(s, task, sched_fallback_cpu(s, task));
		enqueue(s, task, 0);
		if (!s->cpus[task->cpu].curr)
			resched_soon(s, &s->cpus[task->cpu]);
	}
}

void sched_hotplug(struct sim *s, uint32_t id, bool online)
{
	struct sim_cpu *cpu = &s->cpus[id];

	if (online) {
		cpu->online = true;
		cpuset_add(&s->online, id);
		cpu->idle_since_ns = s->now_ns;
		cland.cpu_online((s32)id);
		set_idle(s, cpu);
		resched_soon(s, cpu);
		return;
	}
	s->this_cpu = cpuset_next(&s->online, 0) == id ? cpuset_next(&s->online, id + 1) :
							 cpuset_next(&s->online, 0);
	cpu->online = false;
	cpuset_remove(&s->online, id);
	clear_idle(s, id);
	cland.cpu_offline((s32)id);
	if (cpu->curr) {
		struct sim_task *curr = cpu->curr;

		update_curr(s, cpu);
		if (!curr->p.scx.slice)
			curr->p.scx.slice = SLICE_DFL_NS;
		put_back(s, cpu, curr, STOP_MOVED, 0);
		cpu->busy_ns += s->now_ns - cpu->busy_since_ns;
		siblings_changed(s, cpu);
	}
	event_cancel(&s->events, &cpu->tick);
	event_cancel(&s->events, &cpu->resched);
	push_away(s, cpu);
}
