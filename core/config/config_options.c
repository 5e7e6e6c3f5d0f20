/* SPDX-License-Identifier: GPL-2.0-only */
#include "config_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "config_value.h"
#include "suggest.h"

/* getopt's values for the rows of the table; above every character. */
#define OPTION_BASE 256

static int unknown_option(const char *arg, struct diag *diag)
{
	struct suggest suggest;
	char name[64];
	size_t i, nr;
	const struct config_key *keys = config_keys(&nr);

	snprintf(name, sizeof(name), "%s", arg + strspn(arg, "-"));
	name[strcspn(name, "=")] = '\0';
	suggest_init(&suggest, name);
	for (i = 0; i < nr; i++)
		suggest_try(&suggest, keys[i].option);
	if (suggest.best)
		return diag_set(diag, -EINVAL, "unknown option --%s; did you mean --%s?", name,
				suggest.best);
	return diag_set(diag, -EINVAL, "unknown option --%s; --help lists them", name);
}

/* Whether the option asks for something else than to run. */
static bool is_action(const struct config_key *key)
{
	return key->type == CONFIG_TYPE_ACTION || (key->type == CONFIG_TYPE_SECONDS && key->min);
}

int config_options_load(int argc, char *const argv[], struct config *config, struct diag *diag)
{
	struct option options[CONFIG_MAX_KEYS + 1] = { 0 };
	struct config_place place;
	char origin[64];
	size_t i, nr;
	const struct config_key *keys = config_keys(&nr), *action = NULL;
	int opt, err;

	for (i = 0; i < nr; i++) {
		options[i].name = keys[i].option;
		options[i].val = OPTION_BASE + (int)i;
		if (keys[i].type == CONFIG_TYPE_ACTION)
			options[i].has_arg = no_argument;
		else if (keys[i].type == CONFIG_TYPE_BOOL)
			options[i].has_arg = optional_argument;
		else
			options[i].has_arg = required_argument;
	}

	opterr = 0;
	optind = 0; /* glibc: start over, forgetting all of an earlier call */
	/* '+': leave argv in its order; ':': tell a missing value from an unknown option */
	while ((opt = getopt_long(argc, argv, "+:", options, NULL)) != -1) {
		if (opt >= OPTION_BASE) {
			i = (size_t)(opt - OPTION_BASE);
			if (is_action(&keys[i])) {
				if (action && action != &keys[i])
					return diag_set(diag, -EINVAL, "--%s: not together with --%s, "
							"one thing at a time", keys[i].option,
							action->option);
				action = &keys[i];
			}
			snprintf(origin, sizeof(origin), "--%s", keys[i].option);
			config_place_set(&place, CONFIG_LAYER_COMMAND_LINE, origin, NULL);
			err = config_set_key(config, &keys[i], &place, optarg, diag);
			if (err)
				return err;
			continue;
		}
		if (opt == ':')
			return diag_set(diag, -EINVAL, "--%s: the value is missing; expected %s",
					keys[optopt - OPTION_BASE].option,
					keys[optopt - OPTION_BASE].arg);
		if (optopt >= OPTION_BASE)
			return diag_set(diag, -EINVAL, "--%s takes no value",
					keys[optopt - OPTION_BASE].option);
		if (optopt)
			return diag_set(diag, -EINVAL,
					"unknown option -%c; options are long and start with two "
					"dashes, --help lists them",
					optopt);
		return unknown_option(argv[optind - 1], diag);
	}
	if (optind < argc)
		return diag_set(diag, -EINVAL,
				"unexpected argument '%.128s'; expected options only, --help lists "
				"them",
				argv[optind]);
	return 0;
}
