/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perf_script.h - what `perf script` prints of a `perf sched record`, read as a recording. Both
 * ways in which it prints an event are known: field by field, and as its plugins do where they are
 * installed.
 *
 * perf does not tell interrupts from the task that they interrupt, which is then taken for the
 * waker; nor affinities, cgroups, processes and kernel threads.
 */
#ifndef CLAND_SIM_PERF_SCRIPT_H
#define CLAND_SIM_PERF_SCRIPT_H

#include "recording.h"

/*
 * perf_script_parse - lines of other events are left out. Returns 0; -EINVAL, -ENOMEM or -E2BIG
 * with a sentence that has path and, where there is one, the line. The caller's to
 * recording_free().
 */
int perf_script_parse(const char *path, const char *text, size_t size,
		      struct recording *ret_recording, struct diag *diag);

#endif
