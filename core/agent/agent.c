/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cage_filter.h"
#include "cage_rights.h"
#include "crash_catch.h"
#include "exit_codes.h"
#include "log.h"
#include "loop.h"
#include "policy_call.h"
#include "policy_file.h"

/* The child's descriptors: stdio, then these, then nothing. */
enum {
	AGENT_FD_CONTROL = 3,
	AGENT_FD_SLOTS,
	AGENT_FD_CGROUPS,
	AGENT_FD_RINGS,
	AGENT_FD_PAGE,
	AGENT_FD_DOORBELL,
	AGENT_FD_APPLY,
	AGENT_FD_ENROLL,
	AGENT_FD_HANDOVER_PAGE,
	AGENT_FD_HANDOVER_ASKED,
	AGENT_FD_HANDOVER_FREE,
	AGENT_FD_HINTS,
	AGENT_FD_CRASH,
	AGENT_FD_END,
};

/* Of its stack. Where the limit is low, half of that: the rest is for what is in use already. */
#define STACK_TOUCH_BYTES (256 * 1024)
#define STACK_TOUCH_FRAME 4096
#define LOG_LINES_PER_SECOND 10
/* What it may grow by once its memory is locked: a policy that serves is not to allocate at all. */
#define GROW_BYTES (64ULL << 20)

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

/* Between fork and exec. That it is not the policy which has failed, only we can say. */
__attribute__((noreturn)) static void child_fail(int control_fd, const char *what, int err)
{
	struct agent_report failure = { .word = AGENT_FAILED, .exit_code = EXIT_CODE_FAILED };
	char boot;

	/* A socket that is closed with something unread in it makes the other end lose what was said. */
	(void)!recv(control_fd, &boot, sizeof(boot), 0);
	diag_set(&failure.diag, err, "the agent cannot be started: %s: %s", what, strerror(-err));
	(void)!send(control_fd, &failure, sizeof(failure), MSG_NOSIGNAL);
	_exit(EXIT_CODE_FAILED);
}

/* Between fork and exec. */
__attribute__((noreturn)) static void child_exec(const struct kern *kern,
						 const struct handover_fds *handover,
						 int hints_fd, int crash_fd, int control_fd,
						 pid_t parent)
{
	struct kern_agent_fds k = kern_agent_fds(kern);
	int fds[] = { control_fd, k.slots, k.cgroups, k.rings, k.page, k.doorbell, k.apply,
		      k.enroll, handover->page, handover->asked, handover->free, hints_fd,
		      crash_fd };
	char *argv[] = { (char *)"scx-cland", (char *)AGENT_ARGV1, NULL };
	sigset_t none;
	int err;

	_Static_assert(sizeof(fds) / sizeof(fds[0]) == AGENT_FD_END - AGENT_FD_CONTROL,
		       "every descriptor of the list has its number");
	/* Known to the stub before exec: a newborn would queue behind the load it is to relieve. */
	err = kern_register(kern, CLAND_ROLE_STANDBY);
	if (err)
		child_fail(control_fd, "the stub does not know it", err);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_CODE_FAILED); /* it died before the line above */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	err = place_fds(fds, AGENT_FD_END - AGENT_FD_CONTROL);
	if (err)
		child_fail(control_fd, "descriptors (see ulimit -n)", err);
	/* The socket is the first of them from here on. */
	if (close_range(AGENT_FD_END, ~0U, 0))
		child_fail(AGENT_FD_CONTROL, "close_range", -errno);
	execv("/proc/self/exe", argv);
	child_fail(AGENT_FD_CONTROL, "/proc/self/exe", -errno);
}

int agent_start(const struct kern *kern, const struct handover_fds *handover, int hints_fd,
		int crash_fd, const struct agent_boot *boot, pid_t *ret_pid, int *ret_control_fd,
		struct diag *diag)
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
		child_exec(kern, handover, hints_fd, crash_fd, sockets[1], parent);
	close(sockets[1]);
	/* If the child is dead already, its end is noticed by whoever waits for the report. */
	if (send(sockets[0], boot, sizeof(*boot), MSG_NOSIGNAL) < 0 && errno != EPIPE &&
	    errno != ECONNRESET)
		log_warn("the agent cannot be told what to do: %s", strerror(errno));
	*ret_pid = pid;
	*ret_control_fd = sockets[0];
	return 0;
}

