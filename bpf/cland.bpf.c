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
 *	a kernel thread that is bound wakes up	-> its CPU's local queue, at once	[kthread]
 *	another kernel thread, or the agent	-> EXPRESS				[kthread, ours]
 *	another process of ours			-> UNHURRIED				[ours]
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
 * EXPRESS (kernel threads, the agent) is served first, and STARVED (tasks that waited too long)
 * behind it, or by turns where it never empties, but when others wait only for EXPRESS_MAX_NS on
 * one CPU, until these have had a fourth of that: a spinning agent or a busy kworker takes turns.
 *
 * REST holds the agent while it has only yielded its CPU because nobody asks: runnable, for all
 * that the kernel knows, and run by the first CPU that calls dispatch after a request. So it
 * neither goes to sleep nor is woken up for each of many requests.
 *
 * UNHURRIED (agents that get ready, end, or do not answer, and the supervisor) is served first,
 * too, but has no more than an UNHURRIED_SHARE of the machine while others wait, or a fourth of a
 * CPU: nobody waits for these, and to start an agent anew takes a lot of CPU time in one go.
 */
#include "kernel.h"
#include "kernel_constants.h"
#include "cland_msg.h"
#include "cland_path.h"

char LICENSE[] SEC("license") = "GPL";

#define U64_MAX (~0ULL)
#define NO_SLOT (~0U)

#define EXPRESS_MAX_NS 10000000ULL	/* express time on a CPU that others are still to have their part of */
#define EXPRESS_WORTH 4		/* times as much as others have: their least part is a fifth of the CPU */
#define EXPRESS_SLICE_NS 5000000ULL
#define UNHURRIED_SHARE 8		/* one in so many: of the machine's time, for all of them */
#define UNHURRIED_REST_MAX 3		/* times what they have had is for others then, at most */
#define UNHURRIED_SLICE_NS 2000000ULL
#define UNHURRIED_DEBT_MAX_NS 24000000LL	/* so long at most they wait for having had more */
#define AGENT_LOST_NS 50000000ULL	/* a silent agent answered last: it hangs, or does not run */
/*
 * An agent that rests takes its turn without interrupting anybody where tasks change so often that
 * it has it sooner than this; by then more may ask. If they change no more after all, the tick is
 * the bound.
 */
#define ROUSE_PATIENCE_NS 250000ULL
#define UNWAITED_COST 3			/* times what such a thread's time counts for as express time */
#define LAG_MAX_NS 20000000LL		/* a task is at most this far behind its queue's clock, or its credit */
#define SHIFT_MAX_NS 20000000LL		/* a CPU's own queue stays this close to its cache's */
#define FORK_COST_NS 1000000ULL		/* what a fork adds to the parent's virtual time at rate 1 */
#define FORK_DEBT_MAX_NS 5000000LL	/* ... and how far ahead of the clock that can bring anybody */
#define STARVED_SLICE_NS 2000000ULL	/* out of turn, a task gets little, and that in full */
/*
 * Waiting time after which a queued task goes first: within a second, with JANITOR_NS on top; after
 * two rounds where so many wait that it takes longer to serve each of them once, as else those who
 * rank last would be taken out of turn all the time, before those who rank first. The kernel's own
 * limit is 30 s.
 */
#define STARVED_NS 500000000LL
#define STARVED_MAX_NS 12000000000LL
/*
 * Taken out of turn in one JANITOR_NS, for each CPU that serves the queue: a third of its time.
 * More than is served in that time would make first come, first served of what has a rank.
 */
#define STARVED_PER_CPU 8
#define TICK_NS 4000000ULL	/* what a slice takes, Debian's kernels having HZ=250 */
#define CROWD_WAITING 2		/* for each CPU: where more do, turns may grow, see turn_in() */
#define WAITING_NS 1000000ULL	/* how old what is known of that may be */
#define CROWD_TURN_NS 20000000ULL	/* no further than that */
#define CROWD_ROUND_NS 400000000ULL	/* nor further than that for all who wait; two are within a second */
#define ROUND_MAX_NS 8000000000ULL	/* of all that wait in a queue, as far as shorter slices can do it */
#define JANITOR_NS 100000000ULL
#define HELD_SAMPLES 10			/* of the janitor's */
#define FREE_SAMPLES 20
#define HELD_QUIET_NS 250000000LL	/* longer than any slice */
#define OUTDATED_NS 1000000000ULL	/* after a change of policy: far longer than any enqueue takes */
#define RERANK_MAX 1000000		/* moved at once: more is not expected, and an endless walk is none */
#define RERANK_TRIES 64
#define FILLED_NS 20000000ULL	/* far longer than the rest of an enqueue takes once ops.enqueue has returned */
#define BALANCE_NS 20000000ULL
#define PARK_TIMER_NS 5000000ULL
#define RESCUE_DISPATCH_MAX 32		/* rescued in one call: a CPU that looks for a task does not do it all, */
#define RESCUE_TIMER_MAX 512		/* the timer does, for an agent that answers, and too late */
#define CLOCK_START_NS (1ULL << 42)	/* so that clock - credit does not wrap */
#define CAP_BPF 39		/* of the kernel's linux/capability.h */
#define LONG_MARGIN_SHIFT 2	/* against who computes for long the margin is a fourth, see is_sooner() */
#define CROWD_MAX 1024		/* that wait for the agent, which takes it a millisecond or so */
#define CHARGE_MAX_NS 10000000000ULL	/* more in one go would overflow the rate product */

enum {
	DSQ_PARK = 1,
	DSQ_EXPRESS,
	DSQ_STARVED,
	DSQ_UNHURRIED,
	DSQ_REST,
	DSQ_QUEUE_0 = 0x10000, /* two for each struct queue, caches first, then CPUs: see dsq_of() */
};

/*
 * Set by the supervisor between open and load. Types of globals stand in the skeleton, so they are
 * the ones that user space knows, too.
 */
KNOB __u32 nr_cpu_ids = 1;
KNOB __u32 cpu_mask = 0;		/* not less than any CPU's number: a power of two less 1 */
KNOB __u32 nr_llcs = 1;
KNOB __u32 nr_queues = 2;	/* ranked ones: nr_llcs + nr_cpu_ids */
KNOB __u32 queue_mask = 1;	/* not less than any of their numbers, such a number, too */
KNOB __u32 max_tasks = 1024;
KNOB __u32 exit_dump_len = 1;
KNOB __u64 rescue_ns = 20000000;
KNOB bool strict = false;
#define KERNEL_CONSTANT(type, name) KNOB __u64 k_##name = name;
KERNEL_CONSTANTS(KERNEL_CONSTANT)
#undef KERNEL_CONSTANT

/* Read by the supervisor. */
__u64 last_apply_ns;
__s32 agent_tgid;		/* 0: nobody to ask */
__s32 standby_tgid;		/* an agent that is getting ready; 0: none */
__s32 admitted_tgid;		/* the standby that may become the agent; 0: none */
__s32 retiring_tgid;		/* has been the agent, and is to clean up and end; 0: none */
__s32 leaving_tgid;		/* one of these that is dead and gives its memory back; 0: none */
__u64 ours_mask;		/* bit tgid % 64 of all that have ever been one of these */
__u64 unhurried_from_ns;	/* UNHURRIED has had its share until then */
__u32 policy_epoch;		/* which policy's leases hold: counts the changes of policy */
__u64 epoch_since_ns;
__s32 supervisor_tgid;	/* 0: nobody looks after us */
bool agent_silent;	/* has not answered in time; cleared by its next sign of life */
struct cland_exit_info exit_info;

__u32 nr_slots_used;	/* slots below this have been handed out at least once */
__u32 nr_offline;		/* CPUs that went offline since we attached */
__u32 nr_online;		/* CPUs */
__u32 nr_cgroups_used = 1;	/* entries below this have been handed out; see CLAND_CGROUP_NONE */
bool news_wanted;	/* set by the supervisor: some rule looks at tasks */
__u64 nr_news_lost;	/* it has not read them in time */
bool loads_wanted;	/* the policy looks at the loads of cgroups */
/* CPUs below 1024 that tasks of another class have for themselves while ours wait; a bit each. */
__u64 held_cpus[16];
__u64 express_filled_ns;	/* of DSQ_EXPRESS, see may_hold() */
__u64 caches_filled_ns;	/* of all caches' queues, where there are several */
__s32 agent_cpu;		/* where it has run last */
bool agent_yielded;		/* and has not run since */
/* What ops.dispatch has to do seldom, so that one look tells that there is none of it. */
union {
	struct {
		__u32 park_timer_armed;
		bool some_starved;	/* DSQ_STARVED may hold somebody */
		bool some_unhurried;	/* DSQ_UNHURRIED may */
		bool some_outdated;	/* tasks may be queued by ranks of the policy before */
		bool agent_wanted;	/* it rests, or was about to, and is asked; until it runs */
	};
	__u64 any;
} rare;
__u32 parked_lately;		/* since the park timer last fired */

struct queue {
	u64 clock_ns;		/* with the next, struct cland_queue_head */
	u32 is_cache;
	u32 nr_cpus;		/* online CPUs under it; 0: a CPU's own, see cpus_under() */
	u64 nr_waiting;		/* as of looked_ns, see nr_waiting() */
	u64 looked_ns;
	u64 filled_ns;		/* see may_hold() */
	u64 left_behind_ns;	/* the longest wait of those whom serve_starved() had no room for */
	/* Of a cache: how many wait in the own queue of a CPU under it, at most; as the janitor sees it. */
	u32 nr_pinned, nr_pinned_next;
	u32 has_crowd;		/* somebody's turn has been longer for it since the janitor looked */
} __attribute__((aligned(CLAND_QUEUE_BYTES)));
_Static_assert(sizeof(struct queue) == CLAND_QUEUE_BYTES &&
	       __builtin_offsetof(struct queue, is_cache) ==
		       __builtin_offsetof(struct cland_queue_head, is_cache), "others look at it");

static __always_inline u64 cpus_under(const struct queue *q)
{
	return q->nr_cpus ? q->nr_cpus : 1;
}

struct cpu_ctx {
	u32 llc;
	u32 offline;
	u32 absent;		/* ... since before we attached: not in nr_offline */
	s64 shift_ns;		/* own queue's rank + shift = rank on the cache's scale */
	u64 express_ns;		/* express time here of which ranked tasks have not had their part since */
	u64 ring_head;
	u64 balanced_ns;	/* when it last looked at the other caches */
	u64 served_ns;		/* when a task last began to run, or was kept, here */
	u64 served_gap_ns;	/* how long they run, on average */
	u32 preempted;		/* since then a task of another class has taken over */
	u32 held_samples, free_samples; /* of the janitor's, one after the other */
	u32 scan_left;		/* tasks that the scan running here may still look at */
	/* The task running here, for wake-up preemption; curr_rate 0: not to be preempted. */
	u64 curr_vtime_ns;
	u64 curr_since_ns;
	u64 curr_long_ns;	/* from when on it has computed for longer than its slice since it slept */
	u32 curr_rate;
	u32 curr_queue;
	u32 curr_express;	/* is_express() as it began to run */
} __attribute__((aligned(64))); /* each CPU writes into its own all the time */

struct lease {
	u64 until_ns;
	u64 credit_ns;
	u64 slice_ns;
	u64 preempt_ns;
	s64 offset_ns;
	u32 rate;
	u32 flags;		/* CLAND_LM_* */
	u32 epoch;		/* of the policy that gave it */
	u32 terms;		/* CLAND_TERMS_*, without the time: for those who look on */
};

struct task_ctx {
	u64 vtime_ns;		/* on the scale of queue */
	u64 queued_ns;		/* since when parked or queued */
	u64 runnable_ns;	/* since when it waits to run; 0: it does not, or that is not counted */
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
	/* What ops.running has to do seldom, so that one look tells that there is none of it. */
	union {
		struct {
			u32 ranked;	/* queued by rank: its queue's clock is there when it runs */
			u32 newborn;	/* and has not run yet */
		};
		u64 seldom;
	};
	u32 starved;		/* served out of turn: on the express account */
	u32 cut_short;		/* ... and has not had its slice: it goes there again */
	u64 ran_from_ns;	/* used_ns when it last began to run */
	u64 turn_from_ns;	/* ... and when it was last taken out of turn */
	u32 yielded;
	u32 woken_in_sync;	/* whoever woke it up is about to sleep, on the CPU that it is at */
	u32 cgroup;
	/* What is on the account of a cgroup while the task is runnable; weight 0: nothing. */
	u32 load_weight;
	u32 load_cgroup;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_ctx);
} task_ctxs SEC(".maps");

/*
 * Variables instead of maps of many values: a look takes a third of the instructions. The supervisor
 * makes it cpu_mask + 1 and queue_mask + 1 of them.
 */
static struct cpu_ctx cpus[CLAND_CPUS_MAX] SEC(".bss.cpus");
static struct cland_counts counts[CLAND_CPUS_MAX] SEC(".bss.counts");
static struct queue queues[CLAND_QUEUES_MAX] SEC(".bss.queues");

/* Which last-level cache a CPU is under; written by the supervisor before attach. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* nr_cpu_ids */
	__type(key, u32);
	__type(value, u32);
} llc_of_cpu SEC(".maps");

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

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CLAND_CGROUPS_MAX);
	__type(key, u32);
	__type(value, struct cland_cgroup_slot);
} cgroups SEC(".maps");

/* A lock cannot be in memory that user space maps. */
struct cgroup_lock {
	struct bpf_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CLAND_CGROUPS_MAX);
	__type(key, u32);
	__type(value, struct cgroup_lock);
} cgroup_locks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CLAND_CGROUPS_MAX);
	__type(key, u64);
	__type(value, u32);
} cgroup_of_id SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, CLAND_CGROUPS_MAX);
	__type(value, u32);
} free_cgroups SEC(".maps");

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

/* struct cland_news for the supervisor. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 17);
} news SEC(".maps");

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

static __always_inline struct cland_counts *counts_of(s32 cpu)
{
	return &counts[(u32)cpu & cpu_mask];
}

#include "histogram.bpf.h"

static const u32 nice_weights[] = CLAND_NICE_WEIGHTS;

/* ---- small pieces ---------------------------------------------------------------------------- */

/*
 * Most of what a start costs is the verifier's. Where a function is neither static nor inlined, it
 * checks it once by itself, not once for every way into it, and takes for granted nothing of what
 * it returns. And it costs less the fewer instructions a program has: Linux 7 follows pointers to
 * the stack through all of them, several times, before it begins. So here are such functions of
 * what branches, or stands in many places; of what walks a queue, which therefore takes the RCU
 * lock itself; and of what looks at p->cpus_ptr, at each of which it goes through the names of all
 * types of the kernel.
 */

/* For what nearly every wake-up counts: a call would be as much again. */
static __always_inline void count_inline(u32 stat)
{
	if (stat < CLAND_STAT_NR)
		counts_of(bpf_get_smp_processor_id())->stats[stat]++;
}

