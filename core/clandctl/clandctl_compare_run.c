/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_compare_run.c - policies take turns on the running machine.
 *
 * Each turn is a `switch --hold` to a process of our own, which ends with us whatever ends us: the
 * daemon then goes back by itself to what was wanted before, with its parameters. Nobody has to be
 * told.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clandctl.h"
#include "clandctl_client.h"
#include "clandctl_compare.h"
#include "clandctl_compare_command.h"
#include "clandctl_compare_daemon.h"
#include "clock.h"
#include "exit_codes.h"
#include "metric_number.h"
#include "stats.h"
#include "utf8.h"

#define NS_PER_S 1000000000ULL
#define TICK_NS NS_PER_S		/* how often the progress line is renewed */
#define LOOK_NS 50000000ULL		/* how often is asked for what gives no event */
/* How old figures may be that the daemon gives, and how often they are asked for again. */
#define FRESH_NS 10000000ULL
#define FRESH_TRIES 100
/* For how long nobody may answer, as during an upgrade, or another change may go on. */
#define GONE_NS (20 * NS_PER_S)
#define BACK_NS (60 * NS_PER_S)		/* going back is a change, which may rehearse for a while */
/* For how long the user's command may go on when its turn should end. */
#define OVERTIME_TURNS 10
#define OVERTIME_LEAST_NS (60 * NS_PER_S)

struct runner {
	struct session *session;
	int signal_fd;
	bool has_terminal;	/* stderr: there is a progress line */
	pid_t holder;		/* as long as it lives, the daemon runs what we want; 0: none */
	int holder_fd;		/* it ends when this is closed */
	struct view before;	/* what to go back to: as found, or as others have changed it since */
	uint64_t before_ends_ns; /* if that ends by time; 0: it does not */
	bool is_before_changed;	/* by others */
	struct view seen;	/* the last look at the daemon */
	struct command command;
	bool is_gone;		/* the daemon: it has not answered for long enough */
	uint64_t end_ns;	/* when it should all be over */
	uint32_t round;		/* for the progress line */
	const struct entrant *entrant;
};

/* ---- what is said meanwhile ------------------------------------------------------------------ */

static void put_progress(const struct runner *r)
{
	uint64_t now_ns = monotonic_ns(), left_s = r->end_ns > now_ns ? (r->end_ns - now_ns) / NS_PER_S : 0;

	if (!r->has_terminal || !r->entrant)
		return;
	fprintf(stderr, "\rround %u of %u: %s; %" PRIu64 ":%02u to go\033[K", r->round + 1,
		r->session->plan.nr_rounds, r->entrant->name, left_s / 60, (unsigned int)(left_s % 60));
	fflush(stderr);
}

static void clear_progress(const struct runner *r)
{
	if (r->has_terminal) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
}

__attribute__((format(printf, 2, 3))) static void note(const struct runner *r, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	clear_progress(r);
	clandctl_error(0, "note: %s", text);
}

/* ---- waiting --------------------------------------------------------------------------------- */

/*
 * Until that moment; sooner when somebody wants us to end, and, with a command, later, until it has
 * ended, but not after limit_ns. Returns whether the command, if any, has ended.
 */
static bool wait_until(struct runner *r, uint64_t until_ns, bool with_command, uint64_t limit_ns)
{
	bool has_ended = !with_command;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = r->signal_fd, .events = POLLIN },
			{ .fd = has_ended ? -1 : r->command.out_fd, .events = POLLIN },
			{ .fd = has_ended ? -1 : r->command.pid_fd, .events = POLLIN },
		};
		uint64_t now_ns = monotonic_ns(), end_ns = has_ended ? until_ns : limit_ns;
		uint64_t left_ns = end_ns > now_ns ? end_ns - now_ns : 0;

		if (!left_ns)
			return has_ended;
		if (r->has_terminal && left_ns > TICK_NS)
			left_ns = TICK_NS;
		/* rounded up: not a moment too early, and no busy loop before the end */
		if (poll(fds, 3, (int)((left_ns + 999999) / 1000000)) < 0 && errno != EINTR)
			return has_ended;
		if (fds[0].revents & POLLIN) {
			r->session->interrupted = true;
			return has_ended;
		}
		if (!has_ended)
			has_ended = command_read(&r->command);
		put_progress(r);
	}
}

