/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kfuncs.c - the kernel functions and helpers that the stub calls, on the simulated machine. Where
 * kernels differ, one set of names is here (the oldest), and bpf/kernel.h finds the others missing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define WAKE_SYNC 0x10ULL
#define HARDIRQ 0x00010000

static struct sim *sim;

/* What is behind the stub's struct bpf_iter_scx_dsq. */
struct iter {
	struct dsq *dsq;
	struct dsq_node *next;
	uint64_t seq;		/* who has been put in later is not seen */
	uint64_t slice_ns, vtime_ns;
	uint32_t is_reverse;
	uint8_t has_slice, has_vtime;
};
_Static_assert(sizeof(struct iter) <= sizeof(struct bpf_iter_scx_dsq), "it fits into the stub's");

void kfuncs_bind(struct sim *s)
{
	sim = s;
}

static struct iter *iter_of(struct bpf_iter_scx_dsq *it)
{
	return (struct iter *)(void *)it;
}

static const struct cpuset *cpuset_of(const struct cpumask *mask)
{
	return (const struct cpuset *)(const void *)mask;
}

/* ---- queues ---------------------------------------------------------------------------------- */

static uint32_t dsq_place(const struct sim *s, uint64_t id)
{
	uint32_t place = (uint32_t)(id * 0x9e3779b97f4a7c15ULL >> 40) & (s->dsq_places - 1);

	while (s->dsqs[place] && s->dsqs[place]->id != id)
		place = (place + 1) & (s->dsq_places - 1);
	return place;
}

struct dsq *kfuncs_dsq(struct sim *s, uint64_t id)
{
	return s->dsq_places ? s->dsqs[dsq_place(s, id)] : NULL;
}

void kfuncs_free_dsqs(struct sim *s)
{
	uint32_t i;

	for (i = 0; i < s->dsq_places; i++)
		free(s->dsqs[i]);
	free(s->dsqs);
}

/* Twice as many places; the queues themselves stay where they are. */
static int dsqs_grow(struct sim *s)
{
	uint32_t nr = s->dsq_places, i;
	struct dsq **old = s->dsqs;

	s->dsqs = calloc(nr ? 2 * nr : 64, sizeof(*s->dsqs));
	if (!s->dsqs) {
		s->dsqs = old;
		return -ENOMEM;
	}
	s->dsq_places = nr ? 2 * nr : 64;
	for (i = 0; i < nr; i++)
		if (old[i])
			s->dsqs[dsq_place(s, old[i]->id)] = old[i];
	free(old);
	return 0;
}

s32 scx_bpf_create_dsq(u64 dsq_id, s32 node)
{
	struct dsq *dsq;

	(void)node;
	if (2 * (sim->nr_dsqs + 1) > sim->dsq_places && dsqs_grow(sim))
		return -ENOMEM;
	if (kfuncs_dsq(sim, dsq_id))
		return -EEXIST;
	dsq = calloc(1, sizeof(*dsq));
	if (!dsq)
		return -ENOMEM;
	dsq->id = dsq_id;
	sim->dsqs[dsq_place(sim, dsq_id)] = dsq;
	sim->nr_dsqs++;
	return 0;
}

s32 scx_bpf_dsq_nr_queued(u64 dsq_id)
{
	const struct dsq *dsq;

	if ((dsq_id & DSQ_LOCAL_ON) == DSQ_LOCAL_ON)
		return (uint32_t)dsq_id < sim->topo->nr_cpus ? (s32)sim->cpus[(uint32_t)dsq_id].local.nr : -ENOENT;
	dsq = kfuncs_dsq(sim, dsq_id);
	return dsq ? (s32)dsq->nr : -ENOENT;
}

