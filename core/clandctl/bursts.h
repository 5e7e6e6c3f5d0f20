/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bursts.h - from what the scheduler's tracepoints tell, one event after the other, to what each
 * task did: computed for so long, slept for so long, was woken up by that one. Of `clandctl record`
 * and of the importer of perf's data; where the events come from it does not know.
 *
 * Events may be missing (bpf/record_msg.h counts them) and their times may be out of order by a
 * little: what comes out is then less exact, never inconsistent.
 *
 * Pure, non-logging; any thread, one at a time for each struct bursts.
 */
#ifndef CLAND_BURSTS_H
#define CLAND_BURSTS_H

#include <stdint.h>

#include "record_msg.h"
#include "recording.h"

struct bursts;

/*
 * bursts_new - begin at start_ns, by the clock of the events. Returns NULL when there is no memory;
 * bursts_free() it.
 */
struct bursts *bursts_new(uint64_t start_ns);

/* bursts_leave_out - tasks of this process are not recorded; before its facts are told. */
void bursts_leave_out(struct bursts *bursts, int32_t tgid);

/*
 * bursts_task - the task that has this pid now, for its facts (all but its steps) to be filled in;
 * made, as one that was there from the beginning, when it is not known. Valid until the next call.
 * Returns NULL, and bursts_event() fails from then on: no memory, or RECORDING_TASKS_MAX reached.
 */
struct recording_task *bursts_task(struct bursts *bursts, int32_t pid);

/*
 * bursts_event - what happened next; not RECORD_FACTS. Returns 0, -ENOMEM, or -E2BIG: the recording
 * is as large as it may be.
 */
int bursts_event(struct bursts *bursts, const struct record_event *event);

/*
 * bursts_end - the recording, which ends at end_ns: what it is of (kernel, CPUs, ...) is the
 * caller's to fill in. Its cgroups are the root and what recording_add_cgroup() adds. The bursts
 * are then used up. Returns 0, -ENOMEM or -E2BIG. The caller's to recording_free().
 */
int bursts_end(struct bursts *bursts, uint64_t end_ns, struct recording *ret_recording);

/* bursts_free - accepts NULL. */
void bursts_free(struct bursts *bursts);

#endif
