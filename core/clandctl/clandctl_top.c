/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_top.c - `clandctl top`: the scheduler's events (watch_events.h) and the daemon's figures
 * become a model (top_model.h), that becomes lines of text (top_frame.h), and these go to a
 * terminal (top_screen.h) or to stdout.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clandctl.h"
#include "clandctl_client.h"
#include "clandctl_look.h"
#include "clandctl_reasons.h"
#include "clock.h"
#include "config.h"
#include "exit_codes.h"
#include "sched_ext_state.h"
#include "top_cgroups.h"
#include "top_frame.h"
#include "top_screen.h"
#include "watch_events.h"

#define DELAY_NS 1000000000ULL
#define DELAY_MIN_S 0.1
#define DELAY_MAX_S 3600.0
#define RETRY_NS 5000000000ULL	/* after which a daemon that did not answer in time is asked again */
#define ASK_S 2	/* how long it may take to answer */
#define LOOKS_MAX 3	/* at a scheduler whose programs cannot be found: it may be about to begin or to end */
#define CPU_FOLDER "/sys/devices/system/cpu"

struct top_args {
	bool is_batch;
	uint64_t nr_frames;	/* 0: until somebody ends us */
	uint64_t delay_ns;
	int32_t pid;		/* whose page; 0: the list */
	struct top_view view;
};

struct top_session {
	const struct top_args *args;
	struct watch_events *watch;
	struct top_model *model;
	struct top_cgroups *cgroups;
	struct top_machine machine;
	struct top_view view;
	struct top_list list;
	struct top_frame frame;
	bool has_screen;
	char looked_at[32];	/* enable_seq of the scheduler whose decisions are told, or could not be */
	uint32_t nr_looks;	/* at it */
	bool asks_reasons;	/* another policy may decide than the one whose reasons are known */
	int stop_fd;
	uint64_t frame_ns;	/* when the last one ended */
	uint64_t retry_ns;	/* not before that the daemon is asked */
	uint64_t nr_lost, cost_ns; /* up to then */
};

/* ---- the command line ------------------------------------------------------------------------ */

static int parse_delay(const char *text, uint64_t *ret_ns)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= DELAY_MIN_S && seconds <= DELAY_MAX_S))
		return clandctl_error(EXIT_CODE_USAGE, "--delay: '%s' is no number of seconds from %.1f to "
				      "%.0f", text, DELAY_MIN_S, DELAY_MAX_S);
	*ret_ns = (uint64_t)(seconds * 1e9);
	return EXIT_CODE_OK;
}

static int parse_number(const char *option, const char *text, uint64_t most, uint64_t *ret_number)
{
	if (config_parse_u64(text, ret_number) || !*ret_number || *ret_number > most)
		return clandctl_error(EXIT_CODE_USAGE, "%s: '%s' is no number from 1 to %llu", option, text,
				      (unsigned long long)most);
	return EXIT_CODE_OK;
}

static int parse_sort(const char *text, enum top_sort *ret_sort)
{
	enum top_sort sort = top_sort_find(text);

	if (sort == TOP_SORT_NR)
		return clandctl_error(EXIT_CODE_USAGE, "--sort: '%s' is none of cpu, wait, wakes, pid, comm",
				      text);
	*ret_sort = sort;
	return EXIT_CODE_OK;
}

static int parse_option(int opt, char *argv[], struct top_args *args)
{
	uint64_t number;
	int code;

	switch (opt) {
	case 'o':
		args->is_batch = true;
		args->nr_frames = 1;
		return EXIT_CODE_OK;
	case 'b':
		args->is_batch = true;
		return EXIT_CODE_OK;
	case 'n':
		return parse_number("-n", optarg, UINT32_MAX, &args->nr_frames);
	case 'd':
		return parse_delay(optarg, &args->delay_ns);
	case 's':
		return parse_sort(optarg, &args->view.sort);
	case 'f':
		if (strlen(optarg) >= TOP_FILTER_MAX)
			return clandctl_error(EXIT_CODE_USAGE, "--filter: '%s' is longer than %u bytes",
					      optarg, TOP_FILTER_MAX - 1);
		strcpy(args->view.filter, optarg);
		return EXIT_CODE_OK;
	case 'p':
		code = parse_number("--pid", optarg, RECORD_PIDS_MAX - 1, &number);
		if (!code)
			args->pid = (int32_t)number;
		return code;
	default:
		return clandctl_bad_option(opt, argv);
	}
}

