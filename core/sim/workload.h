/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workload.h - what runs on the simulated machine: groups of tasks that are alike, each task with a
 * program of steps; the cgroups they are in; and what they wait for of each other. Both formats,
 * INI (workload_ini.c) and rt-app's JSON (workload_rtapp.c), become this, and so do recordings
 * (replay.c), in which each task of a group has a program of its own.
 */
#ifndef CLAND_SIM_WORKLOAD_H
#define CLAND_SIM_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "cpuset.h"
#include "diag.h"
#include "topo.h"

#define WORKLOAD_NAME_LEN 32
#define WORKLOAD_TASKS_MAX 1000000u
#define WORKLOAD_CGROUPS_MAX 1024u
#define WORKLOAD_LOOPS 3u	/* nested loops of a program */
#define WORKLOAD_NONE UINT32_MAX

enum step_kind {
	STEP_RUN,	/* compute: ns at full capacity */
	STEP_RUNTIME,	/* compute for so long, whatever the CPU's speed */
	STEP_SLEEP,
	STEP_TIMER,	/* sleep to the next multiple of a period; resource: the timer */
	STEP_LOCK,
	STEP_UNLOCK,
	STEP_WAIT,	/* for a condition, letting go of the mutex meanwhile */
	STEP_SIGNAL,	/* wake up one that waits for the condition */
	STEP_BROADCAST,	/* ... all */
	STEP_BARRIER,
	STEP_POST,	/* add one to a semaphore, waking up who waits for it */
	STEP_TAKE,	/* wait until it is not 0, subtract one */
	STEP_CALL,	/* ask a server and wait for its answer */
	STEP_SERVE,	/* wait for the next one that asks */
	STEP_REPLY,
	STEP_FORK,	/* start a task of another group, which ends with its program */
	STEP_JOIN,	/* wait until fewer of one's children than this are left */
	STEP_YIELD,
	STEP_CPUS,	/* change one's affinity */
	STEP_NICE,
	STEP_LOOP,	/* the loop of this depth begins: nr rounds, 0: for ever */
	STEP_NEXT,	/* its end: once more from the step behind its LOOP */
};

/* struct step.flags */
#define STEP_PER_INSTANCE (1u << 0)	/* each task of the group has a resource of its own, in a row */
#define STEP_SYNC (1u << 1)		/* the one woken up is told that we sleep now, as by a pipe */
#define STEP_EXPONENTIAL (1u << 2)	/* ns is the mean of an exponential distribution */
#define STEP_SKIP (1u << 3)		/* TIMER: periods missed are left out, not caught up with */
#define STEP_RELATIVE (1u << 4)		/* TIMER: one that came too late begins anew, now */
#define STEP_SWITCHED (1u << 5)		/* RUN: what the switch to another task took is in ns */

struct step {
	uint8_t kind;		/* enum step_kind */
	uint8_t flags;
	uint8_t depth;		/* LOOP, NEXT */
	uint8_t jitter_pct;	/* ns is spread evenly by so much to both sides */
	uint32_t resource;	/* or the group of FORK, or the cpuset of CPUS */
	/* mutex of WAIT; step of NEXT; instance of FORK; of TIMER: 1 when the deadline counts */
	uint32_t other;
	int32_t nice;
	uint64_t ns;		/* or a count */
	uint64_t deadline_ns;	/* of TIMER: from the beginning of the period */
};

/*
 * step_loop - where a task goes on that has come to a LOOP or a NEXT: *at is its place in the
 * program, loops_left its rounds by depth. Takes no time. Returns whether the step was one of the
 * two.
 */
static inline bool step_loop(const struct step *step, uint64_t *loops_left, uint32_t *at)
{
	uint64_t *left = &loops_left[step->depth];

	if (step->kind == STEP_LOOP) {
		*left = step->ns;
		++*at;
		return true;
	}
	if (step->kind != STEP_NEXT)
		return false;
	/* 0 is for ever. */
	if (!*left || --*left)
		*at = step->other;
	else
		++*at;
	return true;
}

struct program {
	struct step *steps;
	uint32_t nr, room;
};

