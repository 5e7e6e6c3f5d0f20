/* SPDX-License-Identifier: GPL-2.0-only */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_ini.h"
#include "config_options.h"
#include "config_value.h"

const struct config_mode *config_find_mode(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->nr_modes; i++) {
		if (!strcmp(config->modes[i].name, name))
			return &config->modes[i];
	}
	return NULL;
}

const struct config_rule *config_find_rule(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->nr_rules; i++) {
		if (!strcmp(config->rules[i].name, name))
			return &config->rules[i];
	}
	return NULL;
}

const struct config_auto *config_find_auto(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->nr_autos; i++) {
		if (!strcmp(config->autos[i].name, name))
			return &config->autos[i];
	}
	return NULL;
}

const struct config_param *config_find_param(const struct config_param *params, size_t nr,
					     const char *policy, const char *key)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!strcmp(params[i].policy, policy) && !strcmp(params[i].key, key))
			return &params[i];
	}
	return NULL;
}

static int load_defaults(struct config *config, struct diag *diag)
{
	struct config_place place;
	size_t i, nr;
	const struct config_key *keys = config_keys(&nr);
	int err;

	config_place_set(&place, 0, "default", NULL);
	memset(config, 0, sizeof(*config));
	for (i = 0; i < nr; i++) {
		if (!keys[i].def)
			continue;
		err = config_set_key(config, &keys[i], &place, keys[i].def, diag);
		if (err)
			return err;
	}
	return 0;
}

/* *ret_found says whether there is such a file. Returns whether to end the work. */
static bool load_file(const char *path, bool may_be_missing, uint32_t layer, struct config *config,
		      bool *ret_found, struct config_mistakes *mistakes)
{
	char *text;
	size_t size;
	bool end;
	int err = config_file_read(path, may_be_missing, &text, &size, mistakes->diag);

	*ret_found = err || text;
	if (err)
		return config_mistakes_add(mistakes, err);
	if (!text)
		return false;
	end = config_ini_parse(path, text, size, layer, config, mistakes);
	config->stamp = config_files_stamp(config->stamp, path, text, size);
	free(text);
	return end;
}

static void load_files(struct config *config, struct config_mistakes *mistakes)
{
	const struct config_places *places = &config->places;
	struct config_files *files = &config->files;
	size_t i, nr = 0;
	bool found;

	config_files_list(places, files, mistakes);
	if (mistakes->err && !mistakes->out)
		return;
	for (i = 0; i < files->nr; i++) {
		if (load_file(files->paths[i], !places->must_exist, (uint32_t)i + 1, config, &found,
			      mistakes))
			return;
		/* keep those that are there */
		if (found && nr++ < i)
			strcpy(files->paths[nr - 1], files->paths[i]);
	}
	files->nr = nr;
}

static void usual_places(struct config_places *places)
{
	_Static_assert(sizeof(CONFIG_VENDOR_PATH) <= CONFIG_PATH_SIZE,
		       "a shorter CMAKE_INSTALL_DATADIR");
	memset(places, 0, sizeof(*places));
	strcpy(places->vendor_file, CONFIG_VENDOR_PATH);
	strcpy(places->vendor_dir, CONFIG_VENDOR_DIR);
	strcpy(places->file, CONFIG_DEFAULT_PATH);
	strcpy(places->dir, CONFIG_DEFAULT_DIR);
}

/* Who wins when the command line names a policy, and a mode names one too. */
static int settle_mode(struct config *config, struct diag *diag)
{
	struct config_origin *of_mode = config_origin_of(config, "mode");
	const struct config_origin *of_policy = config_origin_of(config, "policy");
	const struct config_mode *mode = config_find_mode(config, config->mode);

	if (of_policy->layer != CONFIG_LAYER_COMMAND_LINE || !mode || !mode->policy[0])
		return 0;
	if (of_mode->layer == CONFIG_LAYER_COMMAND_LINE)
		return diag_set(diag, -EINVAL,
				"--policy: --mode=%s chooses a policy, too, at %s; leave one of "
				"the two options out",
				mode->name, mode->policy_origin.text);
	strcpy(config->mode, CONFIG_NO_MODE);
	*of_mode = *of_policy;
	return 0;
}

static void keep_base(struct config *config)
{
	struct config_base *base = &config->base;

	strcpy(base->policy, config->policy);
	base->policy_origin = *config_origin_of(config, "policy");
	base->nr_params = config->nr_params;
	memcpy(base->params, config->params, sizeof(base->params));
}