static void pause_for(struct runner *r, uint64_t ns)
{
	wait_until(r, monotonic_ns() + ns, false, 0);
}

/* ---- the daemon, which may be about to become another build ----------------------------------- */

/* Whether to ask once more, after a while: a failure with code may pass. since_ns: of the first try. */
static bool again(struct runner *r, int code, uint64_t since_ns)
{
	if (code != EXIT_CODE_NOT_RUNNING && code != EXIT_CODE_NO_ANSWER && code != EXIT_CODE_SWAP_BUSY)
		return false;
	r->is_gone |= code != EXIT_CODE_SWAP_BUSY && monotonic_ns() - since_ns > GONE_NS;
	if (r->session->interrupted || r->is_gone || monotonic_ns() - since_ns > GONE_NS)
		return false;
	pause_for(r, LOOK_NS);
	return !r->session->interrupted;
}

static int look(struct runner *r, struct diag *diag)
{
	uint64_t since_ns = monotonic_ns();
	int code;

	do
		code = view_look(&r->seen, diag);
	while (again(r, code, since_ns));
	if (!code && !r->seen.attached)
		return diag_set(diag, EXIT_CODE_FAILED, "scx-cland does not schedule the machine any more: %s",
				r->seen.not_attached_why);
	return code;
}

static int change(struct runner *r, const struct view_choice *choice, struct diag *diag)
{
	uint64_t since_ns = monotonic_ns();
	int code;

	do
		code = view_change(choice, diag);
	while (again(r, code, since_ns));
	return code;
}

/* Figures of now: the daemon takes them anew only so often, and those from before must not count. */
static int take_stats(struct runner *r, struct stats *ret_stats, struct diag *diag)
{
	uint64_t since_ns = monotonic_ns();
	unsigned int tries;
	int code;

	for (tries = 0; tries < FRESH_TRIES; tries++) {
		do
			code = client_ask_stats(CLIENT_QUICK_S, ret_stats, diag);
		while (again(r, code, since_ns));
		if (code || ret_stats->taken_ns >= since_ns)
			return code;
		pause_for(r, FRESH_NS);
	}
	return diag_set(diag, EXIT_CODE_NO_ANSWER, "scx-cland's figures are from before they were asked for: it "
			"goes by another clock");
}

