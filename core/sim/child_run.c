/* SPDX-License-Identifier: GPL-2.0-only */
#include "child_run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exit_codes.h"

#define ARGS_MAX 96

int child_run_start(struct child_run *run, const char *const argv[], bool keep_err)
{
	const char *words[ARGS_MAX] = { "clandsim" };
	size_t i;
	int err;

	for (i = 0; argv[i]; i++) {
		if (i + 2 >= ARGS_MAX)
			return -E2BIG;
		words[i + 1] = argv[i];
	}
	*run = (struct child_run){ .out = memfd_create("out", MFD_CLOEXEC), .err = -1 };
	if (keep_err)
		run->err = memfd_create("err", MFD_CLOEXEC);
	if (run->out < 0 || (keep_err && run->err < 0)) {
		err = -errno;
		child_run_close(run);
		return err;
	}
	run->pid = fork();
	if (run->pid < 0) {
		err = -errno;
		child_run_close(run);
		return err;
	}
	if (run->pid)
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* whoever asked is gone: nobody wants to know */
	if (dup2(run->out, STDOUT_FILENO) >= 0 &&
	    (!keep_err || dup2(run->err, STDERR_FILENO) >= 0))
		execv("/proc/self/exe", (char **)words);
	_exit(EXIT_CODE_FAILED);
}

int child_run_wait(struct child_run *runs, size_t nr, int *ret_code)
{
	int status;
	pid_t pid;
	size_t i;

	for (;;) {
		pid = waitpid(-1, &status, 0);
		if (pid < 0 && errno != EINTR)
			return -errno;
		for (i = 0; i < nr; i++) {
			if (pid <= 0 || runs[i].pid != pid)
				continue;
			runs[i].pid = 0;
			*ret_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
			return (int)i;
		}
	}
}

char *child_run_text(int fd, size_t *ret_size)
{
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	size_t at = 0;
	char *text;

	if (size < 0)
		return NULL;
	text = malloc((size_t)size + 1);
	while (text && at < (size_t)size) {
		ssize_t got = pread(fd, text + at, (size_t)size - at, (off_t)at);

		if (got <= 0)
			break;
		at += (size_t)got;
	}
	if (!text)
		return NULL;
	text[at] = '\0';
	if (ret_size)
		*ret_size = at;
	return text;
}

void child_run_close(struct child_run *run)
{
	if (run->out >= 0)
		close(run->out);
	if (run->err >= 0)
		close(run->err);
	*run = (struct child_run){ .out = -1, .err = -1 };
}
