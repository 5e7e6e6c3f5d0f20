/* SPDX-License-Identifier: GPL-2.0-only */
#include "changes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "config_show.h"
#include "exit_codes.h"
#include "log.h"
#include "note.h"
#include "proc_comm.h"
#include "wanted_note.h"

/* Runs in place of a policy in quarantine when there was no good one before it. */
#define BUILT_IN_POLICY "vruntime"

/* How soon a rule of the policy's is obeyed after its cgroup has been made. */
#define CGROUPS_LOOK_NS 2000000000ULL

/* How soon one is tried again in place of a policy in quarantine, after none could be run. */
#define FALL_BACK_AGAIN_NS 5000000000ULL

#define RELOAD_BY_CLANDCTL "clandctl reload"

/* Cut where it does not fit. */
static void copy_text(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text);
}

/* ---- what is wanted -------------------------------------------------------------------------- */

static void base_of(const struct config *config, struct intent_choice *ret_base)
{
	memset(ret_base, 0, sizeof(*ret_base));
	copy_text(ret_base->policy, sizeof(ret_base->policy), config->policy);
	if (strcmp(config->mode, CONFIG_NO_MODE) != 0)
		copy_text(ret_base->mode, sizeof(ret_base->mode), config->mode);
}

static const char *origin_of(struct config *config)
{
	return config_origin_of(config, config->mode[0] && strcmp(config->mode, CONFIG_NO_MODE) ?
						"mode" : "policy")->text;
}

/* The setting over whatever the files say of it. */
static int add_setting(struct config *config, const struct control_setting *setting,
		       struct diag *diag)
{
	struct config_param *param = NULL;
	size_t i;

	for (i = 0; i < config->nr_params; i++)
		if (!strcmp(config->params[i].policy, setting->policy) &&
		    !strcmp(config->params[i].key, setting->key))
			param = &config->params[i];
	if (!param && config->nr_params == CONFIG_MAX_PARAMS)
		return diag_set(diag, EXIT_CODE_PARAMETERS, "clandctl set: more than %d parameters",
				CONFIG_MAX_PARAMS);
	if (!param) {
		param = &config->params[config->nr_params++];
		memset(param, 0, sizeof(*param));
		copy_text(param->policy, sizeof(param->policy), setting->policy);
		copy_text(param->key, sizeof(param->key), setting->key);
	}
	copy_text(param->value, sizeof(param->value), setting->value);
	copy_text(param->origin, sizeof(param->origin), "clandctl set");
	return EXIT_CODE_OK;
}

/* What the agents have to run for it. Returns an EXIT_CODE_*, with a sentence. */
static int target_of(struct changes *changes, const struct wanted *wanted,
		     struct target *ret_target, struct diag *diag)
{
	struct config *config = &changes->room.resolved;
	const struct intent_choice *choice = intent_desired(&wanted->intent);
	size_t i;
	int code;

	*config = wanted->config;
	/* The configured mode does not count below a switch: its parameters go with it. */
	if (config_apply_mode(config, choice->mode[0] ? choice->mode : CONFIG_NO_MODE, config, diag))
		return EXIT_CODE_NOT_FOUND;
	if (!choice->mode[0] || !config->policy[0])
		copy_text(config->policy, sizeof(config->policy), choice->policy);
	for (i = 0; i < wanted->nr_settings; i++) {
		code = add_setting(config, &wanted->settings[i], diag);
		if (code)
			return code;
	}
	return target_resolve(config, ret_target, diag);
}

/*
 * What next comes to once nobody has switched to anything else, and without its rule too if that is
 * not to count: into room.probe. Returns an EXIT_CODE_*, with a sentence.
 */
static int probe_below(struct changes *changes, const struct wanted *next, bool with_rule,
		       struct diag *diag)
{
	struct wanted *probe = &changes->room.other;

	*probe = *next;
	probe->intent.user.there = probe->intent.temporary.there = false;
	if (!with_rule)
		probe->intent.automatic.there = false;
	return target_of(changes, probe, &changes->room.probe, diag);
}

static void tell_absent(const struct target *target)
{
	if (target->nr_absent)
		log_warn("policy %s: %u of the %u cgroups that its rules name are not there; until they "
			 "are these rules are for nobody", target->policy_name, target->nr_absent,
			 target->nr_cgroups);
}

/* ---- what is wanted and what must not run, for the next start --------------------------------- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static struct control_fault *fault_of(struct changes *changes, const char *policy)
{
	size_t i;

	for (i = 0; i < changes->nr_faults; i++)
		if (!strcmp(changes->faults[i].policy, policy))
			return &changes->faults[i];
	if (changes->nr_faults == CONTROL_MAX_FAULTS) {
		/* The oldest entry goes: what is wrong now matters more. */
		memmove(&changes->faults[0], &changes->faults[1],
			(CONTROL_MAX_FAULTS - 1) * sizeof(changes->faults[0]));
		changes->nr_faults--;
	}
	changes->faults[changes->nr_faults] = (struct control_fault){ 0 };
	copy_text(changes->faults[changes->nr_faults].policy, sizeof(changes->faults[0].policy),
		  policy);
	return &changes->faults[changes->nr_faults++];
}

static void quarantine_to_note(struct changes *changes, struct note_quarantine *ret_note)
{
	const struct quarantine *quarantine = &changes->quarantine;
	size_t i;

	memset(ret_note, 0, sizeof(*ret_note));
	for (i = 0; i < quarantine->nr; i++) {
		const struct quarantine_entry *entry = &quarantine->entries[i];
		struct note_quarantined *policy = &ret_note->policies[ret_note->nr];
		const struct control_fault *fault;

		if (!entry->in)
			continue;
		fault = fault_of(changes, entry->policy);
		copy_text(policy->policy, sizeof(policy->policy), entry->policy);
		memcpy(policy->file_id, entry->file_id, sizeof(policy->file_id));
		policy->since_ns = fault->since_ns;
		copy_text(policy->reason, sizeof(policy->reason), fault->reason);
		ret_note->nr++;
	}
	if (ret_note->nr)
		copy_text(ret_note->good_path, sizeof(ret_note->good_path), changes->last_good.policy_path);
}