static int take_reading(struct runner *r, struct reading *ret_reading, struct diag *diag)
{
	FILE *file = fopen("/proc/stat", "re");
	/* its last lines, of interrupts, may not fit, and do not matter */
	static char text[1 << 20];
	int code = take_stats(r, &ret_reading->stats, diag);
	size_t len = 0;

	if (file) {
		len = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[len] = '\0';
	if (!code && reading_parse(text, ret_reading))
		code = diag_set(diag, EXIT_CODE_FAILED, "/proc/stat cannot be read");
	return code;
}

/* ---- going back ------------------------------------------------------------------------------ */

/* A process that does nothing, in a group of its own, so that the terminal's Ctrl-C is not for it. */
static int holder_start(struct runner *r)
{
	int fds[2];
	char byte;

	if (pipe2(fds, O_CLOEXEC))
		return clandctl_error(EXIT_CODE_FAILED, "compare: a pipe: %s", strerror(errno));
	r->holder = fork();
	if (r->holder < 0) {
		r->holder = 0;
		close(fds[0]);
		close(fds[1]);
		return clandctl_error(EXIT_CODE_FAILED, "compare: a process: %s", strerror(errno));
	}
	if (!r->holder) {
		setpgid(0, 0);
		close(fds[1]);
		while (read(fds[0], &byte, 1) < 0 && errno == EINTR)
			;
		_exit(0);
	}
	close(fds[0]);
	r->holder_fd = fds[1];
	return EXIT_CODE_OK;
}

static void holder_end(struct runner *r)
{
	if (!r->holder)
		return;
	close(r->holder_fd);
	waitpid(r->holder, NULL, 0);
	r->holder = 0;
}

/* What was found before the first turn, or what somebody has switched to meanwhile. */
static void remember_before(struct runner *r, const struct view *view)
{
	r->before = *view;
	r->before_ends_ns = view->ends_in_s ? monotonic_ns() + view->ends_in_s * NS_PER_S : 0;
}

/*
 * A switch for a time or a process has given way to ours, and does not come back by itself: ask for
 * it again, for the rest of its time. One without an end lies below ours.
 */
static void renew_before(struct runner *r)
{
	uint64_t now_ns = monotonic_ns();
	struct view_choice choice = { .hold_pid = r->before.hold_pid };
	struct diag diag;

	if (strcmp(r->before.cause, "for") != 0 && strcmp(r->before.cause, "hold") != 0)
		return;
	/* Its time is over, or its process has ended: it would not run now either. */
	if ((r->before_ends_ns && now_ns >= r->before_ends_ns) ||
	    (choice.hold_pid && kill(choice.hold_pid, 0) && errno == ESRCH)) {
		r->is_before_changed = true;
		return;
	}
	if (r->before_ends_ns)
		choice.for_s = (r->before_ends_ns - now_ns + NS_PER_S - 1) / NS_PER_S;
	snprintf(choice.policy, sizeof(choice.policy), "%s", r->before.desired);
	snprintf(choice.mode, sizeof(choice.mode), "%s", r->before.mode);
	if (change(r, &choice, &diag))
		note(r, "%s is not switched to again: %s", r->before.desired, diag.text);
}

/* Whether what ran before runs again; else after says why not. */
static void judge_after(struct runner *r)
{
	struct session *session = r->session;

	snprintf(session->now, sizeof(session->now), "%.63s", r->seen.policy);
	if (!strcmp(r->seen.path, r->before.path) || r->is_before_changed)
		return;
	/* A rule applies by now, or another configuration was saved: that is what is wanted. */
	if (!r->seen.in_place_of[0] &&
	    (!strcmp(r->seen.cause, "auto") || !strcmp(r->seen.cause, "configuration")))
		return;
	if (r->seen.in_place_of[0])
		snprintf(session->after, sizeof(session->after), "policy %.31s is in quarantine: %.64s runs in its "
			 "place; see clandctl status", r->seen.in_place_of,
			 r->seen.policy[0] ? r->seen.policy : "none");
	else
		snprintf(session->after, sizeof(session->after), "%.31s runs now (%.256s); see clandctl status",
			 r->seen.policy, r->seen.reason);
}

/* Interrupted or not: from here on nobody is listened to until what ran before runs again. */
static void go_back(struct runner *r)
{
	pid_t holder = r->holder;
	uint64_t end_ns = monotonic_ns() + BACK_NS;
	bool was_interrupted = r->session->interrupted;
	struct diag diag;
	int code;

	r->session->interrupted = false;
	close(r->signal_fd);
	r->signal_fd = -1;
	r->entrant = NULL;
	clear_progress(r);
	renew_before(r);
	holder_end(r);
	do {
		code = look(r, &diag);
		if (code || (r->seen.hold_pid != holder && !r->seen.swap_under_way))
			break;
		pause_for(r, LOOK_NS);
	} while (monotonic_ns() < end_ns);
	r->session->interrupted = was_interrupted;
	if (code)
		snprintf(r->session->after, sizeof(r->session->after), "it is not known what runs now: %.400s",
			 diag.text);
	else if (r->seen.hold_pid == holder || r->seen.swap_under_way)
		snprintf(r->session->after, sizeof(r->session->after), "scx-cland has not gone back within %llu s: "
			 "see clandctl status", BACK_NS / NS_PER_S);
	else
		judge_after(r);
}

/* ---- what goes wrong in a turn --------------------------------------------------------------- */

static void fail(struct runner *r, struct entrant *e, uint32_t round, const char *why)
{
	if (e->failed[0])
		return;
	snprintf(e->failed, sizeof(e->failed), "%.511s", why[0] ? why : "it has crashed or hung");
	utf8_clean(e->failed);
	e->failed_round = round;
	note(r, "%s has failed in round %u and is out: %s", e->name, round + 1, e->failed);
}

/* Who is meant: names in files need not be different, and then it is the one whose turn it is. */
static struct entrant *culprit(struct runner *r, struct entrant *e, const char *policy)
{
	uint32_t i;

	if (!strcmp(e->policy, policy))
		return e;
	for (i = 0; i < r->session->nr_entrants; i++)
		if (!strcmp(r->session->entrants[i].policy, policy))
			return &r->session->entrants[i];
	return NULL;
}

/* Note crashes and hangs that were not there at an earlier look. Returns whether the turn's own policy
 * is out by that. */
static bool has_failed(struct runner *r, struct turn *turn, const struct view *earlier)
{
	struct entrant *e = &r->session->entrants[turn->entrant];
	size_t i, j;

	for (i = 0; i < r->seen.nr_faults; i++) {
		const struct view_fault *fault = &r->seen.faults[i];
		struct entrant *who = culprit(r, e, fault->policy);
		uint64_t before = 0;

		for (j = 0; j < earlier->nr_faults; j++)
			if (!strcmp(earlier->faults[j].policy, fault->policy))
				before = earlier->faults[j].nr;
		if (who && fault->nr > before)
			fail(r, who, turn->round, fault->reason);
	}
	if (!e->failed[0])
		return false;
	turn->done = false;
	snprintf(turn->why, sizeof(turn->why), "it has failed");
	return true;
}

__attribute__((format(printf, 3, 4))) static void leave_out(struct runner *r, struct turn *turn,
							    const char *fmt, ...)
{
	va_list args;

	turn->done = false;
	va_start(args, fmt);
	vsnprintf(turn->why, sizeof(turn->why), fmt, args);
	va_end(args);
	utf8_clean(turn->why);
	note(r, "the turn of %s in round %u does not count: %s", r->session->entrants[turn->entrant].name,
	     turn->round + 1, turn->why);
}

/* Whether the turn is still ours alone; else says of it why not, and remembers what others want. */
static bool is_undisturbed(struct runner *r, struct turn *turn, const struct view *begin)
{
	if (r->seen.daemon_pid != begin->daemon_pid || r->seen.nr_upgrades != begin->nr_upgrades) {
		leave_out(r, turn, "scx-cland was started anew or upgraded");
		return false;
	}
	if (r->seen.hold_pid != r->holder) {
		leave_out(r, turn, "somebody has changed what is to run (%.128s)", r->seen.reason);
		remember_before(r, &r->seen);
		r->is_before_changed = true;
		return false;
	}
	if (r->seen.in_place_of[0] || strcmp(r->seen.path, begin->path) != 0) {
		leave_out(r, turn, "%.31s ran in its place", r->seen.policy[0] ? r->seen.policy : "no policy");
		return false;
	}
	return true;
}

/* ---- the user's command ---------------------------------------------------------------------- */

/* The figure of its last line. Returns 0, or -EINVAL with a sentence. */
static int own_number(struct session *session, const struct command *command, bool is_first,
		      double *ret_value, struct diag *diag)
{
	struct metric_number number;
	int err = command_said(command, diag);

	if (!err)
		err = metric_number_read(command->text, &number, diag);
	if (err)
		return err;
	if (is_first)
		memcpy(session->unit, number.unit, sizeof(session->unit));
	if (strcmp(session->unit, number.unit) != 0)
		return diag_set(diag, -EINVAL, "its number was in '%s' at first and is in '%s' now: one unit must do "
				"for all", session->unit, number.unit);
	*ret_value = number.value;
	return 0;
}

static bool has_own_number(const struct session *session)
{
	size_t i;

	for (i = 0; i < session->nr_turns; i++)
		if (session->turns[i].done && !isnan(session->turns[i].values[FIGURE_OWN]))
			return true;
	return false;
}

/*
 * A command that says no number the first time is a mistake that is better told than repeated for
 * all turns; later on something has come between. Returns EXIT_CODE_*.
 */
static int take_own(struct runner *r, struct turn *turn, bool has_ended)
{
	struct session *session = r->session;
	bool is_first = !has_own_number(session);
	struct diag diag;
	int err;

	if (has_ended)
		err = own_number(session, &r->command, is_first, &turn->values[FIGURE_OWN], &diag);
	else
		err = diag_set(&diag, -EINVAL, "it has not ended in time");
	if (!err)
		return EXIT_CODE_OK;
	snprintf(turn->own_why, sizeof(turn->own_why), "%.255s", diag.text);
	if (is_first) {
		clear_progress(r);
		return clandctl_error(EXIT_CODE_FAILED, "compare: --metric: %s", diag.text);
	}
	note(r, "--metric gives no number for %s in round %u: %s", r->entrant->name, turn->round + 1,
	     diag.text);
	return EXIT_CODE_OK;
}

/* ---- turns ----------------------------------------------------------------------------------- */

/* Failures of a change that are the policy's. */
static bool is_policys(int code)
{
	return code == EXIT_CODE_FAILED || code == EXIT_CODE_USAGE || code == EXIT_CODE_POLICY ||
	       (code >= EXIT_CODE_NOT_FOUND && code <= EXIT_CODE_POLICY_SLOW) ||
	       code == EXIT_CODE_UNSAFE_POLICY;
}

/*
 * Measure, from begin_ns on. *ret_swaps: how many changes there had been at the end. *ret_code is
 * why all of it cannot go on. Returns whether the turn was whole.
 */
static bool measure(struct runner *r, struct turn *turn, uint64_t begin_ns, uint64_t *ret_swaps,
		    int *ret_code)
{
	static struct reading before, now;
	const struct turns *plan = &r->session->plan;
	uint64_t end_ns = begin_ns + plan->turn_ns, overtime_ns = OVERTIME_TURNS * plan->turn_ns;
	bool has_ended = true;
	struct diag diag;
	int code;

	if (overtime_ns < OVERTIME_LEAST_NS)
		overtime_ns = OVERTIME_LEAST_NS;
	wait_until(r, begin_ns + plan->settle_ns, false, 0);
	if (r->session->interrupted)
		return false;
	code = take_reading(r, &before, &diag);
	if (!code && r->session->command &&
	    command_start(&r->command, r->session->command, r->entrant->asked,
			  end_ns > monotonic_ns() ? end_ns - monotonic_ns() : 0, &diag))
		code = EXIT_CODE_FAILED;
	if (!code) {
		has_ended = wait_until(r, end_ns, r->session->command, end_ns + overtime_ns);
		if (!r->session->interrupted)
			code = take_reading(r, &now, &diag);
	}
	command_stop(&r->command);
	if (code || r->session->interrupted) {
		clear_progress(r);
		*ret_code = code && !r->session->interrupted ?
				    clandctl_error(code, "compare: %s", diag.text) : EXIT_CODE_OK;
		return false;
	}
	reading_figures(&before, &now, turn->values);
	*ret_swaps = now.stats.values[STATS_swaps];
	turn->done = true;
	*ret_code = r->session->command ? take_own(r, turn, has_ended) : EXIT_CODE_OK;
	return true;
}

/* Returns why it cannot go on, having said that, or EXIT_CODE_OK. */
static int run_turn(struct runner *r, struct entrant *e, uint32_t round)
{
	struct session *session = r->session;
	struct turn *turn = &session->turns[session->nr_turns];
	struct view_choice choice = { .hold_pid = r->holder };
	static struct view earlier, begin;
	static struct stats at_begin;
	uint64_t begin_ns, nr_swaps;
	struct diag diag;
	int code;

	*turn = (struct turn){ .round = round, .entrant = (uint32_t)(e - session->entrants) };
	r->entrant = e;
	r->round = round;
	put_progress(r);
	earlier = r->seen;
	snprintf(choice.policy, sizeof(choice.policy), "%s", e->asked);
	code = change(r, &choice, &diag);
	begin_ns = monotonic_ns();
	if (session->interrupted)
		return EXIT_CODE_OK;
	session->nr_turns++;
	if (code == EXIT_CODE_SWAP_BUSY) {
		leave_out(r, turn, "%.200s", diag.text);
		return EXIT_CODE_OK;
	}
	if (is_policys(code)) {
		snprintf(turn->why, sizeof(turn->why), "it has failed");
		fail(r, e, round, diag.text);
		return EXIT_CODE_OK;
	}
	if (!code)
		code = look(r, &diag);
	if (!code)
		code = take_stats(r, &at_begin, &diag);
	if (code) {
		session->nr_turns--;
		clear_progress(r);
		return session->interrupted ? EXIT_CODE_OK : clandctl_error(code, "compare: %s", diag.text);
	}
	begin = r->seen;
	if (has_failed(r, turn, &earlier) || !is_undisturbed(r, turn, &begin))
		return EXIT_CODE_OK;
	if (!e->path[0])
		snprintf(e->path, sizeof(e->path), "%s", begin.path);
	if (!measure(r, turn, begin_ns, &nr_swaps, &code)) {
		session->nr_turns--;
		return code;
	}
	if (!code && (code = look(r, &diag)) != EXIT_CODE_OK) {
		session->nr_turns--;
		clear_progress(r);
		return session->interrupted ? EXIT_CODE_OK : clandctl_error(code, "compare: %s", diag.text);
	}
	if (!has_failed(r, turn, &begin) && is_undisturbed(r, turn, &begin) &&
	    nr_swaps != at_begin.values[STATS_swaps])
		leave_out(r, turn, "policy or parameters were changed in it");
	return code;
}

static uint32_t nr_left(const struct session *session)
{
	uint32_t i, nr = 0;

	for (i = 0; i < session->nr_entrants; i++)
		nr += !session->entrants[i].failed[0];
	return nr;
}

static int run_rounds(struct runner *r)
{
	struct session *session = r->session;
	uint32_t order[COMPARE_POLICIES_MAX], round, i;
	int code = EXIT_CODE_OK;

	for (round = 0; round < session->plan.nr_rounds; round++) {
		turns_order(&session->plan, round, order);
		for (i = 0; i < session->nr_entrants; i++) {
			if (session->interrupted || nr_left(session) < 2)
				return EXIT_CODE_OK;
			if (session->entrants[order[i]].failed[0])
				continue;
			code = run_turn(r, &session->entrants[order[i]], round);
			if (code)
				return code;
		}
	}
	return code;
}

/* Whether what runs now is what is wanted, so that there is something to go back to. */
static int check_before(struct runner *r)
{
	struct diag diag;
	int code = view_look(&r->seen, &diag);

	if (code)
		return clandctl_error(code, "%s", diag.text);
	if (!r->seen.attached)
		return clandctl_error(EXIT_CODE_FAILED, "compare: scx-cland does not schedule the machine now: %s",
				      r->seen.not_attached_why);
	if (r->seen.swap_under_way)
		return clandctl_error(EXIT_CODE_SWAP_BUSY, "compare: a change of policy is under way: try again "
				      "when it has ended");
	if (r->seen.in_place_of[0])
		return clandctl_error(EXIT_CODE_POLICY, "compare: policy %s is in quarantine, and what runs in its "
				      "place would not come back: clandctl switch to one that is to run, and "
				      "compare then", r->seen.in_place_of);
	if (!r->seen.path[0])
		return clandctl_error(EXIT_CODE_SWAP_BUSY, "compare: no policy runs yet: try again when one does");
	remember_before(r, &r->seen);
	snprintf(r->session->before, sizeof(r->session->before), "%.63s", r->seen.policy);
	return EXIT_CODE_OK;
}

int session_run(struct session *session)
{
	/* static: views are large */
	static struct runner r;
	int code;

	r = (struct runner){ .session = session, .signal_fd = -1, .holder_fd = -1 };
	command_init(&r.command);
	code = check_before(&r);
	if (code)
		return code;
	/* Whoever reads us may go away: that must not keep us from going back in order. */
	signal(SIGPIPE, SIG_IGN);
	r.has_terminal = isatty(STDERR_FILENO);
	r.signal_fd = clandctl_stop_fd();
	if (r.signal_fd < 0)
		return clandctl_error(EXIT_CODE_FAILED, "compare: a descriptor for signals: %s",
				      strerror(errno));
	code = holder_start(&r);
	if (code)
		return code;
	r.end_ns = monotonic_ns() + session->plan.turn_ns * session->plan.nr_policies * session->plan.nr_rounds;
	code = run_rounds(&r);
	go_back(&r);
	return code;
}