/* While ops.enqueue or ops.select_cpu is on, the kernel only notes where the task goes. */
static void note_insert(struct task_struct *p, u64 dsq_id, u64 slice, bool by_key, u64 key,
			u64 enq_flags)
{
	struct sim_task *task = sim_task_of(p);

	if (task != sim->asked_about) {
		sim_fail(sim, "the kernel would end the scheduler: task %d (%s) is inserted while it "
			 "is not asked about", p->pid, p->comm);
		return;
	}
	if (task->direct_dsq) {
		sim_fail(sim, "the kernel would end the scheduler: task %d (%s) is inserted twice",
			 p->pid, p->comm);
		return;
	}
	p->scx.slice = slice ? slice : 1;
	task->direct_dsq = dsq_id;
	task->direct_by_key = by_key;
	task->direct_key = key;
	task->direct_flags = enq_flags;
}

void scx_bpf_dsq_insert___v1(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags)
{
	note_insert(p, dsq_id, slice, false, 0, enq_flags);
}

void scx_bpf_dsq_insert_vtime___v1(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
				   u64 enq_flags)
{
	note_insert(p, dsq_id, slice, true, vtime, enq_flags);
}

bool scx_bpf_dsq_move_to_local___v1(u64 dsq_id)
{
	struct dsq *dsq = kfuncs_dsq(sim, dsq_id);
	struct sim_cpu *cpu = &sim->cpus[sim->this_cpu];
	struct dsq_node *node;

	if (!dsq || !cpu->in_balance) {
		sim_fail(sim, "the kernel would end the scheduler: %s",
			 dsq ? "a move to the local queue outside of ops.dispatch" :
			       "a move from a queue that is not there");
		return false;
	}
	for (node = dsq_first(dsq); node; node = dsq_next(node)) {
		struct sim_task *task = sim_task_of_node(node);

		if (!sched_may_run_on(sim, task, cpu->id))
			continue;
		if (dsq->id == STUB_DSQ_PARK)
			sim->totals.nr_left_parked++;
		if (dsq->id == STUB_DSQ_REST)
			measure_runnable(sim, task, false);
		dsq_remove(node);
		sched_move_to_cpu(sim, task, cpu->id);
		/* Not by sched_queue(): a CPU that looks for work needs no kick. */
		dsq_append(&cpu->local, node, false);
		return true;
	}
	return false;
}

int bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq *it, u64 dsq_id, u64 flags)
{
	struct iter *iter = iter_of(it);
	struct dsq *dsq = kfuncs_dsq(sim, dsq_id);

	memset(iter, 0, sizeof(*iter));
	if (!dsq)
		return -ENOENT;
	iter->dsq = dsq;
	iter->seq = dsq->seq;
	iter->is_reverse = !!(flags & SCX_DSQ_ITER_REV);
	iter->next = iter->is_reverse ? dsq_last(dsq) : dsq_first(dsq);
	return 0;
}

struct task_struct *bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq *it)
{
	struct iter *iter = iter_of(it);
	struct dsq_node *node = iter->next;

	while (node && node->seq > iter->seq)
		node = iter->is_reverse ? dsq_prev(node) : dsq_next(node);
	if (!node)
		return NULL;
	/* The one returned may be moved away; no other one is, meanwhile. */
	iter->next = iter->is_reverse ? dsq_prev(node) : dsq_next(node);
	return &sim_task_of_node(node)->p;
}

void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it)
{
	iter_of(it)->dsq = NULL;
}

void scx_bpf_dsq_move_set_slice(struct bpf_iter_scx_dsq *it, u64 slice)
{
	iter_of(it)->slice_ns = slice;
	iter_of(it)->has_slice = 1;
}

void scx_bpf_dsq_move_set_vtime(struct bpf_iter_scx_dsq *it, u64 vtime)
{
	iter_of(it)->vtime_ns = vtime;
	iter_of(it)->has_vtime = 1;
}

