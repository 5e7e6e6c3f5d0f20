/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * handover.h - how one agent takes over from another between two turns of their loops.
 *
 * Agents are numbered. The supervisor asks the one that serves to let go to the one that is to
 * follow, which sleeps until then; the one that serves sees it at the end of a turn, lets go and
 * says so; the follower goes on with the very next request. What they share is a page and two event
 * descriptors, inherited by every agent. Nobody believes the descriptors: they only wake up, the
 * numbers in the page count. Non-logging.
 */
#ifndef CLAND_HANDOVER_H
#define CLAND_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

struct handover_fds {
	int page;
	int asked;	/* readable: whoever serves is worth a look at handover_is_asked() */
	int free;	/* readable: the follower is at handover_has_let_go() */
};

struct handover;

/* handover_create - [supervisor] a page and its descriptors. Returns 0 or -errno. */
int handover_create(struct handover_fds *ret_fds);

/* handover_discard - [supervisor] close them. */
void handover_discard(struct handover_fds *fds);

/* handover_open - map the page for agent number id, or for the supervisor (0). fds stay the caller's.
 * Returns 0 or -errno. */
int handover_open(const struct handover_fds *fds, uint64_t id, struct handover **ret_handover);

/* handover_close - unmap. Accepts NULL. */
void handover_close(struct handover *handover);

/*
 * handover_ask - [supervisor] ask agent number from, which serves, to let go to agent number to.
 * new_policy is for the follower: leases given until now are void.
 */
void handover_ask(struct handover *handover, uint64_t from, uint64_t to, bool new_policy);

/* handover_nudge - [supervisor] let whoever serves do one turn now. */
void handover_nudge(struct handover *handover);

/* handover_withdraw - [supervisor] nobody is asked any more; in vain if it has let go by now. */
void handover_withdraw(struct handover *handover);

/*
 * handover_has_let_go - [agent, to follow] whether the agent that was asked has let go to this one;
 * when it ended its last turn (CLOCK_MONOTONIC), and new_policy as it was asked for. fds.free
 * becomes readable when it is worth a look.
 */
bool handover_has_let_go(struct handover *handover, uint64_t *ret_released_ns,
			 bool *ret_new_policy);

/* handover_was_let_go - [supervisor] whether the agent that was asked to, has let go to agent number to. */
bool handover_was_let_go(const struct handover *handover, uint64_t to);

/* handover_released_ns - when the last agent that has let go ended its last turn (CLOCK_MONOTONIC). */
uint64_t handover_released_ns(const struct handover *handover);

/* handover_is_asked - [agent, serving; hot] whether it is to let go. */
bool handover_is_asked(struct handover *handover);

/* handover_let_go - [agent, serving] after the last turn, which ended at now_ns. */
void handover_let_go(struct handover *handover, uint64_t now_ns);

#endif
