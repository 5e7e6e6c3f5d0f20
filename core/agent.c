/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exit_codes.h"
#include "log.h"
#include "loop.h"

/* The child's descriptors: stdio, then these, then nothing. */
enum {
	AGENT_FD_CONTROL = 3,
	AGENT_FD_SLOTS,
	AGENT_FD_RINGS,
	AGENT_FD_PAGE,
	AGENT_FD_DOORBELL,
	AGENT_FD_APPLY,
	AGENT_FD_END,
};

#define STACK_TOUCH_BYTES (256 * 1024)
#define LOG_LINES_PER_SECOND 10

/* ---- the supervisor's end -------------------------------------------------------------------- */

/* Put fds[i] at AGENT_FD_CONTROL + i. Two steps: a target number may be another one's source. */
static int place_fds(const int *fds, int nr)
{
	int moved[AGENT_FD_END], i;

	for (i = 0; i < nr; i++) {
		moved[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, AGENT_FD_END + nr);
		if (moved[i] < 0)
			return -errno;
	}
	for (i = 0; i < nr; i++)
		if (dup2(moved[i], AGENT_FD_CONTROL + i) < 0)
			return -errno;
	return 0;
}

/* Between fork and exec. The parent's end of the socket closes without a report if this fails. */
__attribute__((noreturn)) static void child_exec(const struct kern *kern, int control_fd,
						 pid_t parent)
{
	struct kern_agent_fds k = kern_agent_fds(kern);
	int fds[] = { control_fd, k.slots, k.rings, k.page, k.doorbell, k.apply };
	char *argv[] = { (char *)"scx-cland", (char *)AGENT_ARGV1, NULL };
	sigset_t none;

	_Static_assert(sizeof(fds) / sizeof(fds[0]) == AGENT_FD_END - AGENT_FD_CONTROL,
		       "every descriptor of the list has its number");
	/* Known to the stub before exec: a newborn would queue behind the load it is to relieve. */
	if (kern_register(kern, CLAND_ROLE_AGENT))
		_exit(EXIT_CODE_FAILED);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_CODE_FAILED); /* it died before the line above */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (place_fds(fds, AGENT_FD_END - AGENT_FD_CONTROL) ||
	    close_range(AGENT_FD_END, ~0U, 0))
		_exit(EXIT_CODE_FAILED);
	execv("/proc/self/exe", argv);
	_exit(EXIT_CODE_FAILED);
}

