/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trial.h - the policy in a process of its own, which it may crash, hang or end. How that went
 * wrong is a fault of the check that the function under way belongs to.
 */
#ifndef CLAND_TRIAL_H
#define CLAND_TRIAL_H

#include <stdbool.h>

#include "run.h"

enum trial_end { TRIAL_DONE, TRIAL_BAD, TRIAL_NOT_STARTED };

/*
 * trial_run - body(run) in a child, or in this process when the options say so. quiet: how it ends
 * says nothing about the policy. What body finds, it leaves in run->shared.
 */
enum trial_end trial_run(struct run *run, void (*body)(struct run *run), bool quiet);

#endif
