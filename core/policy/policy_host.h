/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_host.h - a policy loaded into this process: dlopen, the check of its table, create() and
 * destroy(). Sole caller of dlopen(). Used by the agent (and the simulator), never by the
 * supervisor, which reads files with policy_meta.h instead. Non-logging.
 */
#ifndef CLAND_POLICY_HOST_H
#define CLAND_POLICY_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "scx-cland/policy.h"

struct policy {
	struct cland_policy_ops ops;	/* our copy: fields the policy does not have are zero */
	void *self;			/* what create() returned */
	void *handle;			/* of dlopen() */
	uint32_t nr_reasons;		/* texts of ops.reasons, if there is ops.reason() */
};

/*
 * policy_open - load the shared object, check its table, and create the policy. values[i] belongs
 * to the i-th parameter of the table; nr_values must match its length. Rules stand behind them, as
 * policy_meta_values() puts them.
 * host must stay valid until policy_close(). Returns 0 and fills *ret_policy, or -errno with a
 * sentence naming the file; nothing stays loaded then.
 */
int policy_open(const char *path, const struct cland_host *host, const uint64_t *values,
		size_t nr_values, struct policy *ret_policy, struct diag *diag);

/* What the loader's names of policies that policy_open_fd() has loaded begin with, and no others. */
#define POLICY_FD_FOLDER "/proc/self/fd/"

/*
 * policy_open_fd - the same for a file that is open already; the loader maps what the descriptor
 * stands for. path is its name for people. The descriptor stays the caller's, who may close it
 * afterwards.
 */
int policy_open_fd(int fd, const char *path, const struct cland_host *host, const uint64_t *values,
		   size_t nr_values, struct policy *ret_policy, struct diag *diag);

/* policy_close - destroy and unload. Accepts a zeroed policy. */
void policy_close(struct policy *policy);

/*
 * policy_try_load - load the shared object and unload it: its constructors run, and nothing else.
 * Returns 0, or -ENOEXEC with a sentence naming the file.
 */
int policy_try_load(const char *path, struct diag *diag);

/*
 * policy_keep_loaded - load a policy, or a library that one needs, for as long as the process
 * lives. Returns 0, or -ENOEXEC with the loader's words.
 */
int policy_keep_loaded(const char *path, struct diag *diag);

/* policy_has_provider - is the symbol in one of the libraries that this process has loaded? */
bool policy_has_provider(const char *symbol);

#endif
