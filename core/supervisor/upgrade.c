/* SPDX-License-Identifier: GPL-2.0-only */
#include "upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "proc_comm.h"

#define TRY_MS 20000	/* it reads files and asks the kernel; emulated machines under load take seconds */
#define REAP_MS 1000
#define READS_MAX 64	/* in one go: it may say more as fast as it is read */

void upgrade_init(struct upgrade *upgrade)
{
	*upgrade = (struct upgrade){ .out_fd = -1 };
}

/* The path that this program was executed from: a package may have put another file there. */
static int own_path(char *ret_path, size_t size, struct diag *diag)
{
	int err = proc_exe_read(getpid(), ret_path, size);

	return err ? diag_set(diag, err, "/proc/self/exe: %s", strerror(-err)) : 0;
}

/* argv with another first word and, unless NULL, one more at the end. To be freed; NULL: no memory. */
static char **arguments(const char *path, int argc, char *const argv[], const char *last)
{
	char **args = calloc((size_t)argc + 2, sizeof(*args));
	int i;

	if (!args)
		return NULL;
	args[0] = (char *)(uintptr_t)path;
	for (i = 1; i < argc; i++)
		args[i] = argv[i];
	args[argc > 0 ? argc : 1] = (char *)(uintptr_t)last;
	return args;
}

__attribute__((noreturn)) static void child_exec(const char *path, char **args, int out_fd,
						 pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(out_fd, STDOUT_FILENO) < 0 || dup2(out_fd, STDERR_FILENO) < 0)
		_exit(1);
	execv(path, args);
	dprintf(STDERR_FILENO, "it cannot be executed: %s\n", strerror(errno));
	_exit(1);
}

int upgrade_begin(struct upgrade *upgrade, const char *path, int argc, char *const argv[],
		  uint64_t ticket, struct diag *diag)
{
	pid_t parent = getpid();
	char **args = NULL;
	int out[2] = { -1, -1 }, err;

	upgrade_init(upgrade);
	if (!path) {
		err = own_path(upgrade->path, sizeof(upgrade->path), diag);
		if (err)
			return err;
	} else if (snprintf(upgrade->path, sizeof(upgrade->path), "%s", path) >=
		   (int)sizeof(upgrade->path)) {
		return diag_set(diag, -ENAMETOOLONG, "the program's path is too long");
	}
	args = arguments(upgrade->path, argc, argv, "--check-takeover");
	if (!args || pipe2(out, O_CLOEXEC)) {
		err = diag_set(diag, args ? -errno : -ENOMEM, "%s cannot be tried: %s", upgrade->path,
			       strerror(args ? errno : ENOMEM));
		free(args);
		return err;
	}
	upgrade->pid = fork();
	if (!upgrade->pid)
		child_exec(upgrade->path, args, out[1], parent);
	err = upgrade->pid < 0 ? -errno : 0;
	free(args);
	close(out[1]);
	if (err) {
		close(out[0]);
		return diag_set(diag, err, "%s cannot be tried: fork: %s", upgrade->path,
				strerror(-err));
	}
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	upgrade->out_fd = out[0];
	upgrade->ticket = ticket;
	upgrade->until_ms = monotonic_ms() + TRY_MS;
	return 0;
}

int upgrade_fd(const struct upgrade *upgrade)
{
	return upgrade->out_fd;
}

int upgrade_timeout_ms(const struct upgrade *upgrade)
{
	uint64_t now = monotonic_ms();

	if (upgrade->out_fd < 0)
		return -1;
	return upgrade->until_ms > now ? (int)(upgrade->until_ms - now) : 0;
}

/* Returns whether there may be more to come. */
static bool read_said(struct upgrade *upgrade)
{
	char text[512];
	size_t i, reads;
	ssize_t n;

	for (reads = 0; reads < READS_MAX; reads++) {
		n = read(upgrade->out_fd, text, sizeof(text));
		if (n <= 0)
			return n < 0 && (errno == EAGAIN || errno == EINTR);
		for (i = 0; i < (size_t)n && upgrade->nr_said < sizeof(upgrade->said) - 1; i++)
			upgrade->said[upgrade->nr_said++] = text[i];
	}
	return true;
}

/* The child's wait status, or -1 when it does not end. */
static int reap(struct upgrade *upgrade, int wait_ms)
{
	struct pollfd pfd = { .fd = (int)syscall(SYS_pidfd_open, upgrade->pid, 0),
			      .events = POLLIN };
	int status = -1;

	if (pfd.fd >= 0) {
		poll(&pfd, 1, wait_ms);
		close(pfd.fd);
	}
	if (waitpid(upgrade->pid, &status, WNOHANG) != upgrade->pid)
		return -1;
	upgrade->pid = 0;
	return status;
}

void upgrade_cancel(struct upgrade *upgrade)
{
	if (upgrade->out_fd >= 0)
		close(upgrade->out_fd);
	upgrade->out_fd = -1;
	if (upgrade->pid > 0) {
		kill(upgrade->pid, SIGKILL);
		reap(upgrade, REAP_MS);
	}
	upgrade->pid = 0;
}

/* The last line of what the child has said, without the name that its lines begin with. */
static const char *last_line(struct upgrade *upgrade)
{
	static const char *const heads[] = { "scx-cland: ", "error: " };
	char *said = upgrade->said, *line;
	size_t i;

	said[upgrade->nr_said] = '\0';
	while (upgrade->nr_said && said[upgrade->nr_said - 1] == '\n')
		said[--upgrade->nr_said] = '\0';
	line = strrchr(said, '\n');
	line = line ? line + 1 : said;
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (!strncmp(line, heads[i], strlen(heads[i])))
			line += strlen(heads[i]);
	for (i = 0; line[i]; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	return line;
}

int upgrade_serve(struct upgrade *upgrade, struct diag *diag)
{
	static const char stays[] = "this program goes on";
	const char *line;
	int status;

	if (read_said(upgrade)) {
		if (monotonic_ms() < upgrade->until_ms)
			return -EINPROGRESS;
		upgrade_cancel(upgrade);
		return diag_set(diag, -ETIMEDOUT, "%s has not said within %d s whether it can take "
				"over; %s", upgrade->path, TRY_MS / 1000, stays);
	}
	status = reap(upgrade, REAP_MS);
	upgrade_cancel(upgrade);
	line = last_line(upgrade);
	if (status == 0 && !strcmp(line, UPGRADE_YES))
		return 0;
	if (status == 0 || !line[0])
		return diag_set(diag, -EINVAL, "%s does not say that it can take over: is it scx-cland, "
				"and new enough? Now %s", upgrade->path, stays);
	return diag_set(diag, -EINVAL, "%s cannot take over: %.700s; %s", upgrade->path, line, stays);
}

int upgrade_exec(const struct upgrade *upgrade, int argc, char *const argv[], struct diag *diag)
{
	char **args = arguments(upgrade->path, argc, argv, NULL);
	int err = -ENOMEM;

	if (args) {
		execv(upgrade->path, args);
		err = -errno;
	}
	free(args);
	return diag_set(diag, err, "%s cannot be executed: %s; this program goes on", upgrade->path,
			strerror(-err));
}
