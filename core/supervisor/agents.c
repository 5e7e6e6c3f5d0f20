/* SPDX-License-Identifier: GPL-2.0-only */
#include "agents.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "exit_codes.h"
#include "log.h"
#include "topology.h"

#define AGENT_START_MS 15000	/* from fork to report; emulated machines under load take seconds */
#define AGENT_HUNG_MS 3000	/* the loop gives a sign of life every second */
#define LET_GO_MS 1000		/* asked, an agent lets go after the turn it is in */
#define ASK_MS 500		/* for a silent agent to write down what it is at */
#define KILL_MS 1000		/* for the kernel to end a killed process */
#define RETIRE_MS 1000		/* the policy's destroy() */
#define RESTART_MIN_MS 100	/* doubled for every agent that dies young */
#define RESTART_MAX_MS 5000
#define AGENT_OLD_MS 10000	/* an agent that lived this long resets the delay */
#define WATCH_MS 500
#define LATE_MS 1000		/* for us to watch again: more, and agents had no CPU either */
#define REPORTS_MAX 16		/* read in one go: an agent may send as fast as we read */

static void agent_set(struct agent *agent, enum agent_state state)
{
	agent->state = state;
	agent->since_ms = monotonic_ms();
}

static void agent_clear(struct agent *agent)
{
	if (agent->control_fd >= 0)
		close(agent->control_fd);
	crash_record_unmap(agent->crash);
	*agent = (struct agent){ .control_fd = -1 };
}

/*
 * Send it a signal that ends it, and wait for that, at most so long. It is ours, and not reaped
 * yet. Returns 0, or -errno when it cannot be sent one.
 */
static int agent_signal(const struct agent *agent, int signal_nr, int limit_ms)
{
	struct pollfd pfd = { .fd = (int)syscall(SYS_pidfd_open, agent->pid, 0), .events = POLLIN };
	int err = kill(agent->pid, signal_nr) ? -errno : 0;

	if (pfd.fd < 0)
		return err;
	if (!err)
		poll(&pfd, 1, limit_ms);
	close(pfd.fd);
	return err;
}

/* Let one that is silent write down what it is at, which ends it. Stopped or frozen, it does not. */
static void agent_interrogate(const struct agent *agent)
{
	agent_signal(agent, SIGABRT, ASK_MS);
}

/*
 * End it now, whatever it does. Returns its wait status. One that cannot be reaped soon (a debugger
 * holds it, or a disk that does not answer) runs no more code, and is reaped later by
 * reap_lingering().
 */
static int agent_kill(struct agents *agents, struct agent *agent)
{
	int status = SIGKILL, err;

	if (agent->pid <= 0)
		return 0;
	err = agent_signal(agent, SIGKILL, KILL_MS);
	if (waitpid(agent->pid, &status, WNOHANG) != agent->pid) {
		if (err)
			log_error("agent %d may not be ended: %s. It is of another user, which takes CAP_KILL: "
				  "end it by hand, kill -KILL %d", agent->pid, strerror(-err), agent->pid);
		else
			log_warn("agent %d was killed and does not end: does a debugger hold it?",
				 agent->pid);
		if (agents->nr_lingering < AGENTS_LINGERING_MAX)
			agents->lingering[agents->nr_lingering++] = agent->pid;
	}
	return status;
}

static void reap_lingering(struct agents *agents)
{
	size_t i = 0;

	while (i < agents->nr_lingering) {
		if (!waitpid(agents->lingering[i], NULL, WNOHANG))
			i++;
		else
			agents->lingering[i] = agents->lingering[--agents->nr_lingering];
	}
}

/* ---- next comes ------------------------------------------------------------------------------ */

static void plan_restart(struct agents *agents)
{
	uint64_t now = monotonic_ms();

	if (agents->served_since_ms && now - agents->served_since_ms > AGENT_OLD_MS)
		agents->restart_delay_ms = 0;
	agents->restart_at_ms = now + agents->restart_delay_ms;
	agents->restart_delay_ms = agents->restart_delay_ms ? agents->restart_delay_ms * 2 :
							      RESTART_MIN_MS;
	if (agents->restart_delay_ms > RESTART_MAX_MS)
		agents->restart_delay_ms = RESTART_MAX_MS;
	agents->served_since_ms = 0;
}

static void swap_ended(struct agents *agents, struct swap_report *report)
{
	agents->swapping = false;
	snprintf(report->reason, sizeof(report->reason), "%s", agents->swap_reason);
	report->took_ms = monotonic_ms() - agents->swap_since_ms;
	agents->events.swap(agents->ctx, report);
}

