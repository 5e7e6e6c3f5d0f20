/* SPDX-License-Identifier: GPL-2.0-only */
/* Crashes in the first process only: the one that makes the file that $CLAND_TEST_MOODY names. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include <scx-cland/policy.h>

static int create(const struct cland_host *host, const union cland_value *values, void **ret_policy)
{
	static bool is_cross;
	const char *path = getenv("CLAND_TEST_MOODY");
	int fd = path ? open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600) : -1;

	(void)host;
	(void)values;
	is_cross = fd >= 0;
	if (fd >= 0)
		close(fd);
	*ret_policy = &is_cross;
	return 0;
}

static uint64_t rank(void *policy, const struct cland_task *task)
{
	if (*(const bool *)policy)
		abort();
	return task->vtime_ns;
}

CLAND_POLICY(.name = "hot-moody", .summary = "x", .create = create, .rank = rank);
