// SPDX-License-Identifier: GPL-2.0-only
/*
 * cland.bpf.c - the stub: feeds a policy in user space, carries out its decisions, keeps every CPU
 * busy meanwhile. Mechanism only; start reading at the ops table at the end.
 *
 * A task that becomes runnable takes one of these ways:
 *
 *	an idle CPU is there (leased mode)	-> that CPU's local queue, at once	[direct]
 *	its lease is valid			-> ranked into its queue, at once	[leased]
 *	the policy must be asked		-> PARK, a request to the agent		[requests]
 *	nobody to ask				-> ranked by its last lease		[fallback]
 *	a kernel thread, or one of ours		-> EXPRESS				[kthread, ours]
 *
 * Ranked queues. There is one per last-level cache, and one per CPU for tasks that may run on that
 * CPU only. A queue's clock is the virtual time it is being served at. Virtual times of two queues
 * do not compare: a task that changes queue keeps its distance to the clock. A CPU serves its own
 * queue and its cache's by comparing their heads; cpu_ctx.shift_ns maps one scale to the other.
 *
 * PARK. A task that waits for a decision is in a kernel queue too. cland_apply() takes it out by
 * the decision; rescue_parked() takes it out when no decision comes. Nothing is ever held by user
 * space, so nothing can be lost with it.
 *
 * EXPRESS (kernel threads, our own threads) is served first, and STARVED (tasks that waited too
 * long) behind it, but only for EXPRESS_MAX_NS at a stretch on one CPU when others wait: a spinning
 * agent or a busy kworker takes turns.
 */
#include <linux/bpf.h>

#include "kernel.h"
#include "cland_msg.h"

char LICENSE[] SEC("license") = "GPL";

#define U64_MAX (~0ULL)
#define NO_SLOT (~0U)

#define EXPRESS_MAX_NS 10000000ULL	/* express time at a stretch while others wait */
#define EXPRESS_SLICE_NS 5000000ULL
#define LAG_MAX_NS 20000000LL		/* a task is at most this far behind its queue's clock */
#define SHIFT_MAX_NS 20000000LL		/* a CPU's own queue stays this close to its cache's */
#define FORK_COST_NS 1000000ULL		/* what a fork adds to the parent's virtual time at rate 1 */
#define STARVED_SLICE_NS 1000000ULL	/* out of turn, a task gets little */
#define STARVED_NS 1000000000ULL	/* waiting time after which a queued task goes first */
#define JANITOR_NS 250000000ULL
#define BALANCE_NS 20000000ULL
#define PARK_TIMER_NS 5000000ULL
#define CLOCK_START_NS (1ULL << 42)	/* so that clock - credit does not wrap */
#define CHARGE_MAX_NS 10000000000ULL	/* more in one go would overflow the rate product */

enum {
	DSQ_PARK = 1,
	DSQ_EXPRESS,
	DSQ_STARVED,
	DSQ_QUEUE_0 = 0x10000, /* + index of struct queue: caches first, then CPUs */
};

/*
 * Set by the supervisor between open and load. Types of globals stand in the skeleton, so they are
 * the ones that user space knows, too.
 */
const volatile __u32 nr_cpu_ids = 1;
const volatile __u32 nr_llcs = 1;
const volatile __u32 max_tasks = 1024;
const volatile __u32 exit_dump_len = 1;
const volatile __u64 rescue_ns = 20000000;
const volatile bool strict = false;

/* Read by the supervisor. */
__u64 last_apply_ns;
__s32 agent_tgid;		/* 0: nobody to ask */
__s32 supervisor_tgid;
bool agent_silent;	/* has not answered in time; cleared by its next sign of life */
struct cland_exit_info exit_info;

__u32 nr_slots_used;	/* slots below this have been handed out at least once */
__u32 nr_offline;		/* CPUs that went offline since we attached */
bool some_starved;		/* DSQ_STARVED may hold somebody */
__u32 park_timer_armed;
__u32 parked_lately;		/* since the park timer last fired */

struct queue {
	u64 clock_ns;
	u32 nr_cpus;		/* online CPUs under it; counted for caches only */
};

struct cpu_ctx {
	u32 llc;
	u32 offline;
	s64 shift_ns;		/* own queue's rank + shift = rank on the cache's scale */
	u64 express_ns;		/* express time since a ranked task last ran here */
	u64 ring_head;
	u64 balanced_ns;	/* when it last looked at the other caches */
	u32 scan_left;		/* tasks that the scan running here may still look at */
	/* The task running here, for wake-up preemption; curr_rate 0: not to be preempted. */
	u64 curr_vtime_ns;
	u64 curr_since_ns;
	u32 curr_rate;
	u32 curr_queue;
};

struct lease {
	u64 until_ns;
	u64 credit_ns;
	u64 slice_ns;
	u64 preempt_ns;
	s64 offset_ns;
	u32 rate;
	u32 keep;
};

struct task_ctx {
	u64 vtime_ns;		/* on the scale of queue */
	u64 queued_ns;		/* since when parked or queued */
	u64 charged_ns;		/* sum_exec_runtime up to which vtime has been charged */
	u64 since_wakeup_ns;
	u64 burst_avg_ns;
	u64 used_ns;
	u64 nr_wakeups;
	u64 last_wakeup_ns;
	u64 seq;		/* of the latest request */
	u64 answered_seq;	/* equal to seq: it has been answered, rescued or overtaken */
	struct lease lease;
	u32 queue;
	u32 slot;		/* NO_SLOT: the table was full */
	u32 weight;		/* for which the lease was made */
	s32 waker_pid;
	u32 ranked;		/* queued by rank: when it runs, its queue's clock is there */
	u32 starved;		/* served out of turn: on the express account */
	u32 yielded;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_ctx);
} task_ctxs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* nr_cpu_ids */
	__type(key, u32);
	__type(value, struct cpu_ctx);
} cpus SEC(".maps");

/* Which last-level cache a CPU is under; written by the supervisor before attach. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* nr_cpu_ids */
	__type(key, u32);
	__type(value, u32);
} llc_of_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2); /* nr_llcs + nr_cpu_ids */
	__type(key, u32);
	__type(value, struct queue);
} queues SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1024); /* max_tasks */
	__type(key, u32);
	__type(value, struct cland_slot);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1024); /* max_tasks */
	__type(value, u32);
} free_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* nr_cpu_ids */
	__type(key, u32);
	__type(value, struct cland_ring);
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cland_agent_page);
} agent_page SEC(".maps");

/* Wakes the agent; carries nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} doorbell SEC(".maps");

/* Wakes the supervisor when exit_info has been filled; carries nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} exit_bell SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CLAND_STAT_NR);
	__type(key, u32);
	__type(value, u64);
} stats SEC(".maps");

/* The kernel's debug dump; the value's size is set to exit_dump_len. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 1);
} exit_dump SEC(".maps");

struct timer {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct timer);
} timers SEC(".maps");

enum { TIMER_JANITOR, TIMER_PARK };

/* sched_prio_to_weight of kernel/sched/core.c: each nice level is about 1.25 times the next. */
static const u32 nice_weights[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	9548,  7620,  6100,  4904,  3906,  3121,  2501,	 1991,	1586,  1277,
	1024,  820,   655,   526,   423,   335,	  272,	 215,	172,   137,
	110,   87,    70,    56,    45,	   36,	  29,	 23,	18,    15,
};

/* ---- small pieces ---------------------------------------------------------------------------- */

static __always_inline void count(u32 stat)
{
	u64 *value = bpf_map_lookup_elem(&stats, &stat);

	if (value)
		(*value)++;
}