__noinline int count(u32 stat)
{
	count_inline(stat);
	return 0;
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

__noinline s64 clamp_s64(s64 v, s64 lo, s64 hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

/*
 * The tasks of a queue that have been ranked under the present policy, and those that have been
 * ranked under the one before: ranks of two policies do not compare.
 */
static __always_inline u64 dsq_of(u32 queue)
{
	return DSQ_QUEUE_0 + 2ULL * queue + (policy_epoch & 1);
}

static __always_inline u64 dsq_outdated(u32 queue)
{
	return DSQ_QUEUE_0 + 2ULL * queue + (~policy_epoch & 1);
}

static __always_inline struct queue *queue_get(u32 queue)
{
	return &queues[queue & queue_mask];
}

/*
 * filled_ns is when somebody was last put into a DSQ; 0: nobody since it has been empty. The kernel
 * looks for a DSQ in a hash table, which is a good part of what a wake-up costs here; so this is
 * looked at first.
 *
 * Who puts a task there notes it before, and the kernel may do so a moment later: when ops.enqueue
 * has returned, with interrupts off. So the note is taken back only FILLED_NS after it. Should a
 * hypervisor stop a CPU for as long just in between, the janitor finds the task.
 */
static __always_inline bool may_hold(const u64 *filled_ns)
{
	return *(const volatile u64 *)filled_ns;
}

/* Before somebody is put there. (Where time begins with 0, as in simulations, that would say the opposite.) */
static __always_inline void fills(u64 *filled_ns, u64 now_ns)
{
	*filled_ns = now_ns | 1;
}

/* The same for a queue. Of caches' the common note is not written over and over by all CPUs. */
static __always_inline void fills_queue(u32 queue, u64 now_ns)
{
	fills(&queue_get(queue)->filled_ns, now_ns);
	if (nr_llcs > 1 && queue < nr_llcs &&
	    (!may_hold(&caches_filled_ns) || is_older(caches_filled_ns, now_ns, FILLED_NS / 2)))
		fills(&caches_filled_ns, now_ns);
}

/* How many are in a DSQ that may_hold() somebody. now_ns: now, or any time before. */
__noinline int nr_held(u64 *filled_ns, u64 dsq_id, u64 now_ns)
{
	u64 then_ns;
	int nr;

	if (!filled_ns)
		return 0;
	then_ns = *(volatile u64 *)filled_ns;
	nr = scx_bpf_dsq_nr_queued(dsq_id);
	/* Not if somebody has noted another one since. */
	if (!nr && is_older(then_ns, now_ns, FILLED_NS))
		__sync_val_compare_and_swap(filled_ns, then_ns, 0);
	return nr;
}

/*
 * Neither this nor queue_get() returns NULL, which would be a branch for the verifier: what is no
 * CPU's number is taken for another one's.
 */
static __always_inline struct cpu_ctx *cpu_get(s32 cpu)
{
	return &cpus[(u32)cpu & cpu_mask];
}

/*
 * Bounds on walks through a queue. The count lives in a map: in a register the verifier would
 * follow it through every step of the loop.
 */
static __always_inline struct cpu_ctx *scan_begin(u32 max)
{
	struct cpu_ctx *c = cpu_get(bpf_get_smp_processor_id());

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

/* NULL: the table was full. */
static __always_inline struct cland_slot *slot_of(const struct task_ctx *t)
{
	u32 slot = t->slot;

	return bpf_map_lookup_elem(&slots, &slot);
}

__noinline int is_ours(s32 tgid)
{
	/* Volatile, or the compiler reads and compares all of them first. */
	if (tgid == *(volatile __s32 *)&agent_tgid)
		return true;
	return tgid == supervisor_tgid || tgid == standby_tgid || tgid == retiring_tgid ||
	       tgid == leaving_tgid;
}

/*
 * One of ours that no task waits for, as nobody waits for an agent that does not answer at all; one
 * that is late has much to decide. One that is admitted may be about to become the agent.
 */
__noinline int is_unhurried(s32 tgid)
{
	if (tgid == agent_tgid)
		return agent_silent && is_older(last_apply_ns, bpf_ktime_get_ns(), AGENT_LOST_NS);
	return is_ours(tgid) && tgid != admitted_tgid;
}

/* Before it is one of ours. */
static __always_inline void will_be_ours(s32 tgid)
{
	__sync_fetch_and_or(&ours_mask, 1ULL << (tgid & 63));
}

/* Most tasks are not, which one look tells. */
static __always_inline bool is_express(const struct task_struct *p)
{
	return (p->flags & PF_KTHREAD) || (ours_mask >> (p->tgid & 63) & 1 && is_ours(p->tgid));
}

__noinline int may_run_on(struct task_struct *p __arg_trusted, s32 cpu)
{
	int may;

	bpf_rcu_read_lock();
	may = bpf_cpumask_test_cpu(cpu, p->cpus_ptr);
	bpf_rcu_read_unlock();
	return may;
}

/* An idle CPU that p may run on, idle no more; negative when there is none. */
__noinline s32 pick_idle_cpu_of(struct task_struct *p __arg_trusted)
{
	s32 cpu;

	bpf_rcu_read_lock();
	cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	bpf_rcu_read_unlock();
	return cpu;
}

__noinline u32 weight_by(int static_prio, u32 policy)
{
	u32 prio = static_prio - (STATIC_PRIO_NICE_0 - 20);

	if (policy == SCHED_POLICY_IDLE)
		return 3;
	return prio < 40 ? nice_weights[prio] : 1024;
}

static __always_inline u32 weight_of(const struct task_struct *p)
{
	return weight_by(p->static_prio, p->policy);
}

static __always_inline void lease_default(struct lease *lease, u32 weight)
{
	lease->until_ns = 0;
	lease->credit_ns = CLAND_SLICE_DEFAULT_NS;
	lease->slice_ns = CLAND_SLICE_DEFAULT_NS;
	lease->preempt_ns = 0;
	lease->offset_ns = 0;
	lease->rate = (u32)((1024ULL << CLAND_RATE_SHIFT) / weight);
	lease->flags = CLAND_LM_KEEP;
	lease->terms = 0;
}

/*
 * lease_holds - whether the task is ranked without asking. A lease of another policy than the one
 * that decides now does not, but is what the task falls back to when nobody answers.
 */
static __always_inline bool lease_holds(const struct lease *lease, u64 now_ns)
{
	return now_ns < lease->until_ns && lease->epoch == policy_epoch;
}

/* An offset is a place in its own policy's order, and says nothing in another one's. */
static __always_inline s64 lease_offset(const struct lease *lease)
{
	return lease->epoch == policy_epoch ? lease->offset_ns : 0;
}

/* ---- for those who look on ------------------------------------------------------------------- */

/*
 * Here programs of others can attach (core/clandctl/watch_stub.c): of every program of this object
 * that calls it there is one of its own. Nobody looks as a rule, and then each is a call that does
 * nothing. Not static, so that the verifier and those who attach know the arguments; nor may the
 * compiler see that they are of no use.
 */

/*
 * cland_takes_way - a task takes a way: path, an enum cland_path, and place << 32, a CLAND_PLACE_*;
 * its pid, and slice_ns << 32, what it gets there; its place in a ranked queue, or 0; what it holds
 * of the policy, CLAND_TERMS_*; when that was, or 0 for now: it may run already. Called otherwise
 * if it ever means something else, so that nobody who looks on takes one for the other.
 */
__noinline int cland_takes_way(u64 path_place, u64 pid_slice, u64 rank_ns, u64 terms, u64 when_ns)
{
	asm volatile("" : : "r"(path_place), "r"(pid_slice), "r"(rank_ns), "r"(terms), "r"(when_ns));
	return 0;
}

/* cland_policy_begins - another policy than before, or one with other parameters, decides from now on. */
__noinline int cland_policy_begins(u64 agent_pid)
{
	asm volatile("" : : "r"(agent_pid));
	return 0;
}

/*
 * What a policy that decides no longer has said says nothing now. Without a branch, which would
 * have the verifier go on from here twice, wherever a task takes a way.
 */
static __always_inline u64 terms_inline(const struct task_ctx *t)
{
	const struct lease *lease = &t->lease;
	u64 differs = lease->epoch ^ policy_epoch;

	/* Nor may the compiler make one of it. */
	asm volatile("" : "+r"(differs));
	/* All ones if it is 0; it has 32 bits. */
	return (lease->terms | lease->until_ns >> CLAND_TERMS_TIME_SHIFT << CLAND_TERMS_UNTIL_SHIFT) &
	       (u64)((s64)(differs - 1) >> 63);
}

static __noinline u64 terms_of(const struct task_ctx *t)
{
	return terms_inline(t);
}

static __always_inline void takes_on_terms(enum cland_path path, u32 place, const struct task_struct *p,
					   u64 terms, u64 rank_ns, u64 slice_ns, u64 when_ns)
{
	cland_takes_way(path | (u64)place << 32, (u32)p->pid | slice_ns << 32, rank_ns, terms, when_ns);
}

/* t is NULL where no policy has a say. */
static __always_inline void takes(enum cland_path path, u32 place, const struct task_struct *p,
				  const struct task_ctx *t, u64 rank_ns, u64 slice_ns, u64 when_ns)
{
	takes_on_terms(path, place, p, t ? terms_of(t) : 0, rank_ns, slice_ns, when_ns);
}

/* ---- into a queue, and out of it ------------------------------------------------------------- */

__noinline int insert(struct task_struct *p __arg_trusted, u64 dsq_id, u64 slice_ns, u64 enq_flags)
{
	k_dsq_insert(p, dsq_id, slice_ns, enq_flags);
	return 0;
}

__noinline int set_slice(struct task_struct *p __arg_trusted, u64 slice_ns)
{
	k_set_slice(p, slice_ns);
	return 0;
}

/* Only from ops.dispatch, as is what calls them. Return whether this CPU has something to run. */

__noinline int move_to_local(u64 dsq_id)
{
	return k_dsq_move_to_local(dsq_id);
}

__noinline int serve(u64 dsq_id)
{
	return scx_bpf_dsq_nr_queued(dsq_id) && k_dsq_move_to_local(dsq_id);
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
	s64 ahead_ns = t->vtime_ns - q->clock_ns, lag_max_ns = LAG_MAX_NS;

	if (ahead_ns > CLAND_WINDOW_NS) {
		t->vtime_ns = q->clock_ns + CLAND_WINDOW_NS;
	} else if (ahead_ns < -lag_max_ns) {
		/* Its policy may allow it more. */
		if ((s64)t->lease.credit_ns > lag_max_ns)
			lag_max_ns = t->lease.credit_ns;
		if (ahead_ns < -lag_max_ns)
			t->vtime_ns = q->clock_ns - lag_max_ns;
	}
}

/*
 * charge - bring the task's virtual time up to date with the CPU time it has used. While nobody
 * waits in its queue the clock follows it: time used when the CPU was free is not held against a
 * task later (the old hogs of HAZARDS 81). replaced: another one takes its CPU, and has left the
 * queue already, which then says nothing; a clock ahead of that one would have sleepers come back
 * too late. Returns the CPU time used since the last charge.
 */
static __always_inline u64 charge_inline(struct task_struct *p, struct task_ctx *t, bool replaced)
{
	struct queue *q;
	u64 used_ns;

	used_ns = p->se.sum_exec_runtime - t->charged_ns;
	t->charged_ns += used_ns;
	if (used_ns > CHARGE_MAX_NS)
		used_ns = CHARGE_MAX_NS;
	t->used_ns += used_ns;
	t->since_wakeup_ns += used_ns;
	t->vtime_ns += used_ns * t->lease.rate >> CLAND_RATE_SHIFT;
	q = queue_get(t->queue);
	/*
	 * Who is parked waits, too, and may belong here; the timer runs while anything is parked. As
	 * a rule an agent that is wanted, and has not run since, is to answer somebody.
	 */
	if (!replaced && before(q->clock_ns, t->vtime_ns) &&
	    !(may_hold(&q->filled_ns) && scx_bpf_dsq_nr_queued(dsq_of(t->queue))) &&
	    !(rare.park_timer_armed && (rare.agent_wanted || scx_bpf_dsq_nr_queued(DSQ_PARK))) &&
	    !(rare.some_outdated && scx_bpf_dsq_nr_queued(dsq_outdated(t->queue))))
		q->clock_ns = t->vtime_ns;
	else
		limit_distance(q, t);
	return used_ns;
}

__noinline u64 charge(struct task_struct *p __arg_trusted, struct task_ctx *t, bool replaced)
{
	return t ? charge_inline(p, t, replaced) : 0;
}

/* A ranked task has had the CPU. */
static __always_inline void express_pay_back(struct cpu_ctx *c, u64 used_ns)
{
	if (!c->express_ns)
		return;
	c->express_ns -= EXPRESS_WORTH * used_ns < c->express_ns ? EXPRESS_WORTH * used_ns : c->express_ns;
}

/*
 * task_requeue - choose the queue the task belongs to and move its virtual time to that queue's
 * scale. Under the task's runqueue lock. Returns the queue.
 */
static __always_inline struct queue *task_requeue(struct task_struct *p, struct task_ctx *t)
{
	s32 cpu = k_task_cpu(p);
	struct cpu_ctx *c = cpu_get(cpu);
	struct queue *to;
	u32 queue;

	queue = p->nr_cpus_allowed == 1 && !c->offline ? nr_llcs + cpu : c->llc;
	to = queue_get(queue);
	if (t->queue != queue) {
		t->vtime_ns += to->clock_ns - queue_get(t->queue)->clock_ns;
		t->queue = queue;
	}
	limit_distance(to, t);
	return to;
}

/* A sleeper may come back at most its credit behind the clock. */
static __always_inline void limit_credit(const struct queue *q, struct task_ctx *t)
{
	if (before(t->vtime_ns, q->clock_ns - t->lease.credit_ns))
		t->vtime_ns = q->clock_ns - t->lease.credit_ns;
}

/* Keep a rank within the window around its queue's clock. */
static __always_inline u64 rank_within(const struct queue *q, u64 rank_ns)
{
	return q->clock_ns + clamp_s64(rank_ns - q->clock_ns, -CLAND_WINDOW_NS, CLAND_WINDOW_NS);
}

__noinline u64 rank_clamp(u32 queue, u64 rank_ns)
{
	return rank_within(queue_get(queue), rank_ns);
}

static __always_inline u64 lease_rank(const struct task_ctx *t)
{
	return rank_clamp(t->queue, t->vtime_ns + lease_offset(&t->lease));
}

/* ---- waking CPUs ----------------------------------------------------------------------------- */

/*
 * The CPU's own queue and its cache's have clocks of their own. Let the own queue lag or lead by
 * at most SHIFT_MAX_NS on the cache's scale: pinned tasks crowded on one CPU can neither pile up a
 * claim against everybody else nor be put off for ever. Returns what shift_ns is by that.
 */
static __always_inline s64 shift_limited(const struct cpu_ctx *c, const struct queue *own,
					 const struct queue *llc)
{
	s64 lead_ns = own->clock_ns + c->shift_ns - llc->clock_ns;

	return c->shift_ns + clamp_s64(lead_ns, -SHIFT_MAX_NS, SHIFT_MAX_NS) - lead_ns;
}

/*
 * Rank of the first task of the queue that the CPU may run, or U64_MAX. Looks at the first 32 only:
 * behind as many that it may not run there may be one, taken to be where the queue's clock is.
 */
__noinline u64 head_rank(u32 queue, s32 cpu)
{
	struct cpu_ctx *c = scan_begin(32);
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;
	struct queue *q = queue_get(queue);
	u64 rank_ns = U64_MAX;

	bpf_rcu_read_lock();
	if (!bpf_iter_scx_dsq_new(&it, dsq_of(queue), 0)) {
		while (scan_next(c) && (p = bpf_iter_scx_dsq_next(&it))) {
			if (!may_run_on(p, cpu))
				continue;
			rank_ns = p->scx.dsq_vtime;
			break;
		}
		if (rank_ns == U64_MAX && !c->scan_left)
			rank_ns = q->clock_ns;
	}
	bpf_iter_scx_dsq_destroy(&it);
	bpf_rcu_read_unlock();
	return rank_ns;
}

/*
 * Whether what runs on the CPU ranks behind a task of that queue and rank by more than the margin,
 * so that it is to be preempted; asked once for each. Each is of the CPU's own queue or its cache's.
 * margins: in a crowd, upper half, and the lease's, see turn_in().
 *
 * The margin is for tasks that wake each other up, of whom each would be interrupted as soon as it
 * has left the next one something to do. So it is smaller where an interrupt wakes somebody up (a
 * timer, a device), and who runs has computed for long without sleeping. A softirq on its own CPU
 * does not count: it may be what who runs there has sent to another task by way of the network.
 */
__noinline int is_sooner(u32 queue, s32 cpu, u64 rank_ns, u64 margins, u64 now_ns)
{
	struct cpu_ctx *c = cpu_get(cpu);
	u64 margin_ns = margins >> 32, curr_ns;
	s64 ran_ns;

	if (!c->curr_rate)
		return false;
	/* Since the last tick; more than a second is a CPU without ticks. */
	ran_ns = clamp_s64(now_ns - c->curr_since_ns, 0, CLAND_WINDOW_NS);
	curr_ns = c->curr_vtime_ns + ((u64)ran_ns * c->curr_rate >> CLAND_RATE_SHIFT);
	if (c->curr_queue != queue) {
		u32 own_id = nr_llcs + cpu;
		struct queue *own = queue_get(own_id), *llc = queue_get(c->llc);

		if (queue == own_id && c->curr_queue == c->llc)
			rank_ns += shift_limited(c, own, llc);
		else if (queue == c->llc && c->curr_queue == own_id)
			curr_ns += shift_limited(c, own, llc);
		else
			return false;
	}
	if (!before(now_ns, c->curr_long_ns) && k_in_interrupt_of_others(cpu))
		margin_ns = (u32)margins >> LONG_MARGIN_SHIFT;
	if (!before(rank_ns + margin_ns, curr_ns))
		return false;
	c->curr_rate = 0; /* one preemption is enough */
	count(CLAND_STAT_preempted);
	return true;
}

/* Whether somebody in the queue whom the CPU may run ranks before that. */
static __always_inline bool holds_sooner(u32 queue, s32 cpu, u64 rank_ns)
{
	u64 head_ns;

	if (!may_hold(&queue_get(queue)->filled_ns))
		return false;
	head_ns = head_rank(queue, cpu);
	return head_ns != U64_MAX && before(head_ns, rank_ns);
}

/* Whether the CPU would find nobody sooner than a task of that queue and rank. */
__noinline int is_first(u32 queue, s32 cpu, u64 rank_ns)
{
	struct cpu_ctx *c = cpu_get(cpu);
	u32 own_id = nr_llcs + cpu, llc_id = c->llc;
	s64 shift_ns;

	if (rare.any || may_hold(&express_filled_ns) || scx_bpf_dsq_nr_queued(DSQ_LOCAL_ON | (u32)cpu))
		return false;
	shift_ns = shift_limited(c, queue_get(own_id), queue_get(llc_id));
	return !holds_sooner(own_id, cpu, queue == own_id ? rank_ns : rank_ns - shift_ns) &&
	       !holds_sooner(llc_id, cpu, queue == own_id ? rank_ns + shift_ns : rank_ns);
}

/* An idle CPU that looks into the queue and may run p, idle no more; negative when there is none. */
__noinline s32 pick_idle_cpu_for(struct task_struct *p __arg_trusted, u32 queue)
{
	s32 cpu;

	if (queue < nr_llcs)
		return pick_idle_cpu_of(p);
	cpu = k_task_cpu(p);
	return scx_bpf_test_and_clear_cpu_idle(cpu) ? cpu : -1;
}

/*
 * The same for a task moved to its queue from outside of its runqueue's lock: its CPU may have
 * found nothing, and be on its way to idle without saying so yet. Not one that runs a ranked task:
 * that stops before its CPU looks for another one. (A kick costs an interrupt on this CPU, whatever
 * comes of it.)
 */
__noinline int wake_cpu_after_move(struct task_struct *p __arg_trusted, u32 queue, u64 rank_ns, u64 margins,
				   u64 now_ns)
{
	s32 cpu = k_task_cpu(p), idle = pick_idle_cpu_for(p, queue);
	struct cpu_ctx *c = cpu_get(cpu);

	if (idle >= 0)
		scx_bpf_kick_cpu(idle, k_SCX_KICK_IDLE);
	else if (margins && is_sooner(queue, cpu, rank_ns, margins, now_ns))
		scx_bpf_kick_cpu(cpu, k_SCX_KICK_PREEMPT);
	if (!c->curr_rate)
		scx_bpf_kick_cpu(cpu, k_SCX_KICK_IDLE);
	return 0;
}

/* ---- requests -------------------------------------------------------------------------------- */

static __always_inline void slot_fill(struct cland_slot *s, struct task_struct *p,
				      struct task_ctx *t, u32 flags, u64 now_ns)
{
	s->now_ns = now_ns;
	s->vtime_ns = t->vtime_ns;
	s->clock_ns = queue_get(t->queue)->clock_ns;
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
	s->cpu = k_task_cpu(p);
	s->nr_cpus_allowed = p->nr_cpus_allowed;
	s->queue = t->queue;
	s->cgroup = t->cgroup;
	s->flags = flags | (p->nr_cpus_allowed == 1 ? CLAND_SLOT_PINNED : 0) |
		   (p->flags & PF_KTHREAD ? CLAND_SLOT_KTHREAD : 0);
	__builtin_memcpy(s->comm, p->comm, sizeof(s->comm));
}

/*
 * The agent has yielded its CPU until somebody asks. What it says of itself in its page may change
 * at any time; that it has yielded is the kernel's word. Not one that may run on some CPUs only:
 * whichever has time is to take it out of REST. Nor one whose decisions have not been carried out,
 * as the kernel has not called ops.dispatch: it is to run cland_apply.
 */
static __always_inline bool is_at_rest(const struct task_struct *p)
{
	struct cland_agent_page *page;
	u32 zero = 0;

	if (p->pid != agent_tgid || !agent_yielded || agent_silent ||
	    (u32)p->nr_cpus_allowed < nr_cpu_ids)
		return false;
	page = bpf_map_lookup_elem(&agent_page, &zero);
	return page && page->waits == CLAND_AGENT_AT_REST && !page->nr_yielded;
}

static __always_inline void agent_runs(void)
{
	agent_yielded = false;
	rare.agent_wanted = false;
}

/* The agent rests, which it does only if it may run anywhere. */
static __always_inline s32 pick_idle_cpu_of_all(void)
{
	const struct cpumask *online = scx_bpf_get_online_cpumask();
	s32 cpu = scx_bpf_pick_idle_cpu(online, 0);

	scx_bpf_put_cpumask(online);
	return cpu;
}

/* p asks an agent that rests: have a CPU take it out of there. */
__noinline int rouse_agent(struct task_struct *p __arg_trusted, bool woken_in_sync, bool wakeup, u64 now_ns)
{
	s32 cpu = agent_cpu;
	struct cpu_ctx *c;

	rare.agent_wanted = true;
	if (woken_in_sync)
		return 0; /* this CPU, in a moment; if not, at the next tick */
	if (!scx_bpf_dsq_nr_queued(DSQ_REST)) {
		/* Between yielding and getting there. Its CPU is to look once more, after that. */
		scx_bpf_kick_cpu(cpu, 0);
		return 0;
	}
	/* Idle, p's CPU looks by itself: the kernel sees a task that has become runnable there. */
	if (wakeup && scx_bpf_test_and_clear_cpu_idle(k_task_cpu(p)))
		return 0;
	if (!scx_bpf_test_and_clear_cpu_idle(cpu)) {
		s32 idle = pick_idle_cpu_of(p);

		/* Best one that p may run on. But what holds p's may be a task of another class. */
		if (idle < 0 && (u32)p->nr_cpus_allowed < nr_cpu_ids)
			idle = pick_idle_cpu_of_all();
		if (idle < 0) {
			c = cpu_get(cpu);
			if (c->served_gap_ns > ROUSE_PATIENCE_NS ||
			    is_older(c->served_ns, now_ns, ROUSE_PATIENCE_NS))
				scx_bpf_kick_cpu(cpu, k_SCX_KICK_PREEMPT);
			else if (cpu != k_task_cpu(p)) /* it may be on its way to idle */
				scx_bpf_kick_cpu(cpu, k_SCX_KICK_IDLE);
			return 0;
		}
		cpu = idle;
	}
	scx_bpf_kick_cpu(cpu, k_SCX_KICK_IDLE);
	return 0;
}

/*
 * There is something new on this CPU's ring. The agent takes the bit, then reads head, where we do
 * the reverse, with a full barrier in between: one that is still there it will take, and find the
 * new head.
 */
static __always_inline void note_asked(struct cland_agent_page *page, u32 cpu)
{
	u64 *word = &page->asked[cpu / CLAND_ASKED_BITS % CLAND_ASKED_WORDS];
	u64 bit = 1ULL << cpu % CLAND_ASKED_BITS, others;

	if (*(volatile u64 *)word & bit)
		return;
	/* As good as an or, as nobody else sets this bit, and not a loop of compare and exchange. */
	others = __sync_fetch_and_add(word, bit);
	/* A full barrier, for what is looked at next: one whose result is not used would be none. */
	asm volatile("" : : "r"(others));
}

static __always_inline void ring_doorbell(struct task_struct *p, struct task_ctx *t, u32 cpu, bool wakeup,
					  u64 now_ns)
{
	struct cland_agent_page *page;
	u32 zero = 0, waits;
	u64 *bell;

	page = bpf_map_lookup_elem(&agent_page, &zero);
	if (!page)
		return;
	note_asked(page, cpu);
	waits = page->waits;
	if (waits == CLAND_AGENT_AWAKE) {
		/* Left to a CPU that was to look soon: now there may be a better one. */
		if (rare.agent_wanted && scx_bpf_dsq_nr_queued(DSQ_REST))
			rouse_agent(p, t->woken_in_sync, wakeup, now_ns);
		return;
	}
	/*
	 * What it is now, and to whoever asks at the same time it is awake: between the look above
	 * and a store it may have been roused by another CPU, and wait in the other way by now.
	 */
	waits = __sync_lock_test_and_set(&page->waits, CLAND_AGENT_AWAKE);
	if (waits == CLAND_AGENT_AWAKE)
		return;
	if (waits == CLAND_AGENT_AT_REST) {
		rouse_agent(p, t->woken_in_sync, wakeup, now_ns);
		return;
	}
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
	if (rare.park_timer_armed)
		return;
	timer = bpf_map_lookup_elem(&timers, &key);
	if (!timer)
		return;
	rare.park_timer_armed = 1;
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
	struct cland_slot *s = slot_of(t);
	struct cland_ring *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct cpu_ctx *c = cpu_get(cpu);
	struct cland_request *req;
	u64 head, tail;

	if (!s || !ring)
		return false;
	head = c->ring_head; /* ours: the one in shared memory the agent could write over */
	tail = ring->tail;
	if (head - tail > CLAND_RING_ENTRIES)
		ring->tail = tail = head; /* as it has this one: the next agent is to be asked */
	/* One that has something unread has too much to do; as a rule there is nothing. */
	if (head - tail >= CLAND_RING_ENTRIES ||
	    (head != tail && scx_bpf_dsq_nr_queued(DSQ_PARK) >= CROWD_MAX)) {
		count(CLAND_STAT_ring_full);
		return false;
	}
	t->seq = s->seq_begin = s->seq + 1;
	barrier();
	slot_fill(s, p, t, flags, now_ns);
	barrier();
	s->seq = t->seq;
	req = &ring->req[head & (CLAND_RING_ENTRIES - 1)];
	req->slot = t->slot;
	req->seq = t->seq;
	t->queued_ns = now_ns;
	/*
	 * A full barrier: what was written before is seen with the new head, and the agent says how
	 * it waits, then looks, where we do the reverse.
	 */
	c->ring_head = head + 1;
	__sync_lock_test_and_set(&ring->head, head + 1);
	ring_doorbell(p, t, cpu, flags & CLAND_SLOT_WAKEUP, now_ns);
	return true;
}

/* How many wait in the queue; a little while ago, as the kernel looks a DSQ up for each answer. */
static __always_inline u64 nr_waiting(struct queue *q, u32 queue, u64 now_ns)
{
	if (is_older(q->looked_ns, now_ns, WAITING_NS)) {
		q->looked_ns = now_ns;
		q->nr_waiting = (u32)scx_bpf_dsq_nr_queued(dsq_of(queue));
	}
	return q->nr_waiting;
}

/*
 * How many wait beside a queue's own, in proportion to its CPUs: a CPU serves its own queue and its
 * cache's by turns.
 */
static __always_inline u64 nr_beside(const struct queue *q, u32 queue)
{
	const struct queue *llc;

	if (queue < nr_llcs)
		return q->nr_pinned * cpus_under(q);
	llc = queue_get(cpu_get(queue - nr_llcs)->llc);
	return llc->nr_waiting / cpus_under(llc);
}

/*
 * A turn in a crowd, which is where more than CROWD_WAITING wait for each CPU: each waits for several
 * turns of others anyway, and short ones only make more switches of the same work. So it grows with
 * the number that waits, and shrinks again where a round of all would take too long.
 */
static __always_inline u64 crowd_turn_ns(u64 slice_ns, u64 nr_queued, u64 nr_beside, u64 nr_cpus)
{
	u64 turn_ns, limit_ns;

	if (nr_queued <= CROWD_WAITING * nr_cpus)
		return slice_ns;
	turn_ns = slice_ns * nr_queued / (CROWD_WAITING * nr_cpus);
	limit_ns = CROWD_ROUND_NS * nr_cpus / (nr_queued + nr_beside);
	if (limit_ns > CROWD_TURN_NS)
		limit_ns = CROWD_TURN_NS;
	if (turn_ns > limit_ns)
		turn_ns = limit_ns;
	return turn_ns > slice_ns ? turn_ns : slice_ns;
}

/*
 * What a task gets in the queue by its lease: in the lower half how long it runs at a time, in the
 * upper one the margin by which it interrupts. (All of a lease's limits fit.) In a crowd a lease
 * with CLAND_LM_CROWD has both grow, but no turn is worth more than half of what the host remembers
 * of a light task.
 *
 * Any turn is cut where so many wait that a round of all would take longer than the kernel lets
 * anybody wait: those who have never run are not among the last, where serve_starved() looks.
 */
__noinline u64 turn_in(const struct lease *lease, u32 queue, u64 now_ns)
{
	struct queue *q = queue_get(queue);
	u64 slice_ns, margin_ns, limit_ns, nr_queued;

	if (!lease)
		return CLAND_SLICE_DEFAULT_NS;
	slice_ns = lease->slice_ns;
	margin_ns = lease->preempt_ns;
	if (!slice_ns || (slice_ns <= TICK_NS && !(lease->flags & CLAND_LM_CROWD)))
		return slice_ns | margin_ns << 32;
	nr_queued = nr_waiting(q, queue, now_ns);
	if (!nr_queued)
		return slice_ns | margin_ns << 32;
	if (lease->flags & CLAND_LM_CROWD && lease->rate) {
		u64 turn_ns = crowd_turn_ns(slice_ns, nr_queued, nr_beside(q, queue), cpus_under(q));

		limit_ns = ((u64)CLAND_WINDOW_NS / 2 << CLAND_RATE_SHIFT) / lease->rate;
		if (turn_ns > limit_ns)
			turn_ns = limit_ns;
		if (turn_ns > slice_ns) {
			q->has_crowd = true;
			margin_ns = margin_ns * turn_ns / slice_ns;
			if (margin_ns > CLAND_WINDOW_NS)
				margin_ns = CLAND_WINDOW_NS;
			slice_ns = turn_ns;
		}
	}
	if (slice_ns > TICK_NS) {
		limit_ns = ROUND_MAX_NS * cpus_under(q) / nr_queued;
		if (limit_ns < TICK_NS)
			limit_ns = TICK_NS;
		if (slice_ns > limit_ns)
			slice_ns = limit_ns;
	}
	return slice_ns | margin_ns << 32;
}

/* The same; as a rule there is nothing to it. */
static __always_inline u64 turn_of(const struct task_ctx *t, struct queue *q, u64 now_ns)
{
	const struct lease *lease = &t->lease;

	if (lease->slice_ns > TICK_NS || nr_waiting(q, t->queue, now_ns) > CROWD_WAITING * cpus_under(q))
		return turn_in(lease, t->queue, now_ns);
	return lease->slice_ns | lease->preempt_ns << 32;
}

static __always_inline u64 turn_slice(u64 turn)
{
	return (u32)turn;
}

/* For whom to preempt: what the margin is in the crowd, and what the lease says. */
static __always_inline u64 turn_margins(u64 turn, const struct lease *lease)
{
	return (turn >> 32) << 32 | lease->preempt_ns;
}

/* ---- loads of cgroups ------------------------------------------------------------------------ */

static __always_inline struct cland_cgroup_slot *cgroup_get(u32 cgroup)
{
	return bpf_map_lookup_elem(&cgroups, &cgroup);
}

/* Bring the cgroup's sums up to now, then let a task of this weight come or go. */
static __noinline void load_change(u32 cgroup, u32 weight, bool comes)
{
	struct cgroup_lock *lock = bpf_map_lookup_elem(&cgroup_locks, &cgroup);
	struct cland_cgroup_slot *g = cgroup_get(cgroup);
	u64 now_ns = bpf_ktime_get_ns(), since_ns;

	if (!lock || !g)
		return;
	bpf_spin_lock(&lock->lock);
	since_ns = now_ns - g->changed_ns;
	if ((s64)since_ns < 0)
		since_ns = 0; /* another CPU had the lock first, with a later time */
	g->seq_begin = g->seq + 1;
	barrier();
	g->runnable_ns += since_ns * g->nr_now;
	g->runnable_weight_ns += since_ns * g->weight_now;
	g->changed_ns += since_ns;
	if (comes) {
		g->nr_now++;
		g->weight_now += weight;
	} else {
		g->nr_now--;
		g->weight_now -= weight;
	}
	barrier();
	g->seq = g->seq_begin;
	bpf_spin_unlock(&lock->lock);
}

static __always_inline void load_end(struct task_ctx *t)
{
	if (!t->load_weight)
		return;
	load_change(t->load_cgroup, t->load_weight, false);
	t->load_weight = 0;
}

/*
 * Of a task that is runnable; also of one that was before somebody wanted to know, or has been put
 * on an idle CPU, which begins to count when it runs.
 */
static __always_inline void load_begin(struct task_struct *p, struct task_ctx *t)
{
	if (!loads_wanted || t->load_weight)
		return;
	t->load_weight = weight_of(p);
	t->load_cgroup = t->cgroup;
	load_change(t->load_cgroup, t->load_weight, true);
}

/* ---- enqueue --------------------------------------------------------------------------------- */

/*
 * The task wakes up: in ops.enqueue, or in ops.select_cpu where that is not called. Not in
 * ops.runnable: a callback more costs as much as what is done here. For an idle CPU the runqueue is
 * not locked yet, but the task sleeps, and only who wakes it up has it.
 */
static __always_inline void note_wakeup(struct task_ctx *t, const struct queue *q, u64 now_ns)
{
	t->since_wakeup_ns = 0;
	t->nr_wakeups++;
	t->runnable_ns = t->last_wakeup_ns = now_ns;
	t->waker_pid = bpf_get_current_task_btf()->pid;
	limit_credit(q, t);
}

/* What is left of a turn that was taken out of turn, however often it has been interrupted. */
static __always_inline u64 turn_left_ns(const struct task_ctx *t)
{
	u64 used_ns = t->used_ns - t->turn_from_ns;

	return used_ns < STARVED_SLICE_NS ? STARVED_SLICE_NS - used_ns : 0;
}

/*
 * Insert by the task's lease; the end of every enqueue that neither parks nor finds a CPU idle. Who
 * preempts takes the CPU at once if it is first there: by way of the queue it would take another
 * interrupt, and another CPU might have it first, only to be late itself.
 */
static __always_inline void enqueue_ranked(struct task_struct *p, struct task_ctx *t, struct queue *q,
					   enum cland_path path, u64 enq_flags, u64 now_ns)
{
	u64 rank_ns = t->vtime_ns, turn = turn_of(t, q, now_ns), slice_ns = turn_slice(turn);
	s64 offset_ns = lease_offset(&t->lease);
	s32 cpu = k_task_cpu(p), idle;
	bool preempts = false;

	if (offset_ns) /* else limit_distance() has seen to it */
		rank_ns = rank_within(q, rank_ns + offset_ns);
	t->queued_ns = now_ns;
	t->ranked = 1;
	idle = pick_idle_cpu_for(p, t->queue);
	if (idle < 0 && enq_flags & k_SCX_ENQ_WAKEUP && t->lease.preempt_ns)
		preempts = is_sooner(t->queue, cpu, rank_ns, turn_margins(turn, &t->lease), now_ns);
	/*
	 * A real-time task that takes the CPU first gives it back, from Linux 7.1 on by IMMED, up to
	 * 6.18 by cland_cpu_release(); in between, as no slice is left, nothing would.
	 */
	if (preempts && (k_SCX_ENQ_IMMED || !k_reenqueues_anywhere()) && is_first(t->queue, cpu, rank_ns)) {
		takes(path, CLAND_PLACE_CPU | cpu, p, t, 0, slice_ns, now_ns);
		insert(p, DSQ_LOCAL, slice_ns, enq_flags | k_SCX_ENQ_PREEMPT | k_SCX_ENQ_IMMED);
		return;
	}
	fills_queue(t->queue, now_ns);
	takes(path, CLAND_PLACE_QUEUE | t->queue, p, t, rank_ns, slice_ns, now_ns);
	k_dsq_insert_vtime(p, dsq_of(t->queue), slice_ns, rank_ns, enq_flags);
	if (idle >= 0)
		scx_bpf_kick_cpu(idle, k_SCX_KICK_IDLE);
	else if (preempts)
		scx_bpf_kick_cpu(cpu, k_SCX_KICK_PREEMPT);
}

/*
 * Into EXPRESS or UNHURRIED, and wake somebody who serves it; preempting what runs where the task
 * last ran.
 */
__noinline int enqueue_express_queue(struct task_struct *p __arg_trusted, enum cland_path path, u64 enq_flags,
				     bool preempt, u64 now_ns)
{
	s32 idle;

	if (preempt)
		enq_flags |= k_SCX_ENQ_HEAD;
	if (is_unhurried(p->tgid)) {
		takes(path, CLAND_PLACE_UNHURRIED, p, NULL, 0, UNHURRIED_SLICE_NS, 0);
		insert(p, DSQ_UNHURRIED, UNHURRIED_SLICE_NS, enq_flags);
		rare.some_unhurried = true;
	} else {
		takes(path, CLAND_PLACE_EXPRESS, p, NULL, 0, EXPRESS_SLICE_NS, 0);
		fills(&express_filled_ns, now_ns);
		insert(p, DSQ_EXPRESS, EXPRESS_SLICE_NS, enq_flags);
	}
	idle = pick_idle_cpu_of(p);
	if (idle >= 0)
		scx_bpf_kick_cpu(idle, k_SCX_KICK_IDLE);
	else if (preempt)
		scx_bpf_kick_cpu(k_task_cpu(p), k_SCX_KICK_PREEMPT);
	return 0;
}

/*
 * Kernel threads bound to a CPU, when they wake up, go to that CPU's local queue, ahead of all we
 * queue; the others and our own threads to EXPRESS. None of them ever waits for user space: it may
 * be them that user space waits for.
 */
static __always_inline void enqueue_express(struct task_struct *p, u64 enq_flags, u64 now_ns)
{
	bool ours = is_ours(p->tgid);

	count(ours ? CLAND_STAT_ours : CLAND_STAT_kthread);
	/* Not when a slice has ended: two busy ones would keep ops.dispatch from being called. */
	if (!ours && p->nr_cpus_allowed == 1 && (enq_flags & k_SCX_ENQ_WAKEUP)) {
		takes(CLAND_PATH_kthread, CLAND_PLACE_CPU | k_task_cpu(p), p, NULL, 0,
		      EXPRESS_SLICE_NS, 0);
		insert(p, DSQ_LOCAL, EXPRESS_SLICE_NS, enq_flags);
		return;
	}
	/*
	 * Parked tasks wait for the agent, and for the standby that it has let go to. They cannot
	 * hog: a full slice puts them at the tail.
	 */
	enqueue_express_queue(p, ours ? CLAND_PATH_ours : CLAND_PATH_kthread, enq_flags,
			      (p->pid == agent_tgid || p->pid == admitted_tgid) && !is_unhurried(p->tgid) &&
				      (enq_flags & k_SCX_ENQ_WAKEUP),
			      now_ns);
}

/*
 * Whoever wakes p up is about to sleep: this CPU, whose caches have what p is to look at, becomes
 * free. Only a ranked task: unlike one of another class it has our tick if it does not sleep.
 */
static __always_inline bool wakes_in_sync(struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	s32 cpu = bpf_get_smp_processor_id();
	struct cpu_ctx *c = cpu_get(cpu), *prev = cpu_get(prev_cpu);

	return wake_flags & k_SCX_WAKE_SYNC && c->curr_rate && c->llc == prev->llc && may_run_on(p, cpu);
}

__noinline bool somebody_queued(u32 queue)
{
	struct queue *q = queue_get(queue);

	return may_hold(&q->filled_ns) && scx_bpf_dsq_nr_queued(dsq_of(queue));
}

/* Whether ops.dispatch would find somebody for the CPU. Flags are too coarse: they stay for up to JANITOR_NS. */
__noinline bool somebody_waits(s32 cpu)
{
	struct cpu_ctx *c = cpu_get(cpu);

	return (rare.some_starved && scx_bpf_dsq_nr_queued(DSQ_STARVED)) ||
	       (rare.some_unhurried && scx_bpf_dsq_nr_queued(DSQ_UNHURRIED)) ||
	       (may_hold(&express_filled_ns) && scx_bpf_dsq_nr_queued(DSQ_EXPRESS)) ||
	       somebody_queued(nr_llcs + cpu) || somebody_queued(c->llc);
}

/*
 * Whether somebody waits for the CPU that a waker in sync is about to leave to p. The kernel calls
 * such a CPU idle as long as any CPU of the machine is, where p may not run perhaps: two that wake
 * each other up would pass it on between them for ever, and ops.dispatch would not be called.
 */
static __always_inline bool is_waited_for(s32 cpu, u64 wake_flags)
{
	return wake_flags & k_SCX_WAKE_SYNC && cpu == (s32)bpf_get_smp_processor_id() &&
	       cpu_get(cpu)->curr_rate && somebody_waits(cpu);
}

/*
 * For a task that is put into an idle CPU's local queue: a CPU that a real-time task takes first
 * gives it to ops.enqueue again, from Linux 7.1 on. Not this CPU, where its waker goes to sleep in
 * a moment.
 */
static __always_inline u64 immediately_on(s32 cpu)
{
	if (!k_SCX_ENQ_IMMED) /* asked first: older kernels are spared the rest, which the verifier takes out */
		return 0;
	return cpu == (s32)bpf_get_smp_processor_id() && (u32)bpf_get_current_pid_tgid() ? 0 : k_SCX_ENQ_IMMED;
}

SEC("struct_ops/cland_select_cpu")
s32 BPF_PROG(cland_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool is_idle = false;
	struct task_ctx *t;
	s32 cpu;

	/*
	 * The agent has let go to the standby and is about to give up its CPU: nowhere is sooner.
	 * In the local queue it does not wait for EXPRESS to have its turn, either.
	 */
	if (p->pid == standby_tgid && (u32)bpf_get_current_pid_tgid() == (u32)agent_tgid) {
		cpu = bpf_get_smp_processor_id();
		if (may_run_on(p, cpu)) {
			count(CLAND_STAT_ours);
			takes(CLAND_PATH_ours, CLAND_PLACE_CPU | cpu, p, NULL, 0, EXPRESS_SLICE_NS, 0);
			insert(p, DSQ_LOCAL, EXPRESS_SLICE_NS, 0);
			return cpu;
		}
	}
	/* Strict: the policy is to see the wake-up, also when a CPU is free. */
	if (strict && !is_express(p)) {
		t = task_get(p);
		if (t && can_ask(t)) {
			t->woken_in_sync = wakes_in_sync(p, prev_cpu, wake_flags);
			return t->woken_in_sync ? (s32)bpf_get_smp_processor_id() : prev_cpu;
		}
	}
	cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &is_idle);
	if (is_idle && !is_waited_for(cpu, wake_flags)) {
		u64 slice_ns = CLAND_SLICE_DEFAULT_NS, terms = 0;

		t = task_get(p);
		if (t) {
			/* A fork is none. */
			if (!t->newborn)
				note_wakeup(t, queue_get(t->queue), bpf_ktime_get_ns());
			t->ranked = t->starved = 0;
			slice_ns = t->lease.slice_ns;
			terms = terms_inline(t);
		}
		count_inline(CLAND_STAT_direct);
		takes_on_terms(CLAND_PATH_direct, CLAND_PLACE_CPU | cpu, p, terms, 0, slice_ns, 0);
		k_dsq_insert(p, DSQ_LOCAL, slice_ns, immediately_on(cpu));
	}
	return cpu;
}

SEC("struct_ops/cland_enqueue")
void BPF_PROG(cland_enqueue, struct task_struct *p, u64 enq_flags)
{
	bool wakeup, leased;
	struct task_ctx *t;
	struct queue *q;
	u64 now_ns;

	if (enq_flags & k_SCX_ENQ_REENQ)
		count(CLAND_STAT_reenqueued);
	if (p->pid == agent_tgid) {
		if (is_at_rest(p)) {
			count(CLAND_STAT_ours);
			takes(CLAND_PATH_ours, CLAND_PLACE_REST, p, NULL, 0, EXPRESS_SLICE_NS, 0);
			insert(p, DSQ_REST, EXPRESS_SLICE_NS, enq_flags);
			return;
		}
		/* Asked as it yielded, and its CPU has another task by now: see cland_tick(). */
		if (agent_yielded && !agent_silent && scx_bpf_dsq_nr_queued(DSQ_PARK))
			rare.agent_wanted = true;
	}
	now_ns = bpf_ktime_get_ns();
	/* The CPU has found nobody else, nor kept this one as ops.dispatch has it do: it goes offline. */
	if (enq_flags & k_SCX_ENQ_LAST) {
		count(CLAND_STAT_kept);
		takes(CLAND_PATH_kept, CLAND_PLACE_CPU | k_task_cpu(p), p, NULL, 0,
		      CLAND_SLICE_DEFAULT_NS, now_ns);
		insert(p, DSQ_LOCAL, CLAND_SLICE_DEFAULT_NS, enq_flags);
		scx_bpf_kick_cpu(k_task_cpu(p), 0);
		return;
	}
	if (is_express(p)) {
		enqueue_express(p, enq_flags, now_ns);
		return;
	}
	t = task_get(p);
	if (!t) {
		count(CLAND_STAT_no_ctx);
		enqueue_express_queue(p, CLAND_PATH_no_ctx, enq_flags, false, now_ns);
		return;
	}

	q = task_requeue(p, t);
	wakeup = enq_flags & k_SCX_ENQ_WAKEUP;
	load_begin(p, t);
	t->answered_seq = t->seq;
	t->ranked = 0;
	if (wakeup)
		note_wakeup(t, q, now_ns);
	else if (!t->runnable_ns)
		t->runnable_ns = now_ns;
	if (t->cut_short && !wakeup) {
		t->cut_short = 0;
		t->queued_ns = now_ns;
		count(CLAND_STAT_leased); /* without a word from the policy, the rest of a turn that is counted */
		takes(CLAND_PATH_starved, CLAND_PLACE_STARVED, p, t, 0, turn_left_ns(t), now_ns);
		insert(p, DSQ_STARVED, turn_left_ns(t), enq_flags);
		rare.some_starved = true;
		return;
	}
	t->cut_short = 0;
	t->starved = 0;
	if (!wakeup)
		t->woken_in_sync = 0;

	leased = lease_holds(&t->lease, now_ns);
	if (!leased && can_ask(t) && request(p, t, wakeup ? CLAND_SLOT_WAKEUP : 0, now_ns)) {
		count(CLAND_STAT_requests);
		takes(CLAND_PATH_requests, CLAND_PLACE_PARK, p, t, 0, 0, now_ns);
		insert(p, DSQ_PARK, t->lease.slice_ns, enq_flags);
		park_timer_arm();
		return;
	}
	count_inline(leased ? CLAND_STAT_leased : CLAND_STAT_fallback);
	enqueue_ranked(p, t, q, leased ? CLAND_PATH_leased : CLAND_PATH_fallback, enq_flags, now_ns);
}

/* ---- rescue ---------------------------------------------------------------------------------- */

/*
 * rescue_parked - move parked tasks that have waited too long for user space, or that no answer
 * will come for, to their queues, by their leases. PARK is in order of arrival: the first one that
 * is not late ends the search. Called from ops.dispatch and from the timers. At most max tasks a
 * call.
 */
__noinline int rescue_parked(u32 max, u64 now_ns)
{
	struct cpu_ctx *c = scan_begin(max);
	bool nobody = !agent_tgid;
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;

	bpf_rcu_read_lock();
	if (bpf_iter_scx_dsq_new(&it, DSQ_PARK, 0))
		goto out;
	while (scan_next(c) && (p = bpf_iter_scx_dsq_next(&it))) {
		struct task_ctx *t = task_get(p);
		u64 rank_ns, turn;
		u32 queue;

		if (!t)
			continue;
		/* Answered and still here: the answer came before the kernel had parked it, see decide(). */
		if (!nobody && t->answered_seq != t->seq && !is_older(t->queued_ns, now_ns, rescue_ns))
			break;
		/* Before the move: after it the task may be running, and asking anew. */
		t->answered_seq = t->seq;
		t->ranked = 1;
		rank_ns = lease_rank(t);
		queue = t->queue;
		turn = turn_in(&t->lease, queue, now_ns);
		fills_queue(queue, now_ns);
		if (!k_dsq_move_vtime(&it, p, dsq_of(queue), turn_slice(turn), rank_ns))
			continue;
		count(CLAND_STAT_rescued);
		takes(CLAND_PATH_rescued, CLAND_PLACE_QUEUE | queue, p, t, rank_ns, turn_slice(turn), now_ns);
		if (is_older(last_apply_ns, now_ns, rescue_ns))
			agent_silent = true;
		wake_cpu_after_move(p, queue, rank_ns, turn_margins(turn, &t->lease), now_ns);
	}
out:
	bpf_iter_scx_dsq_destroy(&it);
	bpf_rcu_read_unlock();
	return 0;
}

/*
 * Stops when PARK is empty and nothing has been parked since it last fired: the kernel puts a task
 * into PARK only after ops.enqueue has armed the timer and returned.
 */
static int park_timer_fired(void *map, int *key, struct timer *timer)
{
	u32 lately = __sync_lock_test_and_set(&parked_lately, 0);

	if (!lately && !scx_bpf_dsq_nr_queued(DSQ_PARK)) {
		__sync_lock_test_and_set(&rare.park_timer_armed, 0);
		if (!parked_lately)
			return 0;
		rare.park_timer_armed = 1;
	}
	rescue_parked(RESCUE_TIMER_MAX, bpf_ktime_get_ns());
	bpf_timer_start(&timer->timer, PARK_TIMER_NS, 0);
	return 0;
}

/* ---- another policy -------------------------------------------------------------------------- */

/*
 * rerank - move tasks from one of the queue's two DSQs to the other, by their virtual time: their
 * place in a weighted-fair order, which every policy's ranks are around. At most max tasks a call.
 */
__noinline int rerank(u32 queue, u64 from_dsq, u64 to_dsq, u32 max, u64 now_ns)
{
	struct cpu_ctx *c = scan_begin(max);
	struct queue *q = queue_get(queue);
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;

	bpf_rcu_read_lock();
	if (bpf_iter_scx_dsq_new(&it, from_dsq, 0))
		goto out;
	while (scan_next(c) && (p = bpf_iter_scx_dsq_next(&it))) {
		struct task_ctx *t = task_get(p);
		u64 slice_ns = t ? t->lease.slice_ns : CLAND_SLICE_DEFAULT_NS;
		u64 rank_ns = t ? rank_within(q, t->vtime_ns) : q->clock_ns;

		fills_queue(queue, now_ns);
		if (k_dsq_move_vtime(&it, p, to_dsq, slice_ns, rank_ns)) {
			count(CLAND_STAT_reranked);
			takes(CLAND_PATH_reranked, CLAND_PLACE_QUEUE | queue, p, t, rank_ns, slice_ns,
			      now_ns);
		}
	}
out:
	bpf_iter_scx_dsq_destroy(&it);
	bpf_rcu_read_unlock();
	return 0;
}

static __always_inline void rerank_outdated(u32 queue, u64 now_ns)
{
	u64 dsq = dsq_outdated(queue);

	if (scx_bpf_dsq_nr_queued(dsq))
		rerank(queue, dsq, dsq_of(queue), 32, now_ns);
}

/*
 * epoch_begin - another policy decides from now on. The DSQs that it begins with must be empty;
 * what the change before has left there, on a CPU that has not called dispatch since, moves to the
 * others first. Everything that is queued is then reranked in the next dispatches.
 */
static __noinline void epoch_begin(u64 now_ns)
{
	u32 queue, tries;

	bpf_for(queue, 0, nr_queues) {
		u64 dsq = dsq_outdated(queue);

		/* Again, as an interrupt that walks a queue on this CPU ends this walk. */
		bpf_for(tries, 0, RERANK_TRIES) {
			if (!scx_bpf_dsq_nr_queued(dsq))
				break;
			rerank(queue, dsq, dsq_of(queue), RERANK_MAX, now_ns);
		}
	}
	epoch_since_ns = now_ns;
	rare.some_outdated = true;
	__sync_fetch_and_add(&policy_epoch, 1);
}

/* ---- decisions ------------------------------------------------------------------------------- */

/*
 * Take over what a policy gave; in place of what is out of range stands the built-in lease's.
 * Returns whether anything was.
 */
__noinline int lease_accept(struct lease *lease, const struct cland_lease_msg *msg, u32 weight,
			   u32 reason, u64 now_ns)
{
	struct lease own;
	u64 valid_ns, credit_ns, slice_ns, preempt_ns;
	s64 offset_ns;
	bool bad = false;
	u32 rate, lead_us;

	if (!lease || !msg)
		return true;
	valid_ns = msg->valid_ns;
	credit_ns = msg->credit_ns;
	slice_ns = msg->slice_ns;
	preempt_ns = msg->preempt_ns;
	offset_ns = msg->offset_ns;
	rate = msg->rate;
	lease_default(&own, weight);

	if (valid_ns > CLAND_VALID_MAX_NS)
		valid_ns = CLAND_VALID_MAX_NS, bad = true;
	if (credit_ns > CLAND_CREDIT_MAX_NS)
		credit_ns = own.credit_ns, bad = true;
	if (preempt_ns > CLAND_WINDOW_NS)
		preempt_ns = own.preempt_ns, bad = true;
	if (msg->flags & ~CLAND_LM_ALL)
		bad = true;
	if (slice_ns < CLAND_SLICE_MIN_NS || slice_ns > CLAND_SLICE_MAX_NS)
		slice_ns = own.slice_ns, bad = true;
	if (offset_ns != clamp_s64(offset_ns, -CLAND_WINDOW_NS, CLAND_WINDOW_NS))
		offset_ns = own.offset_ns, bad = true;
	if (rate < 1 || rate > CLAND_RATE_MAX)
		rate = own.rate, bad = true;
	if (reason > CLAND_REASON_LAST)
		reason = 0, bad = true;

	lease->credit_ns = credit_ns;
	lease->slice_ns = slice_ns;
	lease->preempt_ns = preempt_ns;
	lease->offset_ns = offset_ns;
	lease->rate = rate;
	lease->flags = msg->flags & CLAND_LM_ALL;
	lease->until_ns = valid_ns ? now_ns + valid_ns : 0;
	lease->epoch = policy_epoch;
	/* Signed division there is none. */
	lead_us = (u32)(offset_ns < 0 ? -offset_ns : offset_ns) / 1000;
	lease->terms = reason | (offset_ns < 0 ? lead_us : -lead_us) << CLAND_TERMS_LEAD_SHIFT;
	return bad;
}

/*
 * move_parked - out of PARK, into the task's queue. Any task of the queue can be moved through an
 * iterator on it, but only one that was there when the iterator was made.
 */
__noinline int move_parked(struct task_struct *p __arg_trusted, u32 queue, u64 rank_ns, u64 slice_ns)
{
	struct bpf_iter_scx_dsq it;
	bool moved = false;

	bpf_rcu_read_lock();
	if (!bpf_iter_scx_dsq_new(&it, DSQ_PARK, 0))
		moved = k_dsq_move_vtime(&it, p, dsq_of(queue), slice_ns, rank_ns);
	bpf_iter_scx_dsq_destroy(&it);
	bpf_rcu_read_unlock();
	return moved;
}

/*
 * run_parked - out of PARK, and next on this CPU, which is the task's and looks for one to run.
 * Not another CPU's task: that one's may be about to forbid this one, which for the kernel would be
 * an error of ours. It keeps its CPU while it is parked, so that is looked at after the iterator
 * has been made. (With core scheduling the kernel asks on behalf of another CPU.)
 */
__noinline int run_parked(struct task_struct *p __arg_trusted, s32 cpu, u64 slice_ns)
{
	struct bpf_iter_scx_dsq it;
	bool moved = false;

	if (scx_bpf_task_cpu(p) != cpu || (s32)bpf_get_smp_processor_id() != cpu)
		return false;
	bpf_rcu_read_lock();
	if (!bpf_iter_scx_dsq_new(&it, DSQ_PARK, 0) && scx_bpf_task_cpu(p) == cpu) {
		scx_bpf_dsq_move_set_slice(&it, slice_ns);
		moved = k_dsq_move(&it, p, DSQ_LOCAL);
	}
	bpf_iter_scx_dsq_destroy(&it);
	bpf_rcu_read_unlock();
	return moved;
}

enum verdict { VERDICT_STALE, VERDICT_DONE, VERDICT_BAD };

/* A CPU that looks for a task to run, and for which nobody waits; as decisions are carried out there. */
struct free_cpu {
	s32 cpu;		/* need not be told of somebody for it; -1: none, or it has somebody by now */
	bool for_one;		/* the only decision: the task that it frees may run at once */
	bool is_taken;		/* ... and does */
};

/* Whether the CPU, which is looking for a task to run, finds this one in a queue that it serves. */
static __always_inline bool is_served_by(s32 cpu, struct task_struct *p, u32 queue)
{
	struct cpu_ctx *c = cpu_get(cpu);

	return (queue == c->llc || queue == nr_llcs + cpu) && may_run_on(p, cpu);
}

static __always_inline enum verdict decide_locked(struct task_struct *p, struct cland_slot *s,
						  const struct cland_decision_msg *d,
						  struct free_cpu *free_cpu, u64 now_ns)
{
	struct task_ctx *t = task_get(p);
	u64 rank_ns, asked_ns, turn;
	bool bad, lease_only = d->flags & CLAND_DECISION_LEASE_ONLY;
	u32 queue;

	if (!t || t->slot != d->slot)
		return VERDICT_STALE;
	if (lease_only ? d->weight != weight_of(p) : t->seq != d->seq || t->answered_seq == d->seq)
		return VERDICT_STALE;
	if (!lease_only)
		t->answered_seq = d->seq;
	bad = lease_accept(&t->lease, &d->lease, t->weight, d->reserved, now_ns);
	s->lease_until_ns = t->lease.until_ns;
	if (lease_only) {
		count(CLAND_STAT_renewed);
		takes(CLAND_PATH_renewed, CLAND_PLACE_NONE, p, t, 0, t->lease.slice_ns, now_ns);
		return bad ? VERDICT_BAD : VERDICT_DONE;
	}
	rank_ns = rank_clamp(t->queue, d->rank_ns);
	/* The clock may have moved on since the request, but not by another window. */
	if (clamp_s64(rank_ns - d->rank_ns, -CLAND_WINDOW_NS, CLAND_WINDOW_NS) !=
	    (s64)(rank_ns - d->rank_ns)) {
		rank_ns = lease_rank(t);
		bad = true;
	}
	t->ranked = 1;
	/* It may run, and ask anew, as soon as it has been moved. */
	asked_ns = t->queued_ns;
	queue = t->queue;
	turn = turn_in(&t->lease, queue, now_ns);
	if (free_cpu->for_one && run_parked(p, free_cpu->cpu, turn_slice(turn))) {
		free_cpu->is_taken = true;
		count(CLAND_STAT_decided);
		takes(CLAND_PATH_decided, CLAND_PLACE_CPU | free_cpu->cpu, p, t, 0, turn_slice(turn), now_ns);
		histogram_count(CLAND_HISTOGRAM_request_to_decision, bpf_get_smp_processor_id(), asked_ns,
				now_ns);
		return bad ? VERDICT_BAD : VERDICT_DONE;
	}
	fills_queue(queue, now_ns);
	/* The request is visible a moment before the kernel has parked the task: try again once. */
	if (!move_parked(p, queue, rank_ns, turn_slice(turn)) &&
	    !move_parked(p, queue, rank_ns, turn_slice(turn)))
		return VERDICT_STALE;
	count(CLAND_STAT_decided);
	takes(CLAND_PATH_decided, CLAND_PLACE_QUEUE | queue, p, t, rank_ns, turn_slice(turn), now_ns);
	histogram_count(CLAND_HISTOGRAM_request_to_decision, bpf_get_smp_processor_id(), asked_ns, now_ns);
	if (free_cpu->cpu >= 0 && is_served_by(free_cpu->cpu, p, queue))
		free_cpu->cpu = -1;
	else
		wake_cpu_after_move(p, queue, rank_ns,
				    s->flags & CLAND_SLOT_WAKEUP ? turn_margins(turn, &t->lease) : 0, now_ns);
	return bad ? VERDICT_BAD : VERDICT_DONE;
}

__noinline enum verdict decide(struct task_struct *p __arg_trusted, struct cland_slot *s,
			       const struct cland_decision_msg *d, struct free_cpu *free_cpu, u64 now_ns)
{
	enum verdict verdict;

	if (!s || !d || !free_cpu)
		return VERDICT_STALE;
	bpf_rcu_read_lock();
	verdict = decide_locked(p, s, d, free_cpu, now_ns);
	bpf_rcu_read_unlock();
	return verdict;
}

static __noinline enum verdict apply_one(struct cland_agent_page *page, u32 i, struct free_cpu *free_cpu,
					 u64 now_ns)
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
	verdict = decide(p, s, &d, free_cpu, now_ns);
	bpf_task_release(p);
	return verdict;
}

/* The agent has decided something, which is a sign of life too. Adds up in ret_args what became of it. */
static __always_inline void apply(struct cland_agent_page *page, u32 nr, struct free_cpu *free_cpu,
				  u64 now_ns, struct cland_apply_args *ret_args)
{
	u32 i;

	last_apply_ns = now_ns;
	agent_silent = false;
	ret_args->nr_applied = ret_args->nr_stale = ret_args->nr_bad = 0;
	loads_wanted = page->wants_loads;
	bpf_for(i, 0, nr) {
		enum verdict verdict;

		if (i >= CLAND_BATCH_MAX)
			break;
		verdict = apply_one(page, i, free_cpu, now_ns);
		if (verdict == VERDICT_STALE) {
			ret_args->nr_stale++;
			count(CLAND_STAT_stale);
		} else if (verdict == VERDICT_BAD) {
			ret_args->nr_bad++;
			count(CLAND_STAT_bad);
		} else {
			ret_args->nr_applied++;
		}
	}
}

/* Run by the agent: carries out the batch in the agent's page. */
SEC("syscall")
int cland_apply(struct cland_apply_args *args)
{
	struct free_cpu none = { .cpu = -1 };
	struct cland_agent_page *page;
	u32 zero = 0;

	/*
	 * One that waits for its turn, or has let go, decides nothing, whatever its policy is up
	 * to; nor does a process that a policy has forked.
	 */
	if (bpf_get_current_task_btf()->tgid != agent_tgid)
		return -1; /* EPERM */
	page = bpf_map_lookup_elem(&agent_page, &zero);
	if (page)
		apply(page, args->nr, &none, bpf_ktime_get_ns(), args);
	return 0;
}

/* ---- dispatch -------------------------------------------------------------------------------- */

__noinline int serve_unhurried(void)
{
	return is_older(unhurried_from_ns, bpf_ktime_get_ns(), 0) && serve(DSQ_UNHURRIED);
}

/* One of them has run: the next one is to leave so much to the others. */
static __always_inline void unhurried_ran(u64 used_ns)
{
	u64 now_ns = bpf_ktime_get_ns(), from_ns = unhurried_from_ns;
	u32 nr_cpus = nr_online ? nr_online : 1;

	if (nr_cpus >= UNHURRIED_SHARE)
		return; /* there is one as a rule, on one CPU */
	if (is_older(from_ns, now_ns, 0))
		from_ns = now_ns;
	if (nr_cpus * (1 + UNHURRIED_REST_MAX) <= UNHURRIED_SHARE)
		from_ns += used_ns * UNHURRIED_REST_MAX;
	else
		from_ns += used_ns * (UNHURRIED_SHARE - nr_cpus) / nr_cpus;
	unhurried_from_ns = now_ns + clamp_s64(from_ns - now_ns, 0, UNHURRIED_DEBT_MAX_NS);
}

/* It is wanted until it runs: one that has been the agent may be before it there. */
static __always_inline bool serve_agent(void)
{
	return rare.agent_wanted && move_to_local(DSQ_REST);
}

/*
 * The agent is one task, at rest until somebody asks; and EXPRESS may never be empty, where kernel
 * threads compute: who has waited for too long has the second half of the time for these. now_ns:
 * as for nr_held().
 */
__noinline int serve_express(u64 express_ns, u64 now_ns)
{
	return serve_agent() ||
	       (rare.some_starved && express_ns >= EXPRESS_MAX_NS / 2 && serve(DSQ_STARVED)) ||
	       (may_hold(&express_filled_ns) && nr_held(&express_filled_ns, DSQ_EXPRESS, now_ns) &&
		move_to_local(DSQ_EXPRESS)) ||
	       (rare.some_starved && serve(DSQ_STARVED));
}

/*
 * serve_ranked - the task that ranks first among prev, the CPU's own queue and its cache's, of
 * which one may_hold() somebody. Returns whether this CPU has something to run.
 */
__noinline int serve_ranked(s32 cpu, struct task_struct *prev __arg_trusted __arg_nullable, struct cpu_ctx *c,
			    struct queue *own, struct queue *llc)
{
	u64 own_rank_ns = 0, llc_rank_ns = 0;
	u32 own_id = nr_llcs + cpu, llc_id;
	bool has_own, has_llc, own_first;
	struct task_ctx *t = NULL;

	if (!c || !own || !llc)
		return false;
	llc_id = c->llc;
	has_own = may_hold(&own->filled_ns);
	has_llc = may_hold(&llc->filled_ns);
	if (prev && (prev->scx.flags & k_SCX_TASK_QUEUED) &&
	    !is_express(prev)) {
		t = task_get(prev);
		if (t && (!(t->lease.flags & CLAND_LM_KEEP) || t->yielded ||
			  (t->queue != own_id && t->queue != llc_id)))
			t = NULL;
	}
	/* As a rule; without asking first whether somebody is there. */
	if (!t && !(has_own && has_llc) && k_dsq_move_to_local(dsq_of(has_own ? own_id : llc_id)))
		return true;
	has_own = has_own && nr_held(&own->filled_ns, dsq_of(own_id), c->served_ns);
	has_llc = has_llc && nr_held(&llc->filled_ns, dsq_of(llc_id), c->served_ns);
	if (!has_own && !has_llc)
		return false;
	if (!t && !(has_own && has_llc))
		return move_to_local(dsq_of(has_own ? own_id : llc_id));

	c->shift_ns = shift_limited(c, own, llc);
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

		express_pay_back(c, charge(prev, t, false));
		rank_ns = t->vtime_ns + lease_offset(&t->lease);
		if (t->queue == own_id)
			rank_ns += c->shift_ns;
		if (!before(first_ns, rank_ns)) {
			clock_advance(t->queue == own_id ? own : llc, t->vtime_ns);
			c->curr_rate = t->lease.rate; /* whoever was to preempt it has gone elsewhere */
			c->served_ns = bpf_ktime_get_ns();
			count(CLAND_STAT_kept);
			takes(CLAND_PATH_kept, CLAND_PLACE_CPU | cpu, prev, t, 0, t->lease.slice_ns, 0);
			set_slice(prev, t->lease.slice_ns);
			return true;
		}
	}
	if (own_first)
		return move_to_local(dsq_of(own_id)) || serve(dsq_of(llc_id));
	return (has_llc && move_to_local(dsq_of(llc_id))) || serve(dsq_of(own_id));
}

