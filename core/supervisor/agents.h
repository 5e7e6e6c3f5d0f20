/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * agents.h - the agents there are: at most one that serves, one that gets ready to follow it, and
 * one that has let go and is about to end.
 *
 * However an agent comes to serve (first start, restart after a death, change of policy), it is
 * started beside the one that serves and takes over when it is ready; if it never gets there,
 * nothing has changed. Part of the supervisor, in its thread; never blocks but for up to a
 * second to reap a process that it has killed. Logs what becomes of agents.
 */
#ifndef CLAND_AGENTS_H
#define CLAND_AGENTS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent.h"
#include "crash_report.h"
#include "diag.h"
#include "handover.h"
#include "kern.h"
#include "target.h"

/* How a change of policy ended. */
struct swap_report {
	bool done;		/* else nothing has changed, exit_code and diag say why */
	int exit_code;		/* EXIT_CODE_POLICY_REFUSED, _CRASHED, _SLOW, or what else */
	struct diag diag;
	char from[32], to[32];	/* policies' names */
	char reason[256];
	uint64_t pause_ns;	/* in which no policy decided; 0: none had served just before */
	uint64_t took_ms;	/* from the request to the end */
	uint32_t nr_adopted;	/* tasks that the new policy met before it decided */
};

/* What ends an agent that nobody has asked to. */
enum agent_fault {
	AGENT_FAULT_CRASHED,	/* its process ended */
	AGENT_FAULT_HUNG,	/* it was silent, or did not let go, and was ended */
	AGENT_FAULT_REFUSED,	/* started anew after a fault, it did not get ready */
};

enum agent_state {
	AGENT_NONE,
	AGENT_STARTING,		/* forked; has not reported */
	AGENT_TAKING_OVER,	/* ready; it is its turn next */
	AGENT_ACTIVE,		/* serves */
	AGENT_RETIRING,		/* has let go; not ended yet */
};

struct agent {
	enum agent_state state;
	pid_t pid;
	int control_fd;		/* -1: closed */
	uint64_t id;
	uint64_t since_ms;	/* in this state, CLOCK_MONOTONIC */
	bool is_asked;		/* to let go */
	uint32_t nr_adopted;
	struct target target;
	struct crash_record *crash;	/* NULL: it has none */
};

/* What agents tell their owner; from within any function below. */
struct agents_events {
	/* A change of policy has ended. */
	void (*swap)(void *ctx, const struct swap_report *report);
	/* The policy that served has lost its agent. agents_rest() keeps it from being run again. */
	void (*fault)(void *ctx, const struct target *target, enum agent_fault fault,
		      const struct crash_report *report);
	/* target, which has served, is about to be started anew: its file may be another one by now. */
	void (*again)(void *ctx, struct target *target);
};

#define AGENTS_LINGERING_MAX 8

struct agents {
	const struct kern *kern;
	struct handover_fds handover_fds;
	struct handover *handover;
	int hints_fd;
	struct agent_boot boot;		/* for the next one: all but target and id */
	struct agents_events events;
	void *ctx;

	struct agent serving, next, retiring;
	struct target target;	/* what is to run; of a swap only once it is done */
	bool resting;		/* target is not to be run again: agents_rest() */
	bool has_served;		/* somebody has, so that leases of target may be there */
	bool leases_unknown;		/* those that are there may be of any policy */
	bool serving_is_inherited;	/* serving was started by another program: it only can be ended */
	uint64_t last_id;
	pid_t lingering[AGENTS_LINGERING_MAX]; /* killed and not ended yet; those beyond are zombies until we end */
	size_t nr_lingering;

	bool swapping;			/* next is there for a change of policy */
	char swap_reason[256];
	uint64_t swap_since_ms;

	uint64_t watched_ms;		/* the end of the last agents_watch() */
	uint64_t held_until_ms;		/* when agents had had no CPU last */
	uint64_t served_since_ms;	/* when the latest agent began to serve */
	uint64_t restart_at_ms, restart_delay_ms;
	unsigned int nr_restarts;	/* agents that ended without being asked to */
	uint64_t nr_faults;		/* page faults of retired agents while they served */
	int exit_code;			/* why the first agent cannot serve; has been logged */
};

/* How many descriptors agents_poll_fds() gives at most. */
#define AGENTS_POLL_FDS 3

/*
 * agents_init - nothing is started yet. kern and hints_fd (of hint_table_create()) are borrowed
 * until agents_end(). boot: all but target and id.
 * Returns 0, or -errno with a sentence.
 */
int agents_init(struct agents *agents, const struct kern *kern, int hints_fd,
		const struct agent_boot *boot, const struct agents_events *events, void *ctx,
		struct diag *diag);

/*
 * agents_adopt - before agents_start(): the stub has been at work for a while, with leases of
 * unknown policies. pid, unless 0, is a child of this process that serves; it is ended when the
 * first agent of our own is ready.
 */
void agents_adopt(struct agents *agents, pid_t pid);

/* agents_start - see to it that target is run, from now on and after every death. */
void agents_start(struct agents *agents, const struct target *target);

/*
 * agents_swap - begin to change over to target; events.swap() tells the end, which may be before
 * the return. With the policy that runs already, and other values, it changes parameters.
 * Returns 0, or -EBUSY with a sentence while another change is under way.
 */
int agents_swap(struct agents *agents, const struct target *target, const char *reason,
		struct diag *diag);

/*
 * agents_leave - end all but the one that serves: another program is about to take this process
 * over, and with it its child. Not while a change is under way. Returns its pid, or 0.
 */
pid_t agents_leave(struct agents *agents);

/* agents_rest - what is to run is not started again when it ends, or has ended. A change to something
 * else, or to the same again, ends that when it is done. */
void agents_rest(struct agents *agents);
bool agents_is_resting(const struct agents *agents);

/* agents_nudge - let whoever serves look at the hints that have changed. */
void agents_nudge(struct agents *agents);

/* agents_is_serving - somebody decides now. */
bool agents_is_serving(const struct agents *agents);

/* agents_is_starting - one is getting ready: to the stub, a child forked now would take its place. */
bool agents_is_starting(const struct agents *agents);

/* For people: the process that serves, or is getting ready when none does (0: none); "running",
 * "inherited", "starting", "ending" or "none" (static); and for how long it has been that. */
pid_t agents_pid(const struct agents *agents);
const char *agents_state_name(const struct agents *agents);
uint64_t agents_age_ms(const struct agents *agents);

/* agents_poll_fds - fill in what to poll for; returns how many. */
size_t agents_poll_fds(const struct agents *agents, struct pollfd *ret_fds);

/* agents_timeout_ms - when agents_watch() has to be called at the latest; -1: no need. */
int agents_timeout_ms(const struct agents *agents);

/* agents_listen - read what agents report, after a poll. */
void agents_listen(struct agents *agents);

/* agents_reap - SIGCHLD has come. */
void agents_reap(struct agents *agents);

/* agents_watch - start, end and replace agents whose time has come. */
void agents_watch(struct agents *agents);

/* agents_end - kill and reap all. A change under way has failed. What is to run, and the counts,
 * stay. */
void agents_end(struct agents *agents);

#endif
