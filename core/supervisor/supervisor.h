/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * supervisor.h - the life of the program: load and attach the stub, start and watch the agent,
 * detach. The parent process; it never runs policy code. Logs what it decides.
 */
#ifndef CLAND_SUPERVISOR_H
#define CLAND_SUPERVISOR_H

#include "config.h"
#include "target.h"

/*
 * supervisor_run - schedule the machine until a signal or the kernel ends it. argv is what config
 * was loaded with, and is used again when the configuration is to be read anew.
 * Returns an EXIT_CODE_*; has logged why.
 */
int supervisor_run(const struct config *config, const struct target *target, int argc,
		   char *const argv[]);

#endif
