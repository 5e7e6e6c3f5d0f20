/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kern_memory.h - the memory shared with the stub, as the agent reads it: who asks, who holds which
 * slot, what a cgroup's tasks have had. The same over maps of the kernel (kern_backend.c) and over
 * those of the simulator. Knows no system call. Non-logging; [hot] but for kern_memory_init().
 */
#ifndef CLAND_KERN_MEMORY_H
#define CLAND_KERN_MEMORY_H

#include "backend.h"
#include "hint_table.h"

struct kern_memory {
	const struct cland_slot *slots;	/* read-only */
	const struct cland_cgroup_slot *cgroups; /* read-only */
	struct hint_table *hints;	/* read-only; NULL: there are none */
	struct cland_ring *rings;	/* we write the tails */
	struct cland_agent_page *page;
	uint32_t nr_cpus, max_tasks;
	uint32_t next_ring;		/* where to look first: no ring is favoured */
	/* As the page's asked, which has been taken from there: whose rings may hold something. */
	uint64_t unread[CLAND_ASKED_WORDS];
	bool serves;			/* the page is ours */
	bool wants_loads;		/* the policy looks at cgroups */
	struct cland_cgroup cgroup;	/* what kern_memory_cgroup() has last returned */
};

/* kern_memory_serve - the page is this agent's from now on. */
void kern_memory_serve(struct kern_memory *memory);

/* As next_task and read_task of struct backend_ops. */
bool kern_memory_next(struct kern_memory *memory, struct backend_task *ret_task);
int kern_memory_read(struct kern_memory *memory, uint32_t index, struct backend_task *ret_task);

/* kern_memory_is_read - whether there is no request to be read. */
bool kern_memory_is_read(const struct kern_memory *memory);

/* kern_memory_cgroup - see kern_backend_cgroup(). */
const struct cland_cgroup *kern_memory_cgroup(struct kern_memory *memory, uint32_t index,
					      uint64_t now_ns);

#endif