/* Virtual times wrap: order is the sign of the difference. */
static __always_inline bool before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

/* Whether then_ns was at least age_ns before now_ns; another CPU may have set it after our now. */
static __always_inline bool is_older(u64 then_ns, u64 now_ns, u64 age_ns)
{
	return (s64)(now_ns - then_ns) >= (s64)age_ns;
}

static __always_inline s64 clamp_s64(s64 v, s64 lo, s64 hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static __always_inline u64 dsq_of(u32 queue)
{
	return DSQ_QUEUE_0 + queue;
}

static __always_inline struct queue *queue_get(u32 queue)
{
	return bpf_map_lookup_elem(&queues, &queue);
}

static __always_inline struct cpu_ctx *cpu_get(s32 cpu)
{
	u32 key = cpu;

	return bpf_map_lookup_elem(&cpus, &key);
}

/*
 * Bounds on walks through a queue. The count lives in a map: in a register the verifier would
 * follow it through every step of the loop.
 */
static __always_inline struct cpu_ctx *scan_begin(u32 max)
{
	struct cpu_ctx *c = cpu_get(bpf_get_smp_processor_id());

	if (c)
		c->scan_left = max;
	return c;
}

static __always_inline bool scan_next(struct cpu_ctx *c)
{
	return c->scan_left && c->scan_left--;
}

static __always_inline struct task_ctx *task_get(struct task_struct *p)
{
	return bpf_task_storage_get(&task_ctxs, p, NULL, 0);
}

static __always_inline bool is_ours(const struct task_struct *p)
{
	return p->tgid == agent_tgid || p->tgid == supervisor_tgid;
}

static __always_inline bool is_express(const struct task_struct *p)
{
	return (p->flags & PF_KTHREAD) || is_ours(p);
}

static __always_inline u32 weight_of(const struct task_struct *p)
{
	u32 prio = p->static_prio - (STATIC_PRIO_NICE_0 - 20);

	if (p->policy == SCHED_POLICY_IDLE)
		return 3;
	return prio < 40 ? nice_weights[prio] : 1024;
}

static __always_inline void lease_default(struct lease *lease, u32 weight)
{
	lease->until_ns = 0;
	lease->credit_ns = CLAND_SLICE_DEFAULT_NS;
	lease->slice_ns = CLAND_SLICE_DEFAULT_NS;
	lease->preempt_ns = 0;
	lease->offset_ns = 0;
	lease->rate = (u32)((1024ULL << CLAND_RATE_SHIFT) / weight);
	lease->keep = 1;
}

/* ---- virtual time ---------------------------------------------------------------------------- */

static __always_inline void clock_advance(struct queue *q, u64 vtime_ns)
{
	if (before(q->clock_ns, vtime_ns))
		q->clock_ns = vtime_ns;
}

/*
 * limit_distance - forget what a task has had ahead of the others beyond the window (low weights
 * make one slice worth seconds of virtual time), and what it lags behind beyond LAG_MAX_NS. A queue
 * served in order has nobody lag by more than about a slice; but a clock that follows one light
 * task leaves the others behind by any amount, and they would keep the newcomers off for as long.
 */
static __always_inline void limit_distance(const struct queue *q, struct task_ctx *t)
{
	t->vtime_ns = q->clock_ns +
		      clamp_s64(t->vtime_ns - q->clock_ns, -LAG_MAX_NS, CLAND_WINDOW_NS);
}

/*
 * charge - bring the task's virtual time up to date with the CPU time it has used. While nobody
 * waits in its queue the clock follows it: time used when the CPU was free is not held against a
 * task later (the old hogs of HAZARDS 81). Returns the CPU time used since the last charge.
 */
static __always_inline u64 charge(struct task_struct *p, struct task_ctx *t)
{
	u64 used_ns = p->se.sum_exec_runtime - t->charged_ns;
	struct queue *q;

	t->charged_ns += used_ns;
	if (used_ns > CHARGE_MAX_NS)
		used_ns = CHARGE_MAX_NS;
	t->used_ns += used_ns;
	t->since_wakeup_ns += used_ns;
	t->vtime_ns += used_ns * t->lease.rate >> CLAND_RATE_SHIFT;
	q = queue_get(t->queue);
	if (!q)
		return used_ns;
	/* Who is parked waits, too, and may belong here. */
	if (!scx_bpf_dsq_nr_queued(dsq_of(t->queue)) && !scx_bpf_dsq_nr_queued(DSQ_PARK))
		clock_advance(q, t->vtime_ns);
	limit_distance(q, t);
	return used_ns;
}

/*
 * task_requeue - choose the queue the task belongs to and move its virtual time to that queue's
 * scale. Under the task's runqueue lock.
 */
static __always_inline void task_requeue(struct task_struct *p, struct task_ctx *t)
{
	s32 cpu = scx_bpf_task_cpu(p);
	struct cpu_ctx *c = cpu_get(cpu);
	struct queue *from, *to;
	u32 queue;

	if (!c)
		return;
	queue = p->nr_cpus_allowed == 1 && !c->offline ? nr_llcs + cpu : c->llc;
	from = queue_get(t->queue);
	to = queue_get(queue);
	if (!from || !to)
		return;
	t->vtime_ns += to->clock_ns - from->clock_ns;
	t->queue = queue;
	limit_distance(to, t);
}

/* A sleeper may come back at most its credit behind the clock. */
static __always_inline void limit_credit(struct task_ctx *t)
{
	struct queue *q = queue_get(t->queue);

	if (q && before(t->vtime_ns, q->clock_ns - t->lease.credit_ns))
		t->vtime_ns = q->clock_ns - t->lease.credit_ns;
}

/* Keep a rank within the window around its queue's clock. */
static __always_inline u64 rank_clamp(u32 queue, u64 rank_ns)
{
	struct queue *q = queue_get(queue);

	if (!q)
		return rank_ns;
	return q->clock_ns + clamp_s64(rank_ns - q->clock_ns, -CLAND_WINDOW_NS, CLAND_WINDOW_NS);
}

static __always_inline u64 lease_rank(const struct task_ctx *t)
{
	return rank_clamp(t->queue, t->vtime_ns + t->lease.offset_ns);
}

/* ---- waking CPUs ----------------------------------------------------------------------------- */

/* Preempt what runs on the CPU if the task ranks before it by the lease's margin. */
static __always_inline void preempt_if_sooner(struct task_ctx *t, s32 cpu, u64 rank_ns, u64 now_ns)
{
	struct cpu_ctx *c = cpu_get(cpu);
	u64 curr_ns;
	s64 ran_ns;

	if (!t->lease.preempt_ns || !c || !c->curr_rate || c->curr_queue != t->queue)
		return;
	/* Since the last tick; more than a second is a CPU without ticks. */
	ran_ns = clamp_s64(now_ns - c->curr_since_ns, 0, CLAND_WINDOW_NS);
	curr_ns = c->curr_vtime_ns + ((u64)ran_ns * c->curr_rate >> CLAND_RATE_SHIFT);
	if (!before(rank_ns + t->lease.preempt_ns, curr_ns))
		return;
	c->curr_rate = 0; /* one preemption is enough */
	count(CLAND_STAT_preempted);
	scx_bpf_kick_cpu(cpu, kconst(scx_kick_flags, SCX_KICK_PREEMPT));
}

/* Somebody has been queued: see to it that a CPU looks. */
static __always_inline void wake_cpu_for(struct task_struct *p, struct task_ctx *t, u64 rank_ns,
					 bool wakeup, u64 now_ns)
{
	s32 cpu = scx_bpf_task_cpu(p);

	if (t->queue >= nr_llcs) {
		if (scx_bpf_test_and_clear_cpu_idle(cpu)) {
			scx_bpf_kick_cpu(cpu, kconst(scx_kick_flags, SCX_KICK_IDLE));
			return;
		}
	} else {
		s32 idle = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);

		if (idle >= 0) {
			scx_bpf_kick_cpu(idle, kconst(scx_kick_flags, SCX_KICK_IDLE));
			return;
		}
	}
	if (wakeup)
		preempt_if_sooner(t, cpu, rank_ns, now_ns);
}

