/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim.h - a machine with sched_ext and the stub attached, in virtual time, and what runs on it.
 *
 * Who does what:
 *	sched.c		the kernel's core: waking, blocking, switching, ticks; calls the stub's ops in
 *			the order in which sched_ext does
 *	kfuncs.c	the kernel functions that the stub calls
 *	tasks.c		what tasks do: their steps, and what they wait for of each other
 *	agent_task.c	the agent: the daemon's own loop and the policy, as a task of this machine
 *	checks.c	what must always hold
 *	measure.c	what is counted; tells the trace and the timeline
 *	run.c		from a workload to the last event
 *
 * There is one such machine in a process, as there is one stub. All is decided by the workload, the
 * machine's description and the seed: nothing depends on an address or on the time of day.
 */
#ifndef CLAND_SIM_SIM_H
#define CLAND_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "cpuset.h"
#include "diag.h"
#include "dsq.h"
#include "events.h"
#include "hint.h"
#include "histogram.h"
#include "stub.h"
#include "topo.h"
#include "workload.h"

#define SIM_PID_FIRST 100
#define SIM_TASK_NAME_LEN 48

/* Why a task leaves its CPU. */
enum stop_reason {
	STOP_SLEEPS,
	STOP_EXITS,
	STOP_SLICE,		/* its slice has ended */
	STOP_RESTS,		/* the agent: until somebody asks */
	STOP_PREEMPTED,
	STOP_MOVED,		/* it may not run there any more, or the CPU goes */
	STOP_RUN_ENDS,		/* it does not: the simulation does */
};

/* Why a task is runnable and not running: what the stub then asks the policy for. */
enum wait_reason {
	WAIT_SLICE,		/* its slice has ended */
	WAIT_WOKEN,
	WAIT_BORN,
	WAIT_YIELDED,
	WAIT_PREEMPTED,
	WAIT_CPU_GONE,
	WAIT_AFFINITY,		/* its new one forbids the CPU it was on */
	WAIT_REASONS,
};

enum task_state {
	TASK_BLOCKED,
	TASK_WAITING,		/* runnable, not on a CPU */
	TASK_RUNNING,
	TASK_DEAD,
};

/* What comes next of a task's end. */
enum exit_stage {
	EXIT_BEGINS,
	EXIT_LEAVES_GROUP,
	EXIT_TELLS,		/* its parent */
	EXIT_ENDS,
};

struct task_counts {
	uint64_t nr_wakeups, nr_runs, nr_preempted, nr_slices;
	uint64_t nr_migrations, nr_llc_migrations;
	uint64_t wait_ns, max_wait_ns, max_wakeup_ns;
	uint64_t nr_jobs, nr_missed;
};

struct sim_task {
	struct task_struct p;		/* first: the stub's pointer to it is one to us */
	struct dsq_node node;
	struct event wake;
	enum task_state state;
	uint32_t cpu;			/* where it is or was last */
	uint32_t ran_on;		/* where it last ran; CPUSET_NONE: not yet */

	/* What the stub has said while it was asked about this task. */
	uint64_t direct_dsq, direct_flags, direct_key; /* direct_dsq 0: nothing */
	bool direct_by_key;

	/* What it does. */
	const struct program *program;	/* NULL: the agent */
	uint64_t work_left_ns;
	uint64_t random;
	uint64_t loops_left[WORKLOAD_LOOPS];
	struct sim_task *wait_next;	/* in the row of who waits for the same */
	int32_t serves;			/* who has called, and waits for the reply */
	struct sim_resource *waits_for;
	uint64_t called_ns;
	uint32_t step;
	uint32_t group, instance;
	uint32_t nr_children;
	uint32_t queued_behind;		/* so many in the queue it is in, whoever has left it since */
	int32_t parent_pid;
	uint8_t wait_reason;		/* enum wait_reason; WAIT_SLICE while it runs */
	uint8_t asked_reason;		/* likewise, when user space was last asked about it */
	bool fixed_speed;		/* the work takes as long on a slower CPU */
	bool has_begun;			/* ... the step that it blocks in */
	bool joining, killed;
	uint8_t exit_stage;		/* enum exit_stage */
	bool migration_disabled;	/* must stay where it is, whatever its affinity */

	/* Measured. */
	uint64_t runnable_since_ns, started_ns;
	uint64_t queued_since_ns;	/* in the queue it is in; runnable it may have been before */
	uint64_t parked_until_ns;	/* waited for user space, when it last did, until then */
	uint64_t set_free_ns;		/* may run anywhere since then, as all its CPUs had gone */
	uint64_t asleep_ns, blocked_since_ns, born_ns;
	bool just_woken;
	struct task_counts counts;
	struct histogram *wakeups;	/* with --per-task */

	const struct cpuset *cpus;
	/* What the stub keeps of it follows. */
	bool has_storage;
	_Alignas(16) unsigned char storage[];
};

