/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What clandctl.sh talks to: the control socket of the daemon with nothing behind it. What it says
 * of itself is made up, but for which policy is wanted: that is intent.h's.
 *
 * Usage: clandctl-daemon SOCKET [attached|ejected|foreign|young|turns [STATS METRICS]]
 *
 * Gives figures, made up as well, at the stats socket STATS and the address METRICS.
 *
 * Prints "ready" when it listens; ends on the command stop. Switching to a policy that is called
 * like a kind of failure fails like that: gone, foreign, parameters, refused, crashed, slow, busy;
 * to "silent" is never answered, but noted on stdout. The command upgrade has it begin anew, unless
 * it is to "/broken", or to "/silent", which is as for a switch.
 *
 * In the scene "turns", for clandctl compare, figures are those of a machine on which tasks wait
 * twenty times as long under fifo as under any other policy, give or take a quarter; "shaky", which
 * is rustland in a file of that name, crashes in its second turn.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "control.h"
#include "control_commands.h"
#include "draw.h"
#include "exit_codes.h"
#include "stats_histogram.h"
#include "stats_server.h"

#define SECOND 1000000000ULL

struct daemon {
	const char *scene;
	struct control *control;
	struct intent intent, wanted;
	struct control_swap swap;
	uint64_t ticket;	/* of the swap to finish in the next turn */
	uint32_t nr_upgrades, nr_swaps, nr_shaky;
	int hold_fd;		/* of the process that the switch lasts as long as; -1 */
	struct stats_server figures;
	bool has_swapped, stop, upgrade;
};

static void turns_faults(const struct daemon *d, struct control_status *status)
{
	struct control_fault *fault = &status->faults[0];

	*fault = (struct control_fault){ .policy = "rustland", .nr_crashed = d->nr_shaky >= 2, .nr_hung = 3 };
	fault->since_ns = 1;
	snprintf(fault->reason, sizeof(fault->reason), "signal 8 (Floating point exception) in its lease()");
	status->nr_faults = 1;
}

static void on_status(void *ctx, struct control_status *status)
{
	struct daemon *d = ctx;
	const char *policy = intent_desired(&d->intent)->policy;

	status->uptime_ns = 11520 * SECOND;
	status->nr_upgrades = d->nr_upgrades;
	status->persists = true;
	status->attached = !strcmp(d->scene, "attached") || !strcmp(d->scene, "turns");
	control_status_intent(status, &d->intent, monotonic_ns());
	control_counts(d->control, &status->control);
	status->agent_state = "none";
	if (!strcmp(d->scene, "young")) {
		snprintf(status->not_attached_why, sizeof(status->not_attached_why),
			 "the first agent is not ready yet");
		return;
	}
	if (!status->attached)
		snprintf(status->not_attached_why, sizeof(status->not_attached_why),
			 "the kernel has ended it: \033[31mrunnable task stall");
	if (!strcmp(d->scene, "foreign"))
		snprintf(status->foreign, sizeof(status->foreign), "rusty_1.0.9");
	snprintf(status->applied, sizeof(status->applied), "%.31s",
		 strchr(policy, '/') ? "mine" : policy);
	snprintf(status->applied_version, sizeof(status->applied_version), "1.0");
	snprintf(status->applied_path, sizeof(status->applied_path), "%s%s%s",
		 strchr(policy, '/') ? "" : "/usr/lib/scx-cland/policies/", policy,
		 strchr(policy, '/') ? "" : ".so");
	status->applied_age_ns = status->desired_age_ns;
	status->agent_pid = 813;
	status->agent_state = "running";
	status->agent_age_ns = 61 * SECOND;
	status->nr_agent_restarts = 2;
	status->nr_rules = 3;
	status->nr_hinted = 14;
	status->nr_autos = 2;
	status->autos[0] = (struct control_auto){ "game", CONTROL_AUTO_FOLLOWED, "steam runs" };
	status->autos[1] = (struct control_auto){ "save", CONTROL_AUTO_IDLE, "not on battery" };
	status->has_last_swap = d->has_swapped;
	status->last_swap = d->swap;
	if (!strcmp(d->scene, "turns")) {
		turns_faults(d, status);
		return;
	}
	status->nr_faults = 2;
	status->faults[0] = (struct control_fault){ .policy = "shaky", .nr_crashed = 2,
						    .nr_refused = 1 };
	status->faults[0].quarantined = true;
	status->faults[0].since_ns = 1;
	status->faults[0].age_ns = 61 * SECOND;
	snprintf(status->faults[0].reason, sizeof(status->faults[0].reason),
		 "signal 11 (Segmentation fault) in its rank()");
	snprintf(status->faults[0].backtrace[0], sizeof(status->faults[0].backtrace[0]),
		 "shaky.so(shaky_rank+0x1f)");
	status->faults[0].nr_backtrace = 1;
	status->faults[1] = (struct control_fault){ .policy = "wild", .nr_hung = 1, .nr_bad = 7 };
}

