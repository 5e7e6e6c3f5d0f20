/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * recording.h - what tasks of a real machine did for a while, as `clandctl record` writes it and
 * `clandsim replay` reads it: a file of lines, which docs/simulator.md describes. For each task
 * what it is, and a row of steps: how long it computed, slept, who woke it up, whom it woke up or
 * started.
 *
 * Pure: files and text only, no kernel. Non-logging; any thread, one at a time for a recording.
 */
#ifndef CLAND_RECORDING_H
#define CLAND_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "diag.h"

#define RECORDING_VERSION 1
#define RECORDING_TASKS_MAX 200000u
#define RECORDING_STEPS_MAX 16000000u
#define RECORDING_CGROUPS_MAX 1024u
#define RECORDING_NONE UINT32_MAX

enum recording_kind {
	RECORDING_RUN,		/* computes for ns; waiting for a CPU is not in it */
	RECORDING_SLEEP,	/* sleeps for ns, and is woken up by the time, or nobody knows by whom */
	RECORDING_WAIT,		/* sleeps, this time for ns, until task wakes it up */
	RECORDING_WAKE,		/* wakes up task, which waits for it */
	RECORDING_FORK,		/* starts task */
};

struct recording_step {
	uint64_t ns;
	uint32_t task;		/* index of the other one, or RECORDING_NONE */
	uint8_t kind;		/* enum recording_kind */
};

/* The kernel's numbers of its policies, SCHED_*. */
enum recording_class {
	RECORDING_OTHER = 0,
	RECORDING_FIFO = 1,
	RECORDING_RR = 2,
	RECORDING_BATCH = 3,
	RECORDING_IDLE = 5,
	RECORDING_DEADLINE = 6,
	RECORDING_EXT = 7,
};

struct recording_task {
	int32_t pid, tgid;
	int32_t nice;
	enum recording_class class;
	bool is_kthread;
	bool has_exited;	/* before the recording ended */
	uint64_t start_ns;	/* since the recording began; 0: it was there */
	uint32_t cgroup;	/* index */
	unsigned int line;	/* of the file; 0: there is none */
	char comm[16];
	char *cpus;		/* "0-3,8"; NULL: all */
	struct recording_step *steps;
	uint32_t nr_steps, room_steps;
};

struct recording_cgroup {
	char *path;		/* from the root of the cgroups on */
	uint32_t parent;	/* index of one before it; the root's is 0, itself */
	uint32_t weight;
};

struct recording {
	char source[16];	/* "clandctl" or "perf" */
	char kernel[64];	/* release; "" when it is not known */
	uint32_t nr_cpus, smt, nr_llcs, nr_nodes;
	uint64_t start_ns;	/* when it began, by the machine's monotonic clock */
	uint64_t duration_ns;
	uint64_t nr_events, nr_dropped;
	bool tells_interrupts;	/* else a task may be taken for the waker that was interrupted by it */

	struct recording_task *tasks;
	uint32_t nr_tasks, room_tasks;
	struct recording_cgroup *cgroups; /* 0: the root */
	uint32_t nr_cgroups, room_cgroups;
	uint32_t nr_steps;	/* of all tasks */
};

/* recording_init - an empty one: a machine of one CPU and the root cgroup. Returns 0 or -ENOMEM. */
int recording_init(struct recording *recording);

/* recording_free - accepts a zeroed one. */
void recording_free(struct recording *recording);

/* Each returns an index, or RECORDING_NONE: no memory, or as many as there may be. */
uint32_t recording_add_task(struct recording *recording, int32_t pid);
uint32_t recording_add_cgroup(struct recording *recording, uint32_t parent, uint32_t weight,
			      const char *path);

/* recording_add_step - at the end of the task's row. Returns 0, -ENOMEM, or -E2BIG: too many. */
int recording_add_step(struct recording *recording, uint32_t task, enum recording_kind kind,
		       uint64_t ns, uint32_t other);

/* recording_class_is_modelled - whether the simulator has it; not those of real time. */
bool recording_class_is_modelled(enum recording_class class);

/* recording_write - as text. Returns 0, or -errno: it is not whole. */
int recording_write(FILE *out, const struct recording *recording);

/*
 * recording_parse - the text of a file. With partial one that ends too early is taken for what it
 * has in whole lines. Returns 0; -EINVAL, -E2BIG, -ENOMEM with a sentence that has path and line;
 * -ENODATA with a sentence: it ends too early. The caller's to recording_free().
 */
int recording_parse(const char *path, const char *text, size_t size, bool partial,
		    struct recording *ret_recording, struct diag *diag);

#endif
