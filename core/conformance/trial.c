/* SPDX-License-Identifier: GPL-2.0-only */
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef CLAND_CAGE
#include "cage_filter.h"
#include "cage_rights.h"
#endif

/* Which check a function belongs to when it ends the process or does not return. */
static enum check check_of(uint32_t op)
{
	switch (op) {
	case PROBE_OP_LIBRARIES:
		return CHECK_SYMBOLS;
	case PROBE_OP_LOAD:
		return CHECK_LOAD;
	case PROBE_OP_CREATE:
	case PROBE_OP_DESTROY:
		return CHECK_CREATE;
	default:
		return CHECK_RUNS;
	}
}

/*
 * The cage that agents are in, as far as the caller can make it: who is not root has no rights to
 * give up, and root in a namespace of its own may have none either. Returns whether the policy may
 * be run.
 */
static bool trial_cage(struct run *run)
{
#ifdef CLAND_CAGE
	struct diag diag;

	if (!geteuid() && cage_drop_rights(&diag))
		NOTE(run, CHECK_LOAD, "is run with the rights of whoever runs this: %.400s", diag.text);
	if (!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !cage_filter_loading(&diag))
		return true;
	FAULT(run, CHECK_LOAD, "is not run: its system calls cannot be limited here. --in-process does "
	      "without, for a policy that is to be trusted");
	return false;
#else
	(void)run;
	return true;
#endif
}

__attribute__((noreturn)) static void trial_child(struct run *run, void (*body)(struct run *run),
						  pid_t parent)
{
	static const struct rlimit no_core = { 0, 0 };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setrlimit(RLIMIT_CORE, &no_core);
	/* the report is ours; a policy that asks the terminal must not get an answer */
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	if (trial_cage(run))
		body(run);
	run->shared->done = 1;
	_exit(0);
}

/* Wait for the process's end, or for a call that takes too long. Returns false for the latter. */
static bool trial_wait(struct run *run, pid_t pid, int *ret_status)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	uint64_t before = UINT64_MAX;
	bool hangs = false;

	while (fd >= 0) {
		uint32_t limit_s = run->options->limit_s;
		int nr = poll(&poll_fd, 1, limit_s ? (int)(limit_s * 1000) : -1);

		if (nr > 0 || (nr < 0 && errno != EINTR))
			break;
		if (!nr && before == run->shared->probe.nr_calls) {
			hangs = true;
			break;
		}
		before = run->shared->probe.nr_calls;
	}
	if (fd >= 0)
		close(fd);
	/* with whatever it has started */
	if (hangs)
		kill(-pid, SIGKILL);
	while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
		;
	kill(-pid, SIGKILL);
	return !hangs;
}

static void trial_ended_badly(struct run *run, bool hangs, int status)
{
	uint32_t op = run->shared->probe.watch.context;
	uint32_t last = run->shared->probe.last_op;
	const char *name = probe_op_name(op);

	if (hangs && op)
		FAULT(run, check_of(op),
		      "%s did not return within %" PRIu32 " s; it must not wait, and [hot] functions "
		      "must not loop long",
		      name, run->options->limit_s);
	else if (hangs)
		FAULT(run, CHECK_RUNS, "nothing went on for %" PRIu32 " s after %s had returned",
		      run->options->limit_s, probe_op_name(last));
	else if (WIFSIGNALED(status) && op)
		FAULT(run, check_of(op),
		      "crashes in %s: signal %d (%s); see where with gdb --args clandctl policy "
		      "check --in-process FILE",
		      name, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WIFSIGNALED(status))
		FAULT(run, check_of(last),
		      "signal %d (%s) after %s had returned: it has written where it must not",
		      WTERMSIG(status), strsignal(WTERMSIG(status)), probe_op_name(last));
	else if (op)
		FAULT(run, check_of(op),
		      "ends the process, by exit(%d), in %s; a policy must return -errno from "
		      "create() instead",
		      WEXITSTATUS(status), name);
	else
		FAULT(run, check_of(last), "the process ended with status %d after %s had returned",
		      WEXITSTATUS(status), probe_op_name(last));
}

enum trial_end trial_run(struct run *run, void (*body)(struct run *run), bool quiet)
{
	pid_t pid, parent = getpid();
	int status = 0;
	bool returned;

	run->shared->done = 0;
	run->shared->probe.watch.context = PROBE_OP_NONE;
	run->shared->probe.last_op = PROBE_OP_NONE;
	run->shared->probe.watch.nr = 0;
	fflush(NULL);
	if (run->options->in_process) {
		body(run);
		return TRIAL_DONE;
	}
	pid = fork();
	if (pid < 0)
		return TRIAL_NOT_STARTED;
	if (!pid)
		trial_child(run, body, parent);
	returned = trial_wait(run, pid, &status);
	if (run->shared->done)
		return TRIAL_DONE;
	if (!quiet)
		trial_ended_badly(run, !returned, status);
	return TRIAL_BAD;
}