static bool move(struct iter *iter, struct task_struct *p, u64 dsq_id, u64 enq_flags, bool by_key)
{
	struct sim_task *task = sim_task_of(p);
	struct dsq *to;
	bool has_slice = iter->has_slice, at_once = dsq_id == DSQ_LOCAL;
	u64 key = iter->has_vtime ? iter->vtime_ns : p->scx.dsq_vtime;

	iter->has_slice = iter->has_vtime = 0;
	if (!iter->dsq || task->node.dsq != iter->dsq || task->node.seq > iter->seq)
		return false;
	if (at_once || (dsq_id & DSQ_LOCAL_ON) == DSQ_LOCAL_ON) {
		uint32_t cpu = at_once ? sim->this_cpu : (uint32_t)dsq_id;

		/* An offline CPU is drained into its own queue, which needs no affinity. */
		if (cpu >= sim->topo->nr_cpus ||
		    (task->cpu != cpu && !sched_may_run_on(sim, task, cpu))) {
			sim_fail(sim, "the kernel would end the scheduler: task %d (%s) is moved to "
				 "CPU %u, where it may not run", p->pid, p->comm, cpu);
			return false;
		}
		to = &sim->cpus[cpu].local;
		if (iter->dsq->id == STUB_DSQ_PARK && !at_once)
			sim->totals.nr_left_parked++;
		sched_move_to_cpu(sim, task, cpu);
	} else {
		to = kfuncs_dsq(sim, dsq_id);
	}
	if (!to) {
		sim_fail(sim, "the kernel would end the scheduler: task %d (%s) is moved to queue "
			 "%#llx, which is not there", p->pid, p->comm, (unsigned long long)dsq_id);
		return false;
	}
	if (has_slice)
		p->scx.slice = iter->slice_ns;
	if (iter->dsq->id == STUB_DSQ_REST)
		measure_runnable(sim, task, false);
	if (iter->dsq->id == STUB_DSQ_PARK)
		task->parked_until_ns = sim->now_ns;
	dsq_remove(&task->node);
	if (!at_once) {
		sched_queue(sim, task, to, by_key, key, enq_flags);
		return true;
	}
	/* Not by sched_queue(): a CPU that looks for work needs no kick. */
	if (!sim->cpus[sim->this_cpu].in_balance)
		sim_fail(sim, "task %d (%s) is moved to the local queue outside of ops.dispatch", p->pid,
			 p->comm);
	task->queued_since_ns = sim->now_ns;
	task->queued_behind = to->nr;
	dsq_append(to, &task->node, false);
	return true;
}

bool scx_bpf_dsq_move(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id, u64 enq_flags)
{
	return move(iter_of(it), p, dsq_id, enq_flags, false);
}

bool scx_bpf_dsq_move_vtime(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id,
			    u64 enq_flags)
{
	return move(iter_of(it), p, dsq_id, enq_flags, true);
}

/* ---- CPUs ------------------------------------------------------------------------------------ */

static bool take_idle(uint32_t cpu)
{
	uint32_t first, i;

	if (cpu == CPUSET_NONE || !cpuset_has(&sim->idle, cpu))
		return false;
	cpuset_remove(&sim->idle, cpu);
	first = topo_core_of(sim->topo, cpu) * sim->topo->smt;
	for (i = first; i < first + sim->topo->smt && sim->topo->smt > 1; i++)
		cpuset_remove(&sim->idle_cores, i);
	return true;
}

/* One of the idle CPUs in the set that the task may use, in turn; within: NULL for all. */
static uint32_t next_idle(const struct cpuset *idle, const struct cpuset *allowed,
			  const struct cpuset *within)
{
	uint32_t cpu;

	if (!idle->nr)
		return CPUSET_NONE;
	cpu = within ? cpuset_next_all(idle, allowed, within, sim->idle_cursor) :
		       cpuset_next_both(idle, allowed, sim->idle_cursor);
	if (cpu == CPUSET_NONE && sim->idle_cursor)
		cpu = within ? cpuset_next_all(idle, allowed, within, 0) :
			       cpuset_next_both(idle, allowed, 0);
	if (cpu != CPUSET_NONE)
		sim->idle_cursor = cpu + 1;
	return cpu;
}