struct sim_cpu {
	uint32_t id, llc, node;
	bool online;
	bool in_balance;		/* looks for what to run, right now */
	bool kick_preempts;		/* the kick under way ends the slice */
	struct sim_task *curr;		/* NULL: idle */
	struct dsq local;
	struct event resched, tick, burst;
	uint64_t idle_since_ns;
	uint64_t exec_start_ns;		/* up to where curr has been charged */
	uint64_t work_from_ns;		/* from where curr's work is to be counted on */
	uint32_t speed;			/* now; of TOPO_CAPACITY_FULL */
	uint64_t busy_ns, busy_since_ns;
	uint64_t nr_switches;
};

struct sim_resource {
	enum resource_kind kind;
	struct sim_task *first, *last;	/* who waits, in turn */
	struct sim_task *callers, *last_caller;
	struct sim_task *owner;
	uint64_t count, next_ns;
	uint32_t nr_users;
};

struct sim_group {
	struct histogram wakeup, wait, response;
	struct event start, stop;
	uint32_t index, nr_started;
	int32_t tgid;
	struct task_counts counts;	/* of those who have gone */
	uint64_t run_ns;		/* likewise */
	uint64_t nr_tasks;		/* ever */
	struct hint hint;		/* of the user's rules, for each of its tasks */
	uint32_t nr_rules;		/* that are for them */
};

struct sim_cgroup {
	struct cgroup cgroup;
	struct kernfs_node kn;
};

struct sim_options {
	uint64_t seed, duration_ns;
	uint64_t idle_limit_ns;		/* for how long a CPU may be idle beside a waiting task */
	uint64_t rescue_ns;
	uint32_t max_tasks;
	bool strict, per_task;
	bool shuffle;			/* the seed decides the order of events at the same time */
};

struct sim_totals {
	uint64_t nr_events[EVENT_NR];
	uint64_t nr_enqueues, nr_selected;	/* calls of ops.enqueue; wake-ups dispatched before it */
	uint64_t nr_dispatches;		/* calls of ops.dispatch */
	uint64_t nr_left_parked;	/* went out of PARK in another way than by the stub */
	uint64_t agent_ns, agent_wakeups;
	uint64_t nr_lost_wakeups;
};

struct agent_task;
struct timeline;
struct trace;

#define SIM_CROWD_LOOKS 64

struct sim {
	const struct topo *topo;
	const struct workload *workload;
	struct sim_options options;
	uint64_t now_ns, end_ns;
	uint64_t random;
	uint64_t tick_phase_ns;		/* the first tick */
	struct events events;
	bool is_over;
	bool has_failed;
	struct diag failure;

	struct sim_cpu *cpus;
	uint32_t this_cpu;		/* on which what happens now happens */
	struct cpuset online, idle, idle_cores, all;
	struct cpuset *llcs, *nodes;
	uint32_t *llc_of_cpu;
	uint32_t idle_cursor;		/* where to look for an idle CPU next */

	struct dsq **dsqs;		/* by a hash of their ids */
	uint32_t nr_dsqs, dsq_places;
	struct event timers[2];
	void (*timer_fns[2])(void);
	struct bpf_timer *timer_of[2];
	uint32_t timer_cpu[2];
	struct sim_task *asked_about;	/* ops.enqueue or ops.select_cpu is on for it */
	bool doorbell_rang;
	uint64_t waking_ns;		/* a wake-up is on, and takes so long */

	struct sim_task **by_pid;	/* less SIM_PID_FIRST; NULL: it has gone */
	uint32_t nr_pids, room_pids;
	const struct cland_slot *slots;	/* the stub's */
	struct sim_task *agent;
	struct agent_task *agent_task;
	struct sim_task *nobody;	/* what runs on an idle CPU */
	uint32_t nr_alive;		/* without the agent */

	struct sim_group *groups;
	struct sim_resource *resources;
	int32_t *tgids;			/* of the workload's processes; 0: nobody has been there yet */
	struct sim_cgroup *cgroups;
	struct event check, hotplug;
	uint32_t next_hotplug;
	uint64_t checked_all_ns;
	uint64_t nr_looks;
	/*
	 * How many tasks there were to each CPU at the latest looks at all, in turn, one that may
	 * run on several being a part of a task to each: [SIM_CROWD_LOOKS][topo->nr_cpus].
	 */
	float *crowds;
	struct sim_totals totals;
	struct trace *trace;		/* NULL: none is written */
	struct timeline *timeline;	/* NULL: none is kept */
};

static inline struct sim_task *sim_task_of(struct task_struct *p)
{
	return (struct sim_task *)p;
}

static inline struct sim_task *sim_task_of_node(struct dsq_node *node)
{
	return (struct sim_task *)((char *)node - offsetof(struct sim_task, node));
}

static inline struct task_struct *sim_current(struct sim *s)
{
	struct sim_task *curr = s->cpus[s->this_cpu].curr;

	return curr ? &curr->p : &s->nobody->p;
}

