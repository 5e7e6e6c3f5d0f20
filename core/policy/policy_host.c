/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_host.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy_meta.h"

static size_t params_count(const struct cland_param *params)
{
	size_t nr = 0;

	while (params && params[nr].name)
		nr++;
	return nr;
}

/* CLAND_REASONS_MAX + 1: more than that, or the table has one of the two without the other. */
static uint32_t reasons_count(const struct cland_policy_ops *ops)
{
	uint32_t nr = 0;

	if (!ops->reasons || !ops->reason)
		return ops->reasons || ops->reason ? CLAND_REASONS_MAX + 1 : 0;
	while (nr <= CLAND_REASONS_MAX && ops->reasons[nr])
		nr++;
	return nr;
}

/* What the loader has to say of a file, without the name that it begins with: the sentence has it. */
static const char *load_error(const char *file)
{
	const char *why = dlerror();

	if (!strncmp(why, file, strlen(file)))
		why += strlen(file) + strspn(why + strlen(file), ": ");
	return why;
}

/* file is what the loader opens, path what people know it by. */
static int open_file(const char *file, const char *path, const struct cland_host *host,
		     const uint64_t *values, size_t nr_values, struct policy *ret_policy,
		     struct diag *diag)
{
	union cland_value typed[POLICY_META_MAX_PARAMS] = { 0 };
	const struct cland_policy_ops *table;
	struct cland_rules rules = { .rule_size = sizeof(struct cland_rule) };
	struct policy policy = { 0 };
	size_t i;
	int err;

	/* NOW: a missing symbol shows here, not in the hot loop. */
	policy.handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (!policy.handle)
		return diag_set(diag, -ENOEXEC, "%s cannot be loaded: %s", path, load_error(file));
	table = dlsym(policy.handle, CLAND_POLICY_SYMBOL);
	if (!table) {
		err = diag_set(diag, -EINVAL, "%s exports no symbol %s: define it with "
			       "CLAND_POLICY() of <scx-cland/policy.h>", path, CLAND_POLICY_SYMBOL);
		goto fail;
	}
	/*
	 * policy_meta_read() has checked the file; this checks what was mapped, which may have been
	 * replaced since, or changed by a constructor.
	 */
	if (table->magic != CLAND_POLICY_MAGIC || table->abi_major != CLAND_POLICY_ABI_MAJOR ||
	    table->struct_size < offsetof(struct cland_policy_ops, lease) ||
	    table->task_priv_size > CLAND_TASK_PRIV_MAX ||
	    (table->capabilities & ~(uint64_t)POLICY_META_CAPABILITIES)) {
		err = diag_set(diag, -EINVAL, "%s: its policy table is not of ABI %d: rebuild it "
			       "with this version's <scx-cland/policy.h>", path,
			       CLAND_POLICY_ABI_MAJOR);
		goto fail;
	}
	memcpy(&policy.ops, table, table->struct_size < sizeof(policy.ops) ? table->struct_size :
									    sizeof(policy.ops));
	policy.nr_reasons = reasons_count(&policy.ops);
	if (!policy.ops.rank || params_count(policy.ops.params) != nr_values ||
	    nr_values > POLICY_META_MAX_PARAMS || policy.nr_reasons > CLAND_REASONS_MAX) {
		err = diag_set(diag, -EINVAL, "%s changed while it was loaded: start again", path);
		goto fail;
	}
	for (i = 0; i < nr_values; i++) {
		typed[i].u64 = values[i];
		if (policy.ops.params[i].type != CLAND_PARAM_RULES)
			continue;
		rules.nr = values[i] < CLAND_RULES_MAX ? (uint32_t)values[i] : CLAND_RULES_MAX;
		rules.rule = (const struct cland_rule *)(const void *)&values[nr_values];
		typed[i].rules = &rules;
	}
	if (policy.ops.create) {
		err = policy.ops.create(host, typed, &policy.self);
		if (err) {
			if (err < 0)
				diag_set(diag, err, "%s: the policy refused to start: %s", path,
					 strerror(-err));
			else
				err = diag_set(diag, -EINVAL, "%s: create() returned %d; it must "
					       "return 0 or -errno", path, err);
			goto fail;
		}
	}
	*ret_policy = policy;
	return 0;
fail:
	dlclose(policy.handle);
	return err;
}

int policy_open(const char *path, const struct cland_host *host, const uint64_t *values,
		size_t nr_values, struct policy *ret_policy, struct diag *diag)
{
	return open_file(path, path, host, values, nr_values, ret_policy, diag);
}

int policy_open_fd(int fd, const char *path, const struct cland_host *host, const uint64_t *values,
		   size_t nr_values, struct policy *ret_policy, struct diag *diag)
{
	char file[64];

	snprintf(file, sizeof(file), POLICY_FD_FOLDER "%d", fd);
	return open_file(file, path, host, values, nr_values, ret_policy, diag);
}

void policy_close(struct policy *policy)
{
	if (!policy->handle)
		return;
	if (policy->ops.destroy)
		policy->ops.destroy(policy->self);
	dlclose(policy->handle);
	memset(policy, 0, sizeof(*policy));
}

int policy_try_load(const char *path, struct diag *diag)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return diag_set(diag, -ENOEXEC, "%s cannot be loaded: %s", path, load_error(path));
	dlclose(handle);
	return 0;
}

int policy_keep_loaded(const char *path, struct diag *diag)
{
	if (!dlopen(path, RTLD_LAZY | RTLD_GLOBAL))
		return diag_set(diag, -ENOEXEC, "%s", dlerror());
	return 0;
}

bool policy_has_provider(const char *symbol)
{
	dlerror();
	/* a symbol may have the address 0, and only then there is no error */
	return dlsym(RTLD_DEFAULT, symbol) || !dlerror();
}
