/* SPDX-License-Identifier: GPL-2.0-only */
#include "intent.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S 1000000000ULL

static const struct {
	char letter;
	const char *name;
	uint64_t seconds;
} units[] = {
	{ 'd', "d", 86400 },
	{ 'h', "h", 3600 },
	{ 'm', "min", 60 },
	{ 's', "s", 1 },
};

#define NR_UNITS (sizeof(units) / sizeof(units[0]))

static bool same_choice(const struct intent_choice *a, const struct intent_choice *b)
{
	return !strcmp(a->policy, b->policy) && !strcmp(a->mode, b->mode);
}

static const struct intent_layer *top(const struct intent *intent)
{
	if (intent->temporary.there)
		return &intent->temporary;
	return intent->user.there ? &intent->user : NULL;
}

static void set_base(struct intent *intent, const struct intent_choice *base, const char *origin)
{
	intent->base = *base;
	snprintf(intent->origin, sizeof(intent->origin), "%s", origin);
}

void intent_init(struct intent *intent, const struct intent_choice *base, const char *origin,
		 uint64_t now_ns)
{
	memset(intent, 0, sizeof(*intent));
	set_base(intent, base, origin);
	intent->since_ns = now_ns;
}

bool intent_configured(struct intent *intent, const struct intent_choice *base, const char *origin,
		       bool reload, uint64_t now_ns)
{
	const struct intent_choice before = *intent_desired(intent);
	enum intent_cause cause = intent_cause(intent);
	bool changed;

	set_base(intent, base, origin);
	intent->user.there = false;
	if (reload)
		intent->temporary.there = false;
	changed = !same_choice(&before, intent_desired(intent));
	if (changed || cause != intent_cause(intent)) {
		intent->since_ns = now_ns;
		intent->before[0] = '\0';
	}
	return changed;
}

bool intent_follow(struct intent *intent, const struct intent_auto *automatic, const char *ended,
		   uint64_t now_ns)
{
	const struct intent_choice before = *intent_desired(intent);

	intent->automatic = *automatic;
	if (top(intent))
		return false;
	intent->since_ns = now_ns;
	snprintf(intent->before, sizeof(intent->before), "%s", ended);
	return !same_choice(&before, intent_desired(intent));
}

int intent_switch(struct intent *intent, const struct intent_choice *choice,
		  const struct intent_term *term, uid_t uid, uint64_t now_ns, struct diag *diag)
{
	struct intent_layer layer = {
		.there = true,
		.choice = *choice,
		.term = *term,
		.uid = uid,
		.since_ns = now_ns,
		.until_ns = INTENT_NEVER_NS,
	};

	if (term->for_ns && term->hold_pid)
		return diag_set(diag, -EINVAL, "a switch lasts for a time or while a process lives, "
				"not both");
	if (term->hold_pid < 0)
		return diag_set(diag, -EINVAL, "%d is no process", (int)term->hold_pid);
	if (term->for_ns > INTENT_MAX_FOR_NS)
		return diag_set(diag, -EINVAL, "a switch lasts for at most 366 days; leave the time out "
				"for one that lasts");
	if (term->for_ns)
		layer.until_ns = now_ns + term->for_ns;
	if (term->for_ns || term->hold_pid) {
		intent->temporary = layer;
	} else {
		intent->temporary.there = false;
		intent->user = layer;
	}
	intent->since_ns = now_ns;
	intent->before[0] = '\0';
	return 0;
}

static void end_temporary(struct intent *intent, uint64_t now_ns)
{
	intent->temporary.there = false;
	intent->since_ns = now_ns;
}

bool intent_expire(struct intent *intent, uint64_t now_ns)
{
	char text[48];

	if (now_ns < intent_deadline_ns(intent))
		return false;
	intent_format_duration(intent->temporary.term.for_ns, text, sizeof(text));
	snprintf(intent->before, sizeof(intent->before), "the %.40s of %.64s are over", text,
		 intent->temporary.choice.mode[0] ? intent->temporary.choice.mode
						  : intent->temporary.choice.policy);
	end_temporary(intent, now_ns);
	return true;
}

/* "pid 123 (steam)" */
static void name_process(const struct intent_term *term, char *ret_text, size_t size)
{
	const char *comm = term->hold_comm;

	snprintf(ret_text, size, "pid %d%s%.15s%s", (int)term->hold_pid, comm[0] ? " (" : "", comm,
		 comm[0] ? ")" : "");
}