/*
 * The same for a task moved to its queue from outside of its runqueue's lock: its CPU may have found
 * nothing, and be on its way to idle without saying so yet. A busy CPU takes no notice.
 */
static __always_inline void wake_cpu_after_move(struct task_struct *p, struct task_ctx *t,
						u64 rank_ns, bool wakeup, u64 now_ns)
{
	wake_cpu_for(p, t, rank_ns, wakeup, now_ns);
	scx_bpf_kick_cpu(scx_bpf_task_cpu(p), kconst(scx_kick_flags, SCX_KICK_IDLE));
}

/* ---- requests -------------------------------------------------------------------------------- */

static __always_inline void slot_fill(struct cland_slot *s, struct task_struct *p,
				      struct task_ctx *t, u32 flags, u64 now_ns)
{
	struct queue *q = queue_get(t->queue);

	s->now_ns = now_ns;
	s->vtime_ns = t->vtime_ns;
	s->clock_ns = q ? q->clock_ns : t->vtime_ns;
	s->used_ns = t->used_ns;
	s->used_since_wakeup_ns = t->since_wakeup_ns;
	s->burst_avg_ns = t->burst_avg_ns;
	s->nr_wakeups = t->nr_wakeups;
	s->last_wakeup_ns = t->last_wakeup_ns;
	s->lease_until_ns = t->lease.until_ns;
	s->pid = p->pid;
	s->tgid = p->tgid;
	s->waker_pid = t->waker_pid;
	s->weight = weight_of(p);
	s->cpu = scx_bpf_task_cpu(p);
	s->nr_cpus_allowed = p->nr_cpus_allowed;
	s->queue = t->queue;
	s->flags = flags | (p->nr_cpus_allowed == 1 ? CLAND_SLOT_PINNED : 0) |
		   (p->flags & PF_KTHREAD ? CLAND_SLOT_KTHREAD : 0);
	__builtin_memcpy(s->comm, p->comm, sizeof(s->comm));
}

static __always_inline void ring_doorbell(void)
{
	struct cland_agent_page *page;
	u32 zero = 0;
	u64 *bell;

	page = bpf_map_lookup_elem(&agent_page, &zero);
	if (!page || !page->asleep)
		return;
	page->asleep = 0;
	bell = bpf_ringbuf_reserve(&doorbell, sizeof(*bell), 0);
	if (!bell)
		return; /* an earlier ring has not been heard yet */
	*bell = 0;
	bpf_ringbuf_submit(bell, BPF_RB_FORCE_WAKEUP);
}

/* Parked tasks need somebody who notices a silent agent, also when every CPU is idle. */
static __always_inline void park_timer_arm(void)
{
	u32 key = TIMER_PARK;
	struct timer *timer;

	/* A full barrier: the timer clears armed, then looks at parked_lately; we do the reverse. */
	__sync_lock_test_and_set(&parked_lately, 1);
	if (park_timer_armed)
		return;
	timer = bpf_map_lookup_elem(&timers, &key);
	if (!timer)
		return;
	park_timer_armed = 1;
	bpf_timer_start(&timer->timer, PARK_TIMER_NS, 0);
}

static __always_inline bool can_ask(const struct task_ctx *t)
{
	return agent_tgid && !agent_silent && t->slot != NO_SLOT;
}

/*
 * request - put the task's slot on this CPU's ring. Returns whether it was put there; the caller
 * then parks the task. Interrupts are off: nobody else writes this CPU's ring meanwhile.
 */
static __noinline bool request(struct task_struct *p, struct task_ctx *t, u32 flags, u64 now_ns)
{
	u32 cpu = bpf_get_smp_processor_id();
	u32 slot = t->slot;
	struct cland_slot *s = bpf_map_lookup_elem(&slots, &slot);
	struct cland_ring *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct cpu_ctx *c = cpu_get(cpu);
	struct cland_request *req;
	u64 head;

	if (!s || !ring || !c)
		return false;
	head = c->ring_head; /* ours: the one in shared memory the agent could write over */
	if (head - ring->tail >= CLAND_RING_ENTRIES) {
		count(CLAND_STAT_ring_full);
		return false;
	}
	t->seq = s->seq_begin = s->seq + 1;
	barrier();
	slot_fill(s, p, t, flags, now_ns);
	barrier();
	s->seq = t->seq;
	req = &ring->req[head & (CLAND_RING_ENTRIES - 1)];
	req->slot = slot;
	req->seq = t->seq;
	t->queued_ns = now_ns;
	/*
	 * A full barrier: what was written before is seen with the new head, and the agent sets
	 * asleep, then looks at head, where we do the reverse. xchg, because an add whose result
	 * is not used becomes one that orders nothing.
	 */
	c->ring_head = head + 1;
	__sync_lock_test_and_set(&ring->head, head + 1);
	ring_doorbell();
	return true;
}

/* ---- enqueue --------------------------------------------------------------------------------- */

/* Insert by the task's lease; the end of every enqueue that neither parks nor finds a CPU idle. */
static __always_inline void enqueue_ranked(struct task_struct *p, struct task_ctx *t,
					   u64 enq_flags, u64 now_ns)
{
	u64 rank_ns = lease_rank(t);

	t->queued_ns = now_ns;
	t->ranked = 1;
	k_dsq_insert_vtime(p, dsq_of(t->queue), t->lease.slice_ns, rank_ns, enq_flags);
	wake_cpu_for(p, t, rank_ns, enq_flags & kconst(scx_enq_flags, SCX_ENQ_WAKEUP), now_ns);
}

/* Into EXPRESS, and wake somebody who serves it; preempting what runs where the task last ran. */
static __always_inline void enqueue_express_queue(struct task_struct *p, u64 enq_flags,
						  bool preempt)
{
	s32 idle;

	if (preempt)
		enq_flags |= kconst(scx_enq_flags, SCX_ENQ_HEAD);
	k_dsq_insert(p, DSQ_EXPRESS, EXPRESS_SLICE_NS, enq_flags);
	idle = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	if (idle >= 0)
		scx_bpf_kick_cpu(idle, kconst(scx_kick_flags, SCX_KICK_IDLE));
	else if (preempt)
		scx_bpf_kick_cpu(scx_bpf_task_cpu(p), kconst(scx_kick_flags, SCX_KICK_PREEMPT));
}

/*
 * Kernel threads bound to a CPU, when they wake up, go to that CPU's local queue, ahead of all we
 * queue; the others and our own threads to EXPRESS. None of them ever waits for user space: it may be them that user
 * space waits for.
 */
