/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top_model_parts.h - what is inside of a struct top_model, for the two files that make it:
 * top_model.c takes events in, top_figures.c makes figures of what they have left behind.
 */
#ifndef CLAND_TOP_MODEL_PARTS_H
#define CLAND_TOP_MODEL_PARTS_H

#include "cland_histogram.h"
#include "top_model.h"

#define PID_BUCKETS TOP_TASKS_MAX	/* a power of two */
#define STINTS 256u	/* of each CPU that are remembered; a power of two */
#define CANDIDATES 8u	/* for having had most of a CPU's time */
#define CPU_UNKNOWN (-1)

/* What happened to a task within one frame. */
struct slice {
	uint64_t frame;		/* which; an older one's is of no use any more */
	uint64_t ran_ns;
	uint32_t nr_runs, nr_wakes;
	uint32_t waits[CLAND_HISTOGRAM_BUCKETS]; /* as struct cland_histogram counts */
};

struct path {
	struct path *next;
	char text[];
};

struct task {
	struct task *next;	/* with the same bucket */
	uint64_t id;
	int32_t pid, tgid, nice;
	enum recording_class class;
	bool is_kthread, has_died;
	uint64_t died_frame;	/* in which that was */
	char comm[16];
	struct path *cgroup;	/* NULL: not told */
	enum top_state state;
	uint64_t began_ns;	/* the state */
	uint64_t charged_ns;	/* up to when its time has been counted */
	uint32_t cpu;
	/* WAITS: why. */
	enum top_cause cause;
	struct top_name by;
	/* Woken up before it slept: it was about to. Counts if nothing else wakes it up. */
	bool is_raced;
	enum top_cause raced_cause;
	struct top_name raced_by;
	struct slice slices[TOP_FRAMES];
	struct top_run runs[TOP_RUNS];
	uint64_t nr_runs;	/* ever; the latest is the one before, modulo TOP_RUNS */
	struct record_decision decisions[TOP_DECISIONS];
	uint64_t nr_decisions;	/* likewise */
};

/* Somebody had the CPU. */
struct stint {
	struct top_name who;
	uint64_t from_ns, to_ns;
};

struct candidate {
	struct top_name who;
	uint64_t ns;
};

struct cpu {
	int32_t pid;		/* who has it; 0: nobody; CPU_UNKNOWN */
	bool is_seen;		/* an event has been there */
	uint64_t since_ns;	/* when that began */
	uint64_t charged_ns;
	uint32_t llc;
	uint64_t busy_ns;	/* in this frame */
	struct candidate candidates[CANDIDATES];
	struct stint stints[STINTS];
	uint64_t nr_stints;
	struct top_cpu figures;
};

struct llc {
	uint64_t waited_ns;	/* by all tasks, in this frame */
	double queue;
};

/* The waits of all tasks in a frame. */
struct frame {
	uint64_t number, length_ns;
	struct cland_histogram waits;
};

struct top_model {
	uint32_t nr_cpus, nr_llcs;
	struct cpu *cpus;
	struct llc *llcs;
	struct task *by_pid[PID_BUCKETS];
	uint32_t nr_tasks;
	uint64_t next_id, kept_id;
	uint64_t frame;		/* the number of this one; from 1 on */
	uint64_t frame_began_ns, now_ns;
	struct frame frames[TOP_FRAMES];
	struct top_task *figures;
	uint32_t nr_figures, room_figures;
	struct path *old_paths;	/* that figures may still point to: freed with the frame */
	struct top_kept kept;
	uint32_t nr_ended;
	struct top_totals totals;
};

/* Times may be out of order by a little. */
static inline uint64_t top_between_ns(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

/* top_model.c: count what a task, or a CPU, has done until now. */
void top_model_charge(struct top_model *model, struct task *task);
void top_model_charge_cpu(struct top_model *model, struct cpu *cpu);

/* top_model.c: the task that *link points to is known no longer. */
void top_model_forget(struct top_model *model, struct task **link);

/* top_figures.c */
void top_model_begin_frame(struct top_model *model);
void top_model_free_paths(struct top_model *model);

#endif
