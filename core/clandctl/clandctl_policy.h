/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_policy.h - the subcommands of clandctl for those who write policies. None of them needs
 * root, a kernel with sched_ext, or a running scx-cland. Each prints what it has to say, and
 * returns an exit code (exit_codes.h).
 */
#ifndef CLAND_CLANDCTL_POLICY_H
#define CLAND_CLANDCTL_POLICY_H

/*
 * clandctl_policy - `policy new NAME [FOLDER]` and `policy check FILE.so`; argv[0] is "policy".
 * Returns EXIT_CODE_NOT_A_POLICY when a file to check is none at all, EXIT_CODE_POLICY when it is
 * one with faults.
 */
int clandctl_policy(int argc, char *argv[]);

/* clandctl_policies - `policies [--json]`: what is installed; argv[0] is "policies". */
int clandctl_policies(int argc, char *argv[]);

/* The two halves of clandctl_policy(); argv[0] is "new" or "check". */
int clandctl_policy_new(int argc, char *argv[]);
int clandctl_policy_check(int argc, char *argv[]);

#endif