s32 scx_bpf_pick_idle_cpu(const struct cpumask *cpus_allowed, u64 flags)
{
	const struct cpuset *allowed = cpuset_of(cpus_allowed);
	uint32_t cpu = CPUSET_NONE;

	(void)flags;
	if (sim->topo->smt > 1)
		cpu = next_idle(&sim->idle_cores, allowed, NULL);
	if (cpu == CPUSET_NONE)
		cpu = next_idle(&sim->idle, allowed, NULL);
	return take_idle(cpu) ? (s32)cpu : -EBUSY;
}

/*
 * The kernel's own choice: for a wake-up from who is about to sleep, the place where it is; else a
 * whole core before a part of one, the CPU before before others, the same cache before the same
 * node before all.
 */
s32 scx_bpf_select_cpu_dfl(struct task_struct *p, s32 prev_cpu, u64 wake_flags, bool *is_idle)
{
	const struct cpuset *allowed = cpuset_of(p->cpus_ptr);
	const struct sim_cpu *prev = &sim->cpus[prev_cpu], *here = &sim->cpus[sim->this_cpu];
	bool may_prev = sched_may_run_on(sim, sim_task_of(p), prev->id);
	const struct cpuset *llc = sim->topo->nr_llcs > 1 ? &sim->llcs[prev->llc] : NULL;
	const struct cpuset *node = sim->topo->nr_nodes > 1 ? &sim->nodes[prev->node] : NULL;
	uint32_t cpu;

	*is_idle = false;
	if ((wake_flags & WAKE_SYNC) && here->curr) {
		cpu = prev->id;
		if (may_prev && here->llc == prev->llc && take_idle(cpu))
			goto found;
		cpu = here->id;
		if (!(here->curr->p.flags & PF_EXITING) && !here->local.nr && sim->idle.nr &&
		    cpuset_has(allowed, cpu))
			goto found;
	}
	if (sim->topo->smt > 1) {
		cpu = prev->id;
		if (may_prev && cpuset_has(&sim->idle_cores, cpu) && take_idle(cpu))
			goto found;
		cpu = llc ? next_idle(&sim->idle_cores, allowed, llc) : CPUSET_NONE;
		if (cpu == CPUSET_NONE && node)
			cpu = next_idle(&sim->idle_cores, allowed, node);
		if (cpu == CPUSET_NONE)
			cpu = next_idle(&sim->idle_cores, allowed, NULL);
		if (take_idle(cpu))
			goto found;
	}
	cpu = prev->id;
	if (may_prev && take_idle(cpu))
		goto found;
	cpu = llc ? next_idle(&sim->idle, allowed, llc) : CPUSET_NONE;
	if (cpu == CPUSET_NONE && node)
		cpu = next_idle(&sim->idle, allowed, node);
	if (cpu == CPUSET_NONE)
		cpu = next_idle(&sim->idle, allowed, NULL);
	if (take_idle(cpu))
		goto found;
	return prev_cpu;
found:
	*is_idle = true;
	return (s32)cpu;
}

/* All of them are when a simulation begins. */
const struct cpumask *scx_bpf_get_online_cpumask(void)
{
	return (const struct cpumask *)(const void *)&sim->all;
}

void scx_bpf_put_cpumask(const struct cpumask *cpumask)
{
	(void)cpumask;
}

bool scx_bpf_test_and_clear_cpu_idle(s32 cpu)
{
	return take_idle((uint32_t)cpu);
}

void scx_bpf_kick_cpu(s32 cpu, u64 flags)
{
	if ((uint32_t)cpu >= sim->topo->nr_cpus) {
		sim_fail(sim, "the kernel would end the scheduler: CPU %d is kicked", cpu);
		return;
	}
	sched_kick(sim, &sim->cpus[cpu], flags & SCX_KICK_PREEMPT);
}

s32 scx_bpf_task_cpu(const struct task_struct *p)
{
	return (s32)((const struct sim_task *)p)->cpu;
}

