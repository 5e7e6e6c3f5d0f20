/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exit_codes.h - with what scx-cland and clandctl end, and what that says. main.c and clandctl.c
 * return them, --help lists them, the answers on the control socket carry them as "status", service
 * files and scripts rely on them: a number never changes its meaning.
 */
#ifndef CLAND_EXIT_CODES_H
#define CLAND_EXIT_CODES_H

enum exit_code {
	EXIT_CODE_OK = 0,
	EXIT_CODE_FAILED = 1,
	EXIT_CODE_USAGE = 2,
	EXIT_CODE_NO_SCHED_EXT = 3,
	EXIT_CODE_NO_PRIVILEGE = 4,
	EXIT_CODE_BUSY = 5,
	EXIT_CODE_MEMLOCK = 6,
	EXIT_CODE_EJECTED = 7,
	EXIT_CODE_POLICY = 8,
	EXIT_CODE_NOT_RUNNING = 9,
	EXIT_CODE_NOT_FOUND = 10,
	EXIT_CODE_NOT_A_POLICY = 11,
	EXIT_CODE_PARAMETERS = 12,
	EXIT_CODE_POLICY_REFUSED = 13,
	EXIT_CODE_POLICY_CRASHED = 14,
	EXIT_CODE_POLICY_SLOW = 15,
	EXIT_CODE_SWAP_BUSY = 16,
	EXIT_CODE_NO_ANSWER = 17,
	EXIT_CODE_UNSAFE_POLICY = 18,
};

/*
 * exit_code_of_start - with what a start ends that fails like this: a policy that cannot be used is
 * one code there, and a bad parameter is a mistake in the configuration.
 */
int exit_code_of_start(int code);

/* exit_code_of_error - of 0 or the -errno with which the kernel has been asked in vain. */
int exit_code_of_error(int err);

struct exit_code_entry {
	enum exit_code code;
	const char *help;
};

/* All of them, in the order of their numbers; ends with an entry whose help is NULL. */
extern const struct exit_code_entry exit_codes[];

#endif