static void quarantine_from_note(struct changes *changes, const struct note_quarantine *note)
{
	size_t i;

	for (i = 0; i < note->nr; i++) {
		const struct note_quarantined *policy = &note->policies[i];
		struct control_fault *fault = fault_of(changes, policy->policy);

		quarantine_put(&changes->quarantine, policy->policy, policy->file_id);
		fault->quarantined = true;
		fault->since_ns = policy->since_ns;
		copy_text(fault->reason, sizeof(fault->reason), policy->reason);
	}
}

/* What is wanted besides the configuration, and what must not run, must outlive us. */
static int remember(struct changes *changes)
{
	static struct note_quarantine quarantine;
	int err;

	quarantine_to_note(changes, &quarantine);
	err = wanted_note_save(&changes->now, &quarantine);
	if (!err)
		return 0;
	/* One of before says what is wanted no more. */
	if (wanted_note_remove())
		log_warn(NOTE_PATH " can be neither written nor removed, so what it says counts again should "
			 "this process be killed: %s", strerror(-err));
	else
		log_warn(NOTE_PATH " cannot be written, so what clandctl has changed ends should "
			 "this process be killed: %s", strerror(-err));
	return err;
}

/*
 * Somebody wants it, whatever it has done, and has it. People know it by its name: a new build,
 * which was never in quarantine itself, ends that of the one before.
 */
static void forgive(struct changes *changes, const struct target *target)
{
	if (!quarantine_lift_name(&changes->quarantine, target->policy_name))
		return;
	log_info("policy %s is out of quarantine", target->policy_name);
	fault_of(changes, target->policy_name)->quarantined = false;
	changes->autos_refused = 0; /* it may be what they want */
	remember(changes);
}

/* A policy that is not what is wanted, by its name or path, with the parameters that it has by then. */
static int substitute(struct changes *changes, const struct wanted *then, const char *policy,
		      struct target *ret_target, struct diag *diag)
{
	struct wanted *wanted = &changes->room.other;
	size_t len = strlen(policy);

	*wanted = *then;
	memset(&wanted->intent, 0, sizeof(wanted->intent));
	if (len >= sizeof(wanted->intent.base.policy))
		return diag_set(diag, EXIT_CODE_NOT_FOUND, "%.64s...: the path is too long", policy);
	memcpy(wanted->intent.base.policy, policy, len + 1);
	return target_of(changes, wanted, ret_target, diag);
}

/* What was to run is in quarantine since before this start. */
static void begin_in_its_place(struct changes *changes, const char *good_path)
{
	const char *const policies[] = { good_path, BUILT_IN_POLICY };
	const struct target *unwanted = &changes->target;
	static struct target target;
	struct diag diag;
	size_t i;

	for (i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		if (!policies[i][0] || substitute(changes, &changes->now, policies[i], &target, &diag) ||
		    quarantine_has(&changes->quarantine, &target))
			continue;
		log_warn("policy %s is in quarantine since before, so %s runs in its place: `clandctl switch "
			 "%s` runs it nevertheless", unwanted->policy_name, target.policy_name,
			 unwanted->policy_path);
		copy_text(changes->fallen_from, sizeof(changes->fallen_from), unwanted->policy_name);
		changes->target = changes->last_good = target;
		return;
	}
	log_warn("policy %s is in quarantine since before, and runs as there is no other",
		 unwanted->policy_name);
	forgive(changes, unwanted);
}

/* The note's wishes, if it has any that count. */
static void restore_wanted(struct changes *changes, struct note_quarantine *ret_quarantine)
{
	static struct target target;
	struct wanted *next = &changes->next;
	struct diag diag;
	char why[128];
	int hold_fd = -1, err;

	*next = changes->now;
	err = wanted_note_load(next, monotonic_ns(), &hold_fd, ret_quarantine, &diag);
	if (err == -ENOENT)
		return;
	if (!err)
		err = target_of(changes, next, &target, &diag);
	if (err) {
		close_fd(&hold_fd);
		log_warn("what clandctl had changed before (" NOTE_PATH ") cannot be gone on with: %s",
			 diag.text);
		return;
	}
	changes->hold_fd = hold_fd;
	changes->now = *next;
	changes->target = target;
	/* The configuration is another one by now, or what was to last for a time is over. */
	if (!next->nr_settings && intent_cause(&next->intent) == INTENT_CAUSE_CONFIGURATION)
		return;
	intent_reason(&changes->now.intent, why, sizeof(why));
	log_info("as before: policy %s (%s)", target.policy_name, why);
	tell_absent(&target);
}

void changes_restore(struct changes *changes)
{
	static struct note_quarantine quarantine;

	memset(&quarantine, 0, sizeof(quarantine));
	restore_wanted(changes, &quarantine);
	quarantine_from_note(changes, &quarantine);
	if (quarantine_has(&changes->quarantine, &changes->target))
		begin_in_its_place(changes, quarantine.good_path);
}

/* ---- a change -------------------------------------------------------------------------------- */

/* The rules of now, anew. all: all facts that can be had at once. */
static void take_autos(struct changes *changes, bool all)
{
	const struct config *config = &changes->now.config;

	auto_rules_set(&changes->autos, config->autos, config->nr_autos);
	auto_watch_set_rules(changes->auto_watch, config->autos, config->nr_autos, all);
	changes->autos_refused = 0;
	changes->autos_due = true;
}

/* next is what is wanted now. */
static void commit(struct changes *changes)
{
	struct config_diff diff;

	config_diff_of(&changes->now.config, &changes->next.config, &diff);
	changes->now = changes->next;
	if (diff.rules && changes->rule_watch) {
		rule_watch_set_rules(changes->rule_watch, changes->now.config.rules,
				     changes->now.config.nr_rules);
		log_info("%zu rules are obeyed from now on", changes->now.config.nr_rules);
	}
	if (diff.autos && changes->auto_watch) {
		take_autos(changes, false);
		log_info("%zu [auto] rules are followed from now on", changes->now.config.nr_autos);
	}
	if (changes->next_hold_fd >= 0) {
		close_fd(&changes->hold_fd);
		changes->hold_fd = changes->next_hold_fd;
		changes->next_hold_fd = -1;
	}
	if (!intent_hold_pid(&changes->now.intent))
		close_fd(&changes->hold_fd);
	log_set_verbose(changes->now.config.verbose);
	if (changes->agents) /* those that are started from now on */
		changes->agents->boot.verbose = changes->now.config.verbose;
	remember(changes);
}

