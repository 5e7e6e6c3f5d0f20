/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timeline.h - a run kept for pictures, in memory that does not grow with it: what ran where and
 * who waited, summed over columns of time and rows of CPUs; the latest spans one by one; and the
 * spans around the longest waits.
 *
 * measure.c tells it what the trace is told, too. When the time that the columns cover has passed,
 * some go into one, which is longer: so a run needs not say beforehand how long it will be.
 */
#ifndef CLAND_SIM_TIMELINE_H
#define CLAND_SIM_TIMELINE_H

#include "sim.h"

/* Groups of the workload that are told apart, in its order; then all others, and the agent. */
#define TIMELINE_GROUPS 14u
#define TIMELINE_OTHERS 14u
#define TIMELINE_AGENT 15u
#define TIMELINE_CLASSES 16u

/* Queues that are told apart, in the order in which the first task is in them; then all others. */
#define TIMELINE_QUEUES 12u
#define TIMELINE_QUEUE_LOCAL 0u	/* the queues of the CPUs themselves, together */
#define TIMELINE_QUEUE_OTHERS (TIMELINE_QUEUES - 1u)

#define TIMELINE_ROWS_MAX 32u
#define TIMELINE_COLUMNS_MAX 960u
#define TIMELINE_CELLS_MAX 9600u	/* rows times columns */
#define TIMELINE_CLOSE_CPUS 16u		/* so many neighbours, on one of which a long wait ended */
#define TIMELINE_CLOSE_SPANS 1000u

/* A task on a CPU without a pause. */
struct timeline_span {
	uint64_t start_ns, end_ns;
	uint32_t cpu;
	int32_t pid;
	uint8_t class;		/* which of TIMELINE_CLASSES */
	uint8_t why;		/* enum stop_reason; STOP_RUN_ENDS: it ran on */
	char comm[16];
};

struct timeline_column {
	uint64_t waiting_ns;	/* tasks that waited, times how long */
	uint32_t waiting_max;	/* tasks at once */
	uint32_t nr_preempted, nr_migrated;
	uint32_t nr_llc_migrated; /* of these, to another last-level cache */
	uint32_t nr_missed[TIMELINE_CLASSES]; /* deadlines */
	uint64_t longest_wakeup_ns; /* of the wake-ups that ended in it */
	uint32_t nr_looks;	/* at the queues: so many times, the sum and the most of their tasks */
	uint32_t nr_queued[TIMELINE_QUEUES], most_queued[TIMELINE_QUEUES];
};

/* The longest wait from wake-up to run, and what ran then on CPUs first_cpu and its neighbours. */
struct timeline_close {
	uint64_t since_ns, until_ns;
	int32_t pid;		/* 0: nobody waited */
	uint32_t cpu;		/* on which it ran at last */
	uint32_t group;		/* of the workload */
	char comm[16];
	uint64_t from_ns, to_ns; /* what the spans cover */
	uint32_t first_cpu, nr_cpus;
	struct timeline_span *spans; /* by the time they ended, nr of them */
	uint32_t nr_spans;
	bool is_cut;		/* there was more before from_ns */
	bool is_due;		/* the spans have yet to be taken, at to_ns */
};

enum timeline_close_kind {
	TIMELINE_CLOSE_JOBS,	/* of tasks that have deadlines */
	TIMELINE_CLOSE_ANY,
	TIMELINE_CLOSE_NR,
};

struct timeline_queue {
	uint64_t key;		/* of stub_queue_name() */
	char name[24];
};

struct timeline {
	uint32_t nr_rows, cpus_per_row;
	uint32_t nr_columns;	/* that there is room for */
	uint64_t column_ns;
	struct timeline_column *columns;
	uint64_t *run_ns;	/* see timeline_run_ns() */

	uint32_t nr_waiting;
	uint64_t waiting_since_ns; /* since when so many */

	struct timeline_queue queues[TIMELINE_QUEUES];
	uint32_t nr_queues;	/* without the others */
	bool has_others;

	struct timeline_span *spans; /* a ring */
	uint32_t room_spans;
	uint64_t nr_spans;	/* ever */
	uint64_t lost_until_ns;	/* of spans that end before, some are not there any more */
	struct timeline_close closes[TIMELINE_CLOSE_NR];
};

/* timeline_open - keep one from now on, run_begin() being over. Returns 0 and sets s->timeline, or -ENOMEM. */
int timeline_open(struct sim *s);
/* timeline_end - after run_through(): all that is still open is closed. Once. */
void timeline_end(struct sim *s);
/* timeline_close - accepts that there is none. */
void timeline_close(struct sim *s);

/* timeline_class - a group's, by its index. */
static inline uint32_t timeline_class(uint32_t group)
{
	return group < TIMELINE_GROUPS ? group : TIMELINE_OTHERS;
}

/* timeline_run_ns - what the tasks of each class ran: TIMELINE_CLASSES sums. */
static inline const uint64_t *timeline_run_ns(const struct timeline *timeline, uint32_t row,
					      uint32_t column)
{
	return timeline->run_ns +
	       ((size_t)row * timeline->nr_columns + column) * TIMELINE_CLASSES;
}

/* timeline_add_column - what was in both. */
void timeline_add_column(struct timeline_column *to, const struct timeline_column *from);

/* For measure.c, with s->timeline there. */
void timeline_waits(struct sim *s);
void timeline_rests(struct sim *s);
/* Before the counts and the task itself say that it runs. */
void timeline_runs(struct sim *s, const struct sim_task *task, const struct sim_cpu *cpu);
void timeline_stops(struct sim *s, const struct sim_task *task, const struct sim_cpu *cpu,
		    enum stop_reason why);
void timeline_missed(struct sim *s, const struct sim_task *task, uint64_t nr);

/* timeline_queues - look how long they are, now. Accepts that there is no timeline. */
void timeline_queues(struct sim *s);

#endif
