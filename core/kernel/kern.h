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

#include "cland_histogram.h"
#include "cland_msg.h"
#include "diag.h"
#include "kern_backend.h"

struct config;
struct kern;

struct kern_options {
	bool strict;
	bool partial;
	bool verbose;		/* libbpf's own messages on stderr */
	uint32_t exit_dump_len;	/* bytes */
	uint32_t rescue_ms;
	uint32_t max_tasks;
};

/* kern_options_of - as the configuration wants it. */
struct kern_options kern_options_of(const struct config *config);

/*
 * kern_check - whether this kernel can run us now. taking_over: this process is the supervisor of
 * the stub that is there. sandbox: agents give up their rights, which takes some. Returns 0, also
 * when a stub of ours is there that nobody looks after; -ENOSYS: no sched_ext; -EPERM: not enough
 * privilege; -EBUSY: another sched_ext scheduler is there, or another process looks after ours;
 * each with its sentence.
 */
int kern_check(bool taking_over, bool sandbox, struct diag *diag);

/*
 * kern_open - go on with the stub that is pinned, if it suits options; else make the maps and load
 * the programs of a new one, with which nothing is scheduled yet.
 * Returns 0 and a handle for kern_free(), or -errno (-ENOMEM also for a locked-memory limit that
 * is too low) with a sentence. ret_found: a sentence on what was pinned, "" when nothing was.
 */
int kern_open(const struct kern_options *options, struct kern **ret_kern, struct diag *ret_found,
	      struct diag *diag);

/*
 * kern_can_adopt - whether kern_open() would go on with the stub that is pinned. Changes nothing.
 * Returns 0, or -errno with a sentence.
 */
int kern_can_adopt(const struct kern_options *options, struct diag *diag);

/* kern_is_attached - it is the scheduler, by kern_attach() or because it was found so. */
bool kern_is_attached(const struct kern *kern);

/*
 * kern_attach - become the scheduler; one of ours that did not suit is detached just before.
 * Returns 0, or -errno with a sentence. ret_gap_ns: how long that left the machine to the kernel's
 * own scheduler; 0: there was none.
 */
int kern_attach(struct kern *kern, uint64_t *ret_gap_ns, struct diag *diag);

/* kern_pin - once attached: stay, should this process die. Returns 0, or -errno with a sentence. */
int kern_pin(struct kern *kern, struct diag *diag);

/* kern_unpin - end with this process. */
void kern_unpin(struct kern *kern);

/* kern_is_pinned - since kern_pin(), and nobody has removed the pins since. */
bool kern_is_pinned(const struct kern *kern);

/* kern_detach - unpin, give the machine back to the kernel's own scheduler; returns when it has it. */
void kern_detach(struct kern *kern);

/*
 * kern_detach_found - the same with what a process that is gone has left pinned. Returns 1, 0 when
 * nothing was there, or -EBUSY or another -errno with a sentence.
 */
int kern_detach_found(struct diag *diag);

/*
 * kern_free - unload; detach what is attached and not pinned. What was found and has not been
 * replaced by kern_attach() stays. Accepts NULL.
 */
void kern_free(struct kern *kern);

/* kern_agent_fds - the descriptors that an agent needs. Owned by kern. */
struct kern_agent_fds kern_agent_fds(const struct kern *kern);

/*
 * kern_register - the calling process is the supervisor or the standby from now on (CLAND_ROLE_*).
 * Stays in force across exec. Safe between fork and exec. Returns 0 or -errno.
 */
int kern_register(const struct kern *kern, uint32_t role);

/* kern_admit - the process that is the standby may become the agent. Returns 0 or -errno. */
int kern_admit(const struct kern *kern);

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

/* kern_exit_is_stall - it was for a task that had waited for 30 s. */
bool kern_exit_is_stall(const struct cland_exit_info *info);

/* kern_agent_is_silent - the agent has given no sign of life for longer than age_ns; it owes one
 * every second. */
bool kern_agent_is_silent(const struct kern *kern, uint64_t age_ns);

/* kern_cpu_is_held - for a second or more tasks of another class, real-time as a rule, have had the
 * CPU while tasks of ours waited for it. */
bool kern_cpu_is_held(const struct kern *kern, uint32_t cpu);

/* kern_nr_held_from_agents - with how many CPUs it is so, for agents as well: none in partial mode, where they are
 * not of our class. */
uint32_t kern_nr_held_from_agents(const struct kern *kern);

/*
 * kern_want_news - have the stub tell of tasks that begin, take another name or execute; NULL: no
 * more. on_news is called by kern_read_news(), to be called when kern_news_fd() is readable; it
 * returns how many it has read, which is not all while they come as fast, and how many have been
 * lost since the load, for want of room.
 */
void kern_want_news(struct kern *kern, void (*on_news)(void *ctx, const struct cland_news *news),
		    void *ctx);
int kern_news_fd(const struct kern *kern);
int kern_read_news(struct kern *kern, uint64_t *ret_nr_lost);

/*
 * kern_read_slot - the task that has the slot, as if it were news; its name may be an older one.
 * Returns 1, 0 (nobody, or a kernel thread), or -ENOENT (never used: no slot from here on is).
 */
int kern_read_slot(const struct kern *kern, uint32_t slot, struct cland_news *ret_task);

/* kern_read_stats - the sums over all CPUs. Returns 0 or -errno. */
int kern_read_stats(const struct kern *kern, uint64_t ret_stats[CLAND_STAT_NR]);

/* kern_read_histograms - the same of the stub's histograms. */
int kern_read_histograms(const struct kern *kern,
			 struct cland_histogram ret_histograms[CLAND_HISTOGRAM_NR]);

#endif
