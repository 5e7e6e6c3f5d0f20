/* SPDX-License-Identifier: GPL-2.0-only */
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agents.h"
#include "auto_watch.h"
#include "changes.h"
#include "clock.h"
#include "compaction.h"
#include "config_watch.h"
#include "control.h"
#include "control_commands.h"
#include "descriptors.h"
#include "exit_codes.h"
#include "figures.h"
#include "instance.h"
#include "kern.h"
#include "log.h"
#include "rule_watch.h"
#include "sched_ext_state.h"
#include "service.h"
#include "stats.h"
#include "stats_server.h"
#include "upgrade.h"
#include "utf8.h"
#include "wanted_note.h"

/* Maps, programs and links of the stub, while it is loaded some of them twice, and all that is listened to. */
#define DESCRIPTORS_NEEDED 256

struct supervisor {
	struct instance instance;
	struct upgrade upgrade;
	struct config config;	/* as at the start: some of it counts until the end */
	struct changes changes;
	struct control_commands commands;
	struct control *control;	/* NULL: there is none */
	struct config_watch *watch;	/* the same */
	struct figures figures;
	struct kern *kern;
	struct rule_watch *rule_watch;
	struct auto_watch auto_watch;
	struct agents agents;
	bool has_agents;
	unsigned int nr_restarts;	/* of agents, before the stub was last loaded */
	int signal_fd;

	bool attached;
	bool stop;
	struct service_pulse pulse;
	char told[SERVICE_POLICY_MAX]; /* to the service manager: what runs */
};

/* ---- what the machine is to do for us --------------------------------------------------------- */

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
	/* Whoever starts us may ignore them, which is inherited: ends of agents would go unseen then, and their
	 * numbers be others' while they are signalled; and we could not be stopped. */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
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

	while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			agents_reap(&s->agents);
			break;
		case SIGUSR1:
			log_stats(s);
			break;
		case SIGHUP:
			changes_reload(&s->changes, "SIGHUP", true);
			break;
		default:
			log_info("stopping: signal %u (%s)", info.ssi_signo,
				 strsignal((int)info.ssi_signo));
			s->stop = true;
		}
	}
}

/* ---- figures --------------------------------------------------------------------------------- */

static void take_figures(void *ctx, struct stats *stats)
{
	struct supervisor *s = ctx;
	const struct figures_sources sources = {
		.kern = s->kern,
		.agents = s->has_agents ? &s->agents : NULL,
		.changes = &s->changes,
		.control = s->control,
		.rule_watch = s->rule_watch,
		.nr_restarts = s->nr_restarts + s->agents.nr_restarts,
		.nr_upgrades = s->instance.nr_upgrades,
		.attached = s->attached,
		.strict = s->config.decisions == CONFIG_DECISIONS_STRICT,
	};

	figures_take(&s->figures, &sources, stats);
}