static int check_auto(const struct config *config, const struct config_auto *rule,
		      struct diag *diag)
{
	const struct config_rule_value *mode = &rule->values[CONFIG_AUTO_MODE];
	struct diag reason;
	int err = config_auto_check(rule, diag);

	if (err || !mode->is_set || !config_check_mode(config, mode->text, &reason))
		return err;
	return diag_set(diag, -EINVAL, "%s: mode: %.800s", mode->origin, reason.text);
}

/* What is known of sections only when all files have been read. */
static void check_rules(const struct config *config, struct config_mistakes *mistakes)
{
	size_t i;
	int err;

	for (i = 0; i < config->nr_rules; i++) {
		err = config_rule_check(&config->rules[i], mistakes->diag);
		if (err && config_mistakes_add(mistakes, err))
			return;
	}
	for (i = 0; i < config->nr_autos; i++) {
		err = check_auto(config, &config->autos[i], mistakes->diag);
		if (err && config_mistakes_add(mistakes, err))
			return;
	}
}

/* The layers that come after the files. */
static int finish(int argc, char *const argv[], struct config *config, struct diag *diag)
{
	struct diag reason;
	int err = config_options_load(argc, argv, config, diag);

	if (!err)
		err = settle_mode(config, diag);
	if (err)
		return err;
	keep_base(config);
	err = config_apply_mode(config, config->mode, config, &reason);
	if (err)
		diag_set(diag, err, "%s: %s", config_origin_of(config, "mode")->text, reason.text);
	return err;
}

static void load(int argc, char *const argv[], const struct config_places *places, bool any_action,
		 struct config *config, struct config_mistakes *mistakes)
{
	struct config_places wanted = { .must_exist = true };
	int err;

	/* once for the file's name and to refuse mistakes early, once more on top of the files */
	err = load_defaults(config, mistakes->diag);
	if (!err)
		err = config_options_load(argc, argv, config, mistakes->diag);
	if (err) {
		config_mistakes_add(mistakes, err);
		return;
	}
	if (!any_action && config->action != CONFIG_ACTION_RUN &&
	    config->action != CONFIG_ACTION_CHECK_TAKEOVER &&
	    config->action != CONFIG_ACTION_SHOW_CONFIG) {
		keep_base(config);
		return;
	}

	if (config->path[0])
		strcpy(wanted.file, config->path);
	else if (places)
		wanted = *places;
	else
		usual_places(&wanted);
	err = load_defaults(config, mistakes->diag);
	if (err) {
		config_mistakes_add(mistakes, err);
		return;
	}
	config->places = wanted;
	load_files(config, mistakes);
	if (!mistakes->err)
		check_rules(config, mistakes);
	/* what files with mistakes say is not all they meant to say */
	if (mistakes->err)
		return;
	err = finish(argc, argv, config, mistakes->diag);
	if (err)
		config_mistakes_add(mistakes, err);
}

/* Into a configuration of its own, as a mistake must leave *ret_config alone; off the stack, as it is large. */
static int load_apart(int argc, char *const argv[], const struct config_places *places, bool any_action,
		      struct config *ret_config, struct config_mistakes *mistakes)
{
	struct config *config = malloc(sizeof(*config));

	if (!config) {
		diag_set(mistakes->diag, -ENOMEM, "there is no memory to read the configuration");
		config_mistakes_add(mistakes, -ENOMEM);
		return -ENOMEM;
	}
	load(argc, argv, places, any_action, config, mistakes);
	if (!mistakes->err)
		*ret_config = *config;
	free(config);
	return mistakes->err;
}

int config_load_from(int argc, char *const argv[], const struct config_places *places,
		     struct config *ret_config, struct diag *diag)
{
	struct config_mistakes mistakes = { .diag = diag };

	return load_apart(argc, argv, places, false, ret_config, &mistakes);
}

int config_load(int argc, char *const argv[], struct config *ret_config, struct diag *diag)
{
	return config_load_from(argc, argv, NULL, ret_config, diag);
}

int config_load_all(int argc, char *const argv[], const struct config_places *places,
		    struct config *ret_config, FILE *out)
{
	struct diag diag;
	struct config_mistakes mistakes = { .diag = &diag, .out = out };

	return load_apart(argc, argv, places, true, ret_config, &mistakes);
}
