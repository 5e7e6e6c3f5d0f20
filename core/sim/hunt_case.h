/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hunt_case.h - a machine and a workload made up from a number, and the same with something left
 * out: what `clandsim hunt` tries, and how it makes what fails smaller. Pure: the number decides
 * everything.
 */
#ifndef CLAND_SIM_HUNT_CASE_H
#define CLAND_SIM_HUNT_CASE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define HUNT_GROUPS_MAX 8u
#define HUNT_HOTPLUG_MAX 12u
#define HUNT_CGROUPS_MAX 4u

enum hunt_kind {
	HUNT_HOGS,
	HUNT_PERIODIC,
	HUNT_SLEEPERS,
	HUNT_PINGPONG,
	HUNT_FORKS,
	HUNT_SERVER,
	HUNT_KINDS,
};

struct hunt_group {
	enum hunt_kind kind;
	uint32_t number;	/* in its name, which stays when others are left out */
	uint32_t count;		/* tasks; of a server: clients */
	uint32_t workers;	/* of a server; of forks: how many at a time */
	uint32_t run_us, sleep_us;	/* sleep: a period, a think time */
	uint32_t jitter_pct;
	int32_t nice;
	uint32_t first_cpu, nr_cpus;	/* nr 0: anywhere */
	uint32_t cgroup;	/* 0: none */
	uint32_t start_ms, stop_ms;	/* stop 0: not */
	uint32_t stagger_us;
	bool is_idle, is_kthread;
};

struct hunt_hotplug {
	uint32_t at_ms, cpu;
	bool online;
};

struct hunt_case {
	uint64_t seed;
	uint32_t duration_ms;
	uint32_t nr_llcs, nr_nodes, cores, smt;	/* cores of a cache, threads of a core */
	bool is_big_little;
	bool is_strict, is_shuffled;	/* options of the run */
	uint32_t agent_factor;	/* how much slower the agent is than usual */
	struct hunt_group groups[HUNT_GROUPS_MAX];
	uint32_t nr_groups;
	struct hunt_hotplug hotplug[HUNT_HOTPLUG_MAX];
	uint32_t nr_hotplug;
	uint32_t cgroup_weights[HUNT_CGROUPS_MAX]; /* of cgroup i + 1, below the one before it if odd */
};

/* hunt_case_make - the case of that number. */
struct hunt_case hunt_case_make(uint64_t seed);

/* hunt_case_print - as a workload's file; options of the run are named in a comment. */
void hunt_case_print(FILE *out, const struct hunt_case *c);

/*
 * hunt_case_less - one with something left out, by the n-th way there is. Returns false when there
 * is no such way; sets ret_less to c where the way changes nothing (hunt_case_same()).
 */
bool hunt_case_less(const struct hunt_case *c, uint32_t n, struct hunt_case *ret_less);

bool hunt_case_same(const struct hunt_case *a, const struct hunt_case *b);

/* hunt_case_crowd - how many tasks there are for the CPU that most are for, each by its part of where it may run. */
uint32_t hunt_case_crowd(const struct hunt_case *c);

/* hunt_case_is_equal - all tasks weigh the same, whatever a policy goes by. */
bool hunt_case_is_equal(const struct hunt_case *c);

#endif
