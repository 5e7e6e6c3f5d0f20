/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * live_trace.h - from what is seen of the kernel's scheduler and of scx-cland's decisions, one
 * event after the other, to a timeline: a row for each CPU with what runs on it, a row for each
 * task with when it runs, when it waits for a CPU, who has woken it up and every decision about it,
 * and a row with the policies.
 *
 * A slice is written when it ends; of each task that lives, and of no other, a few bytes are kept.
 * Events may be missing: what they would have told is then left out, and slices of a row never
 * overlap.
 *
 * Pure but for the file behind the writer; non-logging; any thread, one at a time for each.
 */
#ifndef CLAND_LIVE_TRACE_H
#define CLAND_LIVE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy_reasons.h"
#include "record_msg.h"
#include "trace_writer.h"

struct live_trace;

struct live_trace_counts {
	uint64_t nr_tasks;	/* that did something */
	uint64_t nr_runs;	/* a task had a CPU */
	uint64_t nr_decisions;
	uint64_t nr_policies;	/* that began meanwhile */
};

/*
 * live_trace_new - nr_cpus rows of CPUs are there from the beginning, others come with their
 * events. The writer stays the caller's. Returns NULL when there is no memory; live_trace_free()
 * it.
 */
struct live_trace *live_trace_new(struct trace_writer *writer, uint32_t nr_cpus,
				  uint32_t nr_cache_queues, uint64_t start_ns);

/* live_trace_event - what happened next. Returns 0, -ENOMEM, or what trace_writer_error() says. */
int live_trace_event(struct live_trace *trace, const struct record_event *event);

/*
 * live_trace_policy - the policy that decides is called so, since it began or since the trace did.
 * To be told at the beginning, and as soon as may be while live_trace_asks_policy(): RECORD_POLICY
 * does not tell the name.
 */
void live_trace_policy(struct live_trace *trace, const char *name);
bool live_trace_asks_policy(const struct live_trace *trace);

/*
 * live_trace_reasons - those of the policy that decides, which stay the caller's; used when
 * live_trace_policy() has told its name, until another one begins.
 */
void live_trace_reasons(struct live_trace *trace, const struct policy_reasons *reasons);

/* live_trace_end - what still goes on, up to end_ns. */
void live_trace_end(struct live_trace *trace, uint64_t end_ns);

struct live_trace_counts live_trace_counts(const struct live_trace *trace);

/* live_trace_free - accepts NULL. */
void live_trace_free(struct live_trace *trace);

#endif
