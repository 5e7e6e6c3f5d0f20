/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record.h - look on for a while while this machine's kernel schedules, and make a recording of it.
 * It takes root and Linux 6.12 or newer, and works beside any scheduler, the kernel's own as well.
 *
 * One at a time in a process, which is left out of the recording; its main thread. Non-logging.
 * How to look on is watch_events.h's, what to make of it bursts.h's.
 */
#ifndef CLAND_RECORD_H
#define CLAND_RECORD_H

#include <stdint.h>

#include "diag.h"
#include "recording.h"

struct record_options {
	uint64_t duration_ns;
	uint32_t ring_kib;	/* a power of two */
	int stop_fd;		/* ends the recording early when it can be read */
};

struct record_costs {
	uint64_t kernel_ns;	/* CPU time of the programs in the kernel, estimated from every 64th event */
	uint64_t own_ns;	/* CPU time of this process meanwhile */
};

/*
 * record_run - look on, and tell. Returns 0; -EPERM, -ENOSYS (the kernel is
 * too old, or clandctl built without), -ENOMEM, -E2BIG (more than a recording may have), or another
 * -errno, with a sentence. *ret_recording is the caller's to recording_free().
 */
int record_run(const struct record_options *options, struct recording *ret_recording,
	       struct record_costs *ret_costs, struct diag *diag);

#endif
