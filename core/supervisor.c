/* SPDX-License-Identifier: GPL-2.0-only */
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "compaction.h"
#include "exit_codes.h"
#include "kern.h"
#include "log.h"
#include "stats.h"

#define LOCK_PATH "/run/scx-cland.lock"

#define AGENT_START_MS 15000	/* from fork to report; emulated machines under load take seconds */
#define AGENT_HUNG_MS 3000	/* the loop gives a sign of life every second */
#define RESTART_MIN_MS 100	/* doubled for every agent that dies young */
#define RESTART_MAX_MS 5000
#define AGENT_OLD_MS 10000	/* an agent that lived this long resets the delay */
#define WATCH_MS 500

enum agent_state {
	AGENT_NONE,	/* to be started at restart_at_ms */
	AGENT_STARTING,	/* forked; has not reported */
	AGENT_RUNNING,
	AGENT_ENDING,	/* killed; not reaped yet */
};

struct supervisor {
	const struct config *config;
	struct agent_boot boot;
	const char *policy_name;
	struct kern *kern;
	int signal_fd;

	enum agent_state agent_state;
	pid_t agent_pid;
	int agent_control_fd;
	uint64_t agent_since_ms;
	uint64_t restart_at_ms;
	uint64_t restart_delay_ms;
	unsigned int nr_restarts;
	struct agent_report report;