static void note_swap(struct changes *changes, const struct control_swap *swap)
{
	changes->has_last_swap = true;
	changes->last_swap = *swap;
	changes->last_swap_ns = monotonic_ns();
}

/* It did not even begin. */
static int refuse(struct changes *changes, const char *to, const char *why, int code,
		  const struct diag *diag)
{
	struct control_swap swap = { .what = "switch" };

	copy_text(swap.from, sizeof(swap.from), changes->target.policy_name);
	copy_text(swap.to, sizeof(swap.to), to);
	copy_text(swap.why, sizeof(swap.why), why);
	copy_text(swap.error, sizeof(swap.error), diag->text);
	note_swap(changes, &swap);
	close_fd(&changes->next_hold_fd);
	log_error("policy %s stays (%s): %s", changes->target.policy_name, why, diag->text);
	return code;
}

/* next counts from now on, and changes nothing of what runs. */
static int keep(struct changes *changes, const char *why, struct control_swap *ret_swap)
{
	commit(changes);
	copy_text(ret_swap->what, sizeof(ret_swap->what), "nothing");
	copy_text(ret_swap->from, sizeof(ret_swap->from), changes->target.policy_name);
	copy_text(ret_swap->to, sizeof(ret_swap->to), changes->target.policy_name);
	copy_text(ret_swap->why, sizeof(ret_swap->why), why);
	return EXIT_CODE_OK;
}

/*
 * What runs in place of the one in quarantine, with the parameters that count from now on. Returns
 * as begin(); it runs on as it is when it cannot have them.
 */
static int refresh_stand_in(struct changes *changes, const char *why, uint64_t ticket)
{
	static struct target target;
	struct diag diag;

	if (!changes->agents || agents_is_resting(changes->agents))
		return EXIT_CODE_OK;
	if (substitute(changes, &changes->now, changes->target.policy_path, &target, &diag)) {
		log_warn("policy %s runs on as it is: %s", changes->target.policy_name, diag.text);
		return EXIT_CODE_OK;
	}
	if (!target_is_same_policy(&target, &changes->target) || target_is_same(&target, &changes->target))
		return EXIT_CODE_OK;
	changes->under_way = changes->is_fallback = true;
	changes->ended = changes->is_switch = changes->insists = false;
	changes->ticket = ticket;
	if (!agents_swap(changes->agents, &target, why, &diag))
		return -EINPROGRESS;
	changes->under_way = false;
	log_warn("policy %s runs on as it is: %s", target.policy_name, diag.text);
	return EXIT_CODE_OK;
}

/*
 * Begin to run what next wants; why: for people. insist: even if it is in quarantine.
 * Returns EXIT_CODE_OK when that runs already and next counts from now on, with *ret_swap;
 * -EINPROGRESS; or a failure with a sentence, logged.
 */
static int begin(struct changes *changes, const char *why, bool insist, uint64_t ticket,
		 struct control_swap *ret_swap, struct diag *diag)
{
	static struct target target;
	int code = target_of(changes, &changes->next, &target, diag);

	changes->auto_tried = -1;
	if (code)
		return refuse(changes, intent_desired(&changes->next.intent)->policy, why, code, diag);
	if (!insist && quarantine_has(&changes->quarantine, &target)) {
		log_warn("policy %s is wanted (%s) and in quarantine: `clandctl switch %s` runs it "
			 "nevertheless", target.policy_name, why, target.policy_path);
		copy_text(changes->fallen_from, sizeof(changes->fallen_from), target.policy_name);
		keep(changes, why, ret_swap);
		return refresh_stand_in(changes, why, ticket);
	}
	if (target_is_same(&target, &changes->target) &&
	    !(changes->agents && agents_is_resting(changes->agents))) {
		log_info("policy %s stays (%s): it runs already", target.policy_name, why);
		changes->fallen_from[0] = '\0';
		return keep(changes, why, ret_swap);
	}
	if (!changes->agents) {
		diag_set(diag, 0, "the scheduler is not attached at the moment: try again when it is");
		return refuse(changes, target.policy_name, why, EXIT_CODE_SWAP_BUSY, diag);
	}
	changes->under_way = true;
	changes->ended = changes->is_fallback = false;
	changes->insists = insist;
	changes->is_switch = !target_is_same_policy(&target, &changes->target);
	changes->ticket = ticket;
	if (agents_swap(changes->agents, &target, why, diag)) {
		changes->under_way = false;
		return refuse(changes, target.policy_name, why, EXIT_CODE_SWAP_BUSY, diag);
	}
	return -EINPROGRESS;
}

static bool is_busy(const struct changes *changes, struct diag *diag)
{
	if (changes->under_way)
		diag_set(diag, 0, "a change of policy is under way: try again when it has ended");
	return changes->under_way;
}

/* Tell how a change has ended, to whoever asked and to the log. */
static void end(struct changes *changes)
{
	const struct swap_report *report = &changes->report;
	bool is_switch = changes->is_switch;
	struct control_swap swap = { .pause_ns = report->pause_ns, .nr_tasks = report->nr_adopted };

	copy_text(swap.what, sizeof(swap.what), is_switch ? "switch" : "parameters");
	copy_text(swap.from, sizeof(swap.from), report->from);
	copy_text(swap.to, sizeof(swap.to), report->to);
	copy_text(swap.why, sizeof(swap.why), report->reason);
	changes->under_way = changes->ended = false;
	if (report->done) {
		if (!changes->is_fallback)
			commit(changes);
		log_info("policy %s%s%s: %s; decisions paused for %" PRIu64 ".%" PRIu64
			 " us, %u tasks adopted", report->from,
			 is_switch ? " -> " : " with new parameters", is_switch ? report->to : "",
			 report->reason, report->pause_ns / 1000, report->pause_ns / 100 % 10,
			 report->nr_adopted);
		tell_absent(&changes->target);
	} else {
		copy_text(swap.error, sizeof(swap.error), report->diag.text);
		fault_of(changes, report->to)->nr_refused++;
		close_fd(&changes->next_hold_fd);
		log_error("policy %s stays (%s): %s", report->from, report->reason,
			  report->diag.text);
		if (changes->auto_tried >= 0) {
			changes->autos_refused |= 1u << changes->auto_tried;
			changes->autos_due = true; /* the next one */
		}
	}
	changes->auto_tried = -1;
	note_swap(changes, &swap);
	if (changes->ticket)
		control_commands_finish(changes->control, changes->ticket,
					report->done ? EXIT_CODE_OK : report->exit_code, &swap,
					&report->diag);
	changes->ticket = 0;
}

