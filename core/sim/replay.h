/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay.h - from a recording to a workload: each of its tasks becomes one that computes, sleeps,
 * wakes others up and starts others as it did, on a machine like the one recorded.
 *
 * Left out are tasks of real-time classes, which the simulator does not have, and scx-cland's own
 * processes: the simulator has an agent itself. Whom they woke up is woken up by the time instead.
 */
#ifndef CLAND_SIM_REPLAY_H
#define CLAND_SIM_REPLAY_H

#include "recording.h"
#include "workload.h"

struct replay_left_out {
	uint32_t nr_tasks;
	uint64_t run_ns;	/* what they computed */
};

/*
 * replay_make - with by_time nobody wakes anybody up, and all sleeps take as long as recorded. path
 * is the recording's, for errors. Returns 0, or -EINVAL, -ENOMEM with a sentence. The caller's to
 * workload_free().
 */
int replay_make(const char *path, const struct recording *recording, bool by_time,
		struct workload *ret_workload, struct replay_left_out *ret_left_out,
		struct diag *diag);

#endif