bool intent_process_ended(struct intent *intent, pid_t pid, uint64_t now_ns)
{
	char text[48];

	if (pid <= 0 || pid != intent_hold_pid(intent))
		return false;
	name_process(&intent->temporary.term, text, sizeof(text));
	snprintf(intent->before, sizeof(intent->before), "%s has ended", text);
	end_temporary(intent, now_ns);
	return true;
}

const struct intent_choice *intent_desired(const struct intent *intent)
{
	const struct intent_layer *layer = top(intent);

	if (layer)
		return &layer->choice;
	return intent->automatic.there ? &intent->automatic.choice : &intent->base;
}

enum intent_cause intent_cause(const struct intent *intent)
{
	if (intent->temporary.there)
		return intent->temporary.term.hold_pid ? INTENT_CAUSE_HOLD : INTENT_CAUSE_FOR;
	if (intent->user.there)
		return INTENT_CAUSE_USER;
	return intent->automatic.there ? INTENT_CAUSE_AUTO : INTENT_CAUSE_CONFIGURATION;
}

const char *intent_cause_name(enum intent_cause cause)
{
	static const char *const names[] = {
		[INTENT_CAUSE_CONFIGURATION] = "configuration",
		[INTENT_CAUSE_AUTO] = "auto",
		[INTENT_CAUSE_USER] = "user",
		[INTENT_CAUSE_FOR] = "for",
		[INTENT_CAUSE_HOLD] = "hold",
	};

	return names[cause];
}

uint64_t intent_deadline_ns(const struct intent *intent)
{
	return intent->temporary.there ? intent->temporary.until_ns : INTENT_NEVER_NS;
}

pid_t intent_hold_pid(const struct intent *intent)
{
	return intent->temporary.there ? intent->temporary.term.hold_pid : 0;
}

void intent_reason(const struct intent *intent, char *ret_text, size_t size)
{
	const struct intent_layer *layer = top(intent);
	const char *before = intent->before;
	char text[64], why[256];

	if (!layer && intent->automatic.there) {
		snprintf(why, sizeof(why), "[auto %s]: %s", intent->automatic.rule,
			 intent->automatic.why);
	} else if (!layer) {
		snprintf(why, sizeof(why), "configuration, %s", intent->origin);
	} else if (layer->term.hold_pid) {
		name_process(&layer->term, text, sizeof(text));
		snprintf(why, sizeof(why), "held by %s, asked for by uid %u", text,
			 (unsigned int)layer->uid);
	} else {
		const char *command = layer->choice.mode[0] ? "mode" : "switch";

		snprintf(why, sizeof(why), "clandctl %s by uid %u", command,
			 (unsigned int)layer->uid);
		if (layer->term.for_ns) {
			intent_format_duration(layer->term.for_ns, text, sizeof(text));
			snprintf(why + strlen(why), sizeof(why) - strlen(why), " for %s", text);
		}
	}
	snprintf(ret_text, size, "%s%s%s", before, before[0] ? "; back to: " : "", why);
}

int intent_parse_duration(const char *text, uint64_t *ret_ns)
{
	const uint64_t max_s = INTENT_MAX_FOR_NS / NS_PER_S;
	uint64_t total_s = 0;
	size_t unit = 0;

	while (*text) {
		uint64_t number = 0;

		if (*text < '0' || *text > '9')
			return -EINVAL;
		for (; *text >= '0' && *text <= '9'; text++) {
			number = number * 10 + (uint64_t)(*text - '0');
			if (number > max_s)
				return -ERANGE;
		}
		/* largest first, each once; a number alone is seconds */
		if (*text) {
			while (unit < NR_UNITS && units[unit].letter != *text)
				unit++;
			if (unit == NR_UNITS)
				return -EINVAL;
			text++;
			total_s += number * units[unit++].seconds;
		} else if (total_s) {
			return -EINVAL;
		} else {
			total_s = number;
		}
		if (total_s > max_s)
			return -ERANGE;
	}
	if (!total_s)
		return unit ? -ERANGE : -EINVAL;
	*ret_ns = total_s * NS_PER_S;
	return 0;
}

void intent_format_duration(uint64_t ns, char *ret_text, size_t size)
{
	uint64_t seconds = ns / NS_PER_S, rest;
	size_t i = 0;

	while (i + 1 < NR_UNITS && seconds < units[i].seconds)
		i++;
	rest = seconds % units[i].seconds;
	snprintf(ret_text, size, "%" PRIu64 " %s", seconds / units[i].seconds, units[i].name);
	if (i + 1 < NR_UNITS && rest >= units[i + 1].seconds && strlen(ret_text) < size)
		snprintf(ret_text + strlen(ret_text), size - strlen(ret_text), " %" PRIu64 " %s",
			 rest / units[i + 1].seconds, units[i + 1].name);
}