static void log_figures(struct supervisor *s)
{
	char text[2048];

	if (figures_line(&s->figures, text, sizeof(text)))
		log_info("%s", text);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static int sooner(int a_ms, int b_ms)
{
	if (a_ms < 0 || b_ms < 0)
		return a_ms < 0 ? b_ms : a_ms;
	return a_ms < b_ms ? a_ms : b_ms;
}

/* Whether what the machine needs while this process becomes another program is there. Returns an
 * EXIT_CODE_*, with a sentence. */
static int can_upgrade(const struct supervisor *s, struct diag *diag)
{
	if (!s->attached || !s->changes.agents)
		return diag_set(diag, EXIT_CODE_FAILED, "the scheduler is not attached at the moment: "
				"try again when it is");
	if (!kern_is_pinned(s->kern))
		return diag_set(diag, EXIT_CODE_FAILED, "the scheduler would end with this program, as "
				"%s. Stop scx-cland and start it again instead", s->config.persist ?
				"it is not pinned in bpffs (the log may say why)" :
				"the configuration says persist = no");
	if (s->changes.under_way)
		return diag_set(diag, EXIT_CODE_SWAP_BUSY, "a change of policy is under way: try again "
				"when it has ended");
	return EXIT_CODE_OK;
}

/* Execute the new program: returns only if that does not come to be, with an EXIT_CODE_*. */
static int step_aside(struct supervisor *s, struct diag *diag)
{
	int control_fd = s->control ? control_listen_fd(s->control) : -1;
	int err, code = can_upgrade(s, diag); /* things may have changed during the trial */

	if (code)
		return code;
	if (changes_step_aside(&s->changes, diag))
		return EXIT_CODE_FAILED;
	log_info("%s takes over", s->upgrade.path);
	err = instance_hand_over(&s->instance, agents_leave(&s->agents), control_fd);
	if (err)
		diag_set(diag, err, "nothing can be handed over: %s", strerror(-err));
	else
		upgrade_exec(&s->upgrade, s->changes.argc, s->changes.argv, diag);
	instance_keep(&s->instance, control_fd);
	return EXIT_CODE_FAILED;
}

/* See how the trial of a new program goes. */
static void watch_upgrade(struct supervisor *s)
{
	struct diag diag;
	int code, err = upgrade_serve(&s->upgrade, &diag);

	if (err == -EINPROGRESS)
		return;
	code = err ? EXIT_CODE_FAILED : step_aside(s, &diag);
	log_error("%s", diag.text);
	if (s->control)
		control_commands_finish(s->control, s->upgrade.ticket, code, NULL, &diag);
}

/* Wait for the next event, at most until the next watch is due. */
static void wait_events(struct supervisor *s)
{
	enum { SIGNALS, EXIT, CONTROL, WATCH, HOLD, RULES, AUTO, UPGRADE, FIGURES,
	       AGENTS = FIGURES + STATS_SERVER_FDS };
	struct pollfd fds[AGENTS + AGENTS_POLL_FDS] = { /* those that are -1 are passed over */
		[SIGNALS] = { .fd = s->signal_fd, .events = POLLIN },
		[EXIT] = { .fd = kern_exit_fd(s->kern), .events = POLLIN },
		[CONTROL] = { .fd = s->control ? control_fd(s->control) : -1, .events = POLLIN },
		[WATCH] = { .fd = config_watch_fd(s->watch), .events = POLLIN },
		[HOLD] = { .fd = changes_fd(&s->changes), .events = POLLIN },
		[RULES] = { .fd = rule_watch_fd(s->rule_watch), .events = POLLIN },
		[AUTO] = auto_watch_pollfd(&s->auto_watch),
		[UPGRADE] = { .fd = upgrade_fd(&s->upgrade), .events = POLLIN },
	};
	size_t nr = AGENTS + agents_poll_fds(&s->agents, &fds[AGENTS]);
	int timeout_ms = sooner(agents_timeout_ms(&s->agents), changes_timeout_ms(&s->changes));
	int figures_fds[STATS_SERVER_FDS], i;
	bool figures_asked = false;
	const char *trouble;

	timeout_ms = sooner(timeout_ms, upgrade_timeout_ms(&s->upgrade));
	timeout_ms = sooner(timeout_ms, figures_timeout_ms(&s->figures));
	timeout_ms = sooner(timeout_ms, auto_watch_timeout_ms(&s->auto_watch));
	stats_server_fds(&s->figures.server, figures_fds);
	for (i = 0; i < STATS_SERVER_FDS; i++)
		fds[FIGURES + i] = (struct pollfd){ .fd = figures_fds[i], .events = POLLIN };
	timeout_ms = sooner(timeout_ms, service_pulse(&s->pulse, monotonic_ns()));

	if (poll(fds, nr, sooner(timeout_ms, rule_watch_timeout_ms(s->rule_watch))) < 0 &&
	    errno != EINTR) {
		log_error("poll: %s", strerror(errno));
		s->stop = true;
		return;
	}
	agents_listen(&s->agents);
	if (fds[SIGNALS].revents)
		on_signal(s);
	agents_watch(&s->agents);
	auto_watch_serve(&s->auto_watch, fds[AUTO].revents);
	changes_watch(&s->changes);
	if (fds[WATCH].revents && config_watch_serve(s->watch)) {
		changes_reload(&s->changes, CHANGES_SAVED, false);
		trouble = config_watch_trouble(s->watch);
		if (trouble)
			log_warn("%s", trouble);
	}
	if (s->rule_watch && rule_watch_serve(s->rule_watch) && agents_is_serving(&s->agents))
		agents_nudge(&s->agents);
	if (fds[CONTROL].revents)
		control_serve(s->control);
	for (i = 0; i < STATS_SERVER_FDS; i++)
		figures_asked |= fds[FIGURES + i].revents != 0;
	if (figures_asked)
		stats_server_serve(&s->figures.server);
	log_figures(s);
	if (upgrade_fd(&s->upgrade) >= 0)
		watch_upgrade(s);
}

/* ---- control --------------------------------------------------------------------------------- */

static uint64_t nr_bad(const struct supervisor *s)
{
	uint64_t stats[CLAND_STAT_NR];

	return s->kern && !kern_read_stats(s->kern, stats) ? stats[CLAND_STAT_bad] : 0;
}

static void on_swap(void *ctx, const struct swap_report *report)
{
	struct supervisor *s = ctx;

	figures_count_swap(&s->figures, report);
	changes_note_bad(&s->changes, nr_bad(s));
	changes_on_swap(&s->changes, report);
}

static void on_fault(void *ctx, const struct target *target, enum agent_fault fault,
		     const struct crash_report *report)
{
	struct supervisor *s = ctx;

	figures_count_fault(&s->figures, fault);
	changes_on_fault(&s->changes, target, fault, report);
}

static void on_again(void *ctx, struct target *target)
{
	struct supervisor *s = ctx;

	changes_on_again(&s->changes, target);
}

static const struct agents_events agents_events = {
	.swap = on_swap, .fault = on_fault, .again = on_again,
};

/* "0,3", or as many as there is room for. */
static void list_held_cpus(const struct kern *kern, char *ret_text, size_t size)
{
	size_t len = 0;
	uint32_t cpu;

	for (cpu = 0; cpu < kern_nr_cpus(kern) && len + 16 < size; cpu++)
		if (kern_cpu_is_held(kern, cpu))
			len += (size_t)snprintf(ret_text + len, size - len, "%s%u", len ? "," : "",
						cpu);
	if (cpu < kern_nr_cpus(kern))
		snprintf(ret_text + len, size - len, "...");
}

static void on_status(void *ctx, struct control_status *status)
{
	struct supervisor *s = ctx;
	struct sched_ext_state state;

	changes_status(&s->changes, nr_bad(s), status);
	status->uptime_ns = monotonic_ns() - s->figures.since_ns;
	status->nr_upgrades = s->instance.nr_upgrades;
	status->attached = s->attached;
	status->persists = s->kern && kern_is_pinned(s->kern);
	status->strict = s->config.decisions == CONFIG_DECISIONS_STRICT;
	status->partial = s->config.partial;
	if (!s->attached)
		snprintf(status->not_attached_why, sizeof(status->not_attached_why),
			 "the first agent is not ready yet");
	sched_ext_state_read("/sys", &state);
	if (strncmp(state.ops, SCHED_EXT_OPS, strlen(SCHED_EXT_OPS)) != 0)
		snprintf(status->foreign, sizeof(status->foreign), "%s", state.ops);
	if (s->attached)
		list_held_cpus(s->kern, status->held_cpus, sizeof(status->held_cpus));
	control_counts(s->control, &status->control);
	status->nr_rules = (uint32_t)s->changes.now.config.nr_rules;
	status->nr_hinted = s->rule_watch ? rule_watch_nr_hinted(s->rule_watch) : 0;
	status->agent_pid = agents_pid(&s->agents);
	status->agent_state = agents_state_name(&s->agents);
	status->agent_age_ns = agents_age_ms(&s->agents) * 1000000ULL;
	status->nr_agent_restarts = s->nr_restarts + s->agents.nr_restarts;
}

static void on_stats(void *ctx, struct stats *stats)
{
	struct supervisor *s = ctx;

	*stats = *stats_server_now(&s->figures.server);
}

static int on_change(void *ctx, const struct control_caller *caller,
		     const struct intent_choice *choice, const struct intent_term *term,
		     struct control_swap *ret_swap, struct diag *diag)
{
	struct supervisor *s = ctx;

	s->changes.saved = config_watch_pending(s->watch);
	return changes_on_change(&s->changes, caller, choice, term, ret_swap, diag);
}

static int on_reload(void *ctx, const struct control_caller *caller, struct control_swap *ret_swap,
		     struct diag *diag)
{
	struct supervisor *s = ctx;

	return changes_on_reload(&s->changes, caller, ret_swap, diag);
}

static int on_set(void *ctx, const struct control_caller *caller,
		  const struct control_setting *settings, size_t nr, struct control_swap *ret_swap,
		  struct diag *diag)
{
	struct supervisor *s = ctx;

	s->changes.saved = config_watch_pending(s->watch);
	return changes_on_set(&s->changes, caller, settings, nr, ret_swap, diag);
}

static int on_upgrade(void *ctx, const struct control_caller *caller, const char *path,
		      struct diag *diag)
{
	struct supervisor *s = ctx;
	int code;

	/* It is executed as root, in this very process: more than running a policy. */
	if (caller->uid != 0)
		return diag_set(diag, EXIT_CODE_NO_PRIVILEGE, "only root may have scx-cland upgraded");
	if (upgrade_fd(&s->upgrade) >= 0)
		return diag_set(diag, EXIT_CODE_SWAP_BUSY, "an upgrade is under way");
	code = can_upgrade(s, diag);
	if (code)
		return code;
	if (agents_is_starting(&s->agents))
		return diag_set(diag, EXIT_CODE_SWAP_BUSY, "an agent is being started: try again when "
				"it runs");
	if (upgrade_begin(&s->upgrade, path[0] ? path : NULL, s->changes.argc, s->changes.argv,
			  caller->ticket, diag))
		return EXIT_CODE_FAILED;
	log_info("upgrade: %s is asked whether it can take over", s->upgrade.path);
	return -EINPROGRESS;
}

static int on_stop(void *ctx, const struct control_caller *caller, struct diag *diag)
{
	struct supervisor *s = ctx;

	(void)diag;
	log_info("stopping: clandctl stop by uid %u", caller->uid);
	s->stop = true;
	return EXIT_CODE_OK;
}

static const struct control_ops control_ops = {
	.status = on_status,
	.change = on_change,
	.reload = on_reload,
	.set = on_set,
	.upgrade = on_upgrade,
	.stop = on_stop,
	.stats = on_stats,
};

/* What makes it easier to steer; it schedules without. */
static void outside_open(struct supervisor *s)
{
	const struct control_command *table;
	struct diag diag;
	size_t nr;

	s->commands = (struct control_commands){ &control_ops, s };
	table = control_commands_table(&nr);
	if (control_open(CONTROL_DEFAULT_PATH, s->instance.control_fd, table, nr, &s->commands, &s->control, &diag)) {
		log_warn("clandctl cannot reach this: %s", diag.text);
		s->control = NULL;
	}
	s->instance.control_fd = -1;
	s->changes.control = s->control;
	if (stats_server_open_line(&s->figures.server, STATS_SERVER_PATH, &diag))
		log_warn("scxtop and the like find no statistics: %s", diag.text);
	if (strcmp(s->config.metrics, CONFIG_OFF) != 0 &&
	    stats_server_open_page(&s->figures.server, s->config.metrics, &diag))
		log_warn("metrics = %s, but nobody can ask for them there: %s", s->config.metrics,
			 diag.text);
	if (config_watch_open(&s->config, &s->watch, &diag)) {
		log_warn("%s", diag.text);
		s->watch = NULL;
	}
}

static void outside_close(struct supervisor *s)
{
	control_close(s->control);
	stats_server_close(&s->figures.server);
	config_watch_close(s->watch);
}

/* ---- from start to end ----------------------------------------------------------------------- */

/* Start the first agent and wait until it serves. Returns an EXIT_CODE_*. */
static int first_agent(struct supervisor *s)
{
	agents_start(&s->agents, &s->changes.target);
	while (!agents_is_serving(&s->agents) && !s->agents.exit_code && !s->stop)
		wait_events(s);
	return exit_code_of_start(s->agents.exit_code);
}

/* What runs, in a line: "vruntime (leased) on 4 CPUs". */
static void describe(const struct supervisor *s, char *ret_text, size_t size)
{
	const struct changes *changes = &s->changes;
	const char *how = s->config.decisions == CONFIG_DECISIONS_STRICT ? "strict" : "leased";
	int len = snprintf(ret_text, size, "%s (%s%s) on %u CPUs",
			   agents_is_resting(&s->agents) ? "none" : changes->target.policy_name, how,
			   s->config.partial ? ", only SCHED_EXT tasks" : "", kern_nr_cpus(s->kern));

	if (changes->fallen_from[0] && len > 0 && (size_t)len < size)
		snprintf(ret_text + len, size - (size_t)len, ", as %s is in quarantine",
			 changes->fallen_from);
}

static void say_running(struct supervisor *s)
{
	describe(s, s->told, sizeof(s->told));
	log_info("running: policy %s; stop it with Ctrl-C or kill -TERM %d", s->told, getpid());
	service_ready(s->told);
}

/* Changes come in many ways: whatever differs from what was told last is told. */
static void tell_service(struct supervisor *s)
{
	char text[SERVICE_POLICY_MAX];

	describe(s, text, sizeof(text));
	if (!strcmp(text, s->told))
		return;
	snprintf(s->told, sizeof(s->told), "%s", text);
	service_policy(text);
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
	if (dump[0]) {
		fputs("--- the kernel's debug dump ---\n", stderr);
		utf8_put_lines(stderr, dump);
		fputs("\n--- end of the dump ---\n", stderr);
	}
	return false;
}

/* Whoever waits there waits for them, and it is us who are blamed. */
static void say_held(const struct supervisor *s)
{
	char cpus[sizeof(((struct control_status *)0)->held_cpus)] = "";
	const char *dump;

	list_held_cpus(s->kern, cpus, sizeof(cpus));
	if (cpus[0])
		log_warn("real-time tasks have kept CPU %s from ours for a second or more%s", cpus,
			 kern_exit_is_stall(kern_exit_info(s->kern, &dump)) ?
			 ", and a task bound to it has waited for them: that is why the kernel has ended "
			 "the scheduler (kernels up to 6.18 do after 30 s), and not the policy's fault" :
			 "");
}

/* Become the scheduler, unless that has been found. Returns 0 or -errno, with a sentence. */
static int attach(struct supervisor *s, struct diag *diag)
{
	uint64_t gap_ns;
	int err = kern_attach(s->kern, &gap_ns, diag);

	if (!err && gap_ns)
		log_info("the scheduler that was there has been replaced: the kernel's own had the "
			 "machine for %" PRIu64 ".%" PRIu64 " ms", gap_ns / 1000000,
			 gap_ns / 100000 % 10);
	return err;
}

/* Whether it is to stay when we die. It runs without that, too. */
static void pin(struct supervisor *s)
{
	struct diag diag;

	if (!s->config.persist)
		kern_unpin(s->kern);
	else if (kern_pin(s->kern, &diag))
		log_warn("the scheduler ends with this process, should it be killed: %s", diag.text);
}

/* Whether one of ours is the scheduler, whoever has attached it. */
static bool is_ours_attached(void)
{
	struct sched_ext_state state;

	sched_ext_state_read("/sys", &state);
	return !strcmp(state.state, "enabled") && !strcmp(state.ops, SCHED_EXT_OPS);
}

/* One life of the stub: load, attach, watch, detach. Returns an EXIT_CODE_*. */
static int run_once(struct supervisor *s, bool *ret_restart)
{
	const struct kern_options options = kern_options_of(&s->config);
	bool is_running = false;
	struct agent_boot boot = {
		.max_tasks = options.max_tasks,
		.strict = options.strict,
		.verbose = s->changes.now.config.verbose,
		.sandbox = s->config.sandbox,
	};
	struct diag diag, found;
	int err, code;

	*ret_restart = false;
	err = kern_open(&options, &s->kern, &found, &diag);
	if (err)
		goto fail;
	if (found.text[0])
		log_info("%s", found.text);
	s->attached = kern_is_attached(s->kern);
	err = kern_register(s->kern, CLAND_ROLE_SUPERVISOR);
	if (err) {
		diag_set(&diag, err, "the stub does not run: %s", strerror(-err));
		goto fail;
	}
	boot.nr_cpus = kern_nr_cpus(s->kern);
	err = rule_watch_open(s->kern, s->config.max_tasks, &s->rule_watch, &diag);
	if (err)
		goto fail;
	s->changes.rule_watch = s->rule_watch;
	rule_watch_set_rules(s->rule_watch, s->changes.now.config.rules,
			     s->changes.now.config.nr_rules);
	err = agents_init(&s->agents, s->kern, rule_watch_table_fd(s->rule_watch), &boot,
			  &agents_events, s, &diag);
	if (err)
		goto fail;
	s->has_agents = true;
	if (s->attached) {
		agents_adopt(&s->agents, s->instance.agent_pid);
		s->changes.nr_bad_seen = nr_bad(s);
	}
	else if (s->instance.agent_pid)
		kill(s->instance.agent_pid, SIGKILL); /* it serves a stub that is about to go */
	s->instance.agent_pid = 0;
	code = first_agent(s);
	if (code || s->stop)
		goto out;
	/* It must be able to replace an agent when memory is short. */
	if (mlockall(MCL_CURRENT)) {
		err = diag_set(&diag, -ENOMEM, "the supervisor cannot lock its memory: %s",
			       strerror(errno));
		goto fail;
	}
	err = s->attached ? 0 : attach(s, &diag);
	if (err)
		goto fail;
	s->attached = true;
	pin(s);
	s->changes.agents = &s->agents;
	is_running = true;
	say_running(s);
	while (!s->stop) {
		wait_events(s);
		tell_service(s);
		if (kern_has_exited(s->kern)) {
			*ret_restart = say_ejected(s);
			code = EXIT_CODE_EJECTED;
			goto out;
		}
	}
	service_stopping();
	code = EXIT_CODE_OK;
	goto out;
fail:
	log_error("%s", diag.text);
	code = exit_code_of_error(err);
out:
	/* One that was to be adopted, or to be replaced. */
	if (code && !is_running && is_ours_attached()) {
		log_warn("the scheduler that was there stays, and tasks run on by their leases, until "
			 "scx-cland starts, with another policy perhaps; scx-cland --detach ends it");
		s->attached = false; /* by this process */
	}
	if (s->attached) {
		say_held(s);
		kern_detach(s->kern);
		log_stats(s);
		if (!*ret_restart)
			log_info("detached: the kernel's own scheduler has the machine; agents "
				 "replaced: %u", s->nr_restarts + s->agents.nr_restarts);
	}
	s->attached = false;
	if (s->has_agents) {
		s->nr_restarts += s->agents.nr_restarts;
		agents_end(&s->agents);
	}
	s->has_agents = false;
	s->changes.agents = NULL;
	s->changes.nr_bad_seen = 0;
	changes_watch(&s->changes); /* whoever waits for a change that was cut off is told */
	s->changes.rule_watch = NULL;
	rule_watch_close(s->rule_watch);
	s->rule_watch = NULL;
	kern_free(s->kern);
	s->kern = NULL;
	return code;
}

/* Whoever starts us may be real-time; an agent that hangs would have its CPU for itself. */
static void be_ordinary(void)
{
	const struct sched_param param = { .sched_priority = 0 };
	int policy = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;

	if (policy != SCHED_FIFO && policy != SCHED_RR && policy != SCHED_DEADLINE)
		return;
	if (sched_setscheduler(0, SCHED_OTHER, &param))
		log_warn("this is a real-time process, and cannot be made an ordinary one: %s. A policy that hangs "
			 "keeps a CPU for itself", strerror(errno));
	else
		log_warn("started as a real-time process; goes on as an ordinary one, as else a policy that hangs "
			 "would keep a CPU for itself");
}

static int run(struct supervisor *s, const struct config *config, const struct target *target,
	       int argc, char *const argv[])
{
	struct diag diag;
	bool restart, compaction_was_on;
	int code, err, lock_err = 0;

	err = descriptors_raise(DESCRIPTORS_NEEDED, &diag);
	if (err) {
		log_error("%s", diag.text);
		return exit_code_of_error(err);
	}
	instance_inherit(&s->instance);
	upgrade_init(&s->upgrade);
	err = kern_check(s->instance.taken_over, config->sandbox, &diag);
	/* Our own name for an instance of ours is more help than the kernel's. */
	if (!err || err == -EBUSY)
		lock_err = instance_lock(&s->instance, &diag);
	if (!lock_err && err)
		err = kern_check(s->instance.taken_over, config->sandbox, &diag);
	if (lock_err || err) {
		log_error("%s", diag.text);
		return exit_code_of_error(lock_err ? lock_err : err);
	}
	be_ordinary();
	if (s->instance.lock_err)
		log_warn(INSTANCE_LOCK_PATH " cannot be written: %s. Whoever starts another scx-cland is "
			 "told that there is one, but not which", strerror(-s->instance.lock_err));
	s->config = *config;
	figures_init(&s->figures, config->stats_ms, take_figures, s);
	changes_init(&s->changes, config, target, argc, argv);
	changes_restore(&s->changes);
	auto_watch_init(&s->auto_watch, NULL);
	service_pulse_init(&s->pulse);
	s->signal_fd = signals_open();
	if (s->signal_fd < 0) {
		log_error("signals cannot be received: %s", strerror(errno));
		return EXIT_CODE_FAILED;
	}
	oom_protect();
	compaction_was_on = compaction_off();
	signal(SIGPIPE, SIG_IGN); /* a log that nobody reads any more is no reason to end, */
	signal(SIGXFSZ, SIG_IGN); /* and neither is one that is as long as files may be */
	outside_open(s);
	changes_follow(&s->changes, &s->auto_watch);
	do {
		code = run_once(s, &restart);
	} while (restart && !s->stop);
	upgrade_cancel(&s->upgrade);
	auto_watch_close(&s->auto_watch);
	outside_close(s);
	/* One that could not begin leaves it to the next. */
	err = !code || code == EXIT_CODE_EJECTED ? wanted_note_remove() : 0;
	if (err)
		log_warn(NOTE_PATH " cannot be removed, so what it says counts at the next start: %s",
			 strerror(-err));
	if (compaction_was_on)
		compaction_on();
	close(s->signal_fd);
	instance_unlock(&s->instance);
	return code;
}

int supervisor_run(const struct config *config, const struct target *target, int argc,
		   char *const argv[])
{
	/* Not static: agents are this program, too, and lock all that is. */
	struct supervisor *s = calloc(1, sizeof(*s));
	int code;

	if (!s) {
		log_error("there is no memory to start with");
		return EXIT_CODE_MEMLOCK;
	}
	code = run(s, config, target, argc, argv);
	free(s);
	return code;
}