static int fails_as(const char *policy, struct diag *diag)
{
	static const struct {
		const char *policy, *sentence;
		int code;
	} kinds[] = {
		{ "gone", "there is no policy gone", EXIT_CODE_NOT_FOUND },
		{ "foreign", "foreign.so is for policy ABI 9", EXIT_CODE_NOT_A_POLICY },
		{ "parameters", "slice_us: 1 is out of range", EXIT_CODE_PARAMETERS },
		{ "refused", "refused would not start", EXIT_CODE_POLICY_REFUSED },
		{ "crashed", "crashed was ended by signal 11", EXIT_CODE_POLICY_CRASHED },
		{ "slow", "slow was not ready within 15 s", EXIT_CODE_POLICY_SLOW },
		{ "busy", "a switch to fifo is under way", EXIT_CODE_SWAP_BUSY },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].policy, policy))
			return diag_set(diag, kinds[i].code, "%s", kinds[i].sentence);
	}
	return EXIT_CODE_OK;
}

static void watch_hold(struct daemon *d)
{
	pid_t pid = intent_hold_pid(&d->intent);

	if (d->hold_fd >= 0)
		close(d->hold_fd);
	d->hold_fd = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
}

static int on_change(void *ctx, const struct control_caller *caller,
		     const struct intent_choice *choice, const struct intent_term *term,
		     struct control_swap *ret_swap, struct diag *diag)
{
	struct intent_choice resolved = *choice;
	struct daemon *d = ctx;
	int code;

	if (choice->mode[0]) {
		if (strcmp(choice->mode, "gaming") != 0)
			return diag_set(diag, EXIT_CODE_NOT_FOUND, "there is no [mode.%s]",
					choice->mode);
		strcpy(resolved.policy, "latency-boost");
	}
	code = fails_as(resolved.policy, diag);
	if (code) {
		d->has_swapped = true;
		snprintf(d->swap.error, sizeof(d->swap.error), "%s", diag->text);
		snprintf(d->swap.to, sizeof(d->swap.to), "%s", resolved.policy);
		return code;
	}
	if (!strcmp(resolved.policy, "silent")) {
		puts("silent");
		fflush(stdout);
		return -EINPROGRESS;
	}
	d->nr_shaky += !strcmp(resolved.policy, "shaky");
	d->wanted = d->intent;
	if (intent_switch(&d->wanted, &resolved, term, caller->uid, monotonic_ns(), diag))
		return EXIT_CODE_USAGE;
	if (!strcmp(intent_desired(&d->intent)->policy, resolved.policy)) {
		d->intent = d->wanted;
		watch_hold(d);
		strcpy(ret_swap->what, "nothing");
		strcpy(ret_swap->to, resolved.policy);
		return EXIT_CODE_OK;
	}
	d->swap = (struct control_swap){ .what = "switch", .pause_ns = 182345, .nr_tasks = 1042,
					 .age_ns = 4 * SECOND };
	strcpy(d->swap.from, intent_desired(&d->intent)->policy);
	strcpy(d->swap.to, resolved.policy);
	intent_reason(&d->wanted, d->swap.why, sizeof(d->swap.why));
	d->ticket = caller->ticket;
	return -EINPROGRESS;
}

static int on_reload(void *ctx, const struct control_caller *caller, struct control_swap *ret_swap,
		     struct diag *diag)
{
	struct daemon *d = ctx;

	(void)caller, (void)diag;
	strcpy(ret_swap->what, intent_configured(&d->intent, &d->intent.base, d->intent.origin, true,
						 monotonic_ns()) ? "switch" : "nothing");
	strcpy(ret_swap->from, "latency-boost");
	strcpy(ret_swap->to, d->intent.base.policy);
	return EXIT_CODE_OK;
}

static int on_set(void *ctx, const struct control_caller *caller,
		  const struct control_setting *settings, size_t nr, struct control_swap *ret_swap,
		  struct diag *diag)
{
	(void)ctx, (void)caller;
	if (nr != 2 || strcmp(settings[1].key, "preempt_us") || strcmp(settings[1].value, "a=b.c"))
		return diag_set(diag, EXIT_CODE_PARAMETERS, "%s has no parameter %s",
				settings[0].policy, settings[0].key);
	strcpy(ret_swap->what, "parameters");
	strcpy(ret_swap->to, settings[0].policy);
	return EXIT_CODE_OK;
}

static int on_upgrade(void *ctx, const struct control_caller *caller, const char *path,
		      struct diag *diag)
{
	struct daemon *d = ctx;

	(void)caller;
	if (!strcmp(path, "/broken"))
		return diag_set(diag, EXIT_CODE_FAILED, "%s cannot take over: it is broken; this program "
				"goes on", path);
	if (!strcmp(path, "/silent")) {
		puts("silent");
		fflush(stdout);
		return -EINPROGRESS;
	}
	d->upgrade = true;
	return -EINPROGRESS;
}

static int on_stop(void *ctx, const struct control_caller *caller, struct diag *diag)
{
	struct daemon *d = ctx;

	(void)caller, (void)diag;
	d->stop = true;
	return EXIT_CODE_OK;
}

