/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.h - a run as a timeline, in the JSON form of trace events that Perfetto's viewer
 * (ui.perfetto.dev) and chrome://tracing open: a row for each CPU with what ran, a row for each
 * task with what it waited for and every decision about it, and the lengths of the queues.
 */
#ifndef CLAND_SIM_TRACE_H
#define CLAND_SIM_TRACE_H

#include "sim.h"

/* trace_open - begin the file. Returns 0 and sets s->trace, or -errno with a sentence. */
int trace_open(struct sim *s, const char *path, struct diag *diag);
/* trace_close - its end. Returns 0, or -errno with a sentence if not all could be written. */
int trace_close(struct sim *s, struct diag *diag);

/* All do nothing when no trace is written. */
void trace_runs(struct sim *s, const struct sim_task *task, const struct sim_cpu *cpu);
void trace_stops(struct sim *s, const struct sim_task *task, const struct sim_cpu *cpu,
		 enum stop_reason why);
void trace_wakes(struct sim *s, const struct sim_task *task);
/* reason: the policy's text; NULL: it gives none. */
void trace_decision(struct sim *s, const struct cland_decision_msg *decision, const char *reason);
void trace_queues(struct sim *s);

#endif
