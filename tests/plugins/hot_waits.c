/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes a lock that it has: waits without end, and uses no CPU time. */
#include <pthread.h>

#include <scx-cland/policy.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	pthread_mutex_lock(&lock);
	return task->vtime_ns;
}

CLAND_POLICY(.name = "hot-waits", .summary = "x", .rank = rank);