static void log_backtrace(const struct target *target, const struct crash_report *report)
{
	size_t i;

	for (i = 0; i < report->nr_lines; i++)
		log_info("policy %s: #%zu %s", target->policy_name, i, report->lines[i]);
}

/* Tell who owns us, and say in the log where it was. */
static void tell_fault(struct agents *agents, const struct target *target, enum agent_fault fault,
		       const struct crash_report *report)
{
	log_backtrace(target, report);
	agents->events.fault(agents->ctx, target, fault, report);
}

/* A policy that has served before cannot be started any more. exit_code: EXIT_CODE_FAILED if it is not to blame. */
static void restart_failed(struct agents *agents, const struct target *target, int exit_code,
			   const struct diag *diag, const struct crash_report *crash)
{
	struct crash_report report = { .by_policy = exit_code != EXIT_CODE_FAILED };

	if (crash)
		report = *crash;
	snprintf(report.reason, sizeof(report.reason), "%.*s", (int)sizeof(report.reason) - 1,
		 diag->text);
	tell_fault(agents, target, AGENT_FAULT_REFUSED, &report);
}

/* next will not serve. Its process is gone, or to be ended here. crash: how it ended; NULL. */
static void next_failed(struct agents *agents, int exit_code, const struct diag *diag,
			const struct crash_report *crash)
{
	struct swap_report report = { .exit_code = exit_code, .diag = *diag };
	const struct target target = agents->next.target;
	const bool was_started = agents->next.pid > 0 || crash;

	/* Whoever serves may not have let go yet: it need not any more. */
	if (agents->next.state == AGENT_TAKING_OVER)
		handover_withdraw(agents->handover);
	agent_kill(agents, &agents->next);
	snprintf(report.from, sizeof(report.from), "%s", agents->target.policy_name);
	snprintf(report.to, sizeof(report.to), "%s", agents->next.target.policy_name);
	agent_clear(&agents->next);
	if (agents->swapping) {
		swap_ended(agents, &report);
		if (agents->serving.state == AGENT_NONE)
			plan_restart(agents);
		return;
	}
	log_error("%s", diag->text);
	if (!agents->has_served)
		agents->exit_code = exit_code;
	else if (was_started) /* else the machine has no process to spare, which is no policy's fault */
		restart_failed(agents, &target, exit_code, diag, crash);
	plan_restart(agents);
}

static void next_launch(struct agents *agents, const struct target *target)
{
	struct agent *next = &agents->next;
	int crash_fd = -1, err;
	struct diag diag;

	next->target = *target;
	next->id = ++agents->last_id;
	agents->boot.target = *target;
	agents->boot.id = next->id;
	agents->boot.nr_cpus_online = topology_count_online("/sys/devices/system/cpu");
	agent_set(next, AGENT_STARTING);
	err = crash_record_create(&crash_fd, &next->crash);
	if (err)
		diag_set(&diag, err, "the agent cannot be started: memory shared with it: %s",
			 strerror(-err));
	else
		err = agent_start(agents->kern, &agents->handover_fds, agents->hints_fd, crash_fd,
				  &agents->boot, &next->pid, &next->control_fd, &diag);
	if (crash_fd >= 0)
		close(crash_fd);
	if (err) {
		next_failed(agents, EXIT_CODE_FAILED, &diag, NULL);
		return;
	}
	log_debug("agent %d started, for policy %s", next->pid, target->policy_name);
}

/* Whether the leases there are will be another policy's than its own. */
static bool next_is_new_policy(const struct agents *agents)
{
	return agents->leases_unknown ||
	       (agents->has_served && !target_is_same(&agents->target, &agents->next.target));
}

/* Nobody serves: it is to do so at once. */
static void next_go(struct agents *agents)
{
	/* Whoever lets go ends, and may have ended before the next one had a CPU to see it. */
	const struct agent_go go = {
		.new_policy = next_is_new_policy(agents),
		.was_let_go = handover_was_let_go(agents->handover, agents->next.id),
	};

	/* Whom it is to let go to may have been written by a policy: it would, at once. */
	handover_withdraw(agents->handover);
	agent_send_go(agents->next.control_fd, &go);
}