void changes_on_swap(struct changes *changes, const struct swap_report *report)
{
	/* Told by changes_watch(): this may be from within begin(), before its caller has answered. */
	changes->report = *report;
	changes->ended = true;
	if (!report->done)
		return;
	if (!target_is_same_policy(&changes->target, &changes->agents->target) &&
	    !quarantine_has(&changes->quarantine, &changes->target))
		changes->last_good = changes->target;
	changes->target = changes->agents->target;
	changes->target_since_ns = monotonic_ns();
	changes->to_fall_back = false;
	/* not in quarantine, it is another file than the one that is */
	if (changes->insists || (!changes->is_fallback && !quarantine_has(&changes->quarantine, &changes->target)))
		forgive(changes, &changes->target);
	if (changes->insists)
		quarantine_lift(&changes->quarantine, &changes->target);
	changes->insists = false;
	if (!changes->is_fallback)
		changes->fallen_from[0] = '\0';
}

/* ---- faults and what follows from them ------------------------------------------------------- */

static void note_report(struct control_fault *entry, const struct crash_report *report)
{
	size_t i;

	entry->since_ns = monotonic_ns();
	copy_text(entry->reason, sizeof(entry->reason), report->reason);
	copy_text(entry->call, sizeof(entry->call), report->call);
	entry->nr_backtrace = 0;
	for (i = 0; i < report->nr_lines && i < CONTROL_MAX_BACKTRACE; i++)
		copy_text(entry->backtrace[entry->nr_backtrace++], sizeof(entry->backtrace[0]),
			  report->lines[i]);
}

void changes_on_fault(struct changes *changes, const struct target *target, enum agent_fault fault,
		      const struct crash_report *report)
{
	struct control_fault *entry = fault_of(changes, target->policy_name);
	enum quarantine_verdict verdict;

	if (fault == AGENT_FAULT_CRASHED)
		entry->nr_crashed++;
	else if (fault == AGENT_FAULT_HUNG)
		entry->nr_hung++;
	else
		entry->nr_refused++;
	note_report(entry, report);
	/* Of the built-in one we know that it was not; in its place there is no other to be run. */
	if (!report->by_policy && !strcmp(target->policy_name, BUILT_IN_POLICY))
		return;
	verdict = quarantine_note(&changes->quarantine, target, report->by_policy, monotonic_ns());
	if (verdict == QUARANTINE_NOT)
		return;
	entry->quarantined = true;
	if (verdict == QUARANTINE_FOR_FAULTS)
		log_error("policy %s is in quarantine: it has failed %d times within %llu s, last with: %s. "
			  "`clandctl switch %s` runs it again", target->policy_name, QUARANTINE_FAULTS,
			  QUARANTINE_WINDOW_NS / 1000000000, report->reason, target->policy_path);
	else
		log_error("policy %s is in quarantine: it has lost its agent %d times within %llu s, last "
			  "with: %s. `clandctl switch %s` runs it again", target->policy_name, QUARANTINE_ENDS,
			  QUARANTINE_ENDS_WINDOW_NS / 1000000000, report->reason, target->policy_path);
	copy_text(changes->fallen_from, sizeof(changes->fallen_from), target->policy_name);
	remember(changes);
	changes->to_fall_back = changes->autos_due = true;
	changes->nr_fallbacks = 0;
	changes->fall_back_at_ns = 0;
	if (changes->agents)
		agents_rest(changes->agents);
}

void changes_on_again(struct changes *changes, struct target *target)
{
	static struct target fresh;
	struct diag diag;

	/* What cannot be had is refused by the agent, in the words of that. */
	if ((target_of(changes, &changes->now, &fresh, &diag) ||
	     strcmp(fresh.policy_path, target->policy_path) != 0) &&
	    substitute(changes, &changes->now, target->policy_path, &fresh, &diag)) {
		log_warn("policy %s: %s", target->policy_name, diag.text);
		return;
	}
	if (target_is_same_policy(&fresh, target))
		return;
	log_info("policy %s: %s is another file by now: version %s, before %s", fresh.policy_name,
		 fresh.policy_path, fresh.policy_version[0] ? fresh.policy_version : "none",
		 target->policy_version[0] ? target->policy_version : "none");
	*target = changes->target = fresh;
	changes->target_since_ns = monotonic_ns();
}

/* The next policy to be tried in place of the one in quarantine. Returns whether there is one. */
static bool next_fallback(struct changes *changes, struct target *ret_target)
{
	struct diag diag;

	while (changes->nr_fallbacks < 2) {
		if (changes->nr_fallbacks++ == 0) {
			if (!changes->last_good.policy_path[0])
				continue;
			*ret_target = changes->last_good;
		} else if (substitute(changes, &changes->now, BUILT_IN_POLICY, ret_target, &diag)) {
			log_error("the built-in policy cannot be had: %s", diag.text);
			continue;
		}
		if (!quarantine_has(&changes->quarantine, ret_target))
			return true;
	}
	return false;
}

static void fall_back(struct changes *changes)
{
	static struct target target;
	char why[128];
	struct diag diag;

	agents_rest(changes->agents);
	if (!next_fallback(changes, &target)) {
		/* It could not be started, for want of memory for instance. */
		changes->to_fall_back =
			!substitute(changes, &changes->now, BUILT_IN_POLICY, &target, &diag) &&
			!quarantine_has(&changes->quarantine, &target);
		changes->nr_fallbacks = 0;
		changes->fall_back_at_ns = monotonic_ns() + FALL_BACK_AGAIN_NS;
		if (changes->to_fall_back)
			log_error("no policy can be run at the moment: tasks run by their leases, and it is tried "
				  "again in %llu s", FALL_BACK_AGAIN_NS / 1000000000);
		else
			log_error("no policy is left to be run: tasks run by their leases. `clandctl switch "
				  "POLICY` or `clandctl reload` starts one");
		return;
	}
	snprintf(why, sizeof(why), "policy %s is in quarantine", changes->fallen_from);
	changes->under_way = changes->is_switch = changes->is_fallback = true;
	changes->ended = changes->insists = false;
	changes->ticket = 0;
	if (agents_swap(changes->agents, &target, why, &diag)) {
		changes->under_way = false;
		log_error("policy %s: %s", target.policy_name, diag.text);
	}
}

