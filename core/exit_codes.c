/* SPDX-License-Identifier: GPL-2.0-only */
#include "exit_codes.h"

#include <errno.h>
#include <stddef.h>

const struct exit_code_entry exit_codes[] = {
	{ EXIT_CODE_OK, "did what was asked, or was stopped by SIGTERM or SIGINT" },
	{ EXIT_CODE_FAILED, "something else failed; the message says what" },
	{ EXIT_CODE_USAGE, "the command line or the configuration file is wrong" },
	{ EXIT_CODE_NO_SCHED_EXT, "the running kernel has no sched_ext" },
	{ EXIT_CODE_NO_PRIVILEGE, "not allowed: run as root (clandctl: or as a member of the group scx-cland)" },
	{ EXIT_CODE_BUSY, "another sched_ext scheduler, or another scx-cland, is running" },
	{ EXIT_CODE_MEMLOCK, "memory is short, or the limit on locked memory too low" },
	{ EXIT_CODE_EJECTED, "the kernel ended the scheduler; its reason was printed" },
	{ EXIT_CODE_POLICY, "the policy cannot be used" },
	{ EXIT_CODE_NOT_RUNNING, "clandctl: no scx-cland is running" },
	{ EXIT_CODE_NOT_FOUND, "clandctl: there is no such policy, file, mode or process" },
	{ EXIT_CODE_NOT_A_POLICY, "clandctl: the file is not a policy, or one for another version of scx-cland" },
	{ EXIT_CODE_PARAMETERS, "clandctl: a parameter of the policy is wrong" },
	{ EXIT_CODE_POLICY_REFUSED, "clandctl: the policy refused to start" },
	{ EXIT_CODE_POLICY_CRASHED, "clandctl: the policy crashed while it was loaded" },
	{ EXIT_CODE_POLICY_SLOW, "clandctl: the policy was not ready in time" },
	{ EXIT_CODE_SWAP_BUSY, "clandctl: another change of policy is under way" },
	{ EXIT_CODE_NO_ANSWER, "clandctl: scx-cland did not answer in time, or not in a way that clandctl knows" },
	{ EXIT_CODE_UNSAFE_POLICY, "clandctl: others than root could change the policy's file" },
	{ EXIT_CODE_OK, NULL },
};

int exit_code_of_start(int code)
{
	switch (code) {
	case EXIT_CODE_NOT_FOUND:
	case EXIT_CODE_NOT_A_POLICY:
	case EXIT_CODE_POLICY_REFUSED:
	case EXIT_CODE_POLICY_CRASHED:
	case EXIT_CODE_POLICY_SLOW:
	case EXIT_CODE_UNSAFE_POLICY:
		return EXIT_CODE_POLICY;
	case EXIT_CODE_PARAMETERS:
		return EXIT_CODE_USAGE;
	default:
		return code;
	}
}

int exit_code_of_error(int err)
{
	switch (err) {
	case 0:
		return EXIT_CODE_OK;
	case -ENOSYS:
		return EXIT_CODE_NO_SCHED_EXT;
	case -EPERM:
	case -EACCES:
		return EXIT_CODE_NO_PRIVILEGE;
	case -EBUSY:
		return EXIT_CODE_BUSY;
	case -ENOMEM:
		return EXIT_CODE_MEMLOCK;
	default:
		return EXIT_CODE_FAILED;
	}
}
