/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * While it decides, tells the supervisor again and again that it has let go, which it has not, and
 * serves on. In the cage, where the socket to the supervisor is one of the few descriptors that
 * there are.
 */
#include <sys/socket.h>

#include <scx-cland/policy.h>

#include "agent.h"

#define CONTROL_FD 3

static uint64_t liar_rank(void *policy, const struct cland_task *task)
{
	static const struct agent_report report = { .word = AGENT_RETIRED };

	(void)policy;
	send(CONTROL_FD, &report, sizeof(report), MSG_DONTWAIT | MSG_NOSIGNAL);
	return task->clock_ns;
}

CLAND_POLICY(.name = "liar", .summary = "says that it has let go, and has not", .rank = liar_rank);