void changes_note_bad(struct changes *changes, uint64_t nr_bad)
{
	if (nr_bad > changes->nr_bad_seen)
		fault_of(changes, changes->target.policy_name)->nr_bad +=
			nr_bad - changes->nr_bad_seen;
	changes->nr_bad_seen = nr_bad;
}

/* ---- rules that are followed ----------------------------------------------------------------- */

/* What a rule wants by a configuration that has it. */
static void choice_of(struct changes *changes, const struct config *config,
		      const struct config_auto *rule, struct intent_choice *ret_choice)
{
	const struct config_rule_value *mode = &rule->values[CONFIG_AUTO_MODE];
	struct config *in_mode = &changes->room.resolved;
	struct diag diag;

	memset(ret_choice, 0, sizeof(*ret_choice));
	if (!mode->is_set) {
		copy_text(ret_choice->policy, sizeof(ret_choice->policy),
			  rule->values[CONFIG_AUTO_POLICY].text);
		return;
	}
	/* It was checked that there is such a mode. */
	if (!config_apply_mode(config, mode->text, in_mode, &diag))
		copy_text(ret_choice->policy, sizeof(ret_choice->policy), in_mode->policy);
	if (strcmp(mode->text, CONFIG_NO_MODE) != 0)
		snprintf(ret_choice->mode, sizeof(ret_choice->mode), "%.31s", mode->text);
}

/* Whether what next's rule wants can be had. Returns an EXIT_CODE_*, with a sentence. */
static int can_follow(struct changes *changes, const struct wanted *next, struct diag *diag)
{
	const struct target *target = &changes->room.probe;
	/* also when somebody has switched to another one, for when that ends */
	int code = probe_below(changes, next, true, diag);

	if (!code && quarantine_has(&changes->quarantine, target))
		return diag_set(diag, EXIT_CODE_POLICY, "policy %s is in quarantine, `clandctl switch %s` "
				"runs it nevertheless", target->policy_name, target->policy_path);
	return code;
}

/* What the rule that is followed now has ended by, for people; "" if it has not. */
static void tell_ended(const struct changes *changes, char *ret_text, size_t size)
{
	const struct intent_auto *now = &changes->now.intent.automatic;
	int i = now->there ? auto_rules_find(&changes->autos, now->rule) : -1;

	ret_text[0] = '\0';
	if (i >= 0 && changes->autos_refused & 1u << i)
		snprintf(ret_text, size, "[auto %s] cannot be followed", now->rule);
	else if (i >= 0 && !changes->autos.states[i].applies)
		snprintf(ret_text, size, "[auto %s] has ended, as %s", now->rule,
			 changes->autos.states[i].why);
}

/*
 * The first rule that applies and whose policy can be had, as the layer that it makes, or none.
 * Returns its place, or -1: none, or -EAGAIN: that is not known yet.
 */
static int choose_auto(struct changes *changes, struct intent_auto *ret_automatic)
{
	const struct auto_rules *autos = &changes->autos;
	struct diag diag;
	size_t i;

	for (i = 0; i < autos->nr; i++) {
		struct intent_auto automatic = { .there = true };

		if (!autos->states[i].decided)
			return -EAGAIN;
		if (!autos->states[i].applies || changes->autos_refused & 1u << i)
			continue;
		copy_text(automatic.rule, sizeof(automatic.rule), autos->rules[i].name);
		copy_text(automatic.why, sizeof(automatic.why), autos->states[i].why);
		choice_of(changes, &changes->now.config, &autos->rules[i], &automatic.choice);
		changes->next = changes->now;
		changes->next.intent.automatic = automatic;
		if (!can_follow(changes, &changes->next, &diag)) {
			*ret_automatic = automatic;
			return (int)i;
		}
		changes->autos_refused |= 1u << i;
		log_warn("[auto %s] applies (%s), and is passed over: %s", automatic.rule,
			 automatic.why, diag.text);
	}
	memset(ret_automatic, 0, sizeof(*ret_automatic));
	return -1;
}

static bool is_same_auto(const struct intent_auto *a, const struct intent_auto *b)
{
	return a->there == b->there && (!a->there || (!strcmp(a->rule, b->rule) &&
						      !strcmp(a->choice.policy, b->choice.policy) &&
						      !strcmp(a->choice.mode, b->choice.mode)));
}

/* Before there are agents: what they will be told to run. */
static void follow_at_start(struct changes *changes, const char *why)
{
	struct target *target = &changes->room.probe;
	struct diag diag;

	if (target_of(changes, &changes->next, target, &diag))
		return; /* it could be had just now */
	changes->now = changes->next;
	changes->target = *target;
	log_info("policy %s is what to begin with (%s)", target->policy_name, why);
	tell_absent(target);
}

/* Returns whether something has been done. */
static bool follow(struct changes *changes)
{
	struct control_swap swap = { 0 };
	struct intent_auto automatic;
	char ended[256], why[384];
	struct diag diag;
	size_t i;
	int rule, code;

	if (auto_rules_update(&changes->autos, &changes->auto_watch->facts, monotonic_ns())) {
		changes->autos_due = true;
		/* one that applies again is tried again */
		for (i = 0; i < changes->autos.nr; i++)
			if (!changes->autos.states[i].applies)
				changes->autos_refused &= ~(1u << i);
	}
	auto_watch_look_every(changes->auto_watch, auto_rules_look_ns(&changes->autos));
	if (!changes->autos_due)
		return false;
	changes->autos_due = false;
	rule = choose_auto(changes, &automatic);
	if (rule == -EAGAIN || is_same_auto(&automatic, &changes->now.intent.automatic))
		return false;
	tell_ended(changes, ended, sizeof(ended));
	changes->next = changes->now;
	intent_follow(&changes->next.intent, &automatic, ended, monotonic_ns());
	if (changes->now.intent.user.there || changes->now.intent.temporary.there) {
		changes->now = changes->next;
		if (automatic.there)
			log_info("[auto %s] applies: %s; what clandctl has asked for counts over it",
				 automatic.rule, automatic.why);
		else
			log_info("%s; what clandctl has asked for counts over it", ended);
		return true;
	}
	intent_reason(&changes->next.intent, why, sizeof(why));
	if (!changes->agents) {
		follow_at_start(changes, why);
		return true;
	}
	/* Without a rule, that is what is wanted, also when it cannot be had. */
	if (!automatic.there)
		changes->now = changes->next;
	code = begin(changes, why, false, 0, &swap, &diag);
	if (code == -EINPROGRESS) {
		changes->auto_tried = rule;
	} else if (code && rule >= 0) {
		changes->autos_refused |= 1u << rule;
		changes->autos_due = true;
	}
	return true;
}