static __always_inline void enqueue_express(struct task_struct *p, u64 enq_flags)
{
	bool ours = is_ours(p);

	count(ours ? CLAND_STAT_ours : CLAND_STAT_kthread);
	/* Not when a slice has ended: two busy ones would keep ops.dispatch from being called. */
	if (!ours && p->nr_cpus_allowed == 1 &&
	    (enq_flags & kconst(scx_enq_flags, SCX_ENQ_WAKEUP))) {
		k_dsq_insert(p, DSQ_LOCAL, EXPRESS_SLICE_NS, enq_flags);
		return;
	}
	/* Parked tasks wait for the agent. It cannot hog: a full slice puts it at the tail. */
	enqueue_express_queue(p, enq_flags, p->pid == agent_tgid &&
			      (enq_flags & kconst(scx_enq_flags, SCX_ENQ_WAKEUP)));
}

SEC("struct_ops/cland_select_cpu")
s32 BPF_PROG(cland_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	struct task_ctx *t = task_get(p);
	bool is_idle = false;
	s32 cpu;

	/* Strict: the policy is to see the wake-up, also when a CPU is free. */
	if (strict && !is_express(p) && t && can_ask(t))
		return prev_cpu;
	cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &is_idle);
	if (is_idle) {
		if (t)
			t->ranked = t->starved = 0;
		count(CLAND_STAT_direct);
		k_dsq_insert(p, DSQ_LOCAL, t ? t->lease.slice_ns : CLAND_SLICE_DEFAULT_NS, 0);
	}
	return cpu;
}

SEC("struct_ops/cland_enqueue")
void BPF_PROG(cland_enqueue, struct task_struct *p, u64 enq_flags)
{
	u64 now_ns = bpf_ktime_get_ns();
	struct task_ctx *t;
	bool wakeup;

	if (is_express(p)) {
		enqueue_express(p, enq_flags);
		return;
	}
	t = task_get(p);
	if (!t) {
		count(CLAND_STAT_no_ctx);
		enqueue_express_queue(p, enq_flags, false);
		return;
	}

	wakeup = enq_flags & kconst(scx_enq_flags, SCX_ENQ_WAKEUP);
	t->answered_seq = t->seq;
	t->ranked = 0;
	t->starved = 0;
	task_requeue(p, t);
	if (wakeup)
		limit_credit(t);

	if (now_ns < t->lease.until_ns) {
		count(CLAND_STAT_leased);
		enqueue_ranked(p, t, enq_flags, now_ns);
		return;
	}
	if (can_ask(t) && request(p, t, wakeup ? CLAND_SLOT_WAKEUP : 0, now_ns)) {
		count(CLAND_STAT_requests);
		k_dsq_insert(p, DSQ_PARK, t->lease.slice_ns, enq_flags);
		park_timer_arm();
		return;
	}
	count(CLAND_STAT_fallback);
	enqueue_ranked(p, t, enq_flags, now_ns);
}

/* ---- rescue ---------------------------------------------------------------------------------- */

/*
 * rescue_parked - move parked tasks that have waited too long for user space to their queues, by
 * their leases. PARK is in order of arrival: the first one that is not late ends the search.
 * Called from ops.dispatch and from the timer, at most 32 tasks a call.
 */
static __noinline void rescue_parked(u64 now_ns)
{
	struct cpu_ctx *c = scan_begin(32);
	bool nobody = !agent_tgid;
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;

	if (!c)
		return;
	if (bpf_iter_scx_dsq_new(&it, DSQ_PARK, 0))
		goto out;
	while (scan_next(c) && (p = bpf_iter_scx_dsq_next(&it))) {
		struct task_ctx *t = task_get(p);
		u64 rank_ns;

		if (!t)
			continue;
		if (!nobody && !is_older(t->queued_ns, now_ns, rescue_ns))
			break;
		/* Before the move: after it the task may be running, and asking anew. */
		t->answered_seq = t->seq;
		t->ranked = 1;
		rank_ns = lease_rank(t);
		scx_bpf_dsq_move_set_slice(&it, t->lease.slice_ns);
		scx_bpf_dsq_move_set_vtime(&it, rank_ns);
		if (!scx_bpf_dsq_move_vtime(&it, p, dsq_of(t->queue), 0))
			continue;
		count(CLAND_STAT_rescued);
		if (is_older(last_apply_ns, now_ns, rescue_ns))
			agent_silent = true;
		wake_cpu_after_move(p, t, rank_ns, true, now_ns);
	}
out:
	bpf_iter_scx_dsq_destroy(&it);
}

/*
 * Stops when PARK is empty and nothing has been parked since it last fired: the kernel puts a task
 * into PARK only after ops.enqueue has armed the timer and returned.
 */
static int park_timer_fired(void *map, int *key, struct timer *timer)
{
	u32 lately = __sync_lock_test_and_set(&parked_lately, 0);

	if (!lately && !scx_bpf_dsq_nr_queued(DSQ_PARK)) {
		__sync_lock_test_and_set(&park_timer_armed, 0);
		if (!parked_lately)
			return 0;
		park_timer_armed = 1;
	}
	bpf_rcu_read_lock();
	rescue_parked(bpf_ktime_get_ns());
	bpf_rcu_read_unlock();
	bpf_timer_start(&timer->timer, PARK_TIMER_NS, 0);
	return 0;
}

/* ---- dispatch -------------------------------------------------------------------------------- */

/*
 * Rank of the first task of the queue that the CPU may run, or U64_MAX. Looks at the first 32 only:
 * behind as many that it may not run there may be one, taken to be where the queue's clock is.
 */
static __noinline u64 head_rank(u32 queue, s32 cpu)
{
	struct cpu_ctx *c = scan_begin(32);
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;
	struct queue *q = queue_get(queue);
	u64 rank_ns = U64_MAX;

	if (!c || !q)
		return rank_ns;
	if (!bpf_iter_scx_dsq_new(&it, dsq_of(queue), 0)) {
		while (scan_next(c) && (p = bpf_iter_scx_dsq_next(&it))) {
			if (!bpf_cpumask_test_cpu(cpu, p->cpus_ptr))
				continue;
			rank_ns = p->scx.dsq_vtime;
			break;
		}
		if (rank_ns == U64_MAX && !c->scan_left)
			rank_ns = q->clock_ns;
	}
	bpf_iter_scx_dsq_destroy(&it);
	return rank_ns;
}

static __always_inline bool serve(u64 dsq_id)
{
	return scx_bpf_dsq_nr_queued(dsq_id) && k_dsq_move_to_local(dsq_id);
}

static __always_inline bool serve_express(void)
{
	return serve(DSQ_EXPRESS) || (some_starved && serve(DSQ_STARVED));
}

/*
 * The CPU's own queue and its cache's have clocks of their own. Let the own queue lag or lead by
 * at most SHIFT_MAX_NS on the cache's scale: pinned tasks crowded on one CPU can neither pile up a
 * claim against everybody else nor be put off for ever.
 */
static __always_inline void shift_limit(struct cpu_ctx *c, const struct queue *own,
					const struct queue *llc)
{
	s64 lead_ns = own->clock_ns + c->shift_ns - llc->clock_ns;

	c->shift_ns += clamp_s64(lead_ns, -SHIFT_MAX_NS, SHIFT_MAX_NS) - lead_ns;
}

/*
 * serve_ranked - the task that ranks first among prev, the CPU's own queue and its cache's.
 * Returns whether this CPU has something to run.
 */
