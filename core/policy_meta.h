/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_meta.h - what a policy's shared object says of itself, read from the ELF file without
 * running any of it (DESIGN: policy code never runs in the supervisor, not even constructors).
 *
 * Sole includer of <libelf.h>. Used by the supervisor and by --list-policies. Non-logging.
 */
#ifndef CLAND_POLICY_META_H
#define CLAND_POLICY_META_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config.h"
#include "diag.h"

#define POLICY_META_MAX_PARAMS 32

struct policy_meta_param {
	char name[32], unit[16], help[160];
	uint64_t min, max, def;
	uint32_t type;		/* CLAND_PARAM_* */
};

struct policy_meta {
	char path[4096];	/* absolute */
	char name[32], summary[160], version[32];
	uint32_t abi_major, abi_minor;
	size_t nr_params;
	struct policy_meta_param params[POLICY_META_MAX_PARAMS];
};

/*
 * policy_meta_find - where a policy given by name or path lives. A name is looked for as NAME.so
 * in the folders of $SCX_CLAND_POLICY_PATH (colon-separated) when set, else in the folder
 * "policies" beside the program's own, where a build has them, and in the installation's.
 * ret_path has room for size bytes and gets an absolute path.
 * Returns 0, or -ENOENT with a sentence that lists the folders and the policies that are there.
 */
int policy_meta_find(const char *name_or_path, char *ret_path, size_t size, struct diag *diag);

/*
 * policy_meta_read - read and check the table in the file: ELF64 shared object of this machine,
 * one symbol cland_policy, magic, ABI major, sizes, required fields, no unknown capability.
 * Believes nothing in the file. Texts that do not fit are refused, not cut.
 * Returns 0 and fills *ret_meta, or -errno with a sentence that names the file and the remedy:
 * -ENOEXEC not a shared object of this machine, -EINVAL not a sound table, -E2BIG a table that uses
 * what we do not know, -EFBIG a file of more than 256 MiB, or what open() says.
 */
int policy_meta_read(const char *path, struct policy_meta *ret_meta, struct diag *diag);

/*
 * policy_meta_values - the value of each parameter: its default, or what the configuration sets.
 * ret_values has room for meta->nr_params values. Entries of config for other policies that are
 * there are ignored. Returns 0, or -EINVAL naming origin, key, and what was expected.
 */
int policy_meta_values(const struct policy_meta *meta, const struct config *config,
		       uint64_t *ret_values, struct diag *diag);

/* policy_meta_list - print name, version, summary and parameters of every policy found to out. */
void policy_meta_list(FILE *out);

#endif
