/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topo.h - the machine that is simulated: its CPUs and what they have in common, and what things
 * cost.
 *
 * CPU numbers go up through the threads of a core, the cores of a last-level cache, the caches of a
 * node. Described by [machine] and [hotplug] in an INI file, or by options of the command line.
 */
#ifndef CLAND_SIM_TOPO_H
#define CLAND_SIM_TOPO_H

#include <stdbool.h>
#include <stdint.h>

#include "cpuset.h"
#include "diag.h"
#include "ini_text.h"

#define TOPO_CAPACITY_FULL 1024u
#define TOPO_PHASE_BY_SEED UINT64_MAX
#define TOPO_IDLE_STATES_MAX 4u
#define TOPO_HOTPLUG_MAX 64u

struct topo_idle_state {
	uint64_t residency_ns;	/* a CPU idle for that long is in it */
	uint64_t exit_ns;	/* what waking up from it takes */
};

#define TOPO_KEYS_MAX 32u

/* Where something was said, for sentences about it. */
struct topo_place {
	const char *path;	/* as handed to topo_key(); NULL: the command line, or nowhere */
	unsigned int line;
	uint32_t turn;		/* what was said later has more; 0: it is the default */
};

struct topo_hotplug {
	uint64_t at_ns;
	uint32_t cpu;
	bool online;
	struct topo_place place;
	char when[24];		/* as it was written */
};

struct topo {
	uint32_t nr_cpus;
	uint32_t smt;		/* threads of a core */
	uint32_t nr_llcs, nr_nodes;
	uint32_t smt_pct;	/* speed of a thread whose core runs another one, too */
	uint16_t capacity[CPUSET_MAX];

	uint64_t tick_ns;
	uint64_t tick_phase_ns;	/* the first tick: a workload does not begin with one; or TOPO_PHASE_BY_SEED */
	uint64_t switch_ns;	/* from one task to another */
	uint64_t migrate_ns;	/* to another core under the same cache, on top */
	uint64_t migrate_llc_ns, migrate_node_ns;
	uint64_t ipi_ns;	/* until another CPU takes notice */
	uint64_t preempt_ns;	/* until a CPU that is to stop what it runs takes notice, on top */
	uint64_t call_ns;	/* a system call: sleeping, waking others, locking ... */
	uint64_t wake_ns;	/* waking a task up, on top, for whatever runs there */
	uint64_t fork_ns;	/* starting a task, for the parent, on top of the call */
	uint64_t after_fork_ns;	/* ... and behind it: its pages are shared now */
	uint64_t child_ns;	/* ... for the child: its page faults */
	uint64_t exit_ns;	/* the end of a task, for itself: what it had is given back */
	uint64_t slack_ns;	/* by which timers of tasks come late */
	uint32_t nr_idle_states;
	struct topo_idle_state idle[TOPO_IDLE_STATES_MAX];

	/* What the agent's loop takes, besides the real work of the policy that is not measured. */
	uint64_t agent_request_ns; /* to read a request and have the policy answer it */
	uint64_t agent_push_ns;	/* the system call that applies a batch */
	uint64_t agent_decision_ns; /* ... and each decision in it */
	uint64_t agent_yield_ns; /* going to rest, without the switch; each decision left comes on top */
	uint64_t agent_wait_ns;	/* going to sleep */

	uint32_t nr_hotplug;
	struct topo_hotplug hotplug[TOPO_HOTPLUG_MAX];

	bool capacity_given;
	struct topo_place places[TOPO_KEYS_MAX]; /* of the keys of [machine] */
	uint32_t turn;
};

/* topo_default - one cache, no SMT, costs as on a desktop machine of these years. */
void topo_default(struct topo *topo, uint32_t nr_cpus);

/*
 * topo_key - one key of [machine] or [hotplug]; place->path must stay as long as topo. Returns 0,
 * or -errno with a sentence.
 */
int topo_key(struct topo *topo, const struct ini_place *place, const char *value,
	     struct diag *diag);

/* topo_has_section - whether it is one of topo_key()'s. */
bool topo_has_section(const char *section);

/* topo_read - a file of such sections alone, over what topo holds. */
int topo_read(const char *path, struct topo *topo, struct diag *diag);

/* topo_set - a number of [machine] by an option of the command line that has the key's name. */
void topo_set(struct topo *topo, const char *key, uint32_t value);

/* topo_check - whether the numbers fit each other. Returns 0, or -EINVAL with a sentence. */
int topo_check(struct topo *topo, struct diag *diag);

static inline uint32_t topo_core_of(const struct topo *topo, uint32_t cpu)
{
	return cpu / topo->smt;
}

static inline uint32_t topo_llc_of(const struct topo *topo, uint32_t cpu)
{
	return (uint32_t)((uint64_t)cpu * topo->nr_llcs / topo->nr_cpus);
}

static inline uint32_t topo_node_of(const struct topo *topo, uint32_t cpu)
{
	return (uint32_t)((uint64_t)cpu * topo->nr_nodes / topo->nr_cpus);
}

#endif