int agent_start(const struct kern *kern, const struct agent_boot *boot, pid_t *ret_pid,
		int *ret_control_fd, struct diag *diag)
{
	pid_t pid, parent = getpid();
	int sockets[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return diag_set(diag, -errno, "the agent cannot be started: socketpair: %s",
				strerror(errno));
	pid = fork();
	if (pid < 0) {
		err = diag_set(diag, -errno, "the agent cannot be started: fork: %s",
			       strerror(errno));
		close(sockets[0]);
		close(sockets[1]);
		return err;
	}
	if (!pid)
		child_exec(kern, sockets[1], parent);
	close(sockets[1]);
	/* If the child is dead already, its end is noticed by whoever waits for the report. */
	if (send(sockets[0], boot, sizeof(*boot), MSG_NOSIGNAL) < 0 && errno != EPIPE &&
	    errno != ECONNRESET)
		log_warn("the agent cannot be told what to do: %s", strerror(errno));
	*ret_pid = pid;
	*ret_control_fd = sockets[0];
	return 0;
}

/* ---- the agent's end ------------------------------------------------------------------------- */

static char policy_name[32];

/* host->log: callable in the hot loop, so it must not be able to flood or block it for long. */
static void policy_log(const char *line)
{
	static uint64_t second;
	static unsigned int nr_lines, nr_dropped;
	uint64_t now = kern_backend_ops.now_ns(NULL) / 1000000000ULL;

	if (now != second) {
		if (nr_dropped)
			log_warn("policy %s: %u more lines", policy_name, nr_dropped);
		second = now;
		nr_lines = nr_dropped = 0;
	}
	if (nr_lines++ >= LOG_LINES_PER_SECOND) {
		nr_dropped++;
		return;
	}
	log_info("policy %s: %s", policy_name, line);
}

/* Page in the stack that the loop may use, while it may still fault. */
__attribute__((noinline)) static void touch_stack(void)
{
	volatile char stack[STACK_TOUCH_BYTES];
	size_t i;

	for (i = 0; i < sizeof(stack); i += 1024)
		stack[i] = 0;
}

static int lock_memory(struct diag *diag)
{
	/* What has been freed stays with us: giving it back and getting it anew would fault. */
	mallopt(M_TRIM_THRESHOLD, -1);
	mallopt(M_MMAP_MAX, 0);
	touch_stack();
	/* khugepaged moves pages to make huge ones of them: a fault for who touches one meanwhile. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (!mlockall(MCL_CURRENT | MCL_FUTURE))
		return 0;
	return diag_set(diag, -errno, "the agent cannot lock its memory: %s. Raise the limit with "
			"`ulimit -l unlimited` or LimitMEMLOCK=infinity in the unit",
			strerror(errno));
}

/*
 * Among the first to go when memory is short, as it must not be the machine's processes that a
 * policy's leak ends: the stub goes on by leases, and the supervisor starts another agent.
 */
static void oom_volunteer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "500", 3) < 0)
		log_debug("the agent's OOM score stays: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void report(int exit_code, const struct diag *diag)
{
	struct agent_report report = { .exit_code = exit_code };

	if (exit_code)
		report.diag = *diag;
	if (send(AGENT_FD_CONTROL, &report, sizeof(report), MSG_NOSIGNAL) < 0)
		log_error("the agent cannot report: %s", strerror(errno));
}

int agent_main(void)
{
	static struct agent_boot boot;
	static struct loop loop;
	struct kern_agent_fds fds = {
		.slots = AGENT_FD_SLOTS,
		.rings = AGENT_FD_RINGS,
		.page = AGENT_FD_PAGE,
		.doorbell = AGENT_FD_DOORBELL,
		.apply = AGENT_FD_APPLY,
	};
	struct cland_host host = { .struct_size = sizeof(host),
				   .abi_minor = CLAND_POLICY_ABI_MINOR,
				   .log = policy_log };
	struct kern_backend *backend;
	struct policy policy;
	struct diag diag;
	int err;

	prctl(PR_SET_NAME, "cland-agent");
	/* A terminal's Ctrl-C is for the supervisor, which then ends us. */
	signal(SIGINT, SIG_IGN);
	if (recv(AGENT_FD_CONTROL, &boot, sizeof(boot), 0) != (ssize_t)sizeof(boot)) {
		log_error("the agent is started by scx-cland itself, not by hand");
		return EXIT_CODE_USAGE;
	}
	log_set_verbose(boot.verbose);
	snprintf(policy_name, sizeof(policy_name), "%s", boot.policy_name);
	oom_volunteer();
	host.nr_cpus = boot.nr_cpus;
	host.max_tasks = boot.max_tasks;
	err = policy_open(boot.policy_path, &host, boot.values, boot.nr_values, &policy, &diag);
	if (err) {
		report(EXIT_CODE_POLICY, &diag);
		return EXIT_CODE_POLICY;
	}
	err = kern_backend_open(&fds, boot.nr_cpus, boot.max_tasks, &backend, &diag);
	if (!err) {
		err = loop_init(&loop, &kern_backend_ops, backend, &policy, boot.max_tasks,
				boot.strict);
		if (err)
			diag_set(&diag, err, "the agent has no memory for %u tasks: lower "
				 "max_tasks", boot.max_tasks);
	}
	if (!err) {
		loop_rehearse(&loop);
		err = lock_memory(&diag);
		if (err) {
			report(EXIT_CODE_MEMLOCK, &diag);
			return EXIT_CODE_MEMLOCK;
		}
	}
	if (err) {
		report(EXIT_CODE_FAILED, &diag);
		return EXIT_CODE_FAILED;
	}
	report(EXIT_CODE_OK, NULL);
	err = loop_run(&loop);
	log_error("the agent's loop ended: %s", strerror(-err));
	return EXIT_CODE_FAILED;
}