	bool attached;
	bool stop;
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- one instance ---------------------------------------------------------------------------- */

/* Hold the lock file for as long as the process lives. Returns its descriptor or -errno. */
static int instance_lock(struct diag *diag)
{
	char pid[32] = "";
	int fd = open(LOCK_PATH, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	ssize_t n;

	if (fd < 0)
		return diag_set(diag, -errno, LOCK_PATH " cannot be opened: %s", strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		n = read(fd, pid, sizeof(pid) - 1);
		pid[n > 0 ? n : 0] = '\0';
		pid[strcspn(pid, "\n")] = '\0';
		close(fd);
		return diag_set(diag, -EBUSY, "scx-cland is running already, as process %s. Stop it "
				"first: kill -TERM %s", pid[0] ? pid : "(unknown)", pid);
	}
	n = snprintf(pid, sizeof(pid), "%d\n", getpid());
	if (ftruncate(fd, 0) || pwrite(fd, pid, (size_t)n, 0) != n)
		log_warn(LOCK_PATH " cannot be written: %s", strerror(errno));
	return fd;
}

/* Not to be killed for want of memory. Agents are: they run foreign code, and are replaced. */
static void oom_protect(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "-1000", 5) < 0)
		log_debug("not protected from the OOM killer: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Returns whether the machine was changed, and is to be changed back. */
static bool compaction_off(void)
{
	int ret = compaction_spare_locked();

	if (ret < 0)
		log_warn(COMPACTION_PATH " cannot be set to 0: %s. The agent may be held up by page "
			 "faults while the kernel compacts memory", strerror(-ret));
	else if (ret)
		log_debug("set " COMPACTION_PATH " to 0 while this runs");
	return ret > 0;
}

static void compaction_on(void)
{
	int err = compaction_restore();

	if (err)
		log_warn(COMPACTION_PATH " cannot be set back to 1: %s", strerror(-err));
}

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---- the agent ------------------------------------------------------------------------------- */

static void agent_plan_restart(struct supervisor *s)
{
	if (now_ms() - s->agent_since_ms > AGENT_OLD_MS)
		s->restart_delay_ms = 0;
	s->restart_at_ms = now_ms() + s->restart_delay_ms;
	s->restart_delay_ms = s->restart_delay_ms ? s->restart_delay_ms * 2 : RESTART_MIN_MS;
	if (s->restart_delay_ms > RESTART_MAX_MS)
		s->restart_delay_ms = RESTART_MAX_MS;
	s->agent_state = AGENT_NONE;
}

static void agent_launch(struct supervisor *s)
{
	struct diag diag;

	s->agent_since_ms = now_ms();
	memset(&s->report, 0, sizeof(s->report));
	if (agent_start(s->kern, &s->boot, &s->agent_pid, &s->agent_control_fd, &diag)) {
		log_error("%s", diag.text);
		agent_plan_restart(s);
		return;
	}
	s->agent_state = AGENT_STARTING;
	log_debug("agent %d started", s->agent_pid);
}

static void agent_close_control(struct supervisor *s)
{
	if (s->agent_control_fd >= 0)
		close(s->agent_control_fd);
	s->agent_control_fd = -1;
}

static void agent_reaped(struct supervisor *s, int status)
{
	const char *goes_on = s->attached ? "; tasks run on by their leases, and it is replaced" : "";

	agent_close_control(s);
	if (WIFSIGNALED(status))
		log_warn("agent %d (policy %s) was ended by signal %d (%s)%s", s->agent_pid,
			 s->policy_name, WTERMSIG(status), strsignal(WTERMSIG(status)), goes_on);
	else
		log_warn("agent %d (policy %s) ended with status %d%s", s->agent_pid,
			 s->policy_name, WEXITSTATUS(status), goes_on);
	s->agent_pid = 0;
	s->nr_restarts++;
	agent_plan_restart(s);
}

/* The agent has reported, or its end of the socket has closed. */
static void agent_reported(struct supervisor *s)
{
	ssize_t n = recv(s->agent_control_fd, &s->report, sizeof(s->report), MSG_DONTWAIT);

	agent_close_control(s);
	if (n != (ssize_t)sizeof(s->report)) {
		/* It has died, or its policy has closed what is not its own: make sure. */
		int status;

		kill(s->agent_pid, SIGKILL);
		if (waitpid(s->agent_pid, &status, 0) == s->agent_pid)
			agent_reaped(s, status);
		s->report.exit_code = EXIT_CODE_POLICY;
		diag_set(&s->report.diag, 0, "policy %s ended its process while it was loaded: %s. "
			 "Try another one with --policy", s->policy_name, s->boot.policy_path);
	}
	if (s->report.exit_code) {
		s->report.diag.text[sizeof(s->report.diag.text) - 1] = '\0';
		log_error("%s", s->report.diag.text);
		return;
	}
	if (s->agent_state == AGENT_STARTING)
		s->agent_state = AGENT_RUNNING;
	if (s->attached)
		log_info("agent %d runs policy %s", s->agent_pid, s->policy_name);
}

static void agent_kill(struct supervisor *s)
{
	kill(s->agent_pid, SIGKILL);
	s->agent_state = AGENT_ENDING;
}

/* Agents that have been silent for too long are ended; reaping them starts the next one. */
static void agent_watch(struct supervisor *s)
{
	switch (s->agent_state) {
	case AGENT_NONE:
		if (now_ms() >= s->restart_at_ms)
			agent_launch(s);
		break;
	case AGENT_STARTING:
		if (now_ms() - s->agent_since_ms > AGENT_START_MS) {
			log_warn("agent %d has not got ready within %d s; it is ended",
				 s->agent_pid, AGENT_START_MS / 1000);
			agent_kill(s);
		}
		break;
	case AGENT_RUNNING:
		if (now_ms() - s->agent_since_ms > AGENT_HUNG_MS &&
		    kern_agent_is_silent(s->kern, AGENT_HUNG_MS * 1000000ULL)) {
			log_warn("agent %d (policy %s) has given no sign of life for %d s; it is ended",
				 s->agent_pid, s->policy_name, AGENT_HUNG_MS / 1000);
			agent_kill(s);
		}
		break;
	case AGENT_ENDING:
		break;
	}
}

static void agent_end(struct supervisor *s)
{
	agent_close_control(s);
	if (s->agent_pid <= 0)
		return;
	kill(s->agent_pid, SIGKILL);
	waitpid(s->agent_pid, NULL, 0);
	s->agent_pid = 0;
	s->agent_state = AGENT_NONE;
}

/* ---- events ---------------------------------------------------------------------------------- */

static void log_stats(struct supervisor *s)
{
	uint64_t stats[CLAND_STAT_NR];
	char text[1024];

	if (kern_read_stats(s->kern, stats))
		return;
	stats_format(stats, text, sizeof(text));
	log_info("decisions: %s", text[0] ? text : "none yet");
}

static void on_signal(struct supervisor *s)
{
	struct signalfd_siginfo info;
	int status;

	while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			if (s->agent_pid > 0 &&
			    waitpid(s->agent_pid, &status, WNOHANG) == s->agent_pid)
				agent_reaped(s, status);
			break;
		case SIGUSR1:
			log_stats(s);
			break;
		default:
			log_info("stopping: signal %u (%s)", info.ssi_signo,
				 strsignal((int)info.ssi_signo));
			s->stop = true;
		}
	}
}

