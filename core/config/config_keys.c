/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of keys, and what values are as text: the part of config.h that knows every key. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const char *const decisions_choices[] = {
	[CONFIG_DECISIONS_LEASED] = "leased",
	[CONFIG_DECISIONS_STRICT] = "strict",
	NULL,
};

static const struct config_key keys[] = {
	{
		.section = "scheduler",
		.name = "policy",
		.option = "policy",
		.type = CONFIG_TYPE_POLICY,
		.arg = "NAME|PATH",
		.def = "vruntime",
		.live = true,
		.offset = offsetof(struct config, policy),
		.help = "who decides: an installed policy, or the path of a shared object",
	},
	{
		.section = "scheduler",
		.name = "mode",
		.option = "mode",
		.type = CONFIG_TYPE_MODE,
		.arg = "NAME",
		.def = CONFIG_NO_MODE,
		.live = true,
		.offset = offsetof(struct config, mode),
		.help = "take policy and parameters from section [mode.NAME] of the files",
	},
	{
		.section = "scheduler",
		.name = "verbose",
		.option = "verbose",
		.type = CONFIG_TYPE_BOOL,
		.arg = "yes|no",
		.def = "no",
		.live = true,
		.offset = offsetof(struct config, verbose),
		.help = "say more while it runs",
	},
	{
		.section = "scheduler",
		.name = "decisions",
		.option = "decisions",
		.type = CONFIG_TYPE_CHOICE,
		.arg = "leased|strict",
		.def = "leased",
		.choices = decisions_choices,
		.offset = offsetof(struct config, decisions),
		.help = "leased: the kernel goes by the policy's terms for a while; "
			"strict: it asks the policy every time",
	},
	{
		.section = "scheduler",
		.name = "partial",
		.option = "partial",
		.type = CONFIG_TYPE_BOOL,
		.arg = "yes|no",
		.def = "no",
		.offset = offsetof(struct config, partial),
		.help = "schedule only tasks of class SCHED_EXT, for experiments: "
			"ordinary tasks go first and can starve them",
	},
	{
		.section = "scheduler",
		.name = "persist",
		.option = "persist",
		.type = CONFIG_TYPE_BOOL,
		.arg = "yes|no",
		.def = "yes",
		.offset = offsetof(struct config, persist),
		.help = "should scx-cland be killed, the scheduler stays and goes on by the last terms, "
			"until scx-cland is started again",
	},
	{
		.section = "scheduler",
		.name = "rescue_ms",
		.option = "rescue-ms",
		.type = CONFIG_TYPE_U32,
		.arg = "MS",
		.def = "20",
		.min = 5,
		.max = 1000,
		.offset = offsetof(struct config, rescue_ms),
		.help = "milliseconds a task may wait for the policy before the kernel goes on "
			"without it",
	},
	{
		.section = "scheduler",
		.name = "max_tasks",
		.option = "max-tasks",
		.type = CONFIG_TYPE_U32,
		.arg = "N",
		.def = "32768",
		.min = 1024,
		.max = 4194304,
		.offset = offsetof(struct config, max_tasks),
		.help = "tasks the policy can tell apart at one time; "
			"those beyond are scheduled by the default terms",
	},
	{
		.section = "scheduler",
		.name = "exit_dump_len",
		.option = "exit-dump-len",
		.type = CONFIG_TYPE_U32,
		.arg = "BYTES",
		.def = "32768",
		.min = 0,
		.max = 16u << 20,
		.offset = offsetof(struct config, exit_dump_len),
		.help = "room for the kernel's report in case it ends the scheduler",
	},
	{
		.section = "scheduler",
		.name = "sandbox",
		.option = "sandbox",
		.type = CONFIG_TYPE_BOOL,
		.arg = "yes|no",
		.def = "yes",
		.offset = offsetof(struct config, sandbox),
		.help = "yes: policies run without root's rights and with few system calls; "
			"no: for debugging a policy",
	},
	{
		.section = "scheduler",
		.name = "allow_unsafe_policies",
		.option = "allow-unsafe-policies",
		.type = CONFIG_TYPE_BOOL,
		.arg = "yes|no",
		.def = "no",
		.live = true,
		.offset = offsetof(struct config, allow_unsafe_policies),
		.help = "load policies whose file or folder others than root can change, too",
	},
	{
		.section = "scheduler",
		.name = "metrics",
		.option = "metrics",
		.type = CONFIG_TYPE_ADDRESS,
		.arg = "off|PATH|ADDRESS",
		.def = CONFIG_OFF,
		.offset = offsetof(struct config, metrics),
		.help = "where Prometheus may ask for statistics by HTTP: the path of a UNIX socket, "
			"or a port of the loopback device, 127.0.0.1:PORT or [::1]:PORT",
	},
	{
		.option = "set",
		.type = CONFIG_TYPE_PARAM,
		.arg = "NAME.KEY=VALUE",
		.help = "as KEY = VALUE in section [policy.NAME], and in every mode; "
			"may be repeated",
	},
	{
		.option = "config",
		.type = CONFIG_TYPE_FILE,
		.arg = "FILE",
		.offset = offsetof(struct config, path),
		.help = "read FILE, and none of the files named below",
	},
	{
		.option = "stats",
		.type = CONFIG_TYPE_SECONDS,
		.arg = "SEC",
		.offset = offsetof(struct config, stats_ms),
		.help = "log statistics that often, while it runs",
	},
	{
		.option = "monitor",
		.type = CONFIG_TYPE_SECONDS,
		.arg = "SEC",
		.min = CONFIG_ACTION_MONITOR,
		.offset = offsetof(struct config, monitor_ms),
		.help = "print the statistics of the scx-cland that runs, and start none",
	},
	{
		.option = "help-stats",
		.type = CONFIG_TYPE_ACTION,
		.min = CONFIG_ACTION_HELP_STATS,
		.help = "say what the statistics are",
	},
	{
		.option = "list-policies",
		.type = CONFIG_TYPE_ACTION,
		.min = CONFIG_ACTION_LIST_POLICIES,
		.help = "list the policies that are found, with their parameters",
	},
	{
		.option = "show-config",
		.type = CONFIG_TYPE_ACTION,
		.min = CONFIG_ACTION_SHOW_CONFIG,
		.help = "print what counts, and where each value comes from, as a file",
	},
	{
		.option = "check-config",
		.type = CONFIG_TYPE_ACTION,
		.min = CONFIG_ACTION_CHECK_CONFIG,
		.help = "only look for mistakes, those of the files first, and when these have none, "
			"those of policies and parameters; the exit code says whether there are any",
	},
	{
		.option = "check-takeover",
		.type = CONFIG_TYPE_ACTION,
		.min = CONFIG_ACTION_CHECK_TAKEOVER,
		.help = "say whether this program could take over from the scx-cland that runs without "
			"a gap, as clandctl upgrade asks it to",
	},
	{
		.option = "detach",
		.type = CONFIG_TYPE_ACTION,
		.min = CONFIG_ACTION_DETACH,
		.help = "end the scheduler that a killed scx-cland has left attached",
	},
	{
		.option = "version",
		.type = CONFIG_TYPE_ACTION,
		.min = CONFIG_ACTION_VERSION,
		.help = "print the version",
	},
	{
		.option = "help",
		.type = CONFIG_TYPE_ACTION,
		.min = CONFIG_ACTION_HELP,
		.help = "print this text",
	},
};