/* sim_fail - what must hold does not: the run ends, and the first sentence is reported. */
__attribute__((format(printf, 2, 3))) void sim_fail(struct sim *s, const char *fmt, ...);

/* ---- sched.c --------------------------------------------------------------------------------- */

/* A task joins the scheduler; forked: its parent is what runs on this CPU. */
void sched_join(struct sim *s, struct sim_task *task, bool forked);
/* It is runnable for the first time. */
void sched_wake_new(struct sim *s, struct sim_task *task);
/* It was blocked. sync: who wakes it is about to sleep. */
void sched_wake(struct sim *s, struct sim_task *task, bool sync);
/* A task's affinity or nice level changes as it runs. */
void sched_set_cpus(struct sim *s, struct sim_task *task, const struct cpuset *cpus);
void sched_set_nice(struct sim *s, struct sim_task *task, int32_t nice);
/* A task that is runnable or blocked is to end when it next runs. */
void sched_kill(struct sim *s, struct sim_task *task);

void sched_resched(struct sim *s, struct sim_cpu *cpu);	/* an event */
void sched_tick(struct sim *s, struct sim_cpu *cpu);	/* an event */
void sched_burst(struct sim *s, struct sim_cpu *cpu);	/* an event */
void sched_hotplug(struct sim *s, uint32_t cpu, bool online);

/* For kfuncs.c: a CPU is to look for what to run. */
void sched_kick(struct sim *s, struct sim_cpu *cpu, bool preempt);
/* ... a task that is in no queue goes into this one. */
void sched_queue(struct sim *s, struct sim_task *task, struct dsq *dsq, bool by_key, uint64_t key,
		 uint64_t enq_flags);
void sched_move_to_cpu(struct sim *s, struct sim_task *task, uint32_t cpu);
bool sched_may_run_on(const struct sim *s, const struct sim_task *task, uint32_t cpu);
uint32_t sched_fallback_cpu(struct sim *s, struct sim_task *task);

/* ---- kfuncs.c -------------------------------------------------------------------------------- */

/* From now on the stub's calls are about this machine. */
void kfuncs_bind(struct sim *s);
struct dsq *kfuncs_dsq(struct sim *s, uint64_t id);
void kfuncs_free_dsqs(struct sim *s);
/* What happens until it ends is an interrupt's doing, and no task's. */
void kfuncs_interrupt(bool begins);
void kfuncs_timer_fired(struct sim *s, uint32_t timer);

/* ---- tasks.c --------------------------------------------------------------------------------- */

enum task_verdict {
	TASK_COMPUTES,	/* work_left_ns */
	TASK_BLOCKS,
	TASK_YIELDS,
	TASK_EXITS,
};

/* A new task of a group, not yet known to the scheduler. NULL: no memory, and the run has failed. */
struct sim_task *tasks_new(struct sim *s, uint32_t group, uint32_t instance);
/* The running task has done what it had to compute: what now? */
enum task_verdict tasks_advance(struct sim *s, struct sim_task *task);
/* It is about to go: tell its parent, once. That may run before it has gone. Returns whether it was woken up. */
bool tasks_tell_parent(struct sim *s, struct sim_task *task);
/* It has gone. */
void tasks_exited(struct sim *s, struct sim_task *task);
void tasks_free(struct sim *s, struct sim_task *task);
struct sim_task *tasks_find(const struct sim *s, int32_t pid);
/* Out of whatever row it waits in. */
void tasks_stop_waiting(struct sim *s, struct sim_task *task);
struct sim_task *tasks_alloc(struct sim *s);

/* ---- measure.c ------------------------------------------------------------------------------- */

void measure_runnable(struct sim *s, struct sim_task *task, bool woken);
/* It waits for nothing, as the agent does when it rests, until measure_runnable() says so again. */
void measure_rests(struct sim *s);
void measure_runs(struct sim *s, struct sim_task *task, struct sim_cpu *cpu);
void measure_waits_yet(struct sim *s, struct sim_task *task);
/* How long a task that begins to run on cpu has waited: until its own work goes on, behind the switch. */
static inline uint64_t measure_wait_ns(const struct sim_task *task, const struct sim_cpu *cpu)
{
	return cpu->work_from_ns - task->runnable_since_ns;
}
/* It has run on cpu from task->started_ns to now; before it is queued again. */
void measure_stops(struct sim *s, struct sim_task *task, const struct sim_cpu *cpu,
		   enum stop_reason why);
/* nr jobs of the task are over; is_late: their deadlines were missed. */
void measure_jobs(struct sim *s, struct sim_task *task, uint64_t nr, bool is_late);
void measure_gone(struct sim *s, struct sim_task *task);

/* ---- checks.c -------------------------------------------------------------------------------- */

void checks_event(struct sim *s);
/* After the last event. */
void checks_end(struct sim *s);

#endif