bool bpf_cpumask_test_cpu(u32 cpu, const struct cpumask *cpumask)
{
	return cpuset_has(cpuset_of(cpumask), cpu);
}

/* ---- tasks and the rest ---------------------------------------------------------------------- */

void *stub_task_storage(struct task_struct *p, __u64 flags)
{
	struct sim_task *task = sim_task_of(p);

	/* BPF_LOCAL_STORAGE_GET_F_CREATE */
	if ((flags & 1) && task != sim->nobody)
		task->has_storage = true;
	return task->has_storage ? task->storage : NULL;
}

struct task_struct *bpf_task_from_pid(s32 pid)
{
	struct sim_task *task = tasks_find(sim, pid);

	return task ? &task->p : NULL;
}

void bpf_task_release(struct task_struct *p)
{
	(void)p;
}

struct task_struct *bpf_get_current_task_btf(void)
{
	return sim_current(sim);
}

__u64 bpf_get_current_pid_tgid(void)
{
	const struct task_struct *p = sim_current(sim);

	return (__u64)(u32)p->tgid << 32 | (u32)p->pid;
}

__u32 bpf_get_smp_processor_id(void)
{
	return sim->this_cpu;
}

__u64 bpf_ktime_get_ns(void)
{
	return sim->now_ns;
}

/* The only variable of a CPU's that the stub looks at; what it is here is in preempt_count. */
const int __preempt_count = 0;
static int preempt_count;

const void *bpf_this_cpu_ptr(const void *variable)
{
	(void)variable;
	return &preempt_count;
}

void kfuncs_interrupt(bool begins)
{
	preempt_count = begins ? HARDIRQ : 0;
}

/* One thing at a time happens here. */
void bpf_rcu_read_lock(void)
{
}

void bpf_rcu_read_unlock(void)
{
}

void bpf_spin_lock(struct bpf_spin_lock *lock)
{
	(void)lock;
}

void bpf_spin_unlock(struct bpf_spin_lock *lock)
{
	(void)lock;
}

void *stub_ringbuf_reserve(struct stub_map *map)
{
	static uint64_t record;

	/* Nothing is carried by the bell; only that it rings counts. Nobody reads the others. */
	if (!stub_is_doorbell(map))
		return NULL;
	sim->doorbell_rang = true;
	return &record;
}

void bpf_ringbuf_submit(void *data, __u64 flags)
{
	(void)data;
	(void)flags;
}

long bpf_timer_init(struct bpf_timer *timer, void *map, __u64 flags)
{
	uint32_t i = sim->timer_of[0] ? 1 : 0;

	(void)map;
	(void)flags;
	sim->timer_of[i] = timer;
	return 0;
}

static uint32_t timer_index(const struct bpf_timer *timer)
{
	return sim->timer_of[0] == timer ? 0 : 1;
}

void stub_timer_set(struct bpf_timer *timer, void (*fn)(void))
{
	sim->timer_fns[timer_index(timer)] = fn;
}

long bpf_timer_start(struct bpf_timer *timer, __u64 nsecs, __u64 flags)
{
	uint32_t i = timer_index(timer);

	(void)flags;
	sim->timer_cpu[i] = sim->this_cpu;
	event_set(&sim->events, &sim->timers[i], sim->now_ns + nsecs);
	return 0;
}

void kfuncs_timer_fired(struct sim *s, uint32_t timer)
{
	s->this_cpu = s->timer_cpu[timer];
	if (!s->cpus[s->this_cpu].online)
		s->this_cpu = cpuset_next(&s->online, 0);
	stub_timer_fired(s->timer_fns[timer], s->timer_of[timer]);
}

long bpf_probe_read_kernel_str(void *dst, __u32 size, const void *unsafe_ptr)
{
	return snprintf(dst, size, "%s", (const char *)unsafe_ptr);
}

void scx_bpf_dump_bstr(char *fmt, unsigned long long *data, u32 data_sz)
{
	(void)fmt;
	(void)data;
	(void)data_sz;
}
