/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cage_rights.h - the agent stops being root, before any of a policy's code is there to make use of
 * it. With cage_filter.h it is the cage that policies run in; docs/security.md says what they can
 * still do. Non-logging.
 */
#ifndef CLAND_CAGE_RIGHTS_H
#define CLAND_CAGE_RIGHTS_H

#include "diag.h"

/*
 * What an agent runs as, user and group. No account has it, so that nothing on the machine belongs
 * to it, and no process but other agents. They cannot reach each other: see cage_filter.h.
 */
#define CAGE_ID 95533

/*
 * cage_drop_rights - give up for good, also for all that the process may execute: every capability,
 * root's user and groups, the terminal, stdin (stdout goes where stderr goes), core dumps,
 * children, and being looked into by its like. It is ended with its parent, as before.
 * To be called by a single-threaded process that is root. Returns 0, or -errno with a sentence; the
 * process must not load a policy then.
 */
int cage_drop_rights(struct diag *diag);

#endif