static int parse(int argc, char *argv[], struct top_args *args)
{
	static const struct option options[] = {
		{ "once", no_argument, NULL, 'o' },
		{ "batch", no_argument, NULL, 'b' },
		{ "delay", required_argument, NULL, 'd' },
		{ "sort", required_argument, NULL, 's' },
		{ "filter", required_argument, NULL, 'f' },
		{ "pid", required_argument, NULL, 'p' },
		{ 0 },
	};
	int opt, code;

	while ((opt = getopt_long(argc, argv, "+:n:", options, NULL)) != -1) {
		code = parse_option(opt, argv, args);
		if (code)
			return code;
	}
	if (args->nr_frames && !args->is_batch)
		return clandctl_error(EXIT_CODE_USAGE, "-n is of --batch; it says how many screens");
	return clandctl_no_more(argc, argv, optind);
}

/* ---- what comes in --------------------------------------------------------------------------- */

static int hear(void *data, const struct record_event *event)
{
	struct top_session *session = data;
	const struct record_facts *facts;

	if (event->kind == RECORD_POLICY) {
		session->machine.reasons.nr = 0;
		session->asks_reasons = true;
	}
	if (event->kind == RECORD_FACTS) {
		facts = (const struct record_facts *)event;
		top_model_facts(session->model, facts, top_cgroups_path(session->cgroups, facts->cgroup));
	} else {
		top_model_event(session->model, event);
	}
	return 0;
}

static void name_scheduler(struct top_machine *machine)
{
	struct sched_ext_state kernel;

	sched_ext_state_read(clandctl_options.sysfs, &kernel);
	if (!kernel.ops[0])
		snprintf(machine->without, sizeof(machine->without),
			 "no scx-cland is running: the kernel's own scheduler has the machine");
	else if (!strcmp(kernel.ops, SCHED_EXT_OPS))
		snprintf(machine->without, sizeof(machine->without),
			 "no scx-cland is running; its part in the kernel goes on by the last leases");
	else
		snprintf(machine->without, sizeof(machine->without),
			 "no scx-cland is running: %.100s, another sched_ext scheduler, has the machine",
			 kernel.ops);
}

static void ask_daemon(struct top_session *session)
{
	struct top_machine *machine = &session->machine;
	bool had_answer = machine->now.taken_ns;
	uint64_t asked_ns = monotonic_ns();
	struct diag diag;
	int code;

	if (asked_ns < session->retry_ns)
		return;
	machine->before = machine->now;
	code = client_ask_stats(ASK_S, &machine->now, &diag);
	if (!code) {
		machine->has_stats = had_answer;
		if (!had_answer)
			snprintf(machine->without, sizeof(machine->without), "scx-cland %s: %s",
				 machine->now.version, machine->now.policy);
		return;
	}
	machine->has_stats = false;
	memset(&machine->now, 0, sizeof(machine->now));
	if (code == EXIT_CODE_NOT_RUNNING) {
		name_scheduler(machine);
		return;
	}
	/* The rest is for those who have asked for a change. */
	snprintf(machine->without, sizeof(machine->without), "%.*s",
		 code == EXIT_CODE_NO_ANSWER ? (int)strcspn(diag.text, ";") : 250, diag.text);
	/* One that ends has closed the connection at once. */
	if (monotonic_ns() - asked_ns >= ASK_S * 1000000000ULL)
		session->retry_ns = monotonic_ns() + RETRY_NS;
}

/* Of the policy that decides; while there is doubt, in the next frame again. */
static void ask_reasons(struct top_session *session)
{
	bool is_sure;

	if (!session->asks_reasons || !session->machine.now.taken_ns)
		return;
	(void)clandctl_reasons_ask(ASK_S, &session->machine.reasons, &is_sure);
	session->asks_reasons = !is_sure;
}

/* Returns 0 or -errno with a sentence. */
static int look_on(struct top_session *session, struct diag *diag)
{
	const struct watch_events_options options = {
		.ring_kib = RECORD_RING_KIB,
		.wants_decisions = true,
		.hear = hear,
		.data = session,
	};
	const struct watch_events_about *about;
	int err = watch_events_open(&options, &session->watch, diag);

	if (err)
		return err;
	about = watch_events_about(session->watch);
	/* Else decisions of the one before are still shown. */
	if (about->tells_decisions)
		session->machine.nr_cache_queues = about->nr_cache_queues;
	memcpy(session->machine.no_decisions, about->no_decisions, sizeof(about->no_decisions));
	session->machine.reasons.nr = 0;
	session->asks_reasons = about->tells_decisions;
	session->nr_lost = 0;
	return 0;
}

