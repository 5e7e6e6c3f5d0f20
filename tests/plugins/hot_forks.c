/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes a child, once, which goes on with whatever its process does. */
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <scx-cland/policy.h>

static uint64_t rank(void *policy, const struct cland_task *task)
{
	static int nr_children;

	(void)policy;
	/* Without libc, whose handlers are others' business. */
	if (task->nr_wakeups > 3 && !nr_children++)
		syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	return task->vtime_ns;
}

CLAND_POLICY(.name = "hot-forks", .summary = "x", .rank = rank);
