/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top_model.h - what `clandctl top` knows: from the scheduler's events, one after the other, to
 * figures of tasks, CPUs and caches. Where events come from, and what becomes of the figures, it
 * does not know.
 *
 * Time is cut into frames, one from each top_model_end_frame() to the next. CPU time and numbers of
 * runs are those of the last frame, waits those of the last TOP_FRAMES. Known are tasks that had
 * something to do in the last TOP_QUIET_NS; one that has died leaves after the frame in which it
 * did.
 *
 * Events may be missing (tell it: top_model_gap()) and their times may be out of order by a little:
 * what comes out is then less exact, never inconsistent. Memory is bounded by TOP_TASKS_MAX.
 *
 * All times are nanoseconds of the events' clock. Pure, non-logging; any thread, one at a time for
 * each struct top_model.
 */
#ifndef CLAND_TOP_MODEL_H
#define CLAND_TOP_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "record_msg.h"
#include "recording.h"

struct top_model;

#define TOP_FRAMES 5u			/* of which waits are */
#define TOP_TASKS_MAX 16384u		/* at a time; further ones are left out, and counted */
#define TOP_RUNS 10u			/* of each task that are remembered */
#define TOP_DECISIONS 8u		/* likewise */
#define TOP_HOLDERS 3u			/* who had a CPU during a wait: those who had most of it */
#define TOP_QUIET_NS 60000000000ULL	/* asleep for so long: forgotten until its next event */

enum top_state {
	TOP_UNSEEN,	/* nothing has told */
	TOP_SLEEPS,
	TOP_WAITS,	/* for a CPU */
	TOP_RUNS_NOW,
};

/* Why a task was runnable. */
enum top_cause {
	TOP_BY_UNSEEN,	/* nobody has told of it: it was so before we looked, or that got lost */
	TOP_BY_TASK,	/* woken up by a task */
	TOP_BY_INTERRUPT, /* woken up by an interrupt, a timer's for the most part */
	TOP_BY_FORK,	/* just started */
	TOP_BY_PUT_OFF,	/* it had to leave its CPU, for another task or at the end of its slice */
};

/* How a run ended. */
enum top_end {
	TOP_END_NOT_YET,
	TOP_END_SLEPT,
	TOP_END_PUT_OFF,
	TOP_END_DIED,
	TOP_END_UNSEEN,
};

/* A task that another one's story names; it may be gone. pid 0 is nobody: the CPU was idle. */
struct top_name {
	int32_t pid;
	char comm[16];	/* NUL-terminated; "" where it is not known */
};

/* Who had the CPU, and for how long. */
struct top_holder {
	struct top_name who;
	uint64_t ns;
};

/* A task had a CPU. */
struct top_run {
	enum top_cause cause;
	enum top_end end;
	struct top_name by;	/* cause: BY_TASK the waker, BY_FORK the parent, BY_PUT_OFF who came then */
	uint64_t waited_ns;	/* until began_ns; 0 where cause is BY_UNSEEN */
	uint64_t began_ns, ran_ns;
	uint32_t cpu;
	uint32_t nr_holders;	/* of this CPU during the wait, most of it first, idle among them */
	struct top_holder holders[TOP_HOLDERS];
	uint64_t others_ns;	/* had by further ones, or by who is not remembered any more */
};

/* A task's figures. */
struct top_task {
	uint64_t id;		/* never used twice, not 0 */
	int32_t pid, tgid;
	int32_t nice;
	enum recording_class class;
	bool is_kthread;
	bool has_died;
	char comm[16];		/* "" until somebody has told it */
	const char *cgroup;	/* its path; "" where nobody has told it */
	enum top_state state;
	uint64_t since_ns;	/* when that began */
	uint32_t cpu;		/* the last one */
	double cpu_pct;		/* of one CPU */
	double runs_per_s, wakes_per_s;
	uint64_t nr_waits;	/* of which the next two are */
	uint64_t wait_p50_ns, wait_p99_ns;
	uint32_t path;		/* enum cland_path of the last decision about it; CLAND_PATH_NR: none is known */
	int32_t lead_us;	/* how far what it holds of the policy puts it ahead; below 0: behind; 0: neither */
	uint64_t lease_left_ns;	/* how long it needs not ask; 0: it is to ask, or nothing is known */
};