/* Wait for the next event, at most until the next watch is due. */
static void wait_events(struct supervisor *s)
{
	struct pollfd fds[] = {
		{ .fd = s->signal_fd, .events = POLLIN },
		{ .fd = kern_exit_fd(s->kern), .events = POLLIN },
		{ .fd = s->agent_control_fd, .events = POLLIN }, /* ignored while -1 */
	};
	int timeout_ms = WATCH_MS;

	if (s->agent_state == AGENT_NONE) {
		uint64_t now = now_ms();

		timeout_ms = s->restart_at_ms > now ? (int)(s->restart_at_ms - now) : 0;
		if (timeout_ms > WATCH_MS)
			timeout_ms = WATCH_MS;
	}
	if (poll(fds, sizeof(fds) / sizeof(fds[0]), timeout_ms) < 0 && errno != EINTR) {
		log_error("poll: %s", strerror(errno));
		s->stop = true;
		return;
	}
	/* The report before the signal: a child that reports and dies has done both. */
	if (fds[2].revents)
		agent_reported(s);
	if (fds[0].revents)
		on_signal(s);
}

/* ---- from start to end ----------------------------------------------------------------------- */

/* Start the first agent and wait until it is about to serve. Returns an EXIT_CODE_*. */
static int first_agent(struct supervisor *s)
{
	agent_launch(s);
	while (s->agent_state == AGENT_STARTING && !s->stop) {
		wait_events(s);
		agent_watch(s);
		if (s->report.exit_code)
			return s->report.exit_code;
	}
	return s->agent_state == AGENT_RUNNING || s->stop ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

static int exit_code_of(int err)
{
	switch (err) {
	case 0:
		return EXIT_CODE_OK;
	case -ENOSYS:
		return EXIT_CODE_NO_SCHED_EXT;
	case -EPERM:
	case -EACCES:
		return EXIT_CODE_NO_PRIVILEGE;
	case -EBUSY:
		return EXIT_CODE_BUSY;
	case -ENOMEM:
		return EXIT_CODE_MEMLOCK;
	default:
		return EXIT_CODE_FAILED;
	}
}

static void say_running(const struct supervisor *s)
{
	const char *how = s->boot.strict ? "strict" : "leased";

	log_info("running: policy %s (%s%s) on %u CPUs; stop it with Ctrl-C or kill -TERM %d",
		 s->policy_name, how, s->config->partial ? ", only SCHED_EXT tasks" : "",
		 s->boot.nr_cpus, getpid());
}

/* The kernel has detached us. Returns whether to load again. */
static bool say_ejected(struct supervisor *s)
{
	const char *dump;
	const struct cland_exit_info *info = kern_exit_info(s->kern, &dump);

	if (kern_exit_wants_restart(info)) {
		log_info("the kernel asks for a restart: %s", info->reason);
		return true;
	}
	log_error("the kernel has ended the scheduler: %s%s%s (kind %d, exit code %" PRId64 "). The "
		  "kernel's own scheduler runs everything now", info->reason,
		  info->msg[0] ? ": " : "", info->msg, info->kind, (int64_t)info->exit_code);
	if (dump[0])
		fprintf(stderr, "--- the kernel's debug dump ---\n%s\n--- end of the dump ---\n", dump);
	return false;
}

/* One life of the stub: load, attach, watch, detach. Returns an EXIT_CODE_*. */
static int run_once(struct supervisor *s, bool *ret_restart)
{
	const struct kern_options options = {
		.strict = s->boot.strict,
		.partial = s->config->partial,
		.verbose = s->config->verbose,
		.exit_dump_len = s->config->exit_dump_len,
		.rescue_ms = s->config->rescue_ms,
		.max_tasks = s->config->max_tasks,
	};
	struct diag diag;
	int err, code;

	*ret_restart = false;
	err = kern_load(&options, &s->kern, &diag);
	if (err)
		goto fail;
	s->boot.nr_cpus = kern_nr_cpus(s->kern);
	err = kern_register(s->kern, CLAND_ROLE_SUPERVISOR);
	if (err) {
		diag_set(&diag, err, "the stub does not run: %s", strerror(-err));
		goto fail;
	}
	code = first_agent(s);
	if (code || s->stop)
		goto out;
	/* It must be able to replace an agent when memory is short. */
	if (mlockall(MCL_CURRENT)) {
		err = diag_set(&diag, -ENOMEM, "the supervisor cannot lock its memory: %s",
			       strerror(errno));
		goto fail;
	}
	err = kern_attach(s->kern, &diag);
	if (err)
		goto fail;
	s->attached = true;
	say_running(s);
	while (!s->stop) {
		wait_events(s);
		if (kern_has_exited(s->kern)) {
			*ret_restart = say_ejected(s);
			code = EXIT_CODE_EJECTED;
			goto out;
		}
		agent_watch(s);
	}
	code = EXIT_CODE_OK;
	goto out;
fail:
	log_error("%s", diag.text);
	code = exit_code_of(err);
out:
	if (s->attached) {
		kern_detach(s->kern);
		log_stats(s);
		if (!*ret_restart)
			log_info("detached: the kernel's own scheduler has the machine; agents "
				 "replaced: %u", s->nr_restarts);
	}
	s->attached = false;
	agent_end(s);
	kern_free(s->kern);
	s->kern = NULL;
	return code;
}

int supervisor_run(const struct config *config, const struct policy_meta *meta,
		   const uint64_t *values)
{
	static struct supervisor s = { .agent_control_fd = -1 };
	struct diag diag;
	bool restart, compaction_was_on;
	int lock_fd, code;
	int err = kern_check(&diag);

	/* Our own name for an instance of ours is more help than the kernel's. */
	lock_fd = err == 0 || err == -EBUSY ? instance_lock(&diag) : err;
	if (lock_fd >= 0 && err)
		err = kern_check(&diag);
	if (lock_fd < 0 || err) {
		log_error("%s", diag.text);
		return exit_code_of(lock_fd < 0 ? lock_fd : err);
	}
	s.config = config;
	s.policy_name = meta->name;
	s.boot = (struct agent_boot){
		.max_tasks = config->max_tasks,
		.nr_values = (uint32_t)meta->nr_params,
		.strict = config->decisions == CONFIG_DECISIONS_STRICT,
		.verbose = config->verbose,
	};
	snprintf(s.boot.policy_path, sizeof(s.boot.policy_path), "%s", meta->path);
	snprintf(s.boot.policy_name, sizeof(s.boot.policy_name), "%s", meta->name);
	memcpy(s.boot.values, values, meta->nr_params * sizeof(values[0]));
	s.signal_fd = signals_open();
	if (s.signal_fd < 0) {
		log_error("signals cannot be received: %s", strerror(errno));
		return EXIT_CODE_FAILED;
	}
	oom_protect();
	compaction_was_on = compaction_off();
	signal(SIGPIPE, SIG_IGN); /* a log that nobody reads any more is no reason to end */
	do {
		code = run_once(&s, &restart);
	} while (restart && !s.stop);
	if (compaction_was_on)
		compaction_on();
	close(s.signal_fd);
	close(lock_fd);
	return code;
}