static __always_inline bool serve_ranked(s32 cpu, struct cpu_ctx *c, struct task_struct *prev)
{
	u32 own_id = nr_llcs + cpu, llc_id = c->llc;
	bool has_own = scx_bpf_dsq_nr_queued(dsq_of(own_id));
	bool has_llc = scx_bpf_dsq_nr_queued(dsq_of(llc_id));
	struct queue *own = queue_get(own_id), *llc = queue_get(llc_id);
	struct task_ctx *t = NULL;
	u64 own_rank_ns = 0, llc_rank_ns = 0;
	bool own_first;

	if ((!has_own && !has_llc) || !own || !llc)
		return false;
	if (prev && (prev->scx.flags & kconst(scx_ent_flags, SCX_TASK_QUEUED)) &&
	    !is_express(prev)) {
		t = task_get(prev);
		if (t && (!t->lease.keep || t->yielded ||
			  (t->queue != own_id && t->queue != llc_id)))
			t = NULL;
	}
	if (!t && !has_own)
		return k_dsq_move_to_local(dsq_of(llc_id));
	if (!t && !has_llc)
		return k_dsq_move_to_local(dsq_of(own_id));

	shift_limit(c, own, llc);
	if (has_own) {
		own_rank_ns = head_rank(own_id, cpu);
		has_own = own_rank_ns != U64_MAX;
		own_rank_ns += c->shift_ns;
	}
	if (has_llc) {
		llc_rank_ns = head_rank(llc_id, cpu);
		has_llc = llc_rank_ns != U64_MAX;
	}
	own_first = has_own && (!has_llc || !before(llc_rank_ns, own_rank_ns));
	if (t && (has_own || has_llc)) {
		u64 rank_ns, first_ns = own_first ? own_rank_ns : llc_rank_ns;

		charge(prev, t);
		rank_ns = t->vtime_ns + t->lease.offset_ns;
		if (t->queue == own_id)
			rank_ns += c->shift_ns;
		if (!before(first_ns, rank_ns)) {
			clock_advance(t->queue == own_id ? own : llc, t->vtime_ns);
			count(CLAND_STAT_kept);
			k_set_slice(prev, t->lease.slice_ns);
			return true;
		}
	}
	if (own_first)
		return k_dsq_move_to_local(dsq_of(own_id)) || serve(dsq_of(llc_id));
	return (has_llc && k_dsq_move_to_local(dsq_of(llc_id))) || serve(dsq_of(own_id));
}

/* Nothing to do under this cache: help another one. */
static __always_inline bool steal(u32 llc)
{
	u32 i;

	bpf_for(i, 1, nr_llcs) {
		u32 other = llc + i < nr_llcs ? llc + i : llc + i - nr_llcs;

		if (serve(dsq_of(other))) {
			count(CLAND_STAT_stolen);
			return true;
		}
	}
	return false;
}

/*
 * balance - now and then take a task from a cache where more wait for each CPU than under this one.
 * Without it, tasks that never sleep stay with the cache where they have started. It counts tasks,
 * not weights.
 */
static __always_inline bool balance(struct cpu_ctx *c)
{
	u64 now_ns = bpf_ktime_get_ns();
	struct queue *own = queue_get(c->llc);
	u64 own_waiting;
	u32 i;

	if (!own || !is_older(c->balanced_ns, now_ns, BALANCE_NS))
		return false;
	c->balanced_ns = now_ns;
	own_waiting = scx_bpf_dsq_nr_queued(dsq_of(c->llc));
	bpf_for(i, 1, nr_llcs) {
		u32 other = c->llc + i < nr_llcs ? c->llc + i : c->llc + i - nr_llcs;
		struct queue *q = queue_get(other);

		if (q && scx_bpf_dsq_nr_queued(dsq_of(other)) * (u64)own->nr_cpus >
				 own_waiting * q->nr_cpus &&
		    k_dsq_move_to_local(dsq_of(other))) {
			count(CLAND_STAT_stolen);
			return true;
		}
	}
	return false;
}

SEC("struct_ops/cland_dispatch")
void BPF_PROG(cland_dispatch, s32 cpu, struct task_struct *prev)
{
	struct cpu_ctx *c = cpu_get(cpu);

	if (!c)
		return;
	/* The timer runs while anything is parked: cheaper to look at than the queue. */
	if (park_timer_armed && scx_bpf_dsq_nr_queued(DSQ_PARK))
		rescue_parked(bpf_ktime_get_ns());
	if (c->express_ns < EXPRESS_MAX_NS) {
		if (serve_express() || (nr_llcs > 1 && balance(c)) || serve_ranked(cpu, c, prev))
			return;
	} else {
		/* EXPRESS has had its turn. */
		c->express_ns = 0;
		if (serve_ranked(cpu, c, prev) || serve_express())
			return;
	}
	/* The kernel keeps prev running; let it be for a slice of ours, not of its default. */
	if (prev && (prev->scx.flags & kconst(scx_ent_flags, SCX_TASK_QUEUED))) {
		struct task_ctx *t = task_get(prev);

		k_set_slice(prev, t ? t->lease.slice_ns : CLAND_SLICE_DEFAULT_NS);
		return;
	}
	steal(c->llc);
}

/* ---- a task's life --------------------------------------------------------------------------- */

SEC("struct_ops/cland_runnable")
void BPF_PROG(cland_runnable, struct task_struct *p, u64 enq_flags)
{
	struct task_ctx *t = task_get(p);

	if (!t || !(enq_flags & kconst(scx_enq_flags, SCX_ENQ_WAKEUP)))
		return;
	t->since_wakeup_ns = 0;
	t->nr_wakeups++;
	t->last_wakeup_ns = bpf_ktime_get_ns();
	t->waker_pid = bpf_get_current_pid_tgid();
	limit_credit(t);
}

/* Where the running task stands now, for those who want to preempt it. */
static __always_inline void curr_note(struct cpu_ctx *c, const struct task_ctx *t)
{
	c->curr_vtime_ns = t->vtime_ns + t->lease.offset_ns;
	c->curr_since_ns = bpf_ktime_get_ns();
}

SEC("struct_ops/cland_running")
void BPF_PROG(cland_running, struct task_struct *p)
{
	struct cpu_ctx *c = cpu_get(scx_bpf_task_cpu(p));
	struct task_ctx *t = task_get(p);
	struct queue *q;

	if (!t || !c)
		return;
	t->answered_seq = t->seq;
	t->yielded = 0;
	if (is_express(p)) {
		c->curr_rate = 0;
		return;
	}
	q = queue_get(t->queue);
	if (q && t->ranked)
		clock_advance(q, t->vtime_ns);
	if (!t->starved)
		c->express_ns = 0;
	curr_note(c, t);
	c->curr_queue = t->queue;
	c->curr_rate = t->lease.rate;
}

SEC("struct_ops/cland_stopping")
void BPF_PROG(cland_stopping, struct task_struct *p, bool runnable)
{
	struct cpu_ctx *c = cpu_get(scx_bpf_task_cpu(p));
	struct task_ctx *t = task_get(p);
	struct cland_slot *s;
	u64 used_ns;
	u32 slot;

	if (!t || !c)
		return;
	used_ns = charge(p, t);
	c->curr_rate = 0;
	if (is_express(p) || t->starved)
		c->express_ns += used_ns;
	if (is_express(p))
		return;
	if (!runnable)
		t->burst_avg_ns += (t->since_wakeup_ns >> 2) - (t->burst_avg_ns >> 2);
	slot = t->slot;
	s = bpf_map_lookup_elem(&slots, &slot);
	if (s) {
		s->used_ns = t->used_ns;
		s->vtime_ns = t->vtime_ns;
	}
}

SEC("struct_ops/cland_tick")
void BPF_PROG(cland_tick, struct task_struct *p)
{
	struct cpu_ctx *c = cpu_get(scx_bpf_task_cpu(p));
	struct task_ctx *t = task_get(p);

	if (t && c && !is_express(p)) {
		charge(p, t);
		curr_note(c, t);
	}
	/* A silent agent is noticed in dispatch: see to it that dispatch is called. */
	if (park_timer_armed && scx_bpf_dsq_nr_queued(DSQ_PARK) &&
	    is_older(last_apply_ns, bpf_ktime_get_ns(), rescue_ns))
		k_set_slice(p, 0);
}

