/* SPDX-License-Identifier: GPL-2.0-only */
#include "control_commands.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "control_text.h"
#include "exit_codes.h"
#include "stats_json.h"

#define NS_PER_S 1000000000ULL

/* ---- from structs to JSON -------------------------------------------------------------------- */

/* Takes value over. to is NULL where there was no memory for it. */
static void put(struct json_object *to, const char *name, struct json_object *value)
{
	if (!to || json_object_object_add(to, name, value))
		json_object_put(value);
}

static void put_text(struct json_object *to, const char *name, const char *text)
{
	put(to, name, control_text(text));
}

static void put_number(struct json_object *to, const char *name, uint64_t number)
{
	put(to, name, json_object_new_uint64(number));
}

static void put_bool(struct json_object *to, const char *name, bool value)
{
	put(to, name, json_object_new_boolean(value));
}

/* An object within to, which owns it; NULL when there is no memory. */
static struct json_object *put_object(struct json_object *to, const char *name)
{
	struct json_object *object = json_object_new_object();

	put(to, name, object);
	return object;
}

static void put_swap(struct json_object *to, const char *name, const struct control_swap *swap,
		     bool past)
{
	struct json_object *object = put_object(to, name);

	put_text(object, "what", swap->what);
	put_text(object, "from", swap->from);
	put_text(object, "to", swap->to);
	put_text(object, "why", swap->why);
	put_number(object, "pause_ns", swap->pause_ns);
	put_number(object, "tasks", swap->nr_tasks);
	if (!past)
		return;
	put_text(object, "error", swap->error);
	put_number(object, "age_s", swap->age_ns / NS_PER_S);
}

static void put_desired(struct json_object *to, const struct control_status *status)
{
	struct json_object *object = put_object(to, "desired");

	put_text(object, "policy", status->desired.policy);
	put_text(object, "mode", status->desired.mode);
	put_text(object, "cause", intent_cause_name(status->cause));
	put_text(object, "reason", status->reason);
	put_number(object, "age_s", status->desired_age_ns / NS_PER_S);
	if (status->ends_in_ns != INTENT_NEVER_NS)
		put_number(object, "ends_in_s", (status->ends_in_ns + NS_PER_S - 1) / NS_PER_S);
	if (status->hold_pid)
		put_number(object, "hold_pid", (uint64_t)status->hold_pid);
}

static void put_applied(struct json_object *to, const struct control_status *status)
{
	struct json_object *object = put_object(to, "applied");

	put_text(object, "policy", status->applied);
	put_text(object, "version", status->applied_version);
	put_text(object, "path", status->applied_path);
	put_number(object, "age_s", status->applied_age_ns / NS_PER_S);
	put_text(object, "in_place_of", status->fallen_from);
}

static void put_agent(struct json_object *to, const struct control_status *status)
{
	struct json_object *object = put_object(to, "agent");

	put_text(object, "state", status->agent_state ? status->agent_state : "none");
	put_number(object, "pid", (uint64_t)status->agent_pid);
	put_number(object, "age_s", status->agent_age_ns / NS_PER_S);
	put_number(object, "restarts", status->nr_agent_restarts);
}

static void put_rules(struct json_object *to, const struct control_status *status)
{
	struct json_object *object = put_object(to, "rules");

	put_number(object, "number", status->nr_rules);
	put_number(object, "tasks", status->nr_hinted);
}

static void put_autos(struct json_object *to, const struct control_status *status)
{
	static const char *const states[] = {
		[CONTROL_AUTO_UNDECIDED] = "undecided",
		[CONTROL_AUTO_IDLE] = "idle",
		[CONTROL_AUTO_APPLIES] = "applies",
		[CONTROL_AUTO_REFUSED] = "refused",
		[CONTROL_AUTO_FOLLOWED] = "followed",
	};
	struct json_object *list = json_object_new_array();
	size_t i;

	put(to, "auto", list);
	for (i = 0; list && i < status->nr_autos && i < CONFIG_MAX_AUTO; i++) {
		struct json_object *object = json_object_new_object();

		put_text(object, "rule", status->autos[i].rule);
		put_text(object, "state", states[status->autos[i].state]);
		put_text(object, "why", status->autos[i].why);
		json_object_array_add(list, object);
	}
}