void changes_follow(struct changes *changes, struct auto_watch *watch)
{
	changes->auto_watch = watch;
	take_autos(changes, true);
	follow(changes);
}

/* The rule that is followed, by the configuration that is wanted next. */
static void follow_configured(struct changes *changes)
{
	struct intent_auto *automatic = &changes->next.intent.automatic;
	const struct config_auto *rule = config_find_auto(&changes->next.config, automatic->rule);

	changes->autos_refused = 0; /* what they want may be there by now */
	changes->autos_due = true;
	if (!automatic->there)
		return;
	if (rule)
		choice_of(changes, &changes->next.config, rule, &automatic->choice);
	else
		memset(automatic, 0, sizeof(*automatic));
}

/* ---- who asks -------------------------------------------------------------------------------- */

/* next as the configuration just loaded wants it. */
static void want_configured(struct changes *changes, bool asked)
{
	struct intent_layer *temporary = &changes->next.intent.temporary;
	struct config_diff diff;
	struct intent_choice base;
	struct diag diag;

	changes->next = changes->now;
	changes->next.config = changes->tried;
	changes->next.nr_settings = 0;
	/* The mode switched to may have another policy by now; if it has gone, begin() says so. */
	if (temporary->there && temporary->choice.mode[0] &&
	    !config_apply_mode(&changes->next.config, temporary->choice.mode, &changes->room.resolved, &diag))
		copy_text(temporary->choice.policy, sizeof(temporary->choice.policy),
			  changes->room.resolved.policy);
	base_of(&changes->next.config, &base);
	follow_configured(changes);
	intent_configured(&changes->next.intent, &base, origin_of(&changes->next.config), asked,
			  monotonic_ns());
	config_diff_of(&changes->now.config, &changes->next.config, &diff);
	if (diff.restart)
		log_info("the configuration says otherwise, which counts from the next start: %s",
			 diff.restart_text);
}

/* Of a sentence on the policy that room.resolved names: its file and line, which parameters' have. */
static void name_place(struct changes *changes, int code, struct diag *diag)
{
	const struct diag reason = *diag;

	if (code != EXIT_CODE_PARAMETERS)
		diag_set(diag, 0, "%s: policy: %s",
			 config_origin_of(&changes->room.resolved, "policy")->text, reason.text);
}

/*
 * The files are others, and say the same: who starts next takes them for what it is now, and goes
 * on with what clandctl has put over it.
 */
static void take_stamp(struct changes *changes, const struct config *config)
{
	if (changes->now.config.stamp == config->stamp)
		return;
	changes->now.config.stamp = config->stamp;
	remember(changes);
}

int changes_step_aside(struct changes *changes, struct diag *diag)
{
	struct config *config = &changes->room.loaded;
	struct config_diff diff;
	int err;

	if (!config_load(changes->argc, changes->argv, config, diag) &&
	    !config_diff_of(&changes->now.config, config, &diff))
		take_stamp(changes, config);
	err = remember(changes);
	if (err)
		diag_set(diag, err, "the new program would not know what clandctl has changed, as " NOTE_PATH
			 " cannot be written: %s. See to that first", strerror(-err));
	return err;
}

static int reload(struct changes *changes, const char *why, bool asked, uint64_t ticket,
		  struct control_swap *ret_swap, struct diag *diag)
{
	struct config *config = &changes->room.loaded;
	const struct intent *intent = &changes->next.intent;
	struct config_diff diff;
	int code;

	if (config_load(changes->argc, changes->argv, config, diag))
		return refuse(changes, "", why, EXIT_CODE_USAGE, diag);
	/* Saved as it was, or as somebody has asked for just before: not worth a word. */
	if (!config_diff_of(&changes->now.config, config, &diff) && !asked) {
		take_stamp(changes, config);
		return EXIT_CODE_OK;
	}
	code = target_check_names(config, diag);
	if (code)
		return refuse(changes, "", why, code, diag);
	changes->tried = *config;
	want_configured(changes, asked);
	/* Also what a switch or rule counts over for now: when that ends there is nobody to ask. */
	code = probe_below(changes, &changes->next, false, diag);
	if (code) {
		name_place(changes, code, diag);
		return refuse(changes, intent->base.policy, why, code, diag);
	}
	return begin(changes, why, asked, ticket, ret_swap, diag);
}

/* Now that nothing is under way, what has waited for that; whoever asked is told. */
static void reload_waiting(struct changes *changes)
{
	bool asked = changes->reload_asked;
	uint64_t ticket = changes->reload_ticket;
	struct control_swap swap = { 0 };
	struct diag diag;
	int code;

	changes->reload_later = changes->reload_asked = false;
	changes->reload_ticket = 0;
	code = reload(changes, ticket ? RELOAD_BY_CLANDCTL : asked ? "SIGHUP" : CHANGES_SAVED, asked,
		      ticket, &swap, &diag);
	if (ticket && code != -EINPROGRESS)
		control_commands_finish(changes->control, ticket, code, &swap, &diag);
}

void changes_reload(struct changes *changes, const char *why, bool asked)
{
	struct control_swap swap = { 0 };
	struct diag diag;

	if (changes->under_way || !changes->agents) {
		changes->reload_later = true;
		changes->reload_asked |= asked;
	} else {
		reload(changes, why, asked, 0, &swap, &diag);
	}
}

int changes_on_reload(struct changes *changes, const struct control_caller *caller,
		      struct control_swap *ret_swap, struct diag *diag)
{
	if (changes->reload_ticket && is_busy(changes, diag))
		return EXIT_CODE_SWAP_BUSY;
	/* Most likely what is under way is what a saved file wants: whoever saves it reloads next. */
	if (changes->under_way) {
		changes->reload_later = changes->reload_asked = true;
		changes->reload_ticket = caller->ticket;
		return -EINPROGRESS;
	}
	return reload(changes, RELOAD_BY_CLANDCTL, true, caller->ticket, ret_swap, diag);
}

