/* SPDX-License-Identifier: GPL-2.0-only */
/* From one mode to another: the part of config.h that lays a [mode.NAME] over the rest. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "suggest.h"

/* Whether the mode's parameters fit beside those of the base. */
static int check_room(const struct config_base *base, const struct config_mode *mode, struct diag *diag)
{
	size_t i, nr = base->nr_params;

	for (i = 0; i < mode->nr_params; i++) {
		const struct config_param *param = &mode->params[i];

		if (config_find_param(base->params, base->nr_params, param->policy, param->key))
			continue;
		if (nr++ == CONFIG_MAX_PARAMS)
			return diag_set(diag, -EINVAL, "%s: %s.%s: only %d policy parameters fit",
					param->origin, param->policy, param->key, CONFIG_MAX_PARAMS);
	}
	return 0;
}

/* Another policy, and parameters over those of the base. They fit. */
static void lay_over(const struct config_mode *mode, struct config *config)
{
	const struct config_param *from, *found;
	size_t i, at;

	if (mode->policy[0]) {
		strcpy(config->policy, mode->policy);
		*config_origin_of(config, "policy") = mode->policy_origin;
	}
	for (i = 0; i < mode->nr_params; i++) {
		from = &mode->params[i];
		found = config_find_param(config->params, config->nr_params, from->policy,
					  from->key);
		at = found ? (size_t)(found - config->params) : config->nr_params++;
		config->params[at] = *from;
	}
}

static int no_mode(const struct config *config, const char *name, struct diag *diag)
{
	struct suggest suggest;
	char all[CONFIG_MAX_MODES * 34 + 6] = "";
	size_t i;

	suggest_init(&suggest, name);
	for (i = 0; i < config->nr_modes; i++) {
		suggest_try(&suggest, config->modes[i].name);
		suggest_list(all, sizeof(all), config->modes[i].name);
	}
	suggest_try(&suggest, CONFIG_NO_MODE);
	if (!config->nr_modes)
		return diag_set(diag, -EINVAL,
				"there is no mode '%.64s', nor any other; a section [mode.NAME] in "
				"a configuration file makes one%s",
				name, suggest_hint(&suggest));
	return diag_set(diag, -EINVAL,
			"there is no mode '%.64s'; there are %s, and " CONFIG_NO_MODE "%s", name,
			all, suggest_hint(&suggest));
}

int config_check_mode(const struct config *config, const char *mode, struct diag *diag)
{
	if (!config_find_mode(config, mode) && strcmp(mode, CONFIG_NO_MODE) != 0)
		return no_mode(config, mode, diag);
	return 0;
}

/* Whatever can fail is looked at before anything is written: the two may be the same, and one is too large
 * for a copy on the stack. */
int config_apply_mode(const struct config *config, const char *mode, struct config *ret_config,
		      struct diag *diag)
{
	const struct config_base *base = &ret_config->base;
	const struct config_mode *found = config_find_mode(config, mode);
	int err = config_check_mode(config, mode, diag);

	if (!err && found)
		err = check_room(&config->base, found, diag);
	if (err)
		return err;
	if (ret_config != config)
		*ret_config = *config;
	found = config_find_mode(ret_config, mode);
	strcpy(ret_config->policy, base->policy);
	*config_origin_of(ret_config, "policy") = base->policy_origin;
	ret_config->nr_params = base->nr_params;
	memcpy(ret_config->params, base->params, sizeof(ret_config->params));
	if (found)
		lay_over(found, ret_config);
	if (strcmp(ret_config->mode, mode) != 0) {
		strcpy(ret_config->mode, found ? found->name : CONFIG_NO_MODE);
		strcpy(config_origin_of(ret_config, "mode")->text, "chosen while running");
	}
	return 0;
}