static void put_latest_fault(struct json_object *to, const struct control_fault *fault)
{
	struct json_object *lines = json_object_new_array();
	size_t i;

	put_text(to, "reason", fault->reason);
	put_text(to, "call", fault->call);
	put_number(to, "age_s", fault->age_ns / NS_PER_S);
	put(to, "backtrace", lines);
	for (i = 0; lines && i < fault->nr_backtrace && i < CONTROL_MAX_BACKTRACE; i++)
		json_object_array_add(lines, control_text(fault->backtrace[i]));
}

static void put_control(struct json_object *to, const struct control_counts *counts)
{
	struct json_object *object = put_object(to, "control");

	put_number(object, "requests", counts->nr_requests);
	put_number(object, "refused", counts->nr_refused);
	put_number(object, "turned_away", counts->nr_turned_away);
}

static void put_faults(struct json_object *to, const struct control_status *status)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	put(to, "faults", list);
	for (i = 0; list && i < status->nr_faults && i < CONTROL_MAX_FAULTS; i++) {
		const struct control_fault *fault = &status->faults[i];
		struct json_object *object = json_object_new_object();

		put_text(object, "policy", fault->policy);
		put_number(object, "crashed", fault->nr_crashed);
		put_number(object, "hung", fault->nr_hung);
		put_number(object, "refused", fault->nr_refused);
		put_number(object, "bad_decisions", fault->nr_bad);
		put_bool(object, "quarantined", fault->quarantined);
		if (fault->since_ns)
			put_latest_fault(object, fault);
		json_object_array_add(list, object);
	}
}

/* ---- the commands ---------------------------------------------------------------------------- */

static struct control_caller caller_of(const struct control_request *request)
{
	return (struct control_caller){
		.ticket = request->ticket,
		.uid = request->uid,
		.pid = request->pid,
	};
}

/* "" when it is not there; control.c has checked type and length. */
static const char *text_arg(const struct control_request *request, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(request->args, name, &value) ? json_object_get_string(value)
								      : "";
}

static uint64_t number_arg(const struct control_request *request, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(request->args, name, &value) ? json_object_get_uint64(value)
								      : 0;
}

static int run_status(void *ctx, const struct control_request *request, struct json_object *answer,
		      struct diag *diag)
{
	const struct control_commands *commands = ctx;
	struct control_status *status = calloc(1, sizeof(*status));

	(void)request;
	if (!status)
		return diag_set(diag, EXIT_CODE_FAILED, "no memory for the answer");
	status->ends_in_ns = INTENT_NEVER_NS;
	commands->ops->status(commands->ctx, status);
	put_text(answer, "version", CLAND_VERSION);
	put_number(answer, "pid", (uint64_t)getpid());
	put_number(answer, "uptime_s", status->uptime_ns / NS_PER_S);
	put_number(answer, "upgrades", status->nr_upgrades);
	put_bool(answer, "attached", status->attached);
	if (!status->attached)
		put_text(answer, "not_attached_why", status->not_attached_why);
	if (status->foreign[0])
		put_text(answer, "foreign", status->foreign);
	put_text(answer, "decisions", status->strict ? "strict" : "leased");
	put_bool(answer, "partial", status->partial);
	put_bool(answer, "persists", status->persists);
	put_text(answer, "held_cpus", status->held_cpus);
	put_bool(answer, "swap_under_way", status->swap_under_way);
	put_desired(answer, status);
	put_applied(answer, status);
	put_agent(answer, status);
	put_rules(answer, status);
	put_autos(answer, status);
	put_control(answer, &status->control);
	put_faults(answer, status);
	if (status->has_last_swap)
		put_swap(answer, "last_swap", &status->last_swap, true);
	free(status);
	return EXIT_CODE_OK;
}

/* What all changes have in common: their answer is the report. */
static int changed(int code, struct json_object *answer, const struct control_swap *swap)
{
	if (code == EXIT_CODE_OK)
		put_swap(answer, "swap", swap, false);
	return code;
}

static int change(const struct control_commands *commands, const struct control_request *request,
		  const struct intent_choice *choice, struct json_object *answer, struct diag *diag)
{
	const struct control_caller caller = caller_of(request);
	struct control_swap swap = { .nr_tasks = 0 };
	struct intent_term term = {
		.for_ns = number_arg(request, "for_s") * NS_PER_S,
		.hold_pid = (pid_t)number_arg(request, "hold_pid"),
	};

	if (term.for_ns && term.hold_pid)
		return diag_set(diag, EXIT_CODE_USAGE, "for_s and hold_pid do not go together: a change "
				"lasts for a time or while a process lives");
	return changed(commands->ops->change(commands->ctx, &caller, choice, &term, &swap, diag),
		       answer, &swap);
}

