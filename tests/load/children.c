/* SPDX-License-Identifier: GPL-2.0-only */
#include "children.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void *children_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		err(1, "%zu bytes of shared memory", size);
	return memory;
}

pid_t children_fork(void)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* it may have ended before that was in force */
		if (getppid() != parent)
			_exit(1);
	}
	return pid;
}

size_t children_wait(size_t nr)
{
	size_t nr_failed = 0;
	int status;
	pid_t pid;

	while (nr--) {
		do {
			pid = wait(&status);
		} while (pid < 0 && errno == EINTR);
		if (pid < 0)
			err(1, "waiting for a child");
		if (WIFSIGNALED(status))
			warnx("process %d was ended by signal %d", pid, WTERMSIG(status));
		else if (WEXITSTATUS(status))
			warnx("process %d ended with status %d", pid, WEXITSTATUS(status));
		nr_failed += status != 0;
	}
	return nr_failed;
}

void gate_init(struct gate *gate)
{
	if (pipe(gate->fds))
		err(1, "pipe");
}

void gate_wait(struct gate *gate)
{
	char byte;

	/* the end of the file is the signal: it wakes all that wait, however many */
	close(gate->fds[1]);
	while (read(gate->fds[0], &byte, 1) < 0 && errno == EINTR)
		;
	close(gate->fds[0]);
}

void gate_open(struct gate *gate)
{
	close(gate->fds[0]);
	close(gate->fds[1]);
}
