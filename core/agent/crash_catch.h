/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crash_catch.h - [agent] write down what a policy was doing when it ended its process: the signal,
 * where, and who had called. The signal then does what it does without. Non-logging.
 */
#ifndef CLAND_CRASH_CATCH_H
#define CLAND_CRASH_CATCH_H

#include "crash_record.h"

/*
 * crash_catch_install - from now on, for SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT
 * (by which the supervisor asks a hung agent what it does) and exit() while record->call says that
 * a policy runs. A child that a policy forks ends at once: it would decide, too. policy_path tells
 * the policy's own file. record and policy_path are borrowed until the process ends.
 */
void crash_catch_install(struct crash_record *record, const char *policy_path);

#endif
