/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_call.h - which function of a policy an agent is in, so that whoever finds the agent dead
 * can say so. Pure.
 */
#ifndef CLAND_POLICY_CALL_H
#define CLAND_POLICY_CALL_H

#include <stdint.h>

enum policy_call {
	POLICY_CALL_NONE,	/* in the host's own code */
	POLICY_CALL_LOAD,	/* constructors and create() */
	POLICY_CALL_RANK,
	POLICY_CALL_LEASE,
	POLICY_CALL_TICK,
	POLICY_CALL_TASK_EXIT,
	POLICY_CALL_DESTROY,
	POLICY_CALL_REASON,
	POLICY_CALL_NR,
};

/* policy_call_name - "rank", "lease" ...; "" for none, and for what is no such number. Static. */
const char *policy_call_name(uint32_t call);

#endif
