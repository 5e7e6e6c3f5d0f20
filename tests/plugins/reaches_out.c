/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tries what the cage is to keep from a policy, and refuses to start when none of it works: a
 * process, a socket, a file of its own. Undoes what works. Root's user is something that works,
 * too.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <scx-cland/policy.h>

#define FILE_OF_ITS_OWN "/tmp/cland-reaches-out"

static int reach_out(const struct cland_host *host, const union cland_value *values,
		     void **ret_policy)
{
	int fd, nr = 0;
	pid_t pid;

	(void)host;
	(void)values;
	(void)ret_policy;
	pid = fork();
	if (!pid)
		_exit(0);
	if (pid > 0) {
		waitpid(pid, NULL, 0);
		nr++;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		close(fd);
		nr++;
	}
	fd = open(FILE_OF_ITS_OWN, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		close(fd);
		unlink(FILE_OF_ITS_OWN);
		nr++;
	}
	nr += geteuid() == 0;
	return nr ? 0 : -EPERM;
}

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.name = "reaches-out", .summary = "x", .create = reach_out, .rank = rank);
