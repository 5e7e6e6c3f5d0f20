/* SPDX-License-Identifier: GPL-2.0-only */
#include "clandctl_compare_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define END_MS 1000

void command_init(struct command *command)
{
	command->pid = 0;
	command->pid_fd = command->out_fd = -1;
	command->status = 0;
	command->len = 0;
	command->text[0] = '\0';
}

/* In the child: what the shell is to find. Does not return. */
static void run_shell(const char *line, const char *policy, const char *seconds, int out_fd)
{
	int null_fd = open("/dev/null", O_RDONLY);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 || dup2(out_fd, STDOUT_FILENO) < 0 ||
	    setenv(COMMAND_SECONDS, seconds, 1) || setenv(COMMAND_POLICY, policy, 1))
		_exit(126);
	execl("/bin/sh", "sh", "-c", line, (char *)NULL);
	_exit(127);
}

int command_start(struct command *command, const char *line, const char *policy, uint64_t turn_ns,
		  struct diag *diag)
{
	char seconds[32];
	int pipe_fds[2];

	command_init(command);
	if (pipe2(pipe_fds, O_CLOEXEC))
		return diag_set(diag, -errno, "--metric: a pipe: %s", strerror(errno));
	/* whole milliseconds, so that no locale has a say in it */
	snprintf(seconds, sizeof(seconds), "%llu.%03llu", (unsigned long long)(turn_ns / 1000000000),
		 (unsigned long long)(turn_ns / 1000000 % 1000));
	command->out_fd = pipe_fds[0];
	command->pid = fork();
	if (command->pid < 0) {
		command->pid = 0;
		close(pipe_fds[1]);
		return diag_set(diag, -errno, "--metric: a process: %s", strerror(errno));
	}
	if (!command->pid) {
		setpgid(0, 0);
		run_shell(line, policy, seconds, pipe_fds[1]);
	}
	/* Whoever of the two is first: command_stop() must find the group. */
	setpgid(command->pid, command->pid);
	close(pipe_fds[1]);
	/* Only this end: the command's own must wait for us, and not fail. */
	fcntl(command->out_fd, F_SETFL, O_NONBLOCK);
	command->pid_fd = (int)syscall(SYS_pidfd_open, command->pid, 0);
	if (command->pid_fd < 0)
		return diag_set(diag, -errno, "--metric: its process cannot be watched: %s",
				strerror(errno));
	return 0;
}

/* The end of what there is counts: its last line. */
static void keep(struct command *command, const char *text, size_t len)
{
	size_t over = command->len + len > COMMAND_KEPT ? command->len + len - COMMAND_KEPT : 0;

	if (over > command->len) {
		text += over - command->len;
		len -= over - command->len;
		over = command->len;
	}
	memmove(command->text, command->text + over, command->len - over);
	command->len -= over;
	memcpy(command->text + command->len, text, len);
	command->len += len;
	command->text[command->len] = '\0';
}

/* Whether more may come. */
static bool read_some(struct command *command)
{
	char text[COMMAND_KEPT];
	ssize_t n = read(command->out_fd, text, sizeof(text));

	if (n < 0)
		return errno == EINTR;
	if (!n) {
		/* Nobody can print any more; a poll would return at once for ever. */
		close(command->out_fd);
		command->out_fd = -1;
		return false;
	}
	keep(command, text, (size_t)n);
	return true;
}

/* It is reaped later: until then its number is that of its group, and nobody else's. */
static bool has_ended(const struct command *command)
{
	siginfo_t info = { .si_pid = 0 };

	return !command->pid || (!waitid(P_PID, (id_t)command->pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
				 info.si_pid);
}

bool command_read(struct command *command)
{
	unsigned int i;

	/* Bounded: a command that never stops printing must not keep the turn from its end. */
	for (i = 0; i < 64 && command->out_fd >= 0 && read_some(command); i++)
		;
	if (!has_ended(command))
		return false;
	/* What it has printed last is there by now; what others go on printing is not waited for. */
	for (i = 0; i < 64 && command->out_fd >= 0 && read_some(command); i++)
		;
	return true;
}

int command_said(const struct command *command, struct diag *diag)
{
	if (WIFSIGNALED(command->status))
		return diag_set(diag, -EINVAL, "it was ended by signal %d (%s)", WTERMSIG(command->status),
				strsignal(WTERMSIG(command->status)));
	if (WEXITSTATUS(command->status))
		return diag_set(diag, -EINVAL, "it ended with status %d", WEXITSTATUS(command->status));
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void command_stop(struct command *command)
{
	struct pollfd pfd = { .fd = command->pid_fd, .events = POLLIN };

	if (command->pid) {
		kill(-command->pid, SIGTERM);
		if (command->pid_fd < 0 || poll(&pfd, 1, END_MS) <= 0)
			kill(-command->pid, SIGKILL);
		waitpid(command->pid, &command->status, 0);
		command->pid = 0;
	}
	close_fd(&command->pid_fd);
	close_fd(&command->out_fd);
}
