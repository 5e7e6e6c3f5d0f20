/* SPDX-License-Identifier: GPL-2.0-only */
#include "guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent_task.h"
#include "exit_codes.h"

#define LOOK_MS 250
#define WAIT_FACTOR 4	/* times as long as it may compute a policy may wait: the machine may be busy */
#define NS_PER_S 1000000000ULL

/* What both processes see. */
struct shared {
	struct guard_progress progress;
	pid_t pid;			/* of the child */
	volatile bool is_over;		/* the policy has no part in it any more */
	volatile bool is_done;		/* all that is to be written is written ... */
	volatile int code;		/* ... and this came of it */
	volatile int write_error;	/* errno; 0: what was to be written could be */
};

/* What the parent knows of the run. */
struct watch {
	struct shared *shared;
	const char *policy;
	uint64_t seed, limit_ns;	/* 0: none */
	pid_t pid;
	uint64_t seen_calls, seen_events;
	uint64_t used_ns, used_then_ns;	/* by the child: at the latest look, and when it last got on */
	uint64_t waited_ns;		/* without getting on, or using the processor */
};

static struct guard_progress unguarded;
static struct shared *shared; /* in the child */

struct guard_progress *guard_progress = &unguarded;

void guard_over(void)
{
	if (!shared)
		return;
	if (getpid() != shared->pid) /* a child of the policy's, which has come as far: one of them has a result */
		_exit(EXIT_CODE_FAILED);
	shared->is_over = true;
}

/* ---- the child ------------------------------------------------------------------------------- */

__attribute__((noreturn)) static void be_child(pid_t parent, int (*with)(void *data), void *data)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	const struct rlimit no_core = { .rlim_cur = 0, .rlim_max = 0 };
	size_t i;
	int code;

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* whoever asked is gone: nobody wants to know */
	if (getppid() != parent)
		_exit(EXIT_CODE_FAILED);
	shared->pid = getpid();
	setrlimit(RLIMIT_CORE, &no_core); /* a hunt has thousands of crashes */
	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		signal(crashes[i], SIG_DFL); /* not the sanitizers' */
	code = with(data);
	if (getpid() != shared->pid)
		_exit(EXIT_CODE_FAILED);
	if (fflush(stdout) || ferror(stdout)) {
		/* Told by the parent: a policy that has closed stdout may have closed stderr, too. */
		if (!code)
			shared->write_error = errno ? errno : EIO;
		code = code ? code : EXIT_CODE_FAILED;
	}
	shared->code = code;
	shared->is_over = true;
	shared->is_done = true;
	exit(code);
}

/* ---- the parent ------------------------------------------------------------------------------ */

static const char *op_name(uint32_t op)
{
	if (op == GUARD_LOADING)
		return "its loading or create()";
	if (op == GUARD_UNLOADING)
		return "destroy() or its unloading";
	return op >= GUARD_CALL && op - GUARD_CALL < POLICY_CALL_NR ? policy_call_names[op - GUARD_CALL] : NULL;
}

/* what: "crashed", detail: " (SIGSEGV)". Returns code, or EXIT_CODE_FAILED when it was in none of its calls. */
static int tell(const struct watch *w, const char *what, const char *detail, int code, struct diag *diag)
{
	const struct guard_progress *progress = &w->shared->progress;
	const char *op = op_name(progress->op);

	diag_set(diag, 0, "%s %s%s%s%s%s%s, seed %llu, virtual time %llu.%09llu s, event %llu. There is no result. "
		 "To look at it: the same command under gdb with --no-guard",
		 op ? "the policy" : "clandsim itself, with the policy", w->policy, op ? "" : ",", what, op ? " in " : "",
		 op ? op : "", detail, (unsigned long long)w->seed,
		 (unsigned long long)(progress->now_ns / NS_PER_S),
		 (unsigned long long)(progress->now_ns % NS_PER_S), (unsigned long long)progress->nr_events);
	return op ? code : EXIT_CODE_FAILED;
}