void agent_send_go(int control_fd, const struct agent_go *go)
{
	/* An agent that has died, or does not read, is noticed by other means. */
	if (send(control_fd, go, sizeof(*go), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("an agent cannot be told to serve: %s", strerror(errno));
}

int agent_receive(int control_fd, struct agent_report *ret_report)
{
	struct agent_report report;
	ssize_t n = recv(control_fd, &report, sizeof(report), MSG_DONTWAIT);
	char *c;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n != (ssize_t)sizeof(report))
		return -EPIPE; /* it has died, or its policy has closed, or used, what is not its own */
	report.diag.text[sizeof(report.diag.text) - 1] = '\0';
	/* It may be the policy that speaks: what is shown on terminals is to be one line of text. */
	for (c = report.diag.text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	*ret_report = report;
	return 1;
}

/* ---- the agent's end ------------------------------------------------------------------------- */

static char policy_name[32];
/* What it has logged last while it was loaded: if it refuses, that says why. */
static char last_words[256];
static bool is_loaded;

/* host->log: callable in the hot loop, so it must not be able to flood or block it for long. */
static void policy_log(const char *line)
{
	static uint64_t second;
	static unsigned int nr_lines, nr_dropped;
	uint64_t now = kern_backend_ops.now_ns(NULL) / 1000000000ULL;

	if (!is_loaded)
		snprintf(last_words, sizeof(last_words), "%s", line);
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

/* Whoever asked for the policy may not see the log. */
static void add_last_words(struct diag *diag)
{
	const struct diag refusal = *diag;

	if (last_words[0])
		diag_set(diag, 0, "%.700s. It has said: %s", refusal.text, last_words);
}

/* host->cgroup(): the policy knows of no backend. */
static struct kern_backend *cgroups_backend;

static const struct cland_cgroup *policy_cgroup(uint32_t index, uint64_t now_ns)
{
	return cgroups_backend ? kern_backend_cgroup(cgroups_backend, index, now_ns) : NULL;
}

/* Page in the stack that the loop may use, while it may still fault. A frame at a time: see -Wframe-larger-than. */
__attribute__((noinline)) static void touch_stack(size_t bytes)
{
	volatile char frame[STACK_TOUCH_FRAME];
	size_t i;

	for (i = 0; i < sizeof(frame); i += 1024)
		frame[i] = 0;
	if (bytes > sizeof(frame))
		touch_stack(bytes - sizeof(frame));
	frame[0] = 0; /* so that the call is none at the end, which could take this very frame */
}

static size_t stack_to_touch(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur / 2 > STACK_TOUCH_BYTES)
		return STACK_TOUCH_BYTES;
	return limit.rlim_cur / 2;
}

static int lock_memory(struct diag *diag)
{
	/* What has been freed stays with us: giving it back and getting it anew would fault. */
	mallopt(M_TRIM_THRESHOLD, -1);
	mallopt(M_MMAP_MAX, 0);
	touch_stack(stack_to_touch());
	/* khugepaged moves pages to make huge ones of them: a fault for who touches one meanwhile. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (!mlockall(MCL_CURRENT | MCL_FUTURE))
		return 0;
	return diag_set(diag, -errno, "the agent cannot lock its memory: %s. Raise the limit with "
			"`ulimit -l unlimited` or LimitMEMLOCK=infinity in the unit",
			strerror(errno));
}

/*
 * All that it maps from now on is the machine's memory at once, so a policy that asks for a
 * gigabyte would make it short for everybody. It is told no instead.
 */
static void limit_memory(void)
{
	struct rlimit limit;
	unsigned long long pages;
	FILE *file = fopen("/proc/self/statm", "re");
	int nr = file ? fscanf(file, "%llu", &pages) : 0;

	if (file)
		fclose(file);
	if (nr == 1) {
		limit.rlim_cur = pages * (unsigned long long)sysconf(_SC_PAGESIZE) + GROW_BYTES;
		limit.rlim_max = limit.rlim_cur;
	}
	if (nr != 1 || setrlimit(RLIMIT_AS, &limit))
		log_debug("the agent's memory is not limited: %s", strerror(errno));
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

/*
 * What is mapped needs no descriptor any more, and through it a policy could map it anew, to write
 * where it may only read. What the loop uses stays: the bell, the two programs, the handover's
 * events.
 */
static void close_mapped(void)
{
	close_range(AGENT_FD_SLOTS, AGENT_FD_PAGE, 0);
	close(AGENT_FD_HANDOVER_PAGE);
	close(AGENT_FD_HINTS);
	close(AGENT_FD_CRASH);
}

static void report(const struct agent_report *report)
{
	if (send(AGENT_FD_CONTROL, report, sizeof(*report), MSG_NOSIGNAL) < 0)
		log_error("the agent cannot report: %s", strerror(errno));
}

static int report_failure(int exit_code, const struct diag *diag)
{
	struct agent_report failure = {
		.word = AGENT_FAILED, .exit_code = exit_code, .diag = *diag
	};

	report(&failure);
	return exit_code;
}

/*
 * Sleep until it is this agent's turn: the one that serves has let go to it, or the supervisor says
 * that none serves. *ret_released_ns is when it was let go; 0: it was not. Returns false when the
 * supervisor is gone.
 */
static bool wait_for_turn(struct handover *handover, uint64_t *ret_released_ns,
			  bool *ret_new_policy)
{
	struct pollfd fds[] = {
		{ .fd = AGENT_FD_HANDOVER_FREE, .events = POLLIN },
		{ .fd = AGENT_FD_CONTROL, .events = POLLIN },
	};
	struct agent_go go;

	*ret_released_ns = 0;
	while (!handover_has_let_go(handover, ret_released_ns, ret_new_policy)) {
		if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0 && errno != EINTR)
			return false;
		if (!fds[1].revents)
			continue;
		*ret_new_policy = false;
		if (recv(AGENT_FD_CONTROL, &go, sizeof(go), 0) != (ssize_t)sizeof(go))
			return false;
		*ret_new_policy = go.new_policy;
		if (go.was_let_go)
			*ret_released_ns = handover_released_ns(handover);
		return true;
	}
	return true;
}

static bool is_asked(void *handover)
{
	return handover_is_asked(handover);
}

static uint64_t nr_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)(usage.ru_minflt + usage.ru_majflt);
}

/* From its turn to letting go. Returns an EXIT_CODE_*. */
static int serve(struct loop *loop, struct kern_backend *backend, struct handover *handover,
		 struct crash_record *crash)
{
	struct agent_report serving = { .word = AGENT_SERVING }, retired = { .word = AGENT_RETIRED };
	uint64_t released_ns;
	bool new_policy;
	int err;

	if (!wait_for_turn(handover, &released_ns, &new_policy))
		return EXIT_CODE_FAILED;
	err = kern_backend_enroll(backend, new_policy);
	if (err) {
		log_error("the agent cannot take over: %s", strerror(-err));
		return EXIT_CODE_FAILED;
	}
	if (new_policy)
		loop_replace_leases(loop);
	if (released_ns)
		serving.pause_ns = kern_backend_ops.now_ns(backend) - released_ns;
	prctl(PR_SET_NAME, "cland-agent");
	report(&serving);
	retired.nr_faults = nr_faults();
	err = loop_run(loop, is_asked, handover);
	if (!err) /* what it has left to a wait: the next agent would throw it away */
		err = kern_backend_ops.wait(backend, &loop->now_ns, 0);
	if (err) {
		crash->loop_err = err;
		log_error("the agent's loop ended: %s", strerror(-err));
		return EXIT_CODE_FAILED;
	}
	cgroups_backend = NULL; /* the page is another agent's from here on */
	handover_let_go(handover, kern_backend_ops.now_ns(backend));
	sched_yield(); /* the next one has just been woken up: this CPU is the soonest it can have */
	retired.nr_faults = nr_faults() - retired.nr_faults;
	prctl(PR_SET_NAME, "cland-retired");
	report(&retired);
	return EXIT_CODE_OK;
}

int agent_main(void)
{
	static struct agent_boot boot;
	static struct loop loop;
	const struct kern_agent_fds fds = {
		.slots = AGENT_FD_SLOTS,
		.cgroups = AGENT_FD_CGROUPS,
		.rings = AGENT_FD_RINGS,
		.page = AGENT_FD_PAGE,
		.doorbell = AGENT_FD_DOORBELL,
		.apply = AGENT_FD_APPLY,
		.enroll = AGENT_FD_ENROLL,
	};
	const struct handover_fds handover_fds = {
		.page = AGENT_FD_HANDOVER_PAGE,
		.asked = AGENT_FD_HANDOVER_ASKED,
		.free = AGENT_FD_HANDOVER_FREE,
	};
	struct cland_host host = { .struct_size = sizeof(host),
				   .abi_minor = CLAND_POLICY_ABI_MINOR,
				   .log = policy_log,
				   .max_cgroups = CLAND_CGROUPS_MAX,
				   .cgroup = policy_cgroup };
	struct agent_report ready = { .word = AGENT_READY };
	struct kern_backend *backend = NULL;
	struct handover *handover = NULL;
	struct crash_record *crash;
	struct policy policy;
	struct diag diag;
	int err, code, policy_fd = -1;

	prctl(PR_SET_NAME, "cland-standby");
	/* A terminal's Ctrl-C is for the supervisor, which then ends us, and so is its hanging up. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (recv(AGENT_FD_CONTROL, &boot, sizeof(boot), 0) != (ssize_t)sizeof(boot)) {
		log_error("the agent is started by scx-cland itself, not by hand");
		return EXIT_CODE_USAGE;
	}
	log_set_verbose(boot.verbose);
	snprintf(policy_name, sizeof(policy_name), "%s", boot.target.policy_name);
	oom_volunteer();
	err = crash_record_map(AGENT_FD_CRASH, &crash);
	if (err) {
		diag_set(&diag, err, "the page for crashes cannot be mapped: %s", strerror(-err));
		return report_failure(EXIT_CODE_FAILED, &diag);
	}
	crash_catch_install(crash, boot.target.policy_path);
	host.nr_cpus = boot.nr_cpus;
	host.nr_cpus_online = boot.nr_cpus_online ? boot.nr_cpus_online : boot.nr_cpus;
	host.max_tasks = boot.max_tasks;
	err = handover_open(&handover_fds, boot.id, &handover);
	if (err)
		diag_set(&diag, err, "the page shared with other agents cannot be mapped: %s",
			 strerror(-err));
	if (!err)
		err = kern_backend_open(&fds, handover_fds.asked, AGENT_FD_HINTS, boot.nr_cpus,
					boot.max_tasks, &backend, &diag);
	if (err)
		return report_failure(EXIT_CODE_FAILED, &diag);
	policy_fd = policy_file_open(boot.target.policy_path, boot.target.allow_unsafe, boot.sandbox,
				     &diag);
	if (policy_fd < 0)
		return report_failure(policy_fd == -EACCES ? EXIT_CODE_UNSAFE_POLICY :
							     EXIT_CODE_POLICY_REFUSED, &diag);
	/* Values belong to the parameters of the file that was looked at. */
	if (!target_is_file(&boot.target, policy_fd)) {
		diag_set(&diag, 0, "%s has become another file while it was loaded: try again",
			 boot.target.policy_path);
		return report_failure(EXIT_CODE_POLICY_REFUSED, &diag);
	}
	close_mapped();
	if (boot.sandbox && (cage_drop_rights(&diag) || cage_filter_loading(&diag)))
		return report_failure(EXIT_CODE_FAILED, &diag);
	/* From here on there is foreign code in the process. */
	cgroups_backend = backend;
	crash->call = POLICY_CALL_LOAD;
	err = policy_open_fd(policy_fd, boot.target.policy_path, &host, boot.target.values,
			     boot.target.nr_values, &policy, &diag);
	crash->call = POLICY_CALL_NONE;
	if (err) {
		add_last_words(&diag);
		return report_failure(EXIT_CODE_POLICY_REFUSED, &diag);
	}
	is_loaded = true;
	close(policy_fd);
	err = loop_init(&loop, &kern_backend_ops, backend, &policy, boot.max_tasks, boot.strict);
	if (err) {
		diag_set(&diag, err, "the agent has no memory for %u tasks: lower max_tasks",
			 boot.max_tasks);
		return report_failure(EXIT_CODE_FAILED, &diag);
	}
	loop.call = &crash->call;
	loop_rehearse(&loop);
	ready.nr_adopted = loop_adopt(&loop);
	if (lock_memory(&diag))
		return report_failure(EXIT_CODE_MEMLOCK, &diag);
	limit_memory();
	if (boot.sandbox && cage_filter_deciding(&diag))
		return report_failure(EXIT_CODE_FAILED, &diag);
	report(&ready);
	code = serve(&loop, backend, handover, crash);
	/* Only a policy that has retired in order gets to clean up. */
	if (!code) {
		crash->call = POLICY_CALL_DESTROY;
		policy_close(&policy);
		crash->call = POLICY_CALL_NONE;
	}
	return code;
}