static int run_switch(void *ctx, const struct control_request *request, struct json_object *answer,
		      struct diag *diag)
{
	const char *policy = text_arg(request, "policy");
	struct intent_choice choice = { .policy = "" };

	if (strchr(policy, '/') ? policy[0] != '/' : !config_is_policy_name(policy))
		return diag_set(diag, EXIT_CODE_USAGE, "'%.64s' is no policy; expected a name (at most "
				"31 of a-z, 0-9 and '-') or a path that starts with '/'", policy);
	snprintf(choice.policy, sizeof(choice.policy), "%s", policy);
	return change(ctx, request, &choice, answer, diag);
}

static int run_mode(void *ctx, const struct control_request *request, struct json_object *answer,
		    struct diag *diag)
{
	struct intent_choice choice = { .policy = "" };

	snprintf(choice.mode, sizeof(choice.mode), "%s", text_arg(request, "mode"));
	return change(ctx, request, &choice, answer, diag);
}

static int run_reload(void *ctx, const struct control_request *request, struct json_object *answer,
		      struct diag *diag)
{
	const struct control_commands *commands = ctx;
	const struct control_caller caller = caller_of(request);
	struct control_swap swap = { .nr_tasks = 0 };

	return changed(commands->ops->reload(commands->ctx, &caller, &swap, diag), answer, &swap);
}

static int parse_setting(const char *text, struct control_setting *ret, struct diag *diag)
{
	const char *equals = strchr(text, '='), *dot = strchr(text, '.');
	size_t policy_len, key_len;

	if (!equals || !dot || dot > equals)
		return diag_set(diag, EXIT_CODE_USAGE, "'%.128s' is not POLICY.KEY=VALUE", text);
	policy_len = (size_t)(dot - text);
	key_len = (size_t)(equals - dot - 1);
	if (policy_len >= sizeof(ret->policy) || !key_len || key_len >= sizeof(ret->key))
		return diag_set(diag, EXIT_CODE_USAGE, "'%.128s': names of policies and parameters have "
				"1 to 31 letters", text);
	if (!equals[1] || strlen(equals + 1) >= sizeof(ret->value))
		return diag_set(diag, EXIT_CODE_USAGE, "'%.128s': the value is %zu bytes long; expected "
				"1 to %zu", text, strlen(equals + 1), sizeof(ret->value) - 1);
	snprintf(ret->policy, sizeof(ret->policy), "%.*s", (int)policy_len, text);
	snprintf(ret->key, sizeof(ret->key), "%.*s", (int)key_len, dot + 1);
	snprintf(ret->value, sizeof(ret->value), "%s", equals + 1);
	if (!config_is_policy_name(ret->policy))
		return diag_set(diag, EXIT_CODE_USAGE, "'%s' is no policy's name; expected at most 31 "
				"of a-z, 0-9 and '-'", ret->policy);
	return 0;
}

static int run_set(void *ctx, const struct control_request *request, struct json_object *answer,
		   struct diag *diag)
{
	struct control_setting settings[CONTROL_MAX_SETTINGS];
	const struct control_commands *commands = ctx;
	const struct control_caller caller = caller_of(request);
	struct control_swap swap = { .nr_tasks = 0 };
	struct json_object *list;
	size_t i, nr;
	int code;

	json_object_object_get_ex(request->args, "settings", &list);
	nr = json_object_array_length(list);
	if (nr > CONTROL_MAX_SETTINGS)
		return diag_set(diag, EXIT_CODE_USAGE, "at most %d settings in one go",
				CONTROL_MAX_SETTINGS);
	for (i = 0; i < nr; i++) {
		struct json_object *text = json_object_array_get_idx(list, i);

		code = parse_setting(json_object_get_string(text), &settings[i], diag);
		if (code)
			return code;
	}
	return changed(commands->ops->set(commands->ctx, &caller, settings, nr, &swap, diag), answer,
		       &swap);
}