/* It is ready. */
static void next_takes_over(struct agents *agents)
{
	struct agent *next = &agents->next;
	int err = kern_admit(agents->kern);

	if (err) /* it will not be taken, and says so */
		log_warn("agent %d cannot be admitted: %s", next->pid, strerror(-err));
	agent_set(next, AGENT_TAKING_OVER);
	if (agents->serving_is_inherited) {
		/* How it is asked to let go, only the program knows that has started it. The stub sees
		 * its death at once, and goes by leases until the next one serves. */
		agent_kill(agents, &agents->serving);
		agent_clear(&agents->serving);
		agents->serving_is_inherited = false;
	}
	if (agents->serving.state != AGENT_ACTIVE) {
		next_go(agents);
		return;
	}
	agents->serving.is_asked = true;
	handover_ask(agents->handover, agents->serving.id, next->id, next_is_new_policy(agents));
}

/*
 * serving and retiring: what they say is of no consequence but for the count. A policy can say it,
 * too, and is watched on: only one that was asked has let go, and if it has not it is ended for
 * that, see watch_next().
 */
static void listen_old(struct agents *agents, struct agent *agent)
{
	struct agent_report report;
	int ret, nr;

	for (nr = 0; nr < REPORTS_MAX && agent->control_fd >= 0; nr++) {
		ret = agent_receive(agent->control_fd, &report);
		if (!ret)
			return;
		if (ret < 0) {
			close(agent->control_fd);
			agent->control_fd = -1;
		} else if (report.word == AGENT_RETIRED) {
			agents->nr_faults += report.nr_faults;
			log_debug("agent %d has let go; page faults while it served: %" PRIu64,
				  agent->pid, report.nr_faults);
			if (agent == &agents->serving && agent->is_asked && agent->state == AGENT_ACTIVE)
				agent_set(agent, AGENT_RETIRING);
		}
	}
}

/* The process has ended, or been ended; what it has said counts all the same. */
static void retiring_gone(struct agents *agents)
{
	listen_old(agents, &agents->retiring);
	agent_clear(&agents->retiring);
}

static void next_serves(struct agents *agents, uint64_t pause_ns)
{
	struct swap_report report = { .done = true, .pause_ns = pause_ns,
				      .nr_adopted = agents->next.nr_adopted };

	if (agents->serving.state != AGENT_NONE) {
		if (agents->retiring.state != AGENT_NONE) {
			agent_kill(agents, &agents->retiring);
			retiring_gone(agents);
		}
		agents->retiring = agents->serving;
		agent_set(&agents->retiring, AGENT_RETIRING);
	}
	snprintf(report.from, sizeof(report.from), "%s", agents->target.policy_name);
	snprintf(report.to, sizeof(report.to), "%s", agents->next.target.policy_name);
	agents->serving = agents->next;
	agents->next = (struct agent){ .control_fd = -1 };
	agent_set(&agents->serving, AGENT_ACTIVE);
	agents->served_since_ms = agents->serving.since_ms;
	agents->target = agents->serving.target;
	agents->resting = false;
	if (agents->swapping)
		swap_ended(agents, &report);
	else if (agents->has_served)
		log_info("agent %d runs policy %s", agents->serving.pid,
			 agents->serving.target.policy_name);
	agents->has_served = true;
	agents->leases_unknown = false;
}

/* ---- reports --------------------------------------------------------------------------------- */

/* next has ended before it served. */
static void next_ended(struct agents *agents, int status)
{
	const struct target *target = &agents->next.target;
	struct crash_report crash;
	struct diag diag;

	agents->next.pid = 0;
	crash_report_ended(agents->next.crash, status, target->policy_path, &crash);
	diag_set(&diag, 0, "policy %s ended its process while it was loaded, with %s: %s. Try another "
		 "one, or run this one under a debugger", target->policy_name, crash.reason,
		 target->policy_path);
	log_backtrace(target, &crash);
	next_failed(agents, EXIT_CODE_POLICY_CRASHED, &diag, &crash);
}

static void listen_next(struct agents *agents)
{
	struct agent *next = &agents->next;
	struct agent_report report;
	int ret, nr;

	for (nr = 0; nr < REPORTS_MAX && next->state != AGENT_NONE && next->control_fd >= 0; nr++) {
		ret = agent_receive(next->control_fd, &report);
		if (!ret)
			return;
		if (ret < 0) {
			/* Dead, or its policy has closed what is not its own: make sure. */
			next_ended(agents, agent_kill(agents, next));
			return;
		}
		if (report.word == AGENT_FAILED) {
			next_failed(agents, report.exit_code ? report.exit_code : EXIT_CODE_FAILED,
				    &report.diag, NULL);
		} else if (report.word == AGENT_READY && next->state == AGENT_STARTING) {
			next->nr_adopted = report.nr_adopted;
			next_takes_over(agents);
		} else if (report.word == AGENT_SERVING && next->state == AGENT_TAKING_OVER) {
			next_serves(agents, report.pause_ns);
		}
	}
}

