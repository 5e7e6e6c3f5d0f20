/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * capabilities.h - whether this process has the capabilities that the supervisor cannot do without.
 * Asked at the start, as each of them is missed at another time only, some when an agent is to be
 * ended. Non-logging; any thread.
 */
#ifndef CLAND_CAPABILITIES_H
#define CLAND_CAPABILITIES_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"

/* capabilities_read - those in effect, one bit each; all where the kernel does not say. */
uint64_t capabilities_read(void);

/*
 * capabilities_check - whether those in effect do. sandbox: agents give up their rights, and are of
 * another user. Returns 0, or -EPERM with a sentence that names those that are missing.
 */
int capabilities_check(uint64_t effective, bool sandbox, struct diag *diag);

#endif