/* One task, closely. */
struct top_kept {
	struct top_task task;
	uint64_t taken_ns;	/* when it was as this says */
	uint32_t nr_runs;
	struct top_run runs[TOP_RUNS]; /* the latest first */
	uint32_t nr_decisions;
	struct record_decision decisions[TOP_DECISIONS]; /* the latest first */
};

struct top_cpu {
	double busy_pct;
	bool is_known;		/* anything has been told of it */
	struct top_name most;	/* who had most of its time; pid 0: nobody at all */
};

struct top_totals {
	uint64_t frame_ns;	/* how long the last frame was; 0: there is none yet */
	uint64_t waits_ns;	/* of which so much the waits are of */
	uint32_t nr_tasks;	/* known, and alive */
	uint32_t nr_running, nr_waiting; /* at the end of the frame */
	uint32_t nr_ended;	/* in it */
	uint64_t nr_left_out;	/* events of tasks for which there was no room */
	uint64_t wait_p50_ns, wait_p99_ns; /* of all tasks but kernel threads */
};

/*
 * top_model_new - begin at start_ns. llc_of_cpu has nr_cpus entries below nr_llcs; it is copied.
 * Returns NULL when there is no memory; top_model_free() it.
 */
struct top_model *top_model_new(uint32_t nr_cpus, const uint32_t *llc_of_cpu, uint32_t nr_llcs,
				uint64_t start_ns);

/* top_model_free - accepts NULL. */
void top_model_free(struct top_model *model);

/*
 * top_model_event - what happened next; a RECORD_DECISION is a struct record_decision. With a
 * RECORD_POLICY what tasks held of the policy before, and its reasons, are forgotten. RECORD_FACTS
 * and kinds that it does not know are passed over.
 */
void top_model_event(struct top_model *model, const struct record_event *event);

/* top_model_facts - what a task is, now or again; cgroup, the path, is copied. */
void top_model_facts(struct top_model *model, const struct record_facts *facts, const char *cgroup);

/* top_model_gap - events have got lost: what tasks are doing is not known until they are seen again. */
void top_model_gap(struct top_model *model);

/* top_model_keep - this task (0: none) stays known when it dies or is quiet, and top_model_kept() has it. */
void top_model_keep(struct top_model *model, uint64_t id);

/*
 * top_model_kept - the task that top_model_keep() has named, as it was then or at the end of the
 * last frame; NULL: there is none, or it had gone already. Valid until the next frame, or change of
 * who it is.
 */
const struct top_kept *top_model_kept(const struct top_model *model);

/* top_model_end_frame - all events up to now_ns have been told: make figures of them. */
void top_model_end_frame(struct top_model *model, uint64_t now_ns);

/* top_model_tasks - those alive and those that have died in the last frame, in no order. Valid until the next frame. */
const struct top_task *top_model_tasks(const struct top_model *model, uint32_t *ret_nr);

/* top_model_cpu - cpu is less than top_model_nr_cpus(). */
uint32_t top_model_nr_cpus(const struct top_model *model);
struct top_cpu top_model_cpu(const struct top_model *model, uint32_t cpu);

/*
 * top_model_llc_queue - how many tasks have waited for a CPU of this cache, below
 * top_model_nr_llcs(), on average over the last frame: those that ran there last.
 */
uint32_t top_model_nr_llcs(const struct top_model *model);
uint32_t top_model_llc_of(const struct top_model *model, uint32_t cpu);
double top_model_llc_queue(const struct top_model *model, uint32_t llc);

const struct top_totals *top_model_totals(const struct top_model *model);

#endif
