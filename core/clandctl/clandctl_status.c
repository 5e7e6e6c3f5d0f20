/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_status.c - what scx-cland is doing, for people or as JSON; and who schedules when it is
 * not running.
 */
#include <getopt.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "clandctl.h"
#include "clandctl_client.h"
#include "clandctl_out.h"
#include "control_text.h"
#include "exit_codes.h"
#include "intent.h"
#include "sched_ext_state.h"
#include "stats.h"

#define JSON_FORMAT                                                                                \
	(JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)

/* "label:     ", in one column. */
static void label(const char *name)
{
	char text[16];

	snprintf(text, sizeof(text), "%s%s", name, name[0] ? ":" : "");
	printf("%-12s", text);
}

static void print_age(unsigned long long seconds)
{
	char text[48];

	intent_format_duration(seconds * 1000000000, text, sizeof(text));
	fputs(text, stdout);
}

static void print_head(struct json_object *answer)
{
	fputs("scx-cland ", stdout);
	out_text(client_text(answer, "version"));
	printf(", process %llu, up for ", client_number(answer, "pid"));
	print_age(client_number(answer, "uptime_s"));
	putchar('\n');
}

static void print_attached(struct json_object *answer)
{
	label("attached");
	if (client_bool(answer, "attached")) {
		printf("yes%s%s\n",
		       client_bool(answer, "partial") ? ", for tasks of class SCHED_EXT only" : "",
		       client_bool(answer, "persists") ? ", and stays so if scx-cland is killed" : "");
		return;
	}
	fputs("no: ", stdout);
	out_text(client_text(answer, "not_attached_why"));
	putchar('\n');
	label("scheduler");
	if (client_text(answer, "foreign")[0]) {
		out_text(client_text(answer, "foreign"));
		puts(", another sched_ext scheduler");
	} else {
		puts("the kernel's own");
	}
}

/*
 * Whether what runs is what was asked for, which may have been a name or a path. A name is that of
 * the file, NAME.so, whatever the policy in it calls itself.
 */
static bool is_applied(struct json_object *desired, struct json_object *applied)
{
	const char *policy = client_text(desired, "policy"), *path = client_text(applied, "path"), *file;
	size_t len = strlen(policy);

	if (strchr(policy, '/'))
		return !strcmp(policy, path);
	file = strrchr(path, '/');
	return file && !strncmp(file + 1, policy, len) && !strcmp(file + 1 + len, ".so");
}

static void print_policy(struct json_object *answer)
{
	struct json_object *desired = client_object(answer, "desired");
	struct json_object *applied = client_object(answer, "applied");

	label("policy");
	if (client_text(applied, "policy")[0]) {
		out_text(client_text(applied, "policy"));
		if (client_text(applied, "version")[0]) {
			putchar(' ');
			out_text(client_text(applied, "version"));
		}
		fputs(", for ", stdout);
		print_age(client_number(applied, "age_s"));
		fputs(" (", stdout);
		out_text(client_text(applied, "path"));
		puts(")");
	} else {
		puts(client_text(applied, "in_place_of")[0] ? "none: tasks run by their leases"
							    : "none yet");
	}
	label("wanted");
	out_text(client_text(desired, "policy"));
	if (client_text(desired, "mode")[0]) {
		fputs(" by mode ", stdout);
		out_text(client_text(desired, "mode"));
	}
	fputs(", for ", stdout);
	print_age(client_number(desired, "age_s"));
	if (client_object(desired, "ends_in_s")) {
		fputs(", ", stdout);
		print_age(client_number(desired, "ends_in_s"));
		fputs(" to go", stdout);
	}
	if (client_bool(answer, "swap_under_way"))
		fputs("; the change is under way", stdout);
	else if (client_text(applied, "in_place_of")[0])
		fputs("; NOT what runs, as it is in quarantine, see faults", stdout);
	else if (!is_applied(desired, applied))
		fputs("; NOT what runs, see the last swap", stdout);
	putchar('\n');
	label("why");
	out_text(client_text(desired, "reason"));
	putchar('\n');
}

static void print_agent(struct json_object *answer)
{
	struct json_object *agent = client_object(answer, "agent");

	label("decisions");
	out_text(client_text(answer, "decisions"));
	putchar('\n');
	label("agent");
	if (client_number(agent, "pid")) {
		printf("process %llu, ", client_number(agent, "pid"));
		out_text(client_text(agent, "state"));
		fputs(" for ", stdout);
		print_age(client_number(agent, "age_s"));
	} else {
		fputs("none at the moment; tasks run by their leases", stdout);
	}
	printf("; restarts: %llu\n", client_number(agent, "restarts"));
}