/* What has been waited for since the last call: a thousand times, under the policy that runs. */
static void take_turn(struct daemon *d, struct stats *stats)
{
	static struct stats sum;
	/* by the number of changes, so that the same order of turns has the same figures */
	uint64_t state = d->nr_swaps, i;
	uint64_t wait_ns = strcmp(intent_desired(&d->intent)->policy, "fifo") ? 100000 : 2000000;

	wait_ns = wait_ns * (75 + draw_splitmix(&state) % 50) / 100;
	for (i = 0; i < 1000; i++)
		stats_histogram_add(&sum.histograms[CLAND_HISTOGRAM_runnable_to_running], wait_ns);
	sum.values[CLAND_STAT_decided] += 100;
	sum.values[STATS_swaps] = d->nr_swaps;
	*stats = sum;
	snprintf(stats->policy, sizeof(stats->policy), "%.31s", intent_desired(&d->intent)->policy);
}

/* Each is another one, and all of them grow. */
static void take_figures(void *ctx, struct stats *stats)
{
	struct daemon *d = ctx;
	static uint64_t nr;
	uint64_t i;

	if (!strcmp(d->scene, "turns")) {
		take_turn(d, stats);
		return;
	}
	nr++;
	for (i = 0; i < STATS_NR; i++)
		stats->values[i] = stats_table[i].unit == STATS_BOOL ? 1 :
				   stats_table[i].unit == STATS_NS   ? (i + nr) * 1000000 :
								       i + nr * 10;
	for (i = 0; i < 1000 * nr; i++)
		stats_histogram_add(&stats->histograms[i % STATS_HISTOGRAM_NR], i * 1000);
	snprintf(stats->policy, sizeof(stats->policy), "vruntime");
	snprintf(stats->version, sizeof(stats->version), "0.0.1");
}

static void on_stats(void *ctx, struct stats *stats)
{
	struct daemon *d = ctx;

	*stats = *stats_server_now(&d->figures);
}

static const struct control_ops ops = {
	.status = on_status,
	.change = on_change,
	.reload = on_reload,
	.set = on_set,
	.upgrade = on_upgrade,
	.stop = on_stop,
	.stats = on_stats,
};

static void finish_swap(struct daemon *d)
{
	uint64_t ticket = d->ticket;

	d->ticket = 0;
	d->has_swapped = true;
	d->nr_swaps++;
	d->intent = d->wanted;
	watch_hold(d);
	control_commands_finish(d->control, ticket, EXIT_CODE_OK, &d->swap, NULL);
}

int main(int argc, char *argv[])
{
	static const struct intent_choice base = { .policy = "vruntime" };
	static struct daemon d = { .scene = "attached", .hold_fd = -1 };
	struct control_commands commands = { &ops, &d };
	const struct control_command *table;
	struct pollfd fds[2 + STATS_SERVER_FDS];
	int figures_fds[STATS_SERVER_FDS], i;
	struct diag diag;
	size_t nr;

	if (argc < 2 || argc > 5 || argc == 4)
		return EXIT_CODE_USAGE;
	if (argc >= 3)
		d.scene = argv[2];
	stats_server_init(&d.figures, take_figures, &d);
	intent_init(&d.intent, &base, "/etc/scx-cland.ini", monotonic_ns());
	table = control_commands_table(&nr);
	if (control_open(argv[1], -1, table, nr, &commands, &d.control, &diag)) {
		fprintf(stderr, "%s\n", diag.text);
		return EXIT_CODE_FAILED;
	}
	if (argc == 5 && (stats_server_open_line(&d.figures, argv[3], &diag) ||
			  stats_server_open_page(&d.figures, argv[4], &diag))) {
		fprintf(stderr, "%s\n", diag.text);
		return EXIT_CODE_FAILED;
	}
	fds[0] = (struct pollfd){ .fd = control_fd(d.control), .events = POLLIN };
	stats_server_fds(&d.figures, figures_fds);
	for (i = 0; i < STATS_SERVER_FDS; i++)
		fds[1 + i] = (struct pollfd){ .fd = figures_fds[i], .events = POLLIN };
	puts("ready");
	fflush(stdout);
	while (!d.stop) {
		fds[1 + STATS_SERVER_FDS] = (struct pollfd){ .fd = d.hold_fd, .events = POLLIN };
		if (poll(fds, 2 + STATS_SERVER_FDS, 60000) <= 0)
			break;
		if (fds[1 + STATS_SERVER_FDS].revents) {
			d.nr_swaps++;
			intent_process_ended(&d.intent, intent_hold_pid(&d.intent), monotonic_ns());
			watch_hold(&d);
		}
		control_serve(d.control);
		stats_server_serve(&d.figures);
		if (d.ticket)
			finish_swap(&d);
		if (d.upgrade) {
			control_close(d.control);
			if (control_open(argv[1], -1, table, nr, &commands, &d.control, &diag)) {
				fprintf(stderr, "%s\n", diag.text);
				return EXIT_CODE_FAILED;
			}
			fds[0].fd = control_fd(d.control);
			d.nr_upgrades++;
			d.upgrade = false;
		}
	}
	control_close(d.control);
	stats_server_close(&d.figures);
	return d.stop ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}
