/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * target.h - what an agent is to run: a policy's file and the values of its parameters, made from
 * the configuration and the file's own table. Supervisor's thread; runs nothing of the policy.
 * Non-logging.
 */
#ifndef CLAND_TARGET_H
#define CLAND_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "diag.h"
#include "policy_meta.h"

/* Numbers in target.file_id. */
#define TARGET_FILE_ID 5

/* Sent from the supervisor to the agent as it is. */
struct target {
	char policy_path[4096];
	char policy_name[32];
	char policy_version[32];	/* "": it has none */
	/* As policy_meta_values() makes them: rules stand behind nr_values. What is not used is 0. */
	uint64_t values[POLICY_META_MAX_PARAMS];
	uint32_t nr_values;
	uint64_t file_id[TARGET_FILE_ID];		/* tells the file from another one that has its path later */
	uint32_t nr_cgroups;	/* that its rules name, */
	uint32_t nr_absent;	/* of which so many are not there */
	bool allow_unsafe;		/* whoever may change the file, see policy_file_open() */
};

/*
 * target_resolve - find the configured policy, check its file, and work out its parameters.
 * Returns EXIT_CODE_OK and *ret_target, or with a sentence EXIT_CODE_NOT_FOUND,
 * EXIT_CODE_NOT_A_POLICY, EXIT_CODE_UNSAFE_POLICY or EXIT_CODE_PARAMETERS.
 */
int target_resolve(const struct config *config, struct target *ret_target, struct diag *diag);

/*
 * target_check_names - whether each parameter of the configuration is of a policy that is
 * installed, or that the configuration chooses by its path: a name must not be a slip of the pen.
 * For when the configuration has been read; what is changed later must not fail by what was there
 * before. Returns EXIT_CODE_OK, or EXIT_CODE_PARAMETERS with a sentence.
 */
int target_check_names(const struct config *config, struct diag *diag);

/* target_is_file - whether it is what fd has been opened for. */
bool target_is_file(const struct target *target, int fd);

/* target_is_same_policy - the same file; target_is_same - with the same values. */
bool target_is_same_policy(const struct target *a, const struct target *b);
bool target_is_same(const struct target *a, const struct target *b);

#endif
