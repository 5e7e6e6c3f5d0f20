/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h - a machine of one CPU for tests of policies: tasks made up from a seed come, run,
 * sleep and go, and the CPU runs whoever has the lowest rank for as long as its lease's slice says.
 *
 * It stands behind the real decision loop as its backend, and does with decisions and leases what
 * policy.h says the kernel stub does. It checks every answer of the policy on the way. After
 * machine_init() nothing here allocates or calls the system.
 */
#ifndef CLAND_TEST_MACHINE_H
#define CLAND_TEST_MACHINE_H

#include "fake_backend.h"
#include "loop.h"

enum machine_state {
	MACHINE_ABSENT,
	MACHINE_ASLEEP,
	MACHINE_PARKED,		/* has asked the policy */
	MACHINE_QUEUED,		/* has a rank */
};

struct machine_task {
	enum machine_state state;
	uint64_t rank_ns, queued_nr;	/* equal ranks run in the order queued */
	uint64_t burst_left_ns, wake_ns;
	uint64_t burst_ns, sleep_ns;	/* what it is made of: bursts up to, sleeps up to */
	uint32_t bursts_left;
	struct cland_lease_msg lease;
};

/* What was found. Filled in, without pointers, so that it can be compared and shared. */
struct machine_result {
	uint64_t nr_requests, nr_decided, nr_queued, nr_renewed;
	uint64_t nr_arrived, nr_left, nr_alive;
	uint64_t nr_outside_window;
	uint64_t nr_allocs;		/* calls to the allocator while the loop turned */
	uint64_t nr_bad;		/* answers that break a rule; the first one in words: */
	char bad[160];
	uint64_t hash;			/* of all decisions in their order */
};

struct machine {
	struct fake_backend fb;
	struct machine_task *tasks;	/* by slot, as in fb.slots */
	uint32_t nr_slots;
	uint64_t clock_ns;
	uint64_t nr_queued;		/* ever */
	uint64_t random;
	int32_t next_pid;
	uint64_t arrival_ns;		/* when the next task comes */
	struct machine_result result;
};

/* machine_init - an idle machine for up to nr_slots tasks. */
void machine_init(struct machine *m, uint32_t nr_slots, uint64_t seed);

void machine_destroy(struct machine *m);

/* machine_hog - add a task that never sleeps, and starts now. Returns its slot. */
uint32_t machine_hog(struct machine *m, uint32_t weight);

/* machine_crowd - from now on tasks of every kind and weight come and go. */
void machine_crowd(struct machine *m);

/*
 * machine_run - let the machine and the loop run to until_ns of the machine's clock, or until the
 * policy has been asked max_requests times. Returns 0, or what the loop returned.
 */
int machine_run(struct machine *m, struct loop *loop, uint64_t until_ns, uint64_t max_requests);

#endif
