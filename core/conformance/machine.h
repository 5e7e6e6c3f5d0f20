/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h - a made-up machine of one CPU to try policies on: tasks made up from a seed come, run,
 * sleep and go, and the CPU runs whoever has the lowest rank for as long as its lease's slice says.
 *
 * It stands behind the real decision loop as its backend, and does with decisions and leases what
 * policy.h says the kernel stub does. It checks every answer of the policy on the way. After
 * machine_init() nothing here allocates or calls the system.
 */
#ifndef CLAND_MACHINE_H
#define CLAND_MACHINE_H

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
	uint64_t since_ns;		/* parked or queued: when it began to wait */
	uint64_t burst_left_ns, wake_ns;
	uint64_t burst_ns, sleep_ns;	/* what it is made of: bursts up to, sleeps up to */
	uint32_t bursts_left;
	struct cland_lease_msg lease;
};

/* What a policy's answers must keep to. */
enum machine_rule {
	MACHINE_RULE_VALID,
	MACHINE_RULE_CREDIT,
	MACHINE_RULE_SLICE,
	MACHINE_RULE_PREEMPT,
	MACHINE_RULE_OFFSET,
	MACHINE_RULE_RATE,
	MACHINE_RULE_FLAGS,
	MACHINE_RULE_REASON,
	MACHINE_RULE_ANSWER,	/* decisions that the machine did not ask for: the loop's fault */
	MACHINE_NR_RULES,
};

/* How often a rule was broken, and the first time in words. */
struct machine_breach {
	uint64_t nr;
	char text[96];
};

/* What was found. Filled in, without pointers, so that it can be compared and shared. */
struct machine_result {
	uint64_t nr_requests, nr_decided, nr_queued, nr_renewed;
	uint64_t nr_arrived, nr_left, nr_alive;
	uint64_t nr_outside_window;
	uint64_t nr_bad;		/* answers that break a rule */
	struct machine_breach breaches[MACHINE_NR_RULES];
	/* Of all decisions in their order, with ranks as distances from the clock. */
	uint64_t hash;
	/* The longest that a task was runnable and not run, and whose wait it was. */
	uint64_t max_wait_ns;
	int32_t max_wait_pid;
	uint32_t max_wait_weight;
};

#define MACHINE_CGROUPS_MAX 16u

struct machine_cgroup {
	struct cland_cgroup now;	/* its sums up to changed_ns */
	uint64_t changed_ns;
};

struct machine {
	struct fake_backend fb;
	struct machine_task *tasks;	/* by slot, as in fb.slots */
	uint32_t nr_slots;
	struct machine_cgroup cgroups[MACHINE_CGROUPS_MAX]; /* 0: nobody's, 1: the root */
	uint32_t nr_cgroups;
	uint64_t clock_ns;
	uint64_t nr_queued;		/* ever */
	uint64_t random;
	int32_t next_pid;
	uint64_t arrival_ns;		/* when the next task comes */
	struct machine_result result;
};

/* machine_init - an idle machine for up to nr_slots tasks. */
void machine_init(struct machine *m, uint32_t nr_slots, uint64_t seed);

/* machine_set_clock - where virtual time begins, before any task comes. It may be near its end. */
void machine_set_clock(struct machine *m, uint64_t clock_ns);

void machine_destroy(struct machine *m);

/* machine_cgroup - add a cgroup below another one (1: the root). Returns its index. */
uint32_t machine_cgroup(struct machine *m, uint32_t parent, uint32_t weight);

/* machine_read_cgroup - what cland_host.cgroup() gives of it, at now_ns. */
struct cland_cgroup machine_read_cgroup(const struct machine *m, uint32_t cgroup, uint64_t now_ns);

/* machine_hog - add a task that never sleeps to a cgroup, and start it now. Returns its slot. */
uint32_t machine_hog(struct machine *m, uint32_t weight, uint32_t cgroup);

/* machine_sleeper - add one that computes and sleeps in turn, up to these times, likewise. */
uint32_t machine_sleeper(struct machine *m, uint32_t weight, uint32_t cgroup, uint64_t burst_ns,
			 uint64_t sleep_ns);

/* machine_blinker - add a task that sleeps for 5 ms again and again, and then runs for 500 us. */
uint32_t machine_blinker(struct machine *m, uint32_t weight);

/* machine_crowd - from now on tasks of every kind and weight come and go. */
void machine_crowd(struct machine *m);

/*
 * machine_run - let the machine and the loop run to until_ns of the machine's clock, or until the
 * policy has been asked max_requests times. Returns 0, or what the loop returned.
 */
int machine_run(struct machine *m, struct loop *loop, uint64_t until_ns, uint64_t max_requests);

#endif