/* The process that a switch is to last as long as. Returns an EXIT_CODE_*. */
static int hold_open(struct changes *changes, struct intent_term *term, struct diag *diag)
{
	changes->next_hold_fd = (int)syscall(SYS_pidfd_open, term->hold_pid, 0);
	/* by kernel: what has a number and is no process */
	if (changes->next_hold_fd < 0 && (errno == EINVAL || errno == ENOENT))
		return diag_set(diag, EXIT_CODE_NOT_FOUND, "%d is a thread, not a process: give the number "
				"that Tgid is in /proc/%d/status", (int)term->hold_pid, (int)term->hold_pid);
	if (changes->next_hold_fd < 0)
		return diag_set(diag, EXIT_CODE_NOT_FOUND, "process %d cannot be watched: %s",
				(int)term->hold_pid, strerror(errno));
	if (proc_comm_read(term->hold_pid, term->hold_comm))
		term->hold_comm[0] = '\0';
	return EXIT_CODE_OK;
}

/*
 * next begins as what is wanted now. Whoever saves a file and asks for something next wants that
 * over what the file says: a file that is about to be loaded counts first, or loading it would end
 * what was asked for. What is wrong with it is told when it is loaded.
 */
static void begin_next(struct changes *changes)
{
	struct config *config = &changes->room.loaded;
	struct config_diff diff;
	struct diag diag;

	changes->next = changes->now;
	if (!changes->saved || config_load(changes->argc, changes->argv, config, &diag) ||
	    !config_diff_of(&changes->now.config, config, &diff) || target_check_names(config, &diag))
		return;
	changes->tried = *config;
	want_configured(changes, false);
	if (probe_below(changes, &changes->next, false, &diag))
		changes->next = changes->now;
}

int changes_on_change(struct changes *changes, const struct control_caller *caller,
		      const struct intent_choice *choice, const struct intent_term *term,
		      struct control_swap *ret_swap, struct diag *diag)
{
	struct config *in_mode = &changes->room.loaded;
	struct intent_choice resolved = *choice;
	struct intent_term until = *term;
	char why[128];
	int code;

	if (is_busy(changes, diag))
		return EXIT_CODE_SWAP_BUSY;
	begin_next(changes);
	if (choice->mode[0]) {
		if (config_apply_mode(&changes->next.config, choice->mode, in_mode, diag))
			return EXIT_CODE_NOT_FOUND;
		copy_text(resolved.policy, sizeof(resolved.policy), in_mode->policy);
	}
	if (until.hold_pid) {
		code = hold_open(changes, &until, diag);
		if (code)
			return code;
	}
	if (intent_switch(&changes->next.intent, &resolved, &until, caller->uid, monotonic_ns(),
			  diag)) {
		close_fd(&changes->next_hold_fd);
		return EXIT_CODE_USAGE;
	}
	intent_reason(&changes->next.intent, why, sizeof(why));
	return begin(changes, why, true, caller->ticket, ret_swap, diag);
}

/*
 * Settings of a policy that is not wanted: if they were wrong, each switch to it would fail until
 * the next reload. Those of the one that is wanted are checked by begin().
 */
static int check_settings(struct changes *changes, const struct control_setting *settings,
			  size_t nr, struct diag *diag)
{
	static struct target target;
	char wanted[sizeof(target.policy_name)];
	size_t i;
	int code = target_of(changes, &changes->next, &target, diag);

	copy_text(wanted, sizeof(wanted), target.policy_name);
	for (i = 0; i < nr && !code; i++) {
		/* What runs in place of one in quarantine may have been chosen by its path. */
		bool runs = !strcmp(settings[i].policy, changes->target.policy_name);

		if (!strcmp(settings[i].policy, wanted) ||
		    (i && !strcmp(settings[i].policy, settings[i - 1].policy)))
			continue;
		code = substitute(changes, &changes->next,
				  runs ? changes->target.policy_path : settings[i].policy, &target, diag);
	}
	return code;
}

static bool is_set_for(const char *policy, const struct control_setting *settings, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(settings[i].policy, policy))
			return true;
	return false;
}

int changes_on_set(struct changes *changes, const struct control_caller *caller,
		   const struct control_setting *settings, size_t nr, struct control_swap *ret_swap,
		   struct diag *diag)
{
	char why[128];
	size_t i, j;
	int code;

	if (is_busy(changes, diag))
		return EXIT_CODE_SWAP_BUSY;
	begin_next(changes);
	for (i = 0; i < nr; i++) {
		struct control_setting *all = changes->next.settings;

		for (j = 0; j < changes->next.nr_settings; j++)
			if (!strcmp(all[j].policy, settings[i].policy) &&
			    !strcmp(all[j].key, settings[i].key))
				break;
		if (j == CONTROL_MAX_SETTINGS)
			return diag_set(diag, EXIT_CODE_PARAMETERS, "more than %d parameters have "
					"been set: reload ends them all", CONTROL_MAX_SETTINGS);
		all[j] = settings[i];
		if (j == changes->next.nr_settings)
			changes->next.nr_settings++;
	}
	code = check_settings(changes, settings, nr, diag);
	if (code)
		return code;
	snprintf(why, sizeof(why), "clandctl set by uid %u", caller->uid);
	code = begin(changes, why, false, caller->ticket, ret_swap, diag);
	if (code == EXIT_CODE_OK && !is_set_for(ret_swap->to, settings, nr))
		copy_text(ret_swap->what, sizeof(ret_swap->what), "kept");
	return code;
}

/* ---- what is told ---------------------------------------------------------------------------- */

static void status_autos(const struct changes *changes, struct control_status *status)
{
	const struct intent_auto *followed = &changes->now.intent.automatic;
	size_t i;

	status->nr_autos = changes->autos.nr;
	for (i = 0; i < changes->autos.nr; i++) {
		const struct auto_rule_state *state = &changes->autos.states[i];
		struct control_auto *entry = &status->autos[i];

		copy_text(entry->rule, sizeof(entry->rule), changes->autos.rules[i].name);
		copy_text(entry->why, sizeof(entry->why), state->why);
		entry->state = !state->decided ? CONTROL_AUTO_UNDECIDED :
			       !state->applies ? CONTROL_AUTO_IDLE :
			       changes->autos_refused & 1u << i ? CONTROL_AUTO_REFUSED :
			       followed->there && !strcmp(followed->rule, entry->rule) ?
			       CONTROL_AUTO_FOLLOWED : CONTROL_AUTO_APPLIES;
	}
}

