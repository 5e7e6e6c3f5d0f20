/* SPDX-License-Identifier: GPL-2.0-only */
#include "instance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* "LOCK_FD AGENT_PID NR_UPGRADES CONTROL_FD"; programs of before leave the last one out */
#define HANDED_OVER "SCX_CLAND_HANDED_OVER"

void instance_inherit(struct instance *instance)
{
	const char *text = getenv(HANDED_OVER);
	int fd, agent_pid, control_fd = -1, end = 0;
	unsigned int nr_upgrades;

	*instance = (struct instance){ .lock_fd = -1, .control_fd = -1 };
	if (text && sscanf(text, "%d %d %u%n %d%n", &fd, &agent_pid, &nr_upgrades, &end, &control_fd, &end) >= 3 &&
	    !text[end] && fd > STDERR_FILENO && agent_pid >= 0 && !flock(fd, LOCK_EX | LOCK_NB) &&
	    !fcntl(fd, F_SETFD, FD_CLOEXEC)) {
		*instance = (struct instance){
			.lock_fd = fd,
			.taken_over = true,
			.agent_pid = agent_pid,
			.control_fd = -1,
			.nr_upgrades = nr_upgrades,
		};
		if (control_fd > STDERR_FILENO && !fcntl(control_fd, F_SETFD, FD_CLOEXEC))
			instance->control_fd = control_fd;
	}
	unsetenv(HANDED_OVER);
}

int instance_lock(struct instance *instance, struct diag *diag)
{
	char pid[32] = "";
	ssize_t n;
	int fd;

	if (instance->lock_fd >= 0)
		return 0;
	/* Whoever can open it can hold the lock, and nobody could start: it is for root alone. */
	fd = open(INSTANCE_LOCK_PATH, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return diag_set(diag, -errno, INSTANCE_LOCK_PATH " cannot be opened: %s", strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		n = read(fd, pid, sizeof(pid) - 1);
		pid[n > 0 ? n : 0] = '\0';
		pid[strcspn(pid, "\n")] = '\0';
		close(fd);
		return diag_set(diag, -EBUSY, "scx-cland is running already, as process %s. Stop it "
				"first: kill -TERM %s", pid[0] ? pid : "(unknown)", pid);
	}
	fchmod(fd, 0600); /* an earlier version's */
	/* The number is for the sentence above only: without it the lock is as good. */
	n = snprintf(pid, sizeof(pid), "%d\n", getpid());
	errno = 0;
	if (ftruncate(fd, 0) || pwrite(fd, pid, (size_t)n, 0) != n) {
		instance->lock_err = errno ? -errno : -EIO;
		(void)ftruncate(fd, 0);
	}
	instance->lock_fd = fd;
	return 0;
}

int instance_hand_over(const struct instance *instance, pid_t agent_pid, int control_fd)
{
	char text[64];

	snprintf(text, sizeof(text), "%d %d %u %d", instance->lock_fd, (int)agent_pid,
		 instance->nr_upgrades + 1, control_fd);
	if (setenv(HANDED_OVER, text, 1) || fcntl(instance->lock_fd, F_SETFD, 0) ||
	    (control_fd >= 0 && fcntl(control_fd, F_SETFD, 0)))
		return -errno;
	return 0;
}

void instance_keep(const struct instance *instance, int control_fd)
{
	fcntl(instance->lock_fd, F_SETFD, FD_CLOEXEC);
	if (control_fd >= 0)
		fcntl(control_fd, F_SETFD, FD_CLOEXEC);
	unsetenv(HANDED_OVER);
}

void instance_unlock(struct instance *instance)
{
	if (instance->lock_fd >= 0)
		close(instance->lock_fd);
	instance->lock_fd = -1;
}
