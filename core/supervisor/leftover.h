/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * leftover.h - what a program can do about the scheduler that is there without being the one that
 * looks after it. Any process's main thread. Non-logging.
 */
#ifndef CLAND_LEFTOVER_H
#define CLAND_LEFTOVER_H

#include "config.h"
#include "diag.h"

/*
 * leftover_detach - end the scheduler that a scx-cland which is gone has left attached, if there is
 * one. Returns an EXIT_CODE_*, with a sentence in any case.
 */
int leftover_detach(struct diag *diag);

/*
 * leftover_check_takeover - whether supervisor_run() would go on with the scheduler that is there,
 * in the place of the process that looks after it now. Returns an EXIT_CODE_*, with a sentence;
 * that of success is what upgrade.h waits for.
 */
int leftover_check_takeover(const struct config *config, struct diag *diag);

#endif
