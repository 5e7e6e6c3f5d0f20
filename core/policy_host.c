/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_host.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "policy_meta.h"

static size_t params_count(const struct cland_param *params)
{
	size_t nr = 0;

	while (params && params[nr].name)
		nr++;
	return nr;
}

int policy_open(const char *path, const struct cland_host *host, const uint64_t *values,
		size_t nr_values, struct policy *ret_policy, struct diag *diag)
{
	union cland_value typed[POLICY_META_MAX_PARAMS] = { 0 };
	const struct cland_policy_ops *table;
	struct policy policy = { 0 };
	size_t i;
	int err;

	/* NOW: a missing symbol shows here, not in the hot loop. */
	policy.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!policy.handle)
		return diag_set(diag, -ENOEXEC, "%s cannot be loaded: %s", path, dlerror());
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
	    table->task_priv_size > CLAND_TASK_PRIV_MAX || table->capabilities) {
		err = diag_set(diag, -EINVAL, "%s: its policy table is not of ABI %d: rebuild it "
			       "with this version's <scx-cland/policy.h>", path,
			       CLAND_POLICY_ABI_MAJOR);
		goto fail;
	}
	memcpy(&policy.ops, table, table->struct_size < sizeof(policy.ops) ? table->struct_size :
									    sizeof(policy.ops));
	if (!policy.ops.rank || params_count(policy.ops.params) != nr_values ||
	    nr_values > POLICY_META_MAX_PARAMS) {
		err = diag_set(diag, -EINVAL, "%s changed while it was loaded: start again", path);
		goto fail;
	}
	for (i = 0; i < nr_values; i++)
		typed[i].u64 = values[i];
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

void policy_close(struct policy *policy)
{
	if (!policy->handle)
		return;
	if (policy->ops.destroy)
		policy->ops.destroy(policy->self);
	dlclose(policy->handle);
	memset(policy, 0, sizeof(*policy));
}