/* Nothing to do under this cache: help another one. */
__noinline int steal(u32 llc)
{
	u32 i;

	if (!may_hold(&caches_filled_ns))
		return false;
	bpf_for(i, 1, nr_llcs) {
		u32 other = llc + i < nr_llcs ? llc + i : llc + i - nr_llcs;

		if (somebody_queued(other) && move_to_local(dsq_of(other))) {
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
__noinline int balance(struct cpu_ctx *c)
{
	u64 now_ns = bpf_ktime_get_ns(), own_waiting;
	struct queue *own;
	u32 i;

	if (!c)
		return false;
	own = queue_get(c->llc);
	if (!may_hold(&caches_filled_ns) || !is_older(c->balanced_ns, now_ns, BALANCE_NS))
		return false;
	c->balanced_ns = now_ns;
	own_waiting = scx_bpf_dsq_nr_queued(dsq_of(c->llc));
	bpf_for(i, 1, nr_llcs) {
		u32 other = c->llc + i < nr_llcs ? c->llc + i : c->llc + i - nr_llcs;
		struct queue *q = queue_get(other);

		if (scx_bpf_dsq_nr_queued(dsq_of(other)) * (u64)own->nr_cpus >
			    own_waiting * q->nr_cpus &&
		    move_to_local(dsq_of(other))) {
			count(CLAND_STAT_stolen);
			return true;
		}
	}
	return false;
}

/*
 * The agent gives up the CPU. If it has left decisions in its page, carry them out: for one that
 * rests between any two requests it is the only call that it makes. Returns whether the CPU has a
 * task to run by that.
 */
__noinline int apply_yielded(s32 cpu)
{
	struct free_cpu free_cpu = { .cpu = -1 };
	struct cland_apply_args args;
	struct cland_agent_page *page;
	u32 zero = 0, nr;

	page = bpf_map_lookup_elem(&agent_page, &zero);
	if (!agent_yielded || !page)
		return false;
	nr = page->nr_yielded;
	if (!nr || nr > CLAND_YIELD_MAX)
		return false;
	/* Who is decided now is told to nobody else if this CPU takes nobody before. */
	if (!somebody_waits(cpu)) {
		free_cpu.cpu = cpu;
		free_cpu.for_one = nr == 1;
	}
	apply(page, nr, &free_cpu, bpf_ktime_get_ns(), &args);
	page->nr_yielded = 0;
	return free_cpu.is_taken;
}

/* What is to be done before the CPU looks for a task. */
__noinline int look_after(s32 cpu)
{
	struct cpu_ctx *c = cpu_get(cpu);
	u64 now_ns = bpf_ktime_get_ns();

	/*
	 * The timer, which runs while anything is parked, sees to what an agent answers too late;
	 * nobody is to wait for it once there is no agent, or one that says nothing at all.
	 */
	if (rare.park_timer_armed && (!agent_tgid || is_older(last_apply_ns, now_ns, rescue_ns)) &&
	    scx_bpf_dsq_nr_queued(DSQ_PARK))
		rescue_parked(RESCUE_DISPATCH_MAX, now_ns);
	if (rare.some_outdated) {
		rerank_outdated(nr_llcs + cpu, now_ns);
		rerank_outdated(c->llc, now_ns);
	}
	return 0;
}

/* Returns whether this CPU has something to run. */
static __always_inline bool serve_somebody(s32 cpu, struct task_struct *prev, struct cpu_ctx *c)
{
	struct queue *own = queue_get(nr_llcs + cpu), *llc = queue_get(c->llc);
	u64 express, ranked;
	bool express_last;

	/*
	 * When EXPRESS has had its turn, ranked tasks have theirs until they have had their part:
	 * one that runs for microseconds is not enough. UNHURRIED first then: EXPRESS may never be
	 * empty.
	 */
	express_last = c->express_ns >= EXPRESS_MAX_NS;
	/* Not ||: of each branch the verifier would follow both ways through all that comes. */
	express = rare.any | express_filled_ns;
	ranked = own->filled_ns | llc->filled_ns;
	return (express && !express_last && serve_express(c->express_ns, c->served_ns)) ||
	       (rare.some_unhurried && serve_unhurried()) || (!express_last && nr_llcs > 1 && balance(c)) ||
	       (ranked && serve_ranked(cpu, prev, c, own, llc)) ||
	       (express && express_last && serve_express(c->express_ns, c->served_ns));
}

SEC("struct_ops/cland_dispatch")
void BPF_PROG(cland_dispatch, s32 cpu, struct task_struct *prev)
{
	struct cpu_ctx *c = cpu_get(cpu);
	bool somebody;

	c->preempted = 0;
	/*
	 * What few calls need the time for takes it: reading the clock is a good part of what all
	 * others do.
	 */
	if (prev && prev->pid == agent_tgid && apply_yielded(cpu))
		return;
	if (rare.any)
		look_after(cpu);
	/* What EXPRESS had while nobody waited is not held against it. */
	if (c->express_ns > EXPRESS_MAX_NS + EXPRESS_SLICE_NS)
		c->express_ns = EXPRESS_MAX_NS + EXPRESS_SLICE_NS;
	/* As a rule there is nobody whom this CPU could serve. */
	somebody = rare.any | express_filled_ns | queue_get(nr_llcs + cpu)->filled_ns |
		   (nr_llcs > 1 ? caches_filled_ns : queue_get(c->llc)->filled_ns);
	if (somebody && serve_somebody(cpu, prev, c))
		return;
	/* Nobody else is there: it goes on with another slice. Not an agent that rests, see SCX_OPS_ENQ_LAST. */
	if (prev && (prev->scx.flags & k_SCX_TASK_QUEUED)) {
		struct task_ctx *t = task_get(prev);
		u64 slice_ns = t ? t->lease.slice_ns : CLAND_SLICE_DEFAULT_NS;

		if (!is_at_rest(prev)) {
			/* ops.running is not called. */
			if (t) {
				t->yielded = 0;
				if (!is_express(prev))
					c->curr_rate = t->lease.rate;
			}
			/* Asked as it yielded; it looks who has before it rests again. */
			if (prev->pid == agent_tgid)
				agent_runs();
			c->served_ns = bpf_ktime_get_ns();
			takes(CLAND_PATH_kept, CLAND_PLACE_CPU | cpu, prev, t, 0, slice_ns, c->served_ns);
			set_slice(prev, slice_ns);
			return;
		}
	}
	if (somebody && (!rare.some_unhurried || !serve(DSQ_UNHURRIED)) && nr_llcs > 1)
		steal(c->llc);
}

/* ---- cgroups --------------------------------------------------------------------------------- */

static __always_inline u32 cgroup_find(u64 id)
{
	u32 *cgroup = bpf_map_lookup_elem(&cgroup_of_id, &id);

	return cgroup ? *cgroup : CLAND_CGROUP_NONE;
}

SEC("struct_ops.s/cland_cgroup_init")
s32 BPF_PROG(cland_cgroup_init, struct cgroup *cgrp, struct scx_cgroup_init_args *args)
{
	u64 id = k_cgroup_id(cgrp);
	struct cland_cgroup_slot *g;
	u32 cgroup;

	if (bpf_map_pop_elem(&free_cgroups, &cgroup)) {
		cgroup = CLAND_CGROUPS_MAX;
		if (nr_cgroups_used < CLAND_CGROUPS_MAX)
			cgroup = __sync_fetch_and_add(&nr_cgroups_used, 1);
	}
	g = cgroup_get(cgroup);
	if (!g || bpf_map_update_elem(&cgroup_of_id, &id, &cgroup, 0)) {
		count(CLAND_STAT_no_cgroup);
		return 0; /* never refused: its tasks are nobody's */
	}
	g->weight = args->weight;
	g->level = cgrp->level;
	g->parent = cgroup_find(k_cgroup_parent_id(cgrp));
	barrier();
	g->id = id;
	return 0;
}

SEC("struct_ops.s/cland_cgroup_exit")
void BPF_PROG(cland_cgroup_exit, struct cgroup *cgrp)
{
	u64 id = k_cgroup_id(cgrp);
	u32 cgroup = cgroup_find(id);
	struct cland_cgroup_slot *g = cgroup_get(cgroup);

	if (cgroup == CLAND_CGROUP_NONE || !g)
		return;
	/* The sums stay: tasks that are still dying are on them, and whoever comes next counts on. */
	g->id = 0;
	bpf_map_delete_elem(&cgroup_of_id, &id);
	bpf_map_push_elem(&free_cgroups, &cgroup, 0);
}

SEC("struct_ops/cland_cgroup_set_weight")
void BPF_PROG(cland_cgroup_set_weight, struct cgroup *cgrp, u32 weight)
{
	u32 cgroup = cgroup_find(k_cgroup_id(cgrp));
	struct cland_cgroup_slot *g = cgroup_get(cgroup);

	if (cgroup != CLAND_CGROUP_NONE && g)
		g->weight = weight;
}

SEC("struct_ops/cland_cgroup_move")
void BPF_PROG(cland_cgroup_move, struct task_struct *p, struct cgroup *from, struct cgroup *to)
{
	struct task_ctx *t = task_get(p);
	struct cland_slot *s;

	if (!t)
		return;
	t->cgroup = cgroup_find(k_cgroup_id(to));
	if (t->load_weight) {
		load_end(t);
		load_begin(p, t);
	}
	/* The terms stay, but the policy may see the task in another light: ask it. */
	t->lease.until_ns = 0;
	s = slot_of(t);
	if (s) {
		s->cgroup = t->cgroup;
		s->lease_until_ns = 0;
	}
}

/* ---- a task's life --------------------------------------------------------------------------- */

/* Where the running task stands now, for those who want to preempt it. */
static __always_inline void curr_note(struct cpu_ctx *c, const struct task_ctx *t, u64 now_ns)
{
	c->curr_vtime_ns = t->vtime_ns + lease_offset(&t->lease);
	c->curr_since_ns = now_ns;
	c->curr_long_ns = now_ns + t->lease.slice_ns - t->since_wakeup_ns;
}

/* comm: in the kernel's memory, 16 bytes. */
static __always_inline void tell_news(struct task_struct *p, const char *comm)
{
	struct task_ctx *t;
	struct cland_slot *s;
	struct cland_news *n;

	if (!news_wanted || p->flags & PF_KTHREAD)
		return;
	t = task_get(p);
	if (!t)
		return;
	s = slot_of(t);
	if (!s)
		return;
	n = bpf_ringbuf_reserve(&news, sizeof(*n), 0);
	if (!n) {
		__sync_fetch_and_add(&nr_news_lost, 1);
		return;
	}
	n->owner_seq = s->owner_seq;
	n->slot = t->slot;
	n->pid = p->pid;
	__builtin_memset(n->comm, 0, sizeof(n->comm));
	bpf_probe_read_kernel_str(n->comm, sizeof(n->comm), comm);
	bpf_ringbuf_submit(n, 0);
}

SEC("struct_ops/cland_running")
void BPF_PROG(cland_running, struct task_struct *p)
{
	s32 cpu = k_task_cpu(p);
	struct cpu_ctx *c = cpu_get(cpu);
	struct task_ctx *t = task_get(p);
	u64 now_ns = bpf_ktime_get_ns();

	if (!t) {
		if (p->pid == agent_tgid)
			agent_runs();
		return;
	}
	t->answered_seq = t->seq;
	t->ran_from_ns = t->used_ns;
	t->yielded = 0;
	t->woken_in_sync = 0; /* the kernel asks for no CPU for one that is bound by then */
	c->served_ns = now_ns;
	c->preempted = 0;
	c->curr_express = is_express(p);
	if (c->curr_express) {
		c->curr_rate = 0;
		if (p->pid == agent_tgid) {
			agent_cpu = cpu;
			agent_runs();
		}
		return;
	}
	if (t->seldom) {
		if (t->newborn)
			tell_news(p, p->comm);
		if (t->ranked)
			clock_advance(queue_get(t->queue), t->vtime_ns);
		/* Not once more where it is not queued in between: with other CPUs or another nice level. */
		t->seldom = 0;
	}
	if (t->runnable_ns)
		histogram_count_short(CLAND_HISTOGRAM_runnable_to_running, cpu, t->runnable_ns, now_ns);
	t->runnable_ns = 0;
	load_begin(p, t);
	curr_note(c, t, now_ns);
	c->curr_queue = t->queue;
	c->curr_rate = t->lease.rate;
}

SEC("struct_ops/cland_stopping")
void BPF_PROG(cland_stopping, struct task_struct *p, bool runnable)
{
	struct cpu_ctx *c = cpu_get(k_task_cpu(p));
	struct task_ctx *t = task_get(p);
	struct cland_slot *s;
	u64 used_ns;
	bool express;

	if (!t) { /* from EXPRESS; what it has used is not known */
		c->express_ns += EXPRESS_SLICE_NS;
		return;
	}
	if (!runnable)
		load_end(t);
	used_ns = charge_inline(p, t, runnable);
	c->served_gap_ns += ((t->used_ns - t->ran_from_ns) >> 2) - (c->served_gap_ns >> 2);
	c->curr_rate = 0;
	/*
	 * Runnable, and with time left: a task of another class takes over. See
	 * cland_cpu_release(), which the kernel does not call each time: without time left, this
	 * task at least comes to ops.enqueue, rather than to the head of the local queue, from
	 * where it would go on before all others after each burst of a real-time task.
	 */
	if (runnable && p->scx.slice) {
		c->preempted = 1;
		if (k_reenqueues_anywhere())
			k_reenqueue_local();
		else
			set_slice(p, 0);
	}
	/* Nobody waits for an agent that gets ready or ends, which takes its time, nor for a silent one. */
	express = c->curr_express;
	if (express && is_unhurried(p->tgid))
		unhurried_ran(used_ns);
	if (express || t->starved)
		c->express_ns += p->tgid == standby_tgid || p->tgid == retiring_tgid ||
						 (p->tgid == agent_tgid && agent_silent) ?
					 UNWAITED_COST * used_ns : used_ns;
	else
		express_pay_back(c, used_ns);
	if (express)
		return;
	/*
	 * An agent that wakes up interrupts whoever runs, as others do: not so that one waits all
	 * over again, nor so that it has more than its turn.
	 */
	t->cut_short = t->starved && runnable && !t->yielded && turn_left_ns(t) >= CLAND_SLICE_MIN_NS;
	if (!runnable)
		t->burst_avg_ns += (t->since_wakeup_ns >> 2) - (t->burst_avg_ns >> 2);
	s = slot_of(t);
	if (s) {
		s->used_ns = t->used_ns;
		s->vtime_ns = t->vtime_ns;
	}
}

/*
 * A task of another class takes the CPU, real-time as a rule, for who knows how long. The kernel
 * has put the task that ran, and keeps whatever else is there, in the CPU's local queue, where
 * nobody else would find them. Up to Linux 6.18, and there not each time: a kernel that has gone on
 * from the local queue without asking us forgets to call it. See cland_stopping().
 */
SEC("struct_ops/cland_cpu_release")
void BPF_PROG(cland_cpu_release, s32 cpu, struct scx_cpu_release_args *args)
{
	cpu_get(cpu)->preempted = 1;
	k_reenqueue_local_on_release();
}

/* Whom a crowd's turn is not to keep waiting: kernel threads, as far as it is their turn, and the agent. */
static __always_inline bool express_waits(s32 cpu)
{
	return scx_bpf_dsq_nr_queued(DSQ_LOCAL_ON | (u32)cpu) ||
	       (cpu_get(cpu)->express_ns < EXPRESS_MAX_NS && may_hold(&express_filled_ns) &&
		scx_bpf_dsq_nr_queued(DSQ_EXPRESS));
}

SEC("struct_ops/cland_tick")
void BPF_PROG(cland_tick, struct task_struct *p)
{
	s32 cpu = k_task_cpu(p);
	struct cpu_ctx *c = cpu_get(cpu);
	struct task_ctx *t = task_get(p);
	u64 now_ns = bpf_ktime_get_ns();

	if (t && !is_express(p)) {
		u64 used_ns = charge(p, t, false);

		if (!t->starved)
			express_pay_back(c, used_ns);
		curr_note(c, t, now_ns);
		if (t->lease.flags & CLAND_LM_CROWD && is_older(c->served_ns, now_ns, t->lease.slice_ns) &&
		    express_waits(cpu))
			set_slice(p, 0);
	}
	/* A silent agent is noticed in dispatch, as is one that rests: see to it that dispatch is called. */
	if ((rare.park_timer_armed && scx_bpf_dsq_nr_queued(DSQ_PARK) &&
	     is_older(last_apply_ns, now_ns, rescue_ns)) ||
	    (rare.agent_wanted &&
	     (scx_bpf_dsq_nr_queued(DSQ_REST) || scx_bpf_dsq_nr_queued(DSQ_EXPRESS))))
		set_slice(p, 0);
}

SEC("struct_ops/cland_yield")
bool BPF_PROG(cland_yield, struct task_struct *from, struct task_struct *to)
{
	struct task_ctx *t;

	if (from->pid == agent_tgid) {
		agent_yielded = true;
	} else {
		t = task_get(from);
		if (t)
			t->yielded = 1;
	}
	set_slice(from, 0); /* having this op, we must do so ourselves: else it runs on */
	return false;
}

/* ---- what rules go by ------------------------------------------------------------------------ */

SEC("tp_btf/task_rename")
int BPF_PROG(cland_task_rename, struct task_struct *p, const char *comm)
{
	tell_news(p, comm);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(cland_process_exec, struct task_struct *p)
{
	struct task_ctx *t = task_get(p);
	struct cland_slot *s;

	/* A thread that executes takes the leader's pid, and decisions find their task by it. */
	if (t) {
		s = slot_of(t);
		if (s && s->pid != p->pid)
			s->pid = p->pid;
	}
	tell_news(p, p->comm);
	return 0;
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
	t->runnable_ns = 0;
	q = queue_get(t->queue);
	limit_distance(q, t);
	limit_credit(q, t);
	/* A newborn is in /proc from now on, but still in the root's cgroup: see cland_running(). */
	if (!t->newborn)
		tell_news(p, p->comm);
}

/* The task leaves our class, perhaps while it waits: then nobody has said that it stops. */
SEC("struct_ops/cland_disable")
void BPF_PROG(cland_disable, struct task_struct *p)
{
	struct task_ctx *t = task_get(p);

	if (t)
		load_end(t);
}

SEC("struct_ops/cland_set_weight")
void BPF_PROG(cland_set_weight, struct task_struct *p, u32 weight)
{
	struct task_ctx *t = task_get(p);
	struct cland_slot *s;

	/* Also called for every newborn, which may have inherited a lease. */
	if (!t || t->weight == weight_of(p))
		return;
	t->weight = weight_of(p);
	if (t->load_weight) {
		load_end(t);
		load_begin(p, t);
	}
	/* What the policy decided was for the old weight: weighted fair until it is asked again. */
	lease_default(&t->lease, weight_of(p));
	s = slot_of(t);
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
	struct cgroup *cgrp = k_init_task_cgroup(args);
	struct task_ctx *t, *parent = NULL;
	struct cland_slot *s;
	struct queue *q;

	t = bpf_task_storage_get(&task_ctxs, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!t)
		return 0; /* short of memory: such a task is queued without a rank, never refused */
	t->weight = weight_of(p);
	if (cgrp)
		t->cgroup = cgroup_find(k_cgroup_id(cgrp));
	lease_default(&t->lease, t->weight);
	if (args->fork) {
		struct task_struct *forker = bpf_get_current_task_btf();

		t->newborn = 1;
		parent = task_get(forker);
		/* A new agent, which is to say so when it runs: that it does not wait for until then. */
		if (supervisor_tgid && forker->tgid == supervisor_tgid && p->tgid != forker->tgid) {
			will_be_ours(p->tgid);
			standby_tgid = p->tgid;
		}
	}
	if (parent && parent->weight == t->weight) { /* else it was reset on fork */
		t->lease = parent->lease;
		t->lease.terms &= ~CLAND_TERMS_REASON_MASK; /* which was the parent's */
		/* What puts the parent ahead it has earned for itself: whether the child does is asked. */
		if (t->lease.offset_ns < 0)
			lease_default(&t->lease, t->weight);
	}
	t->queue = parent ? parent->queue : 0;
	t->charged_ns = p->se.sum_exec_runtime;
	q = queue_get(t->queue);
	/*
	 * The parent pays for the child, and a child starts where its parent stands if that is
	 * behind in the order: a shell's child runs soon, a fork bomb's waits with its ancestors.
	 * Not by more than what keeps them behind those who compute: a program that starts with
	 * hundreds of threads is no bomb, and beside a crowd a little virtual time is a long wait.
	 */
	t->vtime_ns = q->clock_ns;
	if (parent) {
		u64 debt_max_ns = q->clock_ns + FORK_DEBT_MAX_NS;

		if (before(parent->vtime_ns, debt_max_ns))
			parent->vtime_ns += FORK_COST_NS * parent->lease.rate >> CLAND_RATE_SHIFT;
		if (before(t->vtime_ns, parent->vtime_ns))
			t->vtime_ns = before(parent->vtime_ns, debt_max_ns) ? parent->vtime_ns :
									      debt_max_ns;
	}

	t->slot = slot_alloc();
	s = slot_of(t);
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

	if (p->pid == leaving_tgid)
		leaving_tgid = 0;
	if (!t)
		return;
	load_end(t);
	slot = t->slot;
	s = slot_of(t);
	if (!s)
		return;
	t->slot = NO_SLOT;
	s->owner_seq = 0;
	bpf_map_push_elem(&free_slots, &slot, 0);
}

/* Run by a process of ours: the stub knows it from now on, also across an exec. */
SEC("syscall")
int cland_register(struct cland_register_args *args)
{
	struct task_struct *p = bpf_get_current_task_btf();

	args->pid = p->tgid;
	if (args->role == CLAND_ROLE_AGENT ? admitted_tgid != p->tgid :
					     !(p->cred->cap_effective.val & 1ULL << CAP_BPF))
		return -1; /* EPERM */
	will_be_ours(p->tgid);
	if (args->role == CLAND_ROLE_SUPERVISOR) {
		supervisor_tgid = p->tgid;
	} else if (args->role == CLAND_ROLE_STANDBY) {
		standby_tgid = p->tgid;
	} else if (args->role == CLAND_ROLE_ADMIT) {
		admitted_tgid = standby_tgid;
	} else if (args->role == CLAND_ROLE_AGENT) {
		last_apply_ns = bpf_ktime_get_ns();
		agent_silent = false;
		if (args->new_policy) {
			epoch_begin(last_apply_ns);
			cland_policy_begins((u32)p->tgid);
		}
		/* Else the next change might find it waiting yet for a turn to end in. */
		if (agent_tgid != p->tgid)
			retiring_tgid = agent_tgid;
		agent_tgid = p->tgid;
		agent_yielded = false; /* that was the other one's */
		admitted_tgid = 0;
		/* Last: it is one of the two all the time, or it would wait behind all others. */
		if (standby_tgid == p->tgid)
			standby_tgid = 0;
	} else {
		return -22; /* EINVAL */
	}
	return 0;
}

/* The agent's death is known at once: nobody is asked any more, and what is parked is rescued. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(cland_process_exit, struct task_struct *p)
{
	/* Locked memory takes time to give back, for which it is not to run ahead of the load. */
	if (p->pid == agent_tgid || p->pid == standby_tgid || p->pid == retiring_tgid)
		leaving_tgid = p->pid;
	__sync_val_compare_and_swap(&agent_tgid, p->pid, 0); /* the next one may enroll right now */
	if (p->pid == standby_tgid)
		standby_tgid = 0;
	if (p->pid == retiring_tgid)
		retiring_tgid = 0;
	/* Whoever finds a pinned stub knows by this that nobody looks after it. */
	if (p->pid == supervisor_tgid)
		supervisor_tgid = 0;
	if (p->pid == admitted_tgid)
		admitted_tgid = 0;
	return 0;
}

/* ---- CPUs come and go ------------------------------------------------------------------------ */

/*
 * A CPU that goes offline no longer calls ops.dispatch, and waits until its tasks are gone; the
 * kernel moves, and if need be frees from its affinity, only what it finds in the CPU's local
 * queue. So put there whatever is in a queue and is an offline CPU's.
 */
__noinline int drain_queue(u64 dsq_id)
{
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;

	bpf_rcu_read_lock();
	if (!bpf_iter_scx_dsq_new(&it, dsq_id, 0)) {
		while ((p = bpf_iter_scx_dsq_next(&it))) {
			s32 cpu = k_task_cpu(p);
			struct cpu_ctx *c = cpu_get(cpu);

			if (c->offline && k_dsq_move(&it, p, DSQ_LOCAL_ON | (u32)cpu))
				count(CLAND_STAT_drained);
		}
	}
	bpf_iter_scx_dsq_destroy(&it);
	bpf_rcu_read_unlock();
	return 0;
}

static __noinline void drain_shared(void)
{
	drain_queue(DSQ_EXPRESS);
	drain_queue(DSQ_STARVED);
	drain_queue(DSQ_UNHURRIED);
	drain_queue(DSQ_REST);
	drain_queue(DSQ_PARK);
}

static __always_inline void cpu_goes(struct cpu_ctx *c)
{
	struct queue *q = queue_get(c->llc);

	if (!c->offline) {
		__sync_fetch_and_add(&q->nr_cpus, -1);
		__sync_fetch_and_add(&nr_online, -1);
		__sync_fetch_and_add(&nr_offline, 1);
	}
	c->offline = 1;
	c->curr_rate = 0;
}

static __always_inline void cpu_comes(struct cpu_ctx *c)
{
	struct queue *q = queue_get(c->llc);

	if (c->offline) {
		__sync_fetch_and_add(&q->nr_cpus, 1);
		__sync_fetch_and_add(&nr_online, 1);
		if (!c->absent)
			__sync_fetch_and_add(&nr_offline, -1);
	}
	c->offline = c->absent = 0;
}

/*
 * A CPU begins to go offline. The kernel no longer calls ops.dispatch on it, and then waits for all
 * who read under RCU before it calls ops.cpu_offline: one who was preempted there may be waiting in
 * our queues for this very CPU. From now on janitor_fired() drains what is the CPU's.
 */
SEC("tp_btf/cpuhp_enter")
int BPF_PROG(cland_cpuhp_enter, u32 cpu, int target, int step)
{
	struct cpu_ctx *c = cpu_get(cpu);

	if (step == (int)k_CPUHP_AP_ACTIVE && target < step)
		cpu_goes(c);
	return 0;
}

/* It stays after all: the kernel refuses to take it off. */
SEC("tp_btf/cpuhp_exit")
int BPF_PROG(cland_cpuhp_exit, u32 cpu, int state, int step, int err)
{
	struct cpu_ctx *c = cpu_get(cpu);

	if (err && step == (int)k_CPUHP_AP_ACTIVE)
		cpu_comes(c);
	return 0;
}

SEC("struct_ops/cland_cpu_offline")
void BPF_PROG(cland_cpu_offline, s32 cpu)
{
	struct cpu_ctx *c = cpu_get(cpu);

	cpu_goes(c);
	drain_queue(dsq_of(nr_llcs + cpu));
	drain_queue(dsq_outdated(nr_llcs + cpu));
	drain_queue(dsq_of(c->llc));
	drain_queue(dsq_outdated(c->llc));
	drain_shared();
}

SEC("struct_ops/cland_cpu_online")
void BPF_PROG(cland_cpu_online, s32 cpu)
{
	cpu_comes(cpu_get(cpu));
}

/* ---- nobody waits for ever ------------------------------------------------------------------- */

static __always_inline u64 starved_after_ns(u32 queue)
{
	u64 nr_queued = (u32)scx_bpf_dsq_nr_queued(dsq_of(queue)), nr_cpus, turn_ns;
	struct queue *q = queue_get(queue);

	u64 beside = nr_beside(q, queue);

	nr_cpus = cpus_under(q);
	turn_ns = q->has_crowd ? crowd_turn_ns(CLAND_SLICE_DEFAULT_NS, nr_queued, beside, nr_cpus) : TICK_NS;
	q->has_crowd = false;
	if (turn_ns < TICK_NS)
		turn_ns = TICK_NS;
	return clamp_s64(2 * turn_ns * (nr_queued + beside) / nr_cpus, STARVED_NS, STARVED_MAX_NS);
}

/*
 * The longest waiting tasks are among the last in rank, but not the last ones: in a storm of forks
 * the hogs rank among 200 parents who pay for their children. Look at the last 256 of each queue.
 * Where more wait than there is room for, those go who wait for three fourths of the longest wait:
 * else the last in rank would go again and again, and nobody before them.
 */
__noinline int serve_starved(u32 queue, u64 now_ns)
{
	s64 starved_ns = starved_after_ns(queue), least_ns, left_behind_ns = 0;
	struct cpu_ctx *c = scan_begin(256);
	struct queue *q = queue_get(queue);
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;
	u32 left;

	left = STARVED_PER_CPU * cpus_under(q);
	least_ns = q->left_behind_ns - q->left_behind_ns / 4;
	if (least_ns < starved_ns)
		least_ns = starved_ns;
	bpf_rcu_read_lock();
	if (!bpf_iter_scx_dsq_new(&it, dsq_of(queue), k_SCX_DSQ_ITER_REV)) {
		while (scan_next(c) && (p = bpf_iter_scx_dsq_next(&it))) {
			struct task_ctx *t = task_get(p);
			s64 waits_ns;

			if (!t)
				continue;
			waits_ns = now_ns - t->queued_ns;
			if (waits_ns <= starved_ns)
				continue;
			if (!left || waits_ns <= least_ns) {
				if (waits_ns > left_behind_ns)
					left_behind_ns = waits_ns;
				continue;
			}
			scx_bpf_dsq_move_set_slice(&it, STARVED_SLICE_NS);
			/* Before the move: after it the task may be running. */
			t->ranked = 0; /* far from the clock's place */
			t->turn_from_ns = t->used_ns;
			t->starved = 1;
			if (!k_dsq_move(&it, p, DSQ_STARVED)) {
				t->starved = 0; /* it has had its turn meanwhile */
				continue;
			}
			left--;
			rare.some_starved = true;
			count(CLAND_STAT_starved);
			takes(CLAND_PATH_starved, CLAND_PLACE_STARVED, p, t, 0, STARVED_SLICE_NS,
			      now_ns);
			scx_bpf_kick_cpu(k_task_cpu(p), k_SCX_KICK_IDLE);
		}
	}
	bpf_iter_scx_dsq_destroy(&it);
	bpf_rcu_read_unlock();
	q->left_behind_ns = left_behind_ns;
	return 0;
}

/* Whether tasks of another class have had the CPU for a second while ours waited for it. */
static __always_inline void watch_holder(u32 cpu, u64 now_ns)
{
	struct cpu_ctx *c = cpu_get((s32)cpu);
	u64 bit = 1ULL << (cpu & 63);
	u32 word = (cpu >> 6) & 15;

	if (cpu >= 1024)
		return;
	if (!c->offline && is_older(c->served_ns, now_ns, HELD_QUIET_NS) &&
	    (c->preempted || scx_bpf_dsq_nr_queued(dsq_of(nr_llcs + cpu)) ||
	     scx_bpf_dsq_nr_queued(DSQ_LOCAL_ON | cpu))) {
		c->free_samples = 0;
		if (++c->held_samples >= HELD_SAMPLES)
			held_cpus[word] |= bit;
	} else if (++c->free_samples >= FREE_SAMPLES) {
		/* Not sooner: newer kernels give our class a little time on such a CPU. */
		c->held_samples = 0;
		held_cpus[word] &= ~bit;
	}
}

static __always_inline bool is_held(u32 cpu)
{
	return cpu < 1024 && held_cpus[(cpu >> 6) & 15] & 1ULL << (cpu & 63);
}

/* For nr_beside(): caches come before CPUs in a round of the janitor. */
static __always_inline void note_pinned(u32 queue, u32 nr)
{
	struct queue *llc;

	if (queue < nr_llcs) {
		llc = queue_get(queue);
		llc->nr_pinned = llc->nr_pinned_next;
		llc->nr_pinned_next = 0;
		return;
	}
	llc = queue_get(cpu_get(queue - nr_llcs)->llc);
	if (nr > llc->nr_pinned_next)
		llc->nr_pinned_next = nr;
}

static int janitor_fired(void *map, int *key, struct timer *timer)
{
	u64 now_ns = bpf_ktime_get_ns();
	bool express = scx_bpf_dsq_nr_queued(DSQ_EXPRESS);
	bool waiting = express || scx_bpf_dsq_nr_queued(DSQ_STARVED) || scx_bpf_dsq_nr_queued(DSQ_UNHURRIED);
	u64 caches_then_ns = caches_filled_ns;
	bool outdated = false, in_caches = false;
	u32 queue, cpu, nr;

	if (scx_bpf_dsq_nr_queued(DSQ_PARK))
		rescue_parked(RESCUE_TIMER_MAX, now_ns);
	if (express && !express_filled_ns)
		fills(&express_filled_ns, now_ns);
	/* Either way: ops.enqueue has set it a moment before the kernel puts the task there. */
	rare.some_starved = scx_bpf_dsq_nr_queued(DSQ_STARVED);
	rare.some_unhurried = scx_bpf_dsq_nr_queued(DSQ_UNHURRIED);
	/* It has other things to do now and then: a signal, another agent that wants to take over. */
	if (scx_bpf_dsq_nr_queued(DSQ_REST)) {
		s32 home = agent_cpu, idle = -1;

		rare.agent_wanted = true;
		/* Its CPU may be offline by now, or another class's. */
		if (!scx_bpf_test_and_clear_cpu_idle(home))
			idle = pick_idle_cpu_of_all();
		scx_bpf_kick_cpu(idle >= 0 ? idle : home, 0);
	}
	bpf_for(queue, 0, nr_queues) {
		/* Whatever rare.some_outdated says: this here may have cleared it as a change began. */
		if (scx_bpf_dsq_nr_queued(dsq_outdated(queue))) {
			rare.some_outdated = outdated = true;
			if (nr_offline)
				drain_queue(dsq_outdated(queue));
			rerank_outdated(queue, now_ns);
		}
		nr = (u32)scx_bpf_dsq_nr_queued(dsq_of(queue));
		note_pinned(queue, nr);
		if (!nr)
			continue;
		waiting = true;
		if (queue < nr_llcs)
			in_caches = true;
		if (!may_hold(&queue_get(queue)->filled_ns) || (queue < nr_llcs && !may_hold(&caches_filled_ns)))
			fills_queue(queue, now_ns);
		if (nr_offline) /* queued while its CPU went offline */
			drain_queue(dsq_of(queue));
		/* Nobody else can take those whose only CPU another class has. */
		if (queue < nr_llcs || !is_held(queue - nr_llcs))
			serve_starved(queue, now_ns);
	}
	/* Not if somebody has noted another one since; what was noted a little later is there by now. */
	if (!in_caches && is_older(caches_then_ns, now_ns, FILLED_NS))
		__sync_val_compare_and_swap(&caches_filled_ns, caches_then_ns, 0);
	/* An enqueue may have read the epoch just before it changed. */
	if (!outdated && is_older(epoch_since_ns, now_ns, OUTDATED_NS))
		rare.some_outdated = false;
	bpf_for(cpu, 0, nr_cpu_ids)
		watch_holder(cpu, now_ns);
	/* A CPU on its way to idle may have missed somebody: only idle ones take notice. */
	if (waiting) {
		bpf_for(cpu, 0, nr_cpu_ids)
			scx_bpf_kick_cpu(cpu, k_SCX_KICK_IDLE);
	}
	if (nr_offline)
		drain_shared();
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
	const struct cpumask *online;
	u32 dsq, queue, cpu;
	s32 err;

	bpf_for(dsq, DSQ_PARK, DSQ_REST + 1) {
		err = scx_bpf_create_dsq(dsq, -1);
		if (err)
			return err;
	}
	bpf_for(queue, 0, nr_queues) {
		struct queue *q = queue_get(queue);

		q->clock_ns = CLOCK_START_NS;
		q->is_cache = queue < nr_llcs;
		q->nr_cpus = 0;
		err = scx_bpf_create_dsq(dsq_of(queue), -1);
		if (!err)
			err = scx_bpf_create_dsq(dsq_outdated(queue), -1);
		if (err)
			return err;
	}
	/* What has come or gone since the stub was loaded was not ours to count. */
	nr_offline = nr_online = 0;
	bpf_for(cpu, 0, nr_cpu_ids) {
		struct cpu_ctx *c = cpu_get(cpu);
		u32 *llc = bpf_map_lookup_elem(&llc_of_cpu, &cpu);

		struct queue *q;

		if (!llc || *llc >= nr_llcs)
			return -2; /* ENOENT */
		c->llc = *llc;
		online = scx_bpf_get_online_cpumask();
		c->offline = c->absent = !bpf_cpumask_test_cpu(cpu, online);
		scx_bpf_put_cpumask(online);
		q = queue_get(*llc);
		if (!c->offline) {
			q->nr_cpus++;
			nr_online++;
		}
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
	dump_line("cland: agent=%d silent=%d parked=%d express=%d unhurried=%d", agent_tgid,
		  agent_silent, scx_bpf_dsq_nr_queued(DSQ_PARK), scx_bpf_dsq_nr_queued(DSQ_EXPRESS),
		  scx_bpf_dsq_nr_queued(DSQ_UNHURRIED));
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
	.running = (void *)cland_running,
	.stopping = (void *)cland_stopping,
	.yield = (void *)cland_yield,
	.enable = (void *)cland_enable,
	.disable = (void *)cland_disable,
	.set_weight = (void *)cland_set_weight,
	.init_task = (void *)cland_init_task,
	.exit_task = (void *)cland_exit_task,
	.dump = (void *)cland_dump,
	.dump_task = (void *)cland_dump_task,
	.cgroup_init = (void *)cland_cgroup_init,
	.cgroup_exit = (void *)cland_cgroup_exit,
	.cgroup_move = (void *)cland_cgroup_move,
	.cgroup_set_weight = (void *)cland_cgroup_set_weight,
	.cpu_release = (void *)cland_cpu_release,
	.cpu_online = (void *)cland_cpu_online,
	.cpu_offline = (void *)cland_cpu_offline,
	.init = (void *)cland_init,
	.exit = (void *)cland_exit,
	/*
	 * A task that is interrupted in a BPF program, as the agent is when it pushes, must not
	 * change its CPU. Left to the kernel it would go to that CPU's local queue, with 20 ms each
	 * time, and ops.dispatch would hardly be called there any more; here it waits for its turn
	 * like others.
	 *
	 * An agent that rests is not to run on because its CPU has nobody else. (Without ENQ_LAST
	 * the kernel has whoever yields go on then.)
	 */
	.flags = SCX_OPS_ENQ_MIGRATION_DISABLED | SCX_OPS_ENQ_LAST,
	.timeout_ms = 30000, /* the kernel's maximum */
	.name = "cland",
};
