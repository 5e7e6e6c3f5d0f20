/* SPDX-License-Identifier: GPL-2.0-only */
#include "config_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy_file.h"
#include "policy_meta.h"

/* What the policies say of themselves that the configuration chooses: in a mode, without one, or by an
 * [auto] rule. */
struct chosen {
	size_t nr;
	struct policy_meta metas[CONFIG_MAX_MODES + CONFIG_MAX_AUTO + 1];
};

struct check {
	struct config config;
	struct config one; /* the configuration with one parameter, or those of one mode */
	struct chosen chosen;
	struct config_mistakes mistakes;
};

static void complain(struct check *check, int err, const char *origin, const struct diag *reason)
{
	if (origin)
		diag_set(check->mistakes.diag, err, "%s: policy: %s", origin, reason->text);
	else
		*check->mistakes.diag = *reason;
	config_mistakes_add(&check->mistakes, err);
}

static int check_file(const struct config *config, const struct policy_meta *meta, struct diag *diag)
{
	int fd = policy_file_open(meta->path, config->allow_unsafe_policies, config->sandbox, diag);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static void check_policy(struct check *check, const char *policy, const char *origin)
{
	struct policy_meta *meta = &check->chosen.metas[check->chosen.nr];
	struct diag reason;
	int err = policy_meta_read_named(policy, meta, &reason);

	if (!err)
		err = check_file(&check->config, meta, &reason);
	if (err)
		complain(check, err, origin, &reason);
	else
		check->chosen.nr++;
}

static void check_param(struct check *check, const struct config_param *param)
{
	const struct policy_meta *meta = NULL;
	struct policy_meta other;
	uint64_t values[POLICY_META_MAX_PARAMS];
	struct diag reason;
	size_t i;
	int err;

	for (i = 0; i < check->chosen.nr && !meta; i++) {
		if (!strcmp(check->chosen.metas[i].name, param->policy))
			meta = &check->chosen.metas[i];
	}
	if (!meta) {
		err = policy_meta_read_named(param->policy, &other, &reason);
		if (err) {
			diag_set(check->mistakes.diag, err,
				 "%s: '%s' is set for a policy that cannot be used: %s",
				 param->origin, param->key, reason.text);
			config_mistakes_add(&check->mistakes, err);
			return;
		}
		meta = &other;
	}
	check->one.nr_params = 1;
	check->one.params[0] = *param;
	err = policy_meta_values(meta, &check->one, values, &reason);
	if (err)
		complain(check, err, NULL, &reason);
}

/* All parameters of a policy together: each may be sound, and too many of them not. */
static void check_together(struct check *check, const char *mode)
{
	uint64_t values[POLICY_META_MAX_PARAMS];
	struct policy_meta meta;
	struct diag reason;
	int err;

	err = config_apply_mode(&check->config, mode, &check->one, &reason);
	if (!err)
		err = policy_meta_read_named(check->one.policy, &meta, &reason);
	if (!err)
		err = policy_meta_values(&meta, &check->one, values, &reason);
	if (err)
		complain(check, err, NULL, &reason);
}

static void check_all(struct check *check)
{
	const struct config *config = &check->config;
	size_t i, j;

	check_policy(check, config->base.policy, config->base.policy_origin.text);
	for (i = 0; i < config->nr_modes; i++) {
		if (config->modes[i].policy[0])
			check_policy(check, config->modes[i].policy,
				     config->modes[i].policy_origin.text);
	}
	for (i = 0; i < config->nr_autos; i++) {
		const struct config_rule_value *policy = &config->autos[i].values[CONFIG_AUTO_POLICY];

		if (policy->is_set)
			check_policy(check, policy->text, policy->origin);
	}
	for (i = 0; i < config->base.nr_params; i++)
		check_param(check, &config->base.params[i]);
	for (i = 0; i < config->nr_modes; i++) {
		for (j = 0; j < config->modes[i].nr_params; j++)
			check_param(check, &config->modes[i].params[j]);
	}
	if (check->mistakes.err)
		return;
	check_together(check, CONFIG_NO_MODE);
	for (i = 0; i < config->nr_modes; i++)
		check_together(check, config->modes[i].name);
}

int config_check(int argc, char *const argv[], const struct config_places *places, FILE *out)
{
	struct diag diag;
	struct check *check = calloc(1, sizeof(*check));
	int err;

	if (!check) {
		fputs("there is no memory to check the configuration\n", out);
		return -ENOMEM;
	}
	err = config_load_all(argc, argv, places, &check->config, out);
	if (!err) {
		check->mistakes = (struct config_mistakes){ .diag = &diag, .out = out };
		check_all(check);
		err = check->mistakes.err;
	}
	free(check);
	return err;
}