void changes_status(struct changes *changes, uint64_t nr_bad, struct control_status *status)
{
	uint64_t now = monotonic_ns();
	size_t i;

	changes_note_bad(changes, nr_bad);
	control_status_intent(status, &changes->now.intent, now);
	status->swap_under_way = changes->under_way;
	copy_text(status->fallen_from, sizeof(status->fallen_from), changes->fallen_from);
	/* else none has served yet, or none does any more */
	if (changes->agents && !agents_is_resting(changes->agents)) {
		copy_text(status->applied, sizeof(status->applied), changes->target.policy_name);
		copy_text(status->applied_version, sizeof(status->applied_version),
			  changes->target.policy_version);
		copy_text(status->applied_path, sizeof(status->applied_path),
			  changes->target.policy_path);
		status->applied_age_ns = now - changes->target_since_ns;
	}
	status_autos(changes, status);
	status->nr_faults = changes->nr_faults;
	memcpy(status->faults, changes->faults, changes->nr_faults * sizeof(status->faults[0]));
	for (i = 0; i < status->nr_faults; i++)
		if (status->faults[i].since_ns)
			status->faults[i].age_ns = now - status->faults[i].since_ns;
	status->has_last_swap = changes->has_last_swap;
	if (changes->has_last_swap) {
		status->last_swap = changes->last_swap;
		status->last_swap.age_ns = now - changes->last_swap_ns;
	}
}

/* ---- what time brings ------------------------------------------------------------------------ */

int changes_timeout_ms(const struct changes *changes)
{
	uint64_t now = monotonic_ns(), deadline = intent_deadline_ns(&changes->now.intent);
	uint64_t autos_ns = auto_rules_deadline_ns(&changes->autos);

	if (changes->ended)
		return 0;
	if (changes->under_way || !changes->agents)
		return -1;
	if (changes->reload_later)
		return 0;
	if (changes->to_fall_back && changes->fall_back_at_ns < deadline)
		deadline = changes->fall_back_at_ns;
	if (changes->target.nr_cgroups && changes->cgroups_at_ns < deadline)
		deadline = changes->cgroups_at_ns;
	if (changes->auto_watch && changes->autos_due)
		return 0;
	if (autos_ns < deadline)
		deadline = autos_ns;
	if (deadline == INTENT_NEVER_NS)
		return -1;
	if (deadline <= now)
		return 0;
	deadline = (deadline - now + 999999) / 1000000;
	return deadline > 3600000 ? 3600000 : (int)deadline;
}

int changes_fd(const struct changes *changes)
{
	/* Readable from its end on: not to be waited for while changes_watch() cannot act on it. */
	return changes->under_way || !changes->agents ? -1 : changes->hold_fd;
}

static bool hold_is_over(const struct changes *changes)
{
	struct pollfd pfd = { .fd = changes->hold_fd, .events = POLLIN };

	return changes->hold_fd >= 0 && poll(&pfd, 1, 0) > 0;
}

/*
 * A switch has ended: back to what counts below it. That is what is wanted from now on, also when
 * it cannot be had, which status then shows.
 */
static void go_back(struct changes *changes)
{
	struct control_swap swap = { 0 };
	struct config_diff diff;
	char why[128];
	struct diag diag;

	if (!intent_hold_pid(&changes->now.intent))
		close_fd(&changes->hold_fd);
	changes->next = changes->now;
	intent_reason(&changes->next.intent, why, sizeof(why));
	remember(changes);
	/* What was saved meanwhile and refused may have been so for what is over, as a mode that it lacks. */
	changes->reload_later |= config_diff_of(&changes->now.config, &changes->tried, &diff);
	changes->autos_due = true; /* what it is back to may be in quarantine by now */
	begin(changes, why, false, 0, &swap, &diag);
}

/*
 * A cgroup has another number each time it is made, and a policy knows it by that: when one has
 * come or gone, the policy is started with the numbers that hold now.
 */
static void look_for_cgroups(struct changes *changes)
{
	static struct target target;
	struct control_swap swap = { 0 };
	struct diag diag;

	changes->cgroups_at_ns = monotonic_ns() + CGROUPS_LOOK_NS;
	if (changes->fallen_from[0] || target_of(changes, &changes->now, &target, &diag) ||
	    !target_is_same_policy(&target, &changes->target) ||
	    target_is_same(&target, &changes->target) ||
	    target_is_same(&target, &changes->cgroups_tried))
		return;
	changes->cgroups_tried = target;
	changes->next = changes->now;
	begin(changes, "a cgroup that its rules name has come or gone", false, 0, &swap, &diag);
}

void changes_watch(struct changes *changes)
{
	struct intent *intent = &changes->now.intent;

	if (changes->ended)
		end(changes);
	if (changes->under_way || !changes->agents)
		return;
	if (changes->to_fall_back && monotonic_ns() >= changes->fall_back_at_ns) {
		fall_back(changes);
	} else if (changes->reload_later) {
		reload_waiting(changes);
	} else if (intent_expire(intent, monotonic_ns()) ||
		   (hold_is_over(changes) &&
		    intent_process_ended(intent, intent_hold_pid(intent), monotonic_ns()))) {
		go_back(changes);
	} else if (changes->auto_watch && follow(changes)) {
		/* it has taken the turn */
	} else if (changes->target.nr_cgroups && monotonic_ns() >= changes->cgroups_at_ns) {
		look_for_cgroups(changes);
	}
}

void changes_init(struct changes *changes, const struct config *config, const struct target *target,
		  int argc, char *const argv[])
{
	struct intent_choice base;

	memset(changes, 0, sizeof(*changes));
	changes->argc = argc;
	changes->argv = argv;
	changes->hold_fd = changes->next_hold_fd = changes->auto_tried = -1;
	changes->now.config = changes->tried = *config;
	changes->target = *target;
	changes->target_since_ns = monotonic_ns();
	tell_absent(target);
	base_of(config, &base);
	intent_init(&changes->now.intent, &base, origin_of(&changes->now.config), monotonic_ns());
}
