/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_meta.h - what a policy's shared object says of itself, read from the ELF file without
 * running any of it (DESIGN: policy code never runs in the supervisor, not even constructors).
 *
 * Used by the supervisor, by --list-policies and by clandctl. The file is read by policy_image.h,
 * its table by policy_meta.c; values are policy_meta_values.c's, lists policy_meta_list.c's and
 * _json.c's, and where policies lie is policy_find.c's.
 * Non-logging.
 */
#ifndef CLAND_POLICY_META_H
#define CLAND_POLICY_META_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config.h"
#include "diag.h"
#include "scx-cland/policy.h"

/* Bits of struct cland_policy_ops.capabilities that this host has. */
#define POLICY_META_CAPABILITIES (CLAND_OBEYS_SLICE | CLAND_OBEYS_DEADLINE | CLAND_OBEYS_BOOST)
#define POLICY_META_MAX_TABLE 32	/* parameters that a policy may have */
#define POLICY_META_RULE_WORDS (sizeof(struct cland_rule) / sizeof(uint64_t))
/* Values of them: rules take several, behind the parameters. */
#define POLICY_META_MAX_PARAMS                                                                    \
	(POLICY_META_MAX_TABLE + CLAND_RULES_MAX * POLICY_META_RULE_WORDS)

struct policy_meta_param {
	char name[32], unit[16], help[160];
	uint64_t min, max, def;
	uint32_t type;		/* CLAND_PARAM_* */
};

struct policy_meta {
	char path[4096];	/* absolute */
	char name[32], summary[160], version[32];
	uint32_t abi_major, abi_minor;
	uint32_t task_priv_size;
	size_t nr_params;
	struct policy_meta_param params[POLICY_META_MAX_TABLE];
	uint32_t nr_reasons;	/* policy_meta_reasons() has the texts */
};

/*
 * policy_meta_find - where a policy given by name or path lives. A name is looked for as NAME.so
 * in the folders of $SCX_CLAND_POLICY_PATH (colon-separated) when set, else in the folder
 * "policies" beside the program's own, where a build has them, and in the installation's, also when
 * that was moved.
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

/* policy_meta_read_named - policy_meta_find() and policy_meta_read() in one. Returns what they do. */
int policy_meta_read_named(const char *name_or_path, struct policy_meta *ret_meta, struct diag *diag);

/* policy_meta_read_fd - the same for a file that is open already. path is its name, absolute. */
int policy_meta_read_fd(int fd, const char *path, struct policy_meta *ret_meta, struct diag *diag);

/* What a fault that policy_meta_examine() finds is about. */
enum policy_meta_part {
	POLICY_META_PART_FILE,		/* it is no policy's file */
	POLICY_META_PART_TABLE,
	POLICY_META_PART_PARAMS,
};

/*
 * policy_meta_examine - policy_meta_read() that does not stop at the first fault: found() is called
 * for each, with a sentence that does not name the file. Returns 0 and fills *ret_meta when there
 * is none, else the first one's error. Faults after one that hides the rest are not found.
 */
int policy_meta_examine(const char *path, struct policy_meta *ret_meta,
			void (*found)(void *data, enum policy_meta_part part, const char *sentence),
			void *data);

/*
 * policy_meta_reasons - call with() for each text of the policy's reasons in their order; text is
 * valid during the call, and not yet clean enough for a terminal. Returns 0, or what
 * policy_meta_read() says, with a sentence; some may have been told by then.
 */
int policy_meta_reasons(const char *path, void (*with)(void *data, uint32_t index, const char *text),
			void *data, struct diag *diag);

/* What a shared object takes from outside and offers to it. */
enum policy_meta_symbol {
	POLICY_META_SYMBOL_EXPORTED,
	POLICY_META_SYMBOL_IMPORTED,
	POLICY_META_SYMBOL_OPTIONAL,	/* imported, and may stay undefined */
	POLICY_META_SYMBOL_LIBRARY,	/* one that the loader is to load with it */
};

/*
 * policy_meta_symbols - call with() for each of them, libraries first; the name is valid during the
 * call. Returns 0, or what policy_meta_read() says of a file that is no policy's.
 */
int policy_meta_symbols(const char *path,
			void (*with)(void *data, enum policy_meta_symbol kind, const char *name),
			void *data, struct diag *diag);

/*
 * policy_meta_values - the value of each parameter: its default, or what the configuration sets.
 * ret_values has room for POLICY_META_MAX_PARAMS values, or for meta->nr_params if none of them is
 * of rules: the value of such a one is their number, and they stand behind the others, each in
 * POLICY_META_RULE_WORDS. Entries of config for other policies are ignored. Returns 0, or -EINVAL
 * naming origin, key, and what was expected.
 */
int policy_meta_values(const struct policy_meta *meta, const struct config *config,
		       uint64_t *ret_values, struct diag *diag);

/* policy_meta_list - print name, version, summary and parameters of every policy found to out. */
void policy_meta_list(FILE *out);

/*
 * policy_meta_list_json - the same for programs: {"policies": [...], "folders": [...]}. Each entry
 * has "name" (by which it is chosen), "path", and either "error" or "policy" (the name in its
 * table), "summary", "version", "abi", "task_priv_size" and "params"; "hidden_by" is the path of
 * the one that is chosen in its place.
 */
void policy_meta_list_json(FILE *out);

#endif