SEC("struct_ops/cland_yield")
bool BPF_PROG(cland_yield, struct task_struct *from, struct task_struct *to)
{
	struct task_ctx *t = task_get(from);

	if (t)
		t->yielded = 1;
	return false;
}

/* The task joins our class: CPU time that it used in another one is not ours to charge. */
SEC("struct_ops/cland_enable")
void BPF_PROG(cland_enable, struct task_struct *p)
{
	struct task_ctx *t = task_get(p);
	struct queue *q;

	if (!t)
		return;
	t->charged_ns = p->se.sum_exec_runtime;
	q = queue_get(t->queue);
	if (q)
		limit_distance(q, t);
	limit_credit(t);
}

SEC("struct_ops/cland_set_weight")
void BPF_PROG(cland_set_weight, struct task_struct *p, u32 weight)
{
	struct task_ctx *t = task_get(p);
	struct cland_slot *s;
	u32 slot;

	/* Also called for every newborn, which may have inherited a lease. */
	if (!t || t->weight == weight_of(p))
		return;
	t->weight = weight_of(p);
	/* What the policy decided was for the old weight: weighted fair until it is asked again. */
	lease_default(&t->lease, weight_of(p));
	slot = t->slot;
	s = bpf_map_lookup_elem(&slots, &slot);
	if (s) {
		s->weight = weight_of(p);
		s->lease_until_ns = 0;
	}
}

static __always_inline u32 slot_alloc(void)
{
	u32 slot;

	if (!bpf_map_pop_elem(&free_slots, &slot))
		return slot;
	if (nr_slots_used < max_tasks) {
		slot = __sync_fetch_and_add(&nr_slots_used, 1);
		if (slot < max_tasks)
			return slot;
	}
	return NO_SLOT;
}

SEC("struct_ops.s/cland_init_task")
s32 BPF_PROG(cland_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	struct task_ctx *t, *parent = NULL;
	struct cland_slot *s;
	struct queue *q;
	u32 slot;

	t = bpf_task_storage_get(&task_ctxs, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!t)
		return 0; /* short of memory: such a task is queued without a rank, never refused */
	t->weight = weight_of(p);
	lease_default(&t->lease, t->weight);
	if (args->fork)
		parent = task_get(bpf_get_current_task_btf());
	if (parent && parent->weight == t->weight) /* else it was reset on fork */
		t->lease = parent->lease;
	t->queue = parent ? parent->queue : 0;
	t->charged_ns = p->se.sum_exec_runtime;
	q = queue_get(t->queue);
	if (!q)
		return 0;
	/*
	 * The parent pays for the child, and a child starts where its parent stands if that is
	 * behind in the order: a shell's child runs soon, a fork bomb's waits with its ancestors.
	 */
	t->vtime_ns = q->clock_ns;
	if (parent) {
		parent->vtime_ns += FORK_COST_NS * parent->lease.rate >> CLAND_RATE_SHIFT;
		if (before(t->vtime_ns, parent->vtime_ns))
			t->vtime_ns = parent->vtime_ns;
	}

	t->slot = slot = slot_alloc();
	s = bpf_map_lookup_elem(&slots, &slot);
	if (!s) {
		t->slot = NO_SLOT;
		count(CLAND_STAT_no_slot);
		return 0;
	}
	s->seq_begin = s->seq + 1;
	barrier();
	slot_fill(s, p, t, 0, bpf_ktime_get_ns());
	s->owner_seq = s->seq_begin;
	barrier();
	s->seq = s->seq_begin;
	t->seq = s->seq;
	return 0;
}

SEC("struct_ops/cland_exit_task")
void BPF_PROG(cland_exit_task, struct task_struct *p, struct scx_exit_task_args *args)
{
	struct task_ctx *t = task_get(p);
	struct cland_slot *s;
	u32 slot;

	if (!t)
		return;
	slot = t->slot;
	s = bpf_map_lookup_elem(&slots, &slot);
	if (!s)
		return;
	t->slot = NO_SLOT;
	s->owner_seq = 0;
	bpf_map_push_elem(&free_slots, &slot, 0);
}

/* ---- decisions ------------------------------------------------------------------------------- */

/*
 * Take over what a policy gave, clamped. Returns whether anything had to be clamped.
 * Not static: the verifier then checks it once by itself, not once for every way into it.
 */
__noinline int lease_accept(struct lease *lease, const struct cland_lease_msg *msg, u64 now_ns)
{
	u64 valid_ns, credit_ns, slice_ns, preempt_ns;
	s64 offset_ns;
	bool bad = false;
	u32 rate;

	if (!lease || !msg)
		return true;
	valid_ns = msg->valid_ns;
	credit_ns = msg->credit_ns;
	slice_ns = msg->slice_ns;
	preempt_ns = msg->preempt_ns;
	offset_ns = msg->offset_ns;
	rate = msg->rate;

	if (valid_ns > CLAND_VALID_MAX_NS)
		valid_ns = CLAND_VALID_MAX_NS, bad = true;
	if (credit_ns > CLAND_CREDIT_MAX_NS)
		credit_ns = CLAND_CREDIT_MAX_NS, bad = true;
	if (preempt_ns > CLAND_WINDOW_NS)
		preempt_ns = CLAND_WINDOW_NS, bad = true;
	if (msg->flags & ~CLAND_LM_KEEP)
		bad = true;
	if (slice_ns < CLAND_SLICE_MIN_NS)
		slice_ns = CLAND_SLICE_MIN_NS, bad = true;
	if (slice_ns > CLAND_SLICE_MAX_NS)
		slice_ns = CLAND_SLICE_MAX_NS, bad = true;
	if (offset_ns != clamp_s64(offset_ns, -CLAND_WINDOW_NS, CLAND_WINDOW_NS))
		offset_ns = clamp_s64(offset_ns, -CLAND_WINDOW_NS, CLAND_WINDOW_NS), bad = true;
	if (rate < 1)
		rate = 1, bad = true;
	if (rate > CLAND_RATE_MAX)
		rate = CLAND_RATE_MAX, bad = true;

	lease->credit_ns = credit_ns;
	lease->slice_ns = slice_ns;
	lease->preempt_ns = preempt_ns;
	lease->offset_ns = offset_ns;
	lease->rate = rate;
	lease->keep = msg->flags & CLAND_LM_KEEP;
	lease->until_ns = valid_ns ? now_ns + valid_ns : 0;
	return bad;
}

/*
 * move_parked - out of PARK, into the task's queue. Any task of the queue can be moved through an
 * iterator on it, but only one that was there when the iterator was made.
 */
static __noinline bool move_parked(struct task_struct *p, struct task_ctx *t, u64 rank_ns)
{
	struct bpf_iter_scx_dsq it;
	bool moved = false;

	if (!t || !p)
		return false;
	if (!bpf_iter_scx_dsq_new(&it, DSQ_PARK, 0)) {
		scx_bpf_dsq_move_set_slice(&it, t->lease.slice_ns);
		scx_bpf_dsq_move_set_vtime(&it, rank_ns);
		moved = scx_bpf_dsq_move_vtime(&it, p, dsq_of(t->queue), 0);
	}
	bpf_iter_scx_dsq_destroy(&it);
	return moved;
}

enum verdict { VERDICT_STALE, VERDICT_DONE, VERDICT_BAD };

