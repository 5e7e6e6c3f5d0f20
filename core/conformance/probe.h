/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe.h - a policy behind a set of functions that watch it: the real decision loop calls the
 * probe, and the probe calls the policy and looks at what it did. Everything it sees goes into
 * shared memory, as the policy may end the process at any time.
 *
 * One probe at a time in a process. [hot] functions of a probe neither allocate nor call the
 * system.
 */
#ifndef CLAND_PROBE_H
#define CLAND_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"
#include "machine.h"
#include "policy_meta.h"
#include "watch.h"

/* What of the policy's runs; watch.context while it does. */
enum probe_op {
	PROBE_OP_NONE,
	PROBE_OP_LIBRARIES,	/* the libraries it needs */
	PROBE_OP_LOAD,		/* its constructors and destructors */
	PROBE_OP_CREATE,
	PROBE_OP_RANK,
	PROBE_OP_LEASE,
	PROBE_OP_REASON,
	PROBE_OP_TICK,
	PROBE_OP_TASK_EXIT,
	PROBE_OP_DESTROY,
	PROBE_NR_OPS,
};

/* probe_op_name - "rank()" and so on. */
const char *probe_op_name(uint32_t op);

#define PROBE_CALLS_MAX 65536

struct probe_timing {
	uint32_t nr_calls;
	struct {
		uint32_t ns; /* the quickest time this call was made */
		uint32_t op;
	} calls[PROBE_CALLS_MAX];
};

struct probe_shared {
	struct watch watch;
	volatile uint64_t nr_calls;	/* grows while the policy gets on */
	volatile uint32_t last_op;
	uint64_t nr_allocs[PROBE_NR_OPS];
	uint64_t nr_overruns[PROBE_NR_OPS], nr_underruns[PROBE_NR_OPS];
	uint64_t nr_task_writes[PROBE_NR_OPS];
	int64_t first_overrun;		/* its distance from the last private byte */
	struct probe_timing timing;
};

struct probe {
	struct probe_shared *shared;
	struct cland_host host;
	struct policy real, watched;
	struct loop loop;
	struct machine machine;
	bool rehearsing;
	bool timed;
	uint32_t timed_calls;
	unsigned long allocs;
	uint64_t began_ns;
};

/*
 * probe_open - load and create the policy, and put it on a new machine whose virtual time begins at
 * clock_ns. values are its parameters'. Returns 0, or -errno with a sentence.
 */
int probe_open(struct probe *probe, struct probe_shared *shared, const struct policy_meta *meta,
	       const uint64_t *values, uint32_t nr_slots, uint64_t seed, uint64_t clock_ns,
	       bool strict, struct diag *diag);

/* probe_time - from here on note how long each call takes, or the shortest time it took before. */
void probe_time(struct probe *probe);

/* probe_close - destroy the policy, then what it ran on. */
void probe_close(struct probe *probe);

#endif