/* ns: when it cannot be told. */
static uint64_t used_by(pid_t pid, uint64_t ns)
{
	struct timespec ts;
	clockid_t id;

	if (clock_getcpuclockid(pid, &id) || clock_gettime(id, &ts))
		return ns;
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* Returns what is wrong with how it gets on, or NULL. */
static const char *look(struct watch *w)
{
	const struct guard_progress *progress = &w->shared->progress;
	uint64_t before_ns = w->used_ns, used_ns = used_by(w->pid, before_ns);

	w->used_ns = used_ns;
	if (!w->limit_ns || w->shared->is_over || progress->nr_calls != w->seen_calls ||
	    progress->nr_events != w->seen_events) {
		w->seen_calls = progress->nr_calls;
		w->seen_events = progress->nr_events;
		w->used_then_ns = used_ns;
		w->waited_ns = 0;
		return NULL;
	}
	/* One that computes, on a machine that is busy, does not wait. */
	w->waited_ns = used_ns - before_ns > NS_PER_S / 1000 ? 0 : w->waited_ns + LOOK_MS * 1000000ULL;
	if (used_ns - w->used_then_ns >= w->limit_ns)
		return " hangs";
	return w->waited_ns >= WAIT_FACTOR * w->limit_ns ? " waits without end" : NULL;
}

/* Until the child has ended, by itself or by us. Returns what was wrong, or NULL. */
static const char *look_on(struct watch *w, int *ret_status)
{
	struct pollfd pfd = { .fd = (int)syscall(SYS_pidfd_open, w->pid, 0), .events = POLLIN };
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	const char *wrong = NULL;
	pid_t ended;

	do {
		/* A kernel without such files is looked at now and then. */
		if (pfd.fd < 0)
			nanosleep(&pause, NULL);
		if (pfd.fd < 0 || poll(&pfd, 1, LOOK_MS) <= 0)
			wrong = look(w);
		if (wrong)
			kill(w->pid, SIGKILL);
		ended = waitpid(w->pid, ret_status, wrong ? 0 : WNOHANG);
	} while (!ended || (ended < 0 && errno == EINTR));
	if (pfd.fd >= 0)
		close(pfd.fd);
	return wrong;
}

static int judge(const struct watch *w, const char *wrong, int status, struct diag *diag)
{
	char detail[64] = "";

	if (w->shared->is_done) {
		if (w->shared->write_error)
			diag_set(diag, -w->shared->write_error, "the result cannot be written: %s",
				 strerror(w->shared->write_error));
		/* What comes behind it may find fault, but not be less than what was found. */
		if (w->shared->code || !status)
			return w->shared->code;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
	}
	if (wrong)
		return tell(w, wrong, "", EXIT_CODE_POLICY_SLOW, diag);
	if (WIFSIGNALED(status)) {
		const char *name = sigabbrev_np(WTERMSIG(status));

		snprintf(detail, sizeof(detail), " (SIG%s)", name ? name : "?");
		return tell(w, " has crashed", detail, EXIT_CODE_POLICY_CRASHED, diag);
	}
	return tell(w, " has ended the process", "", EXIT_CODE_POLICY_CRASHED, diag);
}

int guard_run(const char *policy, uint64_t seed, unsigned int limit_s, int (*with)(void *data), void *data,
	      struct diag *diag)
{
	struct watch w = { .policy = policy, .seed = seed, .limit_ns = limit_s * NS_PER_S };
	pid_t parent = getpid();
	const char *wrong;
	int status, code;

	diag->text[0] = '\0';
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED) {
		shared = NULL;
		diag_set(diag, -errno, "no memory for a guarded run");
		return EXIT_CODE_FAILED;
	}
	guard_progress = &shared->progress;
	w.shared = shared;
	fflush(NULL); /* nothing is to be written twice */
	w.pid = fork();
	if (!w.pid)
		be_child(parent, with, data);
	if (w.pid < 0) {
		diag_set(diag, -errno, "a process for the run cannot be started: %s", strerror(errno));
		code = EXIT_CODE_FAILED;
	} else {
		wrong = look_on(&w, &status);
		code = judge(&w, wrong, status, diag);
	}
	guard_progress = &unguarded;
	munmap(shared, sizeof(*shared));
	shared = NULL;
	return code;
}