static __noinline enum verdict decide(struct task_struct *p, struct cland_slot *s,
				      const struct cland_decision_msg *d, u64 now_ns)
{
	struct task_ctx *t;
	u64 rank_ns;
	bool bad;

	if (!p || !s || !d)
		return VERDICT_STALE;
	t = task_get(p);
	if (!t || t->slot != d->slot)
		return VERDICT_STALE;
	if (d->flags & CLAND_DECISION_LEASE_ONLY) {
		if (d->weight != weight_of(p))
			return VERDICT_STALE;
		bad = lease_accept(&t->lease, &d->lease, now_ns);
		s->lease_until_ns = t->lease.until_ns;
		count(CLAND_STAT_renewed);
		return bad ? VERDICT_BAD : VERDICT_DONE;
	}
	if (t->seq != d->seq || t->answered_seq == d->seq)
		return VERDICT_STALE;
	t->answered_seq = d->seq;
	bad = lease_accept(&t->lease, &d->lease, now_ns);
	s->lease_until_ns = t->lease.until_ns;
	rank_ns = rank_clamp(t->queue, d->rank_ns);
	/* The clock may have moved on since the request, but not by another window. */
	bad |= clamp_s64(rank_ns - d->rank_ns, -CLAND_WINDOW_NS, CLAND_WINDOW_NS) !=
	       (s64)(rank_ns - d->rank_ns);
	t->ranked = 1;
	/* The request is visible a moment before the kernel has parked the task: try again once. */
	if (!move_parked(p, t, rank_ns) && !move_parked(p, t, rank_ns))
		return VERDICT_STALE;
	count(CLAND_STAT_decided);
	wake_cpu_after_move(p, t, rank_ns, s->flags & CLAND_SLOT_WAKEUP, now_ns);
	return bad ? VERDICT_BAD : VERDICT_DONE;
}

static __noinline enum verdict apply_one(struct cland_agent_page *page, u32 i, u64 now_ns)
{
	struct cland_decision_msg d;
	struct task_struct *p;
	struct cland_slot *s;
	enum verdict verdict;
	u32 slot;

	if (!page || i >= CLAND_BATCH_MAX)
		return VERDICT_BAD;
	d = page->batch[i]; /* a copy: the agent may write while we check */
	slot = d.slot;
	s = bpf_map_lookup_elem(&slots, &slot);
	if (!s)
		return VERDICT_BAD;
	if (!s->owner_seq || d.seq < s->owner_seq || d.seq > s->seq)
		return VERDICT_STALE;
	p = bpf_task_from_pid(s->pid);
	if (!p)
		return VERDICT_STALE;
	bpf_rcu_read_lock(); /* for the iterator and p->cpus_ptr; a syscall program holds none */
	verdict = decide(p, s, &d, now_ns);
	bpf_rcu_read_unlock();
	bpf_task_release(p);
	return verdict;
}

/* Run by the agent: carries out the batch in the agent's page. Any run is a sign of life. */
SEC("syscall")
int cland_apply(struct cland_apply_args *args)
{
	struct cland_agent_page *page;
	u64 now_ns = bpf_ktime_get_ns();
	u32 zero = 0, nr = args->nr, i;

	last_apply_ns = now_ns;
	agent_silent = false;
	args->nr_applied = args->nr_stale = args->nr_bad = 0;
	page = bpf_map_lookup_elem(&agent_page, &zero);
	if (!page)
		return 0;
	bpf_for(i, 0, nr) {
		enum verdict verdict;

		if (i >= CLAND_BATCH_MAX)
			break;
		verdict = apply_one(page, i, now_ns);
		if (verdict == VERDICT_STALE) {
			args->nr_stale++;
			count(CLAND_STAT_stale);
		} else if (verdict == VERDICT_BAD) {
			args->nr_bad++;
			count(CLAND_STAT_bad);
		} else {
			args->nr_applied++;
		}
	}
	return 0;
}

/* Run by a process of ours: the stub knows it from now on, also across an exec. */
SEC("syscall")
int cland_register(struct cland_register_args *args)
{
	struct task_struct *p = bpf_get_current_task_btf();

	args->pid = p->tgid;
	if (args->role == CLAND_ROLE_SUPERVISOR) {
		supervisor_tgid = p->tgid;
	} else if (args->role == CLAND_ROLE_AGENT) {
		last_apply_ns = bpf_ktime_get_ns();
		agent_silent = true; /* not to be asked before its first sign of life */
		agent_tgid = p->tgid;
	} else {
		return -22; /* EINVAL */
	}
	return 0;
}

/* The agent's death is known at once: nobody is asked any more, and what is parked is rescued. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(cland_process_exit, struct task_struct *p)
{
	if (p->pid == agent_tgid)
		agent_tgid = 0;
	return 0;
}

/* ---- CPUs come and go ------------------------------------------------------------------------ */

/*
 * A CPU that goes offline no longer calls ops.dispatch, and waits until its tasks are gone; the
 * kernel moves, and if need be frees from its affinity, only what it finds in the CPU's local queue.
 * So put there whatever is in a queue and is an offline CPU's.
 */
static __noinline void drain_queue(u64 dsq_id)
{
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;

	if (!bpf_iter_scx_dsq_new(&it, dsq_id, 0)) {
		while ((p = bpf_iter_scx_dsq_next(&it))) {
			s32 cpu = scx_bpf_task_cpu(p);
			struct cpu_ctx *c = cpu_get(cpu);

			if (c && c->offline && scx_bpf_dsq_move(&it, p, DSQ_LOCAL_ON | (u32)cpu, 0))
				count(CLAND_STAT_drained);
		}
	}
	bpf_iter_scx_dsq_destroy(&it);
}

static __noinline void drain_shared(void)
{
	drain_queue(DSQ_EXPRESS);
	drain_queue(DSQ_STARVED);
	drain_queue(DSQ_PARK);
}

SEC("struct_ops/cland_cpu_offline")
void BPF_PROG(cland_cpu_offline, s32 cpu)
{
	struct cpu_ctx *c = cpu_get(cpu);
	struct queue *q;

	if (!c)
		return;
	q = queue_get(c->llc);
	if (q && !c->offline) {
		__sync_fetch_and_add(&q->nr_cpus, -1);
		__sync_fetch_and_add(&nr_offline, 1);
	}
	c->offline = 1;
	c->curr_rate = 0;
	bpf_rcu_read_lock();
	drain_queue(dsq_of(nr_llcs + cpu));
	drain_queue(dsq_of(c->llc));
	drain_shared();
	bpf_rcu_read_unlock();
}

SEC("struct_ops/cland_cpu_online")
void BPF_PROG(cland_cpu_online, s32 cpu)
{
	struct cpu_ctx *c = cpu_get(cpu);
	struct queue *q;

	if (!c)
		return;
	q = queue_get(c->llc);
	if (q && c->offline) {
		__sync_fetch_and_add(&q->nr_cpus, 1);
		__sync_fetch_and_add(&nr_offline, -1);
	}
	c->offline = 0;
}

/* ---- nobody waits for ever ------------------------------------------------------------------- */

