/* SPDX-License-Identifier: GPL-2.0-only */
#include "target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exit_codes.h"
#include "policy_file.h"
#include "policy_rule.h"

/* fd's, 0 where nothing is known of it. */
static void file_id_of(int fd, uint64_t ret_id[TARGET_FILE_ID])
{
	struct stat st;

	memset(ret_id, 0, TARGET_FILE_ID * sizeof(*ret_id));
	if (fstat(fd, &st))
		return;
	ret_id[0] = st.st_dev;
	ret_id[1] = st.st_ino;
	ret_id[2] = (uint64_t)st.st_size;
	ret_id[3] = (uint64_t)st.st_mtim.tv_sec;
	ret_id[4] = (uint64_t)st.st_mtim.tv_nsec;
}

bool target_is_file(const struct target *target, int fd)
{
	uint64_t id[TARGET_FILE_ID];

	file_id_of(fd, id);
	return !memcmp(id, target->file_id, sizeof(id));
}

static void count_cgroups(const struct policy_meta *meta, struct target *target)
{
	uint64_t nr_rules = 0, i;
	struct cland_rule rule;
	size_t param;

	for (param = 0; param < meta->nr_params; param++)
		if (meta->params[param].type == CLAND_PARAM_RULES &&
		    target->values[param] > nr_rules)
			nr_rules = target->values[param];
	for (i = 0; i < nr_rules; i++) {
		memcpy(&rule, &target->values[meta->nr_params + i * POLICY_META_RULE_WORDS],
		       sizeof(rule));
		target->nr_cgroups += rule.cgroup_id != 0;
		target->nr_absent += rule.cgroup_id == POLICY_RULE_ABSENT;
	}
}

int target_resolve(const struct config *config, struct target *ret_target, struct diag *diag)
{
	static struct policy_meta meta;
	struct target target = { 0 };
	int err, fd;

	if (policy_meta_find(config->policy, target.policy_path, sizeof(target.policy_path), diag))
		return EXIT_CODE_NOT_FOUND;
	target.allow_unsafe = config->allow_unsafe_policies;
	fd = policy_file_open(target.policy_path, target.allow_unsafe, config->sandbox, diag);
	if (fd < 0)
		return fd == -EACCES ? EXIT_CODE_UNSAFE_POLICY :
		       fd == -ENOENT ? EXIT_CODE_NOT_FOUND : EXIT_CODE_NOT_A_POLICY;
	/* Before it is read: what is written meanwhile makes it another file. */
	file_id_of(fd, target.file_id);
	err = policy_meta_read_fd(fd, target.policy_path, &meta, diag);
	close(fd);
	if (err)
		return EXIT_CODE_NOT_A_POLICY;
	if (policy_meta_values(&meta, config, target.values, diag))
		return EXIT_CODE_PARAMETERS;
	snprintf(target.policy_path, sizeof(target.policy_path), "%s", meta.path);
	snprintf(target.policy_name, sizeof(target.policy_name), "%s", meta.name);
	snprintf(target.policy_version, sizeof(target.policy_version), "%s", meta.version);
	target.nr_values = (uint32_t)meta.nr_params;
	count_cgroups(&meta, &target);
	*ret_target = target;
	return EXIT_CODE_OK;
}

/* Whether the policy, a name or a path, calls itself so. */
static bool calls_itself(const char *policy, const char *name)
{
	static struct policy_meta meta;
	struct diag diag;

	return policy[0] && !policy_meta_read_named(policy, &meta, &diag) && !strcmp(meta.name, name);
}

/* Whether the configuration chooses a policy that calls itself so. */
static bool is_chosen(const struct config *config, const char *name)
{
	size_t i;

	if (calls_itself(config->policy, name) || calls_itself(config->base.policy, name))
		return true;
	for (i = 0; i < config->nr_modes; i++)
		if (calls_itself(config->modes[i].policy, name))
			return true;
	for (i = 0; i < config->nr_autos; i++)
		if (calls_itself(config->autos[i].values[CONFIG_AUTO_POLICY].text, name))
			return true;
	return false;
}

int target_check_names(const struct config *config, struct diag *diag)
{
	char path[sizeof(((struct policy_meta *)0)->path)];
	struct diag reason;
	size_t i;

	for (i = 0; i < config->nr_params; i++) {
		const struct config_param *param = &config->params[i];

		if (!policy_meta_find(param->policy, path, sizeof(path), &reason) ||
		    is_chosen(config, param->policy))
			continue;
		return diag_set(diag, EXIT_CODE_PARAMETERS,
				"%s: '%s' is set for a policy that is not there: %s", param->origin,
				param->key, reason.text);
	}
	return EXIT_CODE_OK;
}

bool target_is_same_policy(const struct target *a, const struct target *b)
{
	return !strcmp(a->policy_path, b->policy_path) &&
	       !memcmp(a->file_id, b->file_id, sizeof(a->file_id));
}

bool target_is_same(const struct target *a, const struct target *b)
{
	return target_is_same_policy(a, b) && a->nr_values == b->nr_values &&
	       !memcmp(a->values, b->values, sizeof(a->values)); /* rules stand behind nr_values */
}
