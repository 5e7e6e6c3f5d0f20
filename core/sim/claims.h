/* SPDX-License-Identifier: GPL-2.0-only */
/* claims.h - what a policy claims of itself, held against a run: not what must hold under any policy (checks.c). */
#ifndef CLAND_SIM_CLAIMS_H
#define CLAND_SIM_CLAIMS_H

#include "sim.h"

struct claims {
	uint64_t max_wait_ms;	/* nobody waits longer; 0: no claim */
	uint64_t shares_pct;	/* who never sleeps gets its share by nice level, within that; 0: no claim */
};

/* claims_check - after run_through(). Returns 0, or -EFAULT, -ENOMEM with a sentence. */
int claims_check(const struct sim *s, const struct claims *claims, struct diag *diag);

#endif