/* The longest waiting tasks are among the last in rank: look at the last 64 of each queue. */
static __noinline void serve_starved(u32 queue, u64 now_ns)
{
	struct cpu_ctx *c = scan_begin(64);
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;

	if (!c)
		return;
	if (!bpf_iter_scx_dsq_new(&it, dsq_of(queue), kconst(scx_dsq_iter_flags,
							     SCX_DSQ_ITER_REV))) {
		while (scan_next(c) && (p = bpf_iter_scx_dsq_next(&it))) {
			struct task_ctx *t = task_get(p);

			if (!t || !is_older(t->queued_ns, now_ns, STARVED_NS))
				continue;
			scx_bpf_dsq_move_set_slice(&it, STARVED_SLICE_NS);
			if (!scx_bpf_dsq_move(&it, p, DSQ_STARVED, 0))
				continue;
			some_starved = true;
			t->ranked = 0; /* far from the clock's place */
			t->starved = 1;
			count(CLAND_STAT_starved);
			scx_bpf_kick_cpu(scx_bpf_task_cpu(p),
					 kconst(scx_kick_flags, SCX_KICK_IDLE));
		}
	}
	bpf_iter_scx_dsq_destroy(&it);
}

static int janitor_fired(void *map, int *key, struct timer *timer)
{
	u64 now_ns = bpf_ktime_get_ns();
	bool waiting = false;
	u32 queue, cpu;

	if (scx_bpf_dsq_nr_queued(DSQ_PARK)) {
		bpf_rcu_read_lock();
		rescue_parked(now_ns);
		bpf_rcu_read_unlock();
	}
	if (some_starved && !scx_bpf_dsq_nr_queued(DSQ_STARVED))
		some_starved = false;
	bpf_for(queue, 0, nr_llcs + nr_cpu_ids) {
		if (!scx_bpf_dsq_nr_queued(dsq_of(queue)))
			continue;
		waiting = true;
		bpf_rcu_read_lock();
		if (nr_offline) /* queued while its CPU went offline */
			drain_queue(dsq_of(queue));
		serve_starved(queue, now_ns);
		bpf_rcu_read_unlock();
	}
	/* A CPU on its way to idle may have missed somebody: only idle ones take notice. */
	if (waiting) {
		bpf_for(cpu, 0, nr_cpu_ids)
			scx_bpf_kick_cpu(cpu, kconst(scx_kick_flags, SCX_KICK_IDLE));
	}
	if (nr_offline) {
		bpf_rcu_read_lock();
		drain_shared();
		bpf_rcu_read_unlock();
	}
	bpf_timer_start(&timer->timer, JANITOR_NS, 0);
	return 0;
}

/* ---- start and end --------------------------------------------------------------------------- */

static __always_inline s32 timers_start(void)
{
	u32 janitor_key = TIMER_JANITOR, park_key = TIMER_PARK;
	struct timer *janitor = bpf_map_lookup_elem(&timers, &janitor_key);
	struct timer *park = bpf_map_lookup_elem(&timers, &park_key);

	if (!janitor || !park)
		return -2; /* ENOENT */
	bpf_timer_init(&janitor->timer, &timers, 1 /* CLOCK_MONOTONIC */);
	bpf_timer_init(&park->timer, &timers, 1);
	bpf_timer_set_callback(&janitor->timer, janitor_fired);
	bpf_timer_set_callback(&park->timer, park_timer_fired);
	return bpf_timer_start(&janitor->timer, JANITOR_NS, 0);
}

SEC("struct_ops.s/cland_init")
s32 BPF_PROG(cland_init)
{
	u32 queue, cpu;
	s32 err;

	err = scx_bpf_create_dsq(DSQ_PARK, -1);
	if (!err)
		err = scx_bpf_create_dsq(DSQ_EXPRESS, -1);
	if (!err)
		err = scx_bpf_create_dsq(DSQ_STARVED, -1);
	if (err)
		return err;
	bpf_for(queue, 0, nr_llcs + nr_cpu_ids) {
		struct queue *q = queue_get(queue);

		if (!q)
			return -2; /* ENOENT */
		q->clock_ns = CLOCK_START_NS;
		err = scx_bpf_create_dsq(dsq_of(queue), -1);
		if (err)
			return err;
	}
	bpf_for(cpu, 0, nr_cpu_ids) {
		struct cpu_ctx *c = cpu_get(cpu);
		u32 *llc = bpf_map_lookup_elem(&llc_of_cpu, &cpu);

		struct queue *q;

		if (!c || !llc || *llc >= nr_llcs)
			return -2; /* ENOENT */
		c->llc = *llc;
		q = queue_get(*llc);
		if (q)
			q->nr_cpus++;
	}
	return timers_start();
}

SEC("struct_ops/cland_exit")
void BPF_PROG(cland_exit, struct scx_exit_info *info)
{
	u32 zero = 0;
	void *dump;
	u64 *bell;

	bpf_probe_read_kernel_str(exit_info.reason, sizeof(exit_info.reason), info->reason);
	bpf_probe_read_kernel_str(exit_info.msg, sizeof(exit_info.msg), info->msg);
	dump = bpf_map_lookup_elem(&exit_dump, &zero);
	if (dump)
		bpf_probe_read_kernel_str(dump, exit_dump_len, info->dump);
	exit_info.exit_code = info->exit_code;
	__sync_lock_test_and_set(&exit_info.kind, info->kind); /* last: the supervisor looks at it */
	bell = bpf_ringbuf_reserve(&exit_bell, sizeof(*bell), 0);
	if (bell) {
		*bell = 0;
		bpf_ringbuf_submit(bell, BPF_RB_FORCE_WAKEUP);
	}
}

/* ---- what the kernel's debug dump says of us ------------------------------------------------- */

#define dump_line(fmt, args...)                                                                    \
	({                                                                                         \
		static char dump_fmt[] = fmt;                                                      \
		unsigned long long dump_args[___bpf_narg(args)];                                   \
		___bpf_fill(dump_args, args);                                                      \
		scx_bpf_dump_bstr(dump_fmt, dump_args, sizeof(dump_args));                         \
	})

SEC("struct_ops/cland_dump")
void BPF_PROG(cland_dump, struct scx_dump_ctx *dump_ctx)
{
	dump_line("cland: agent=%d silent=%d parked=%d express=%d", agent_tgid, agent_silent,
		  scx_bpf_dsq_nr_queued(DSQ_PARK), scx_bpf_dsq_nr_queued(DSQ_EXPRESS));
}

SEC("struct_ops/cland_dump_task")
void BPF_PROG(cland_dump_task, struct scx_dump_ctx *dump_ctx, struct task_struct *p)
{
	struct task_ctx *t = task_get(p);

	if (t)
		dump_line("cland: queue=%d parked=%d ranked=%d vtime=%llu queued=%llu lease=%llu",
			  t->queue, t->seq != t->answered_seq, t->ranked, t->vtime_ns, t->queued_ns,
			  t->lease.until_ns);
}

/* ---- the ops table --------------------------------------------------------------------------- */

SEC(".struct_ops.link")
struct sched_ext_ops cland = {
	.select_cpu = (void *)cland_select_cpu,
	.enqueue = (void *)cland_enqueue,
	.dispatch = (void *)cland_dispatch,
	.tick = (void *)cland_tick,
	.runnable = (void *)cland_runnable,
	.running = (void *)cland_running,
	.stopping = (void *)cland_stopping,
	.yield = (void *)cland_yield,
	.enable = (void *)cland_enable,
	.set_weight = (void *)cland_set_weight,
	.init_task = (void *)cland_init_task,
	.exit_task = (void *)cland_exit_task,
	.dump = (void *)cland_dump,
	.dump_task = (void *)cland_dump_task,
	.cpu_online = (void *)cland_cpu_online,
	.cpu_offline = (void *)cland_cpu_offline,
	.init = (void *)cland_init,
	.exit = (void *)cland_exit,
	.timeout_ms = 30000, /* the kernel's maximum */
	.name = "cland",
};