static void print_last_swap(struct json_object *answer)
{
	struct json_object *swap = client_object(answer, "last_swap");
	const char *error = client_text(swap, "error");
	char text[48];

	label("last swap");
	if (!swap) {
		puts("none");
		return;
	}
	if (!strcmp(client_text(swap, "what"), "parameters")) {
		fputs("parameters of ", stdout);
	} else {
		out_text(client_text(swap, "from"));
		fputs(" -> ", stdout);
	}
	out_text(client_text(swap, "to"));
	fputs(error[0] ? " FAILED " : " ", stdout);
	print_age(client_number(swap, "age_s"));
	fputs(" ago, ", stdout);
	out_text(client_text(swap, "why"));
	if (error[0]) {
		fputs(": ", stdout);
		out_text(error);
	} else if (!strcmp(client_text(swap, "what"), "switch")) {
		stats_format_ns(client_number(swap, "pause_ns"), text, sizeof(text));
		printf("; pause %s, %llu tasks adopted", text, client_number(swap, "tasks"));
	}
	putchar('\n');
}

/* What it did last, on lines of its own. */
static void print_latest_fault(struct json_object *fault)
{
	struct json_object *lines = client_object(fault, "backtrace");
	size_t i, nr = lines && json_object_is_type(lines, json_type_array)
			       ? json_object_array_length(lines) : 0;

	if (!client_text(fault, "reason")[0])
		return;
	label("");
	fputs("  ", stdout);
	print_age(client_number(fault, "age_s"));
	fputs(" ago: ", stdout);
	out_text(client_text(fault, "reason"));
	putchar('\n');
	for (i = 0; i < nr; i++) {
		label("");
		printf("  #%zu ", i);
		out_text(json_object_get_string(json_object_array_get_idx(lines, i)));
		putchar('\n');
	}
}

static void print_faults(struct json_object *answer)
{
	static const struct {
		const char *name, *words;
	} kinds[] = {
		{ "crashed", "crashed" },
		{ "hung", "hung" },
		{ "refused", "could not be switched to" },
		{ "bad_decisions", "bad decisions" },
	};
	struct json_object *list = client_object(answer, "faults");
	size_t i, kind, nr = list && json_object_is_type(list, json_type_array)
				    ? json_object_array_length(list) : 0;

	for (i = 0; i < nr; i++) {
		struct json_object *fault = json_object_array_get_idx(list, i);

		label(i ? "" : "faults");
		out_text(client_text(fault, "policy"));
		for (kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
			if (client_number(fault, kinds[kind].name))
				printf(", %s: %llu", kinds[kind].words,
				       client_number(fault, kinds[kind].name));
		}
		if (client_bool(fault, "quarantined"))
			fputs("; in QUARANTINE until somebody switches to it", stdout);
		putchar('\n');
		print_latest_fault(fault);
	}
	if (!nr) {
		label("faults");
		puts("none");
	}
}

static void print_held(struct json_object *answer)
{
	const char *cpus = client_text(answer, "held_cpus");

	if (!cpus[0])
		return;
	label("real-time");
	fputs("tasks of a class before ours keep CPU ", stdout);
	out_text(cpus);
	puts(" busy: tasks bound to it wait. Kernels up to 6.18 end a");
	label("");
	puts("scheduler, whichever it is, when one of them has waited for 30 s");
}

static void print_rules(struct json_object *answer)
{
	struct json_object *rules = client_object(answer, "rules");

	label("rules");
	if (client_number(rules, "number"))
		printf("%llu, which give hints on %llu tasks\n", client_number(rules, "number"),
		       client_number(rules, "tasks"));
	else
		puts("none");
}