/* Whether the kernel has another scheduler of ours than the one that was looked at last; then it is noted. */
static bool is_another(struct top_session *session)
{
	struct sched_ext_state kernel;

	sched_ext_state_read(clandctl_options.sysfs, &kernel);
	if (strcmp(kernel.state, "enabled") != 0 || strcmp(kernel.ops, SCHED_EXT_OPS) != 0)
		return false;
	if (strcmp(kernel.enable_seq, session->looked_at) != 0) {
		memcpy(session->looked_at, kernel.enable_seq, sizeof(session->looked_at));
		session->nr_looks = 0;
	} else if (watch_events_about(session->watch)->tells_decisions || session->nr_looks >= LOOKS_MAX) {
		return false;
	}
	session->nr_looks++;
	return true;
}

/*
 * Decisions are those of the scheduler that was there when we began to look. The daemon may have
 * another one by now, as when it was started anew, or when the kernel has asked for that; and it
 * answers before it has one.
 */
static int follow_scheduler(struct top_session *session, struct diag *diag)
{
	if (!is_another(session))
		return 0;
	watch_events_close(session->watch);
	session->watch = NULL;
	top_model_gap(session->model);
	return look_on(session, diag);
}

/* What looking on costs, and what did not get through. Returns 0 or -errno with a sentence. */
static int count_costs(struct top_session *session, uint64_t now_ns, struct diag *diag)
{
	struct watch_events_counts counts;
	int err = watch_events_counts(session->watch, &counts, diag);
	uint64_t cost_ns;

	if (err)
		return err;
	cost_ns = counts.kernel_ns + process_cpu_ns();
	session->machine.nr_lost = counts.nr_dropped - session->nr_lost;
	if (cost_ns > session->cost_ns && now_ns > session->frame_ns)
		session->machine.own_pct = 100.0 * (double)(cost_ns - session->cost_ns) /
					   (double)(now_ns - session->frame_ns);
	session->nr_lost = counts.nr_dropped;
	session->cost_ns = cost_ns;
	return 0;
}

/* ---- what goes out --------------------------------------------------------------------------- */

static void batch_size(uint32_t *ret_width)
{
	struct winsize size;

	*ret_width = TOP_WIDTH_MAX;
	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		*ret_width = size.ws_col;
}

/* Returns 0 or -ENOMEM. */
static int draw(struct top_session *session)
{
	uint32_t width, height = 0, i;
	int err;

	if (session->has_screen)
		top_screen_size(&width, &height);
	else
		batch_size(&width);
	err = top_list_make(&session->list, session->model, &session->view);
	if (!err)
		err = top_frame_draw(&session->frame, session->model, &session->machine, &session->view,
				     &session->list, width, height);
	if (err)
		return err;
	if (session->has_screen) {
		top_screen_show(&session->frame);
		return 0;
	}
	for (i = 0; i < session->frame.nr; i++)
		puts(session->frame.lines[i].text);
	return 0;
}

/* The page of --pid, as soon as there is something to tell of it. */
static void open_page(struct top_session *session)
{
	const struct top_task *tasks;
	uint32_t i, nr;

	tasks = top_model_tasks(session->model, &nr);
	for (i = 0; i < nr && !session->view.page; i++) {
		if (tasks[i].pid != session->args->pid)
			continue;
		session->view.page = tasks[i].id;
		top_model_keep(session->model, session->view.page);
	}
}