/* A task of a group whose tasks are not alike. */
struct workload_member {
	struct program program;
	uint32_t process;	/* those with the same number share a tgid; below nr_processes */
};

struct workload_group {
	char name[WORKLOAD_NAME_LEN];
	char comm[16];
	const char *kind;	/* as in the file: "hogs" ... */
	uint32_t count;		/* tasks at start; 0: they are forked */
	int32_t nice;
	bool idle_policy;	/* SCHED_IDLE */
	bool kthread;
	bool is_process;	/* tasks share one tgid */
	uint32_t cpus;		/* index; WORKLOAD_NONE: all */
	uint32_t cgroup;	/* index; 0: the root */
	uint64_t start_ns, stop_ns; /* stop 0: not */
	uint64_t stagger_ns;	/* from one task's start to the next one's */
	struct program program;
	struct workload_member *members; /* NULL: all tasks have the program above; else by instance */
	uint32_t nr_members;	/* of them; the first `count` are there at start, the others forked */
};

enum resource_kind {
	RESOURCE_TIMER,
	RESOURCE_MUTEX,
	RESOURCE_CONDITION,
	RESOURCE_BARRIER,
	RESOURCE_SEMAPHORE,
	RESOURCE_SERVER,
};

struct workload_resource {
	char name[WORKLOAD_NAME_LEN];
	enum resource_kind kind;
	uint32_t nr_users;	/* of a barrier */
};

struct workload_cgroup {
	char name[WORKLOAD_NAME_LEN];
	uint32_t weight, parent;
};

/* Where something was said, for sentences about it. */
struct workload_place {
	unsigned int line;	/* 0: nobody knows */
	char what[112];		/* "[hogs a] cpus" */
};

struct workload {
	const char *path;	/* as handed to workload_parse(); NULL: it is a recording's */
	uint64_t nr_writes;	/* rt-app's events that write, which are taken for computing */
	uint64_t duration_ns;	/* 0: until all have ended */
	uint64_t seed;
	bool has_seed, has_machine;
	struct topo topo;	/* has_machine: what the file says of it */

	struct workload_group *groups;
	uint32_t nr_groups, room_groups;
	struct workload_resource *resources;
	uint32_t nr_resources, room_resources;
	struct cpuset *cpusets;
	uint32_t nr_cpusets, room_cpusets;
	struct workload_place *places;	/* of the cpusets */
	uint32_t room_places;
	struct workload_cgroup *cgroups; /* 0: the root */
	uint32_t nr_cgroups, room_cgroups;
	uint32_t nr_processes;	/* of the groups with members */
};

/* workload_read - a file of either format, told apart by what it begins with. path must stay as long as it. */
int workload_read(const char *path, struct workload *ret_workload, struct diag *diag);
int workload_parse(const char *path, const char *text, size_t size, struct workload *ret_workload,
		   struct diag *diag);
int workload_parse_ini(const char *path, const char *text, size_t size, struct workload *workload,
		       struct diag *diag);
int workload_parse_rtapp(const char *path, const char *text, size_t size,
			 struct workload *workload, struct diag *diag);

/* workload_check - whether it fits the machine. Returns 0, or -EINVAL with a sentence. */
int workload_check(const struct workload *workload, const struct topo *topo, struct diag *diag);

/* workload_free - accepts a zeroed one. */
void workload_free(struct workload *workload);

/* For those who make one. Each returns an index, or WORKLOAD_NONE when there is no memory. */
uint32_t workload_add_group(struct workload *workload, const char *name);
uint32_t workload_add_resource(struct workload *workload, const char *name,
			       enum resource_kind kind, uint32_t nr);
/* Where it is said first; NULL: in no file. */
uint32_t workload_add_cpuset(struct workload *workload, const struct cpuset *cpus,
			     const struct workload_place *place);
uint32_t workload_add_cgroup(struct workload *workload, const char *name);

/* program_add - one more step. Returns it, or NULL when there is no memory. */
struct step *program_add(struct program *program, enum step_kind kind);

/* step_ns - how long the step takes this time; random: the row of its task, not 0 (draw_xorshift()). */
uint64_t step_ns(const struct step *step, uint64_t *random);

#endif
