/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stub.h - bpf/cland.bpf.c, compiled for this process: the rules of the stub are not modelled a
 * second time, they run. stub.c makes its maps, sets its knobs and hands out its entry points; the
 * kernel functions that it calls are kfuncs.c's.
 *
 * There is one stub in a process, as there is one in a kernel.
 */
#ifndef CLAND_SIM_STUB_H
#define CLAND_SIM_STUB_H

#include <stddef.h>

#include "kernel.h"

#include "cland_histogram.h"
#include "cland_msg.h"

struct stub_options {
	uint32_t nr_cpus, nr_llcs, max_tasks;
	uint32_t nr_slots;	/* so many slots are handed out first, in the order of `slots` */
	const uint32_t *slots;
	uint64_t rescue_ns;
	bool strict;
	const uint32_t *llc_of_cpu;
};

/* What the agent maps. */
struct stub_shared {
	const struct cland_slot *slots;
	const struct cland_cgroup_slot *cgroups;
	struct cland_ring *rings;
	struct cland_agent_page *page;
};

/* Queues of the stub that others look at. */
#define STUB_DSQ_PARK 1ULL
#define STUB_DSQ_REST 5ULL

/*
 * stub_queue_name - what a queue of the stub is, for people. Returns a number that it shares only
 * with the queue that takes its place at a change of policy.
 */
uint64_t stub_queue_name(uint64_t dsq_id, char *ret_name, size_t size);

/* The stub's struct sched_ext_ops. */
extern struct sched_ext_ops cland;

/* stub_open - make the maps and set the knobs. Returns 0 or -ENOMEM; stub_close() in both cases. */
int stub_open(const struct stub_options *options, struct stub_shared *ret_shared);
void stub_close(void);

/* The programs that are not in the ops table. */
int stub_apply(struct cland_apply_args *args);
int stub_register(struct cland_register_args *args);
void stub_process_exit(struct task_struct *p);

/*
 * stub_rescue_rounds_ns - what the stub's timer takes, once it has found that they are late, to
 * come to a parked task behind nr_ahead others.
 */
uint64_t stub_rescue_rounds_ns(uint32_t nr_ahead);

/* stub_rests - whether the task, which gives up its CPU, is the agent that goes to rest. */
bool stub_rests(struct task_struct *p);

/* stub_timer_fired - what a timer of the stub's is to call, with that timer. */
void stub_timer_fired(void (*fn)(void), struct bpf_timer *timer);

/* stub_storage_size - bytes of what the stub keeps for each task. */
size_t stub_storage_size(void);

/* stub_is_doorbell - whether a ring buffer is the one that wakes up the agent. */
bool stub_is_doorbell(const struct stub_map *map);

uint64_t stub_stat(enum cland_stat stat);

/* stub_timed - a histogram of the stub's, until the next call. stub_nr_timed - its number of times. */
const struct cland_histogram *stub_timed(enum cland_histogram_id id);
uint64_t stub_nr_timed(enum cland_histogram_id id);

/* What the stub knows of a task, for checks and traces. */
struct stub_task_view {
	uint64_t vtime_ns, clock_ns, queued_ns;
	uint64_t offset_ns, slice_ns, preempt_ns, lease_until_ns;
	uint32_t rate, queue, slot;
	bool parked;	/* has asked and has not been answered */
};
bool stub_view(struct task_struct *p, struct stub_task_view *ret_view);

#endif
