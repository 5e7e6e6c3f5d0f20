/* SPDX-License-Identifier: GPL-2.0-only */
/* Hears no signal, and never comes back from rank(). */
#include <signal.h>

#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	static volatile uint64_t turns;
	sigset_t all;

	(void)policy;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	while (turns < UINT64_MAX)
		turns++;
	return task->vtime_ns;
}

CLAND_POLICY(.name = "hot-deaf", .summary = "x", .rank = rank);