_Static_assert(ARRAY_LEN(keys) <= CONFIG_MAX_KEYS, "an origin for each key");

const struct config_key *config_keys(size_t *ret_nr)
{
	*ret_nr = ARRAY_LEN(keys);
	return keys;
}

struct config_origin *config_origin_of(struct config *config, const char *name)
{
	const struct config_key *key = keys;

	while (!key->name || strcmp(key->name, name) != 0)
		key++;
	return &config->origins[key - keys];
}

int config_parse_u64(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return -ERANGE;
	}
	*ret_value = value;
	return 0;
}

int config_parse_bool(const char *text, bool *ret_value)
{
	static const char *const words[][2] = {
		{ "no", "yes" },
		{ "false", "true" },
		{ "off", "on" },
		{ "0", "1" },
	};
	size_t i;
	int value;

	for (i = 0; i < ARRAY_LEN(words); i++) {
		for (value = 0; value < 2; value++) {
			if (!strcasecmp(text, words[i][value])) {
				*ret_value = value;
				return 0;
			}
		}
	}
	return -EINVAL;
}

bool config_is_policy_name(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 0 && len < sizeof(((struct config_param *)0)->policy) && !text[len];
}

const char *config_key_text(const struct config *config, const struct config_key *key, char *buf,
			    size_t size)
{
	const void *value = (const char *)config + key->offset;

	switch (key->type) {
	case CONFIG_TYPE_POLICY:
	case CONFIG_TYPE_FILE:
	case CONFIG_TYPE_MODE:
	case CONFIG_TYPE_ADDRESS:
		snprintf(buf, size, "%s", (const char *)value);
		break;
	case CONFIG_TYPE_CHOICE:
		snprintf(buf, size, "%s", key->choices[*(const unsigned int *)value]);
		break;
	case CONFIG_TYPE_BOOL:
		snprintf(buf, size, "%s", *(const bool *)value ? "yes" : "no");
		break;
	case CONFIG_TYPE_U32:
		snprintf(buf, size, "%" PRIu32, *(const uint32_t *)value);
		break;
	case CONFIG_TYPE_PARAM:
	case CONFIG_TYPE_SECONDS:
	case CONFIG_TYPE_ACTION:
		snprintf(buf, size, "%s", "");
		break;
	}
	return buf;
}
