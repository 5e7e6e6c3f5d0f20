/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kern.h - the stub in the kernel, as the supervisor sees it: load, attach, detach, exit,
 * counters. Together with kern_backend.c the only place that knows libbpf. Supervisor's thread.
 * Non-logging.
 */
#ifndef CLAND_KERN_H
#define CLAND_KERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cland_msg.h"
#include "diag.h"
#include "kern_backend.h"

struct kern;

struct kern_options {
	bool strict;
	bool partial;
	bool verbose;		/* libbpf's own messages on stderr */
	uint32_t exit_dump_len;	/* bytes */
	uint32_t rescue_ms;
	uint32_t max_tasks;
};

/*
 * kern_check - whether this kernel can run us now.
 * Returns 0; -ENOSYS: no sched_ext; -EPERM: not enough privilege; -EBUSY: another sched_ext
 * scheduler is there; each with its sentence.
 */
int kern_check(struct diag *diag);

/*
 * kern_load - make the maps and load the programs; nothing is scheduled by us yet.
 * Returns 0 and a handle for kern_free(), or -errno (-ENOMEM also for a locked-memory limit that
 * is too low) with a sentence.
 */
int kern_load(const struct kern_options *options, struct kern **ret_kern, struct diag *diag);

/* kern_attach - become the scheduler. Returns 0, or -errno with a sentence. */
int kern_attach(struct kern *kern, struct diag *diag);

/* kern_detach - give the machine back to the kernel's own scheduler; returns when it has it. */
void kern_detach(struct kern *kern);

/* kern_free - detach if need be, and unload. Accepts NULL. */
void kern_free(struct kern *kern);

/* kern_agent_fds - the descriptors that an agent needs. Owned by kern. */
struct kern_agent_fds kern_agent_fds(const struct kern *kern);

/*
 * kern_register - the calling process is the supervisor or the agent from now on (CLAND_ROLE_*).
 * Stays in force across exec. Safe between fork and exec. Returns 0 or -errno.
 */
int kern_register(const struct kern *kern, uint32_t role);

/* kern_nr_cpus - CPU indices are below this, also those of CPUs that are not there. */
uint32_t kern_nr_cpus(const struct kern *kern);

/* kern_exit_fd - becomes readable when kern_has_exited() has become true. Owned by kern. */
int kern_exit_fd(const struct kern *kern);

/* kern_has_exited - the kernel has detached us; stays true. */
bool kern_has_exited(const struct kern *kern);

/*
 * kern_exit_info - why the kernel has detached us, once kern_has_exited(). The dump is a string
 * owned by kern, "" when there is none.
 */
const struct cland_exit_info *kern_exit_info(const struct kern *kern, const char **ret_dump);

/* kern_exit_wants_restart - whether the exit code asks to be loaded again (CPU hotplug). */
bool kern_exit_wants_restart(const struct cland_exit_info *info);

/* kern_agent_is_silent - the agent has given no sign of life for longer than age_ns; it owes one
 * every second. */
bool kern_agent_is_silent(const struct kern *kern, uint64_t age_ns);

/* kern_read_stats - the sums over all CPUs. Returns 0 or -errno. */
int kern_read_stats(const struct kern *kern, uint64_t ret_stats[CLAND_STAT_NR]);

#endif