static int end_frame(struct top_session *session, struct diag *diag)
{
	uint64_t now_ns = monotonic_ns();
	int err;

	/* All that happened until now is in the ring. */
	watch_events_take(session->watch);
	err = count_costs(session, now_ns, diag);
	if (err)
		return err;
	if (session->machine.nr_lost)
		top_model_gap(session->model);
	top_model_end_frame(session->model, now_ns);
	session->frame_ns = now_ns;
	watch_events_ask_facts(session->watch);
	ask_daemon(session);
	err = follow_scheduler(session, diag);
	if (err)
		return err;
	ask_reasons(session);
	if (session->args->pid && !session->view.page)
		open_page(session);
	return 0;
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* Keys that have been pressed. Returns whether there is something new to see. */
static bool take_keys(struct top_session *session)
{
	bool is_new = false, resized;
	uint32_t key;

	while ((key = top_screen_key(&resized)) || resized) {
		is_new = true;
		if (!key)
			continue;
		top_view_key(&session->view, &session->list, key);
		/* The filter or the order may be another one. */
		if (top_list_make(&session->list, session->model, &session->view))
			break;
	}
	if (is_new)
		top_model_keep(session->model, session->view.page);
	return is_new;
}

/* Until the time, a key, or the wish to end. Returns whether to go on. */
static bool wait_for(struct top_session *session, uint64_t until_ns, bool *ret_new)
{
	struct pollfd fds[] = {
		{ .fd = session->stop_fd, .events = POLLIN },
		{ .fd = session->has_screen ? STDIN_FILENO : -1, .events = POLLIN },
	};
	uint64_t now_ns = monotonic_ns(), left_ms = until_ns > now_ns ? (until_ns - now_ns) / 1000000 + 1 : 0;
	int ready = poll(fds, 2, left_ms < WATCH_EVENTS_LOOK_MS ? (int)left_ms : WATCH_EVENTS_LOOK_MS);

	watch_events_take(session->watch);
	if (ready > 0 && (fds[0].revents || fds[1].revents & (POLLHUP | POLLERR | POLLNVAL)))
		return false;
	/* Also after a signal, which may have been a change of size. */
	if (session->has_screen && ready)
		*ret_new = take_keys(session);
	return !session->view.has_quit;
}

static int no_memory(struct diag *diag)
{
	return diag_set(diag, -ENOMEM, "no memory to show what happens");
}

/* Returns 0, or -errno with a sentence. */
static int run(struct top_session *session, struct diag *diag)
{
	uint64_t nr = 0;
	bool is_new = true;
	int err;

	ask_daemon(session);
	for (;;) {
		if (is_new && session->has_screen && draw(session))
			return no_memory(diag);
		is_new = false;
		if (!wait_for(session, session->frame_ns + session->args->delay_ns, &is_new))
			return 0;
		if (monotonic_ns() < session->frame_ns + session->args->delay_ns)
			continue;
		err = end_frame(session, diag);
		if (err)
			return err;
		is_new = true;
		if (session->has_screen)
			continue;
		if (session->args->pid && !session->view.page)
			return diag_set(diag, -ESRCH, "no task %d has done anything since we look, or there is "
					"none", session->args->pid);
		if (nr++)
			putchar('\n');
		if (draw(session))
			return no_memory(diag);
		/* main() says so. */
		if (fflush(stdout) || nr == session->args->nr_frames)
			return 0;
	}
}

/* The model of this machine. Returns 0 or -errno with a sentence. */
static int begin(struct top_session *session, struct diag *diag)
{
	struct sched_ext_state kernel;
	struct topology topology;
	uint64_t began_ns;
	int err = topology_read(CPU_FOLDER, &topology, diag);

	if (err)
		return err;
	/* Before, so that one that comes meanwhile is another one. */
	sched_ext_state_read(clandctl_options.sysfs, &kernel);
	memcpy(session->looked_at, kernel.enable_seq, sizeof(session->looked_at));
	err = look_on(session, diag);
	if (err)
		goto out;
	began_ns = watch_events_about(session->watch)->began_ns;
	session->frame_ns = began_ns;
	session->cost_ns = process_cpu_ns();
	session->model = top_model_new(topology.nr_cpus, topology.llc_of_cpu, topology.nr_llcs, began_ns);
	session->cgroups = top_cgroups_new("/sys/fs/cgroup");
	if (!session->model || !session->cgroups)
		err = no_memory(diag);
out:
	topology_destroy(&topology);
	return err;
}

static void end(struct top_session *session)
{
	if (session->has_screen)
		top_screen_close();
	watch_events_close(session->watch);
	top_frame_free(&session->frame);
	top_list_free(&session->list);
	top_cgroups_free(session->cgroups);
	top_model_free(session->model);
	if (session->stop_fd >= 0)
		close(session->stop_fd);
}

int clandctl_top(int argc, char *argv[])
{
	struct top_args args = { .delay_ns = DELAY_NS };
	struct top_session session = { .args = &args, .stop_fd = -1 };
	int err, code = parse(argc, argv, &args);
	struct diag diag;

	if (code)
		return code;
	setlocale(LC_CTYPE, "");
	session.view = args.view;
	session.stop_fd = clandctl_stop_fd();
	err = begin(&session, &diag);
	if (!err && !args.is_batch) {
		err = top_screen_open(&diag);
		session.has_screen = !err;
	}
	if (!err)
		err = run(&session, &diag);
	end(&session);
	if (!err)
		return EXIT_CODE_OK;
	return clandctl_error(err == -EPERM ? EXIT_CODE_NO_PRIVILEGE : EXIT_CODE_FAILED, "top: %s",
			      diag.text);
}