/* With rules, so that one sees which and why; without, nothing. */
static void print_autos(struct json_object *answer)
{
	static const struct {
		const char *name, *words;
	} states[] = {
		{ "undecided", "is not decided yet" },
		{ "idle", "does not apply" },
		{ "applies", "applies, below another one" },
		{ "refused", "applies, and its policy cannot be had" },
		{ "followed", "applies" },
	};
	struct json_object *list = client_object(answer, "auto");
	const char *cause = client_text(client_object(answer, "desired"), "cause");
	bool overruled = strcmp(cause, "auto") != 0 && strcmp(cause, "configuration") != 0;
	size_t i, state, nr = list && json_object_is_type(list, json_type_array)
				     ? json_object_array_length(list) : 0;

	for (i = 0; i < nr; i++) {
		struct json_object *rule = json_object_array_get_idx(list, i);
		const char *name = client_text(rule, "state");

		label(i ? "" : "auto");
		out_text(client_text(rule, "rule"));
		putchar(' ');
		for (state = 0; state < sizeof(states) / sizeof(states[0]); state++)
			if (!strcmp(states[state].name, name))
				fputs(states[state].words, stdout);
		if (client_text(rule, "why")[0]) {
			fputs(": ", stdout);
			out_text(client_text(rule, "why"));
		}
		if (overruled && !strcmp(name, "followed"))
			fputs("; what clandctl has asked for counts over it", stdout);
		putchar('\n');
	}
}

static void print_control(struct json_object *answer)
{
	struct json_object *control = client_object(answer, "control");

	label("control");
	printf("requests: %llu, refused: %llu; callers turned away: %llu\n",
	       client_number(control, "requests"), client_number(control, "refused"),
	       client_number(control, "turned_away"));
}

static void print_answer(struct json_object *answer)
{
	print_head(answer);
	print_attached(answer);
	print_policy(answer);
	print_agent(answer);
	print_held(answer);
	print_rules(answer);
	print_autos(answer);
	print_control(answer);
	print_last_swap(answer);
	print_faults(answer);
}

/* ---- without a daemon ------------------------------------------------------------------------ */

/* is_alone: it is known that no scx-cland runs. */
static void print_kernel(const struct sched_ext_state *kernel, bool is_alone)
{
	label("scheduler");
	if (!kernel->state[0]) {
		puts("the kernel's own; this kernel has no sched_ext");
	} else if (!kernel->ops[0]) {
		printf("the kernel's own; sched_ext is ");
		out_text(kernel->state);
		putchar('\n');
	} else if (!strcmp(kernel->ops, SCHED_EXT_OPS)) {
		printf("scx-cland's part in the kernel (sched_ext is ");
		out_text(kernel->state);
		puts(is_alone ? "), by the last leases" : ")");
	} else {
		out_text(kernel->ops);
		printf(", another sched_ext scheduler (sched_ext is ");
		out_text(kernel->state);
		puts(")");
	}
}

/* The daemon has not answered with a status: say what can be said without it. */
static void print_without(int code, const struct diag *diag, bool json)
{
	struct json_object *answer, *object;
	struct sched_ext_state kernel;

	sched_ext_state_read(clandctl_options.sysfs, &kernel);
	if (!json) {
		clandctl_error(code, "%s", diag->text);
		print_kernel(&kernel, code == EXIT_CODE_NOT_RUNNING);
		if (code == EXIT_CODE_NOT_RUNNING && kernel.state[0] &&
		    (!kernel.ops[0] || !strcmp(kernel.ops, SCHED_EXT_OPS))) {
			label("to start");
			puts("sudo scx-cland");
		}
		return;
	}
	answer = json_object_new_object();
	object = json_object_new_object();
	json_object_object_add(answer, "ok", json_object_new_boolean(false));
	json_object_object_add(answer, "status", json_object_new_int(code));
	json_object_object_add(answer, "error", control_text(diag->text));
	json_object_object_add(object, "state", control_text(kernel.state));
	json_object_object_add(object, "ops", control_text(kernel.ops));
	json_object_object_add(answer, "kernel", object);
	puts(json_object_to_json_string_ext(answer, JSON_FORMAT));
	json_object_put(answer);
}

int clandctl_status(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	struct json_object *answer;
	struct diag diag;
	bool json = false;
	int opt, code;

	while ((opt = getopt_long(argc, argv, "+:", options, NULL)) != -1) {
		if (opt != 'j')
			return clandctl_bad_option(opt, argv);
		json = true;
	}
	code = clandctl_no_more(argc, argv, optind);
	if (code)
		return code;
	code = client_ask("status", NULL, CLIENT_QUICK_S, &answer, &diag);
	if (code) {
		print_without(code, &diag, json);
		return code;
	}
	if (json)
		puts(json_object_to_json_string_ext(answer, JSON_FORMAT));
	else
		print_answer(answer);
	json_object_put(answer);
	return EXIT_CODE_OK;
}
