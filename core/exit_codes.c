/* SPDX-License-Identifier: GPL-2.0-only */
#include "exit_codes.h"

#include <stddef.h>

const struct exit_code_entry exit_codes[] = {
	{ EXIT_CODE_OK, "did what was asked, or was stopped by SIGTERM, SIGINT or SIGHUP" },
	{ EXIT_CODE_FAILED, "something else failed; the message says what" },
	{ EXIT_CODE_USAGE, "the command line or the configuration file is wrong" },
	{ EXIT_CODE_NO_SCHED_EXT, "the running kernel has no sched_ext" },
	{ EXIT_CODE_NO_PRIVILEGE, "not allowed: run as root" },
	{ EXIT_CODE_BUSY, "another sched_ext scheduler, or another scx-cland, is running" },
	{ EXIT_CODE_MEMLOCK, "the limit on locked memory is too low" },
	{ EXIT_CODE_EJECTED, "the kernel ended the scheduler; its reason was printed" },
	{ EXIT_CODE_POLICY, "the policy cannot be used" },
	{ EXIT_CODE_OK, NULL },
};