static int run_upgrade(void *ctx, const struct control_request *request, struct json_object *answer,
		       struct diag *diag)
{
	const struct control_commands *commands = ctx;
	const struct control_caller caller = caller_of(request);
	const char *path = text_arg(request, "path");

	(void)answer;
	if (path[0] && path[0] != '/')
		return diag_set(diag, EXIT_CODE_USAGE, "'%.64s' is no path that starts with '/'", path);
	return commands->ops->upgrade(commands->ctx, &caller, path, diag);
}

static int run_stop(void *ctx, const struct control_request *request, struct json_object *answer,
		    struct diag *diag)
{
	const struct control_commands *commands = ctx;
	const struct control_caller caller = caller_of(request);

	(void)answer;
	return commands->ops->stop(commands->ctx, &caller, diag);
}

static int run_stats(void *ctx, const struct control_request *request, struct json_object *answer,
		     struct diag *diag)
{
	const struct control_commands *commands = ctx;
	struct stats *stats = calloc(1, sizeof(*stats));

	(void)request;
	if (!stats)
		return diag_set(diag, EXIT_CODE_FAILED, "no memory for the answer");
	commands->ops->stats(commands->ctx, stats);
	put(answer, "stats", stats_json(stats));
	put(answer, "meta", stats_json_meta());
	free(stats);
	return EXIT_CODE_OK;
}

#define ARG_FOR                                                                                    \
	{ "for_s", CONTROL_ARG_NUMBER, false, INTENT_MAX_FOR_NS / NS_PER_S,                        \
	  "how many seconds it lasts" }
#define ARG_HOLD                                                                                   \
	{ "hold_pid", CONTROL_ARG_NUMBER, false, INT32_MAX,                                        \
	  "the process that it lasts as long as" }

static const struct control_command commands_table[] = {
	{ .name = "status", .help = "what is going on, and why", .run = run_status },
	{ .name = "stats", .help = "all statistics, and what they are", .run = run_stats },
	{
		.name = "switch",
		.help = "change the policy",
		.args = { { "policy", CONTROL_ARG_STRING, true, 255,
			    "a policy's name, or a path that starts with '/'" },
			  ARG_FOR,
			  ARG_HOLD },
		.run = run_switch,
	},
	{
		.name = "mode",
		.help = "change to the policy and parameters of a mode of the configuration",
		.args = { { "mode", CONTROL_ARG_STRING, true, 31, "NAME of [mode.NAME]" },
			  ARG_FOR,
			  ARG_HOLD },
		.run = run_mode,
	},
	{
		.name = "reload",
		.help = "read the configuration again and go by it",
		.run = run_reload,
	},
	{
		.name = "set",
		.help = "change parameters of a policy",
		.args = { { "settings", CONTROL_ARG_STRINGS, true, 192,
			    "texts of the form POLICY.KEY=VALUE" } },
		.run = run_set,
	},
	{
		.name = "upgrade",
		.help = "let another build of scx-cland take over, without a gap",
		.args = { { "path", CONTROL_ARG_STRING, false, 4095,
			    "the program, a path that starts with '/'; without it the file that runs, "
			    "or what has taken its place" } },
		.run = run_upgrade,
	},
	{ .name = "stop", .help = "end the daemon", .run = run_stop },
};

const struct control_command *control_commands_table(size_t *ret_nr)
{
	*ret_nr = sizeof(commands_table) / sizeof(commands_table[0]);
	return commands_table;
}

void control_commands_finish(struct control *control, uint64_t ticket, int code,
			     const struct control_swap *swap, const struct diag *diag)
{
	struct json_object *answer = json_object_new_object();

	if (answer && code == EXIT_CODE_OK)
		put_swap(answer, "swap", swap, false);
	control_answer(control, ticket, code, answer, diag);
	json_object_put(answer);
}

void control_status_intent(struct control_status *status, const struct intent *intent,
			   uint64_t now_ns)
{
	uint64_t deadline_ns = intent_deadline_ns(intent);

	status->desired = *intent_desired(intent);
	status->cause = intent_cause(intent);
	intent_reason(intent, status->reason, sizeof(status->reason));
	status->desired_age_ns = now_ns > intent->since_ns ? now_ns - intent->since_ns : 0;
	status->ends_in_ns = INTENT_NEVER_NS;
	if (deadline_ns != INTENT_NEVER_NS)
		status->ends_in_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
	status->hold_pid = intent_hold_pid(intent);
}