void agents_listen(struct agents *agents)
{
	listen_old(agents, &agents->retiring);
	listen_old(agents, &agents->serving);
	listen_next(agents);
}

/* ---- ends ------------------------------------------------------------------------------------ */

/* Whoever served has gone, asked to or not. */
static void serving_gone(struct agents *agents)
{
	agent_clear(&agents->serving);
	agents->serving_is_inherited = false;
	if (agents->next.state == AGENT_TAKING_OVER)
		next_go(agents);
	else if (agents->next.state == AGENT_NONE)
		plan_restart(agents);
}

static void serving_died(struct agents *agents, int status)
{
	const struct agent *agent = &agents->serving;
	const struct target target = agent->target;
	struct crash_report report;

	if (agent->state == AGENT_ACTIVE) {
		crash_report_ended(agent->crash, status, target.policy_path, &report);
		log_warn("agent %d (policy %s) %s %s; tasks run on by their leases, and it is replaced",
			 agent->pid, target.policy_name,
			 WIFSIGNALED(status) ? "was ended by" : "ended with", report.reason);
		agents->nr_restarts++;
		tell_fault(agents, &target, AGENT_FAULT_CRASHED, &report);
	}
	serving_gone(agents);
}

/* Left for waitpid(), so that the number stays its own. */
static bool is_dead(const struct agent *agent)
{
	siginfo_t info = { .si_pid = 0 };

	return agent->pid > 0 &&
	       !waitid(P_PID, (id_t)agent->pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid == agent->pid;
}

void agents_reap(struct agents *agents)
{
	int status;

	/*
	 * First whether it is dead, then what it has said, then to reap it: the other way round the
	 * last words of one that dies meanwhile are lost, and one that has let go looks like one
	 * that crashed.
	 */
	agents_listen(agents);
	if (is_dead(&agents->next))
		listen_next(agents); /* may serve by now, or be gone */
	if (is_dead(&agents->next))
		next_ended(agents, agent_kill(agents, &agents->next));
	if (is_dead(&agents->retiring)) {
		waitpid(agents->retiring.pid, &status, 0);
		retiring_gone(agents);
	}
	if (is_dead(&agents->serving)) {
		listen_old(agents, &agents->serving);
		waitpid(agents->serving.pid, &status, 0);
		serving_died(agents, status);
	}
	reap_lingering(agents);
}

/* End the one that serves. what: it does not do, "has given no sign of life for 3 s". */
static void serving_kill(struct agents *agents, const char *what)
{
	const struct target target = agents->serving.target;
	struct crash_report report;

	agent_interrogate(&agents->serving);
	crash_report_silent(agents->serving.crash, what, target.policy_path, &report);
	log_warn("agent %d (policy %s) %s; it is ended", agents->serving.pid, target.policy_name,
		 report.reason);
	agent_kill(agents, &agents->serving);
	agents->nr_restarts++;
	tell_fault(agents, &target, AGENT_FAULT_HUNG, &report);
	serving_gone(agents);
}

/* ---- what time brings ------------------------------------------------------------------------ */

/* Time in which it could not have a CPU does not count. */
static bool is_over(const struct agents *agents, const struct agent *agent, uint64_t limit_ms)
{
	uint64_t since_ms = agent->since_ms > agents->held_until_ms ? agent->since_ms : agents->held_until_ms;

	return monotonic_ms() - since_ms > limit_ms;
}

/*
 * Real-time tasks on all CPUs, a freeze of all processes or a stopped machine keep us from our work
 * as they keep agents: what these have not done meanwhile is not held against them. Kernels that
 * reserve some time for our class give enough of it to us and not enough to an agent that gets
 * ready, so the stub is asked as well.
 */
static bool agents_are_held(const struct agents *agents, uint64_t now_ms)
{
	uint32_t nr_held = kern_nr_held_from_agents(agents->kern), nr_online;

	if (agents->watched_ms && now_ms - agents->watched_ms > WATCH_MS + LATE_MS)
		return true;
	nr_online = nr_held ? topology_count_online("/sys/devices/system/cpu") : 0;
	return nr_online && nr_held >= nr_online;
}

static void watch_next(struct agents *agents)
{
	struct agent *next = &agents->next;
	struct diag diag;
	char what[64];

	switch (next->state) {
	case AGENT_STARTING:
		if (!is_over(agents, next, AGENT_START_MS))
			break;
		diag_set(&diag, 0, "policy %s has not got ready within %d s, and was ended: %s. Look "
			 "into what its create() and its constructors wait for",
			 next->target.policy_name, AGENT_START_MS / 1000, next->target.policy_path);
		next_failed(agents, EXIT_CODE_POLICY_SLOW, &diag, NULL);
		break;
	case AGENT_TAKING_OVER:
		if (!is_over(agents, next, LET_GO_MS))
			break;
		if (agents->serving.state == AGENT_ACTIVE) {
			snprintf(what, sizeof(what), "has not let go within %d ms", LET_GO_MS);
			serving_kill(agents, what);
			next->since_ms = monotonic_ms();
		} else if (agents->serving.state == AGENT_RETIRING && is_over(agents, &agents->serving, LET_GO_MS)) {
			/* A policy can say so, too. */
			log_warn("agent %d (policy %s) says that it has let go, and nobody has taken over for "
				 "%d ms; it is ended", agents->serving.pid,
				 agents->serving.target.policy_name, LET_GO_MS);
			agent_kill(agents, &agents->serving);
			serving_gone(agents);
			next->since_ms = monotonic_ms();
		} else if (is_over(agents, next, AGENT_START_MS)) {
			diag_set(&diag, 0, "agent %d (policy %s) has not begun to serve within %d s, "
				 "and was ended", next->pid, next->target.policy_name,
				 AGENT_START_MS / 1000);
			next_failed(agents, EXIT_CODE_FAILED, &diag, NULL);
		}
		break;
	default:
		break;
	}
}

static void watch_serving(struct agents *agents)
{
	struct agent *serving = &agents->serving;
	char what[64];

	if (serving->state != AGENT_ACTIVE || agents->next.state == AGENT_TAKING_OVER ||
	    !is_over(agents, serving, AGENT_HUNG_MS) ||
	    !kern_agent_is_silent(agents->kern, AGENT_HUNG_MS * 1000000ULL))
		return;
	snprintf(what, sizeof(what), "has given no sign of life for %d s", AGENT_HUNG_MS / 1000);
	serving_kill(agents, what);
}

static void launch_again(struct agents *agents)
{
	static struct target target;

	target = agents->target;
	if (agents->has_served)
		agents->events.again(agents->ctx, &target);
	next_launch(agents, &target);
}

void agents_watch(struct agents *agents)
{
	if (agents_are_held(agents, monotonic_ms()))
		agents->held_until_ms = monotonic_ms();
	watch_next(agents);
	watch_serving(agents);
	if (agents->retiring.state != AGENT_NONE && is_over(agents, &agents->retiring, RETIRE_MS)) {
		log_warn("agent %d (policy %s) has not ended within %d ms of being replaced; it is "
			 "killed", agents->retiring.pid, agents->retiring.target.policy_name,
			 RETIRE_MS);
		agent_kill(agents, &agents->retiring);
		retiring_gone(agents);
	}
	/* It has let go, to one that has died since. */
	if (agents->serving.state == AGENT_RETIRING && agents->next.state != AGENT_TAKING_OVER &&
	    is_over(agents, &agents->serving, RETIRE_MS)) {
		log_warn("agent %d (policy %s) has not ended within %d ms of letting go; it is killed",
			 agents->serving.pid, agents->serving.target.policy_name, RETIRE_MS);
		agent_kill(agents, &agents->serving);
		serving_gone(agents);
	}
	if ((agents->serving.state == AGENT_NONE || agents->serving_is_inherited) &&
	    agents->next.state == AGENT_NONE && !agents->resting &&
	    monotonic_ms() >= agents->restart_at_ms)
		launch_again(agents);
	agents->watched_ms = monotonic_ms();
}

int agents_timeout_ms(const struct agents *agents)
{
	uint64_t now = monotonic_ms();

	if (agents->serving.state == AGENT_NONE && agents->next.state == AGENT_NONE &&
	    !agents->resting && agents->restart_at_ms < now + WATCH_MS)
		return agents->restart_at_ms > now ? (int)(agents->restart_at_ms - now) : 0;
	return WATCH_MS;
}

/* ---- from outside ---------------------------------------------------------------------------- */

int agents_init(struct agents *agents, const struct kern *kern, int hints_fd,
		const struct agent_boot *boot, const struct agents_events *events, void *ctx,
		struct diag *diag)
{
	int err;

	*agents = (struct agents){
		.kern = kern,
		.hints_fd = hints_fd,
		.boot = *boot,
		.events = *events,
		.ctx = ctx,
		.serving.control_fd = -1,
		.next.control_fd = -1,
		.retiring.control_fd = -1,
	};
	err = handover_create(&agents->handover_fds);
	if (!err) {
		err = handover_open(&agents->handover_fds, 0, &agents->handover);
		if (err)
			handover_discard(&agents->handover_fds);
	}
	if (err)
		diag_set(diag, err, "memory to be shared by the agents cannot be made: %s",
			 strerror(-err));
	return err;
}

void agents_adopt(struct agents *agents, pid_t pid)
{
	agents->leases_unknown = true;
	if (!pid)
		return;
	agents->serving.pid = pid;
	agent_set(&agents->serving, AGENT_ACTIVE);
	agents->serving_is_inherited = true;
	agents->has_served = true;
}

void agents_start(struct agents *agents, const struct target *target)
{
	agents->target = *target;
	if (agents->serving_is_inherited)
		agents->serving.target = *target; /* for people */
	next_launch(agents, target);
}

pid_t agents_leave(struct agents *agents)
{
	agent_kill(agents, &agents->next);
	agent_clear(&agents->next);
	agent_kill(agents, &agents->retiring);
	agent_clear(&agents->retiring);
	return agents->serving.state == AGENT_NONE ? 0 : agents->serving.pid;
}

void agents_rest(struct agents *agents)
{
	agents->resting = true;
}

bool agents_is_resting(const struct agents *agents)
{
	return agents->resting;
}

void agents_nudge(struct agents *agents)
{
	handover_nudge(agents->handover);
}

int agents_swap(struct agents *agents, const struct target *target, const char *reason,
		struct diag *diag)
{
	if (agents->swapping)
		return diag_set(diag, -EBUSY, "the change to policy %s is still under way: try again "
				"when it has ended", agents->next.target.policy_name);
	/* A replacement of the same old policy may be on its way: not needed any more. */
	if (agents->next.state != AGENT_NONE) {
		agent_kill(agents, &agents->next);
		agent_clear(&agents->next);
	}
	agents->swapping = true;
	agents->swap_since_ms = monotonic_ms();
	snprintf(agents->swap_reason, sizeof(agents->swap_reason), "%s", reason);
	next_launch(agents, target);
	return 0;
}

bool agents_is_serving(const struct agents *agents)
{
	return agents->serving.state == AGENT_ACTIVE;
}

bool agents_is_starting(const struct agents *agents)
{
	return agents->next.state != AGENT_NONE;
}

static const struct agent *shown(const struct agents *agents)
{
	return agents->serving.state != AGENT_NONE ? &agents->serving : &agents->next;
}

pid_t agents_pid(const struct agents *agents)
{
	return shown(agents)->pid;
}

const char *agents_state_name(const struct agents *agents)
{
	if (agents->serving_is_inherited)
		return "inherited";
	if (agents_is_serving(agents))
		return "running";
	if (agents->serving.state == AGENT_RETIRING)
		return "ending";
	return shown(agents)->state == AGENT_NONE ? "none" : "starting";
}

uint64_t agents_age_ms(const struct agents *agents)
{
	const struct agent *agent = shown(agents);

	return agent->state == AGENT_NONE ? 0 : monotonic_ms() - agent->since_ms;
}

size_t agents_poll_fds(const struct agents *agents, struct pollfd *ret_fds)
{
	const int fds[AGENTS_POLL_FDS] = {
		agents->serving.control_fd, agents->next.control_fd, agents->retiring.control_fd,
	};
	size_t i, nr = 0;

	for (i = 0; i < AGENTS_POLL_FDS; i++)
		if (fds[i] >= 0)
			ret_fds[nr++] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	return nr;
}

void agents_end(struct agents *agents)
{
	struct agent *all[] = { &agents->next, &agents->serving, &agents->retiring };
	struct diag diag;
	size_t i;

	if (agents->swapping) {
		diag_set(&diag, 0, "the scheduler was detached before the change to policy %s had "
			 "ended", agents->next.target.policy_name);
		next_failed(agents, EXIT_CODE_FAILED, &diag, NULL);
	}
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		agent_kill(agents, all[i]);
		agent_clear(all[i]);
	}
	handover_close(agents->handover);
	agents->handover = NULL;
	handover_discard(&agents->handover_fds);
}
