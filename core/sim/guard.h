/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guard.h - a policy that crashes, hangs or ends the process is told from a result: the process then
 * ends with a sentence that names the call, the seed, the virtual time and the event.
 */
#ifndef CLAND_SIM_GUARD_H
#define CLAND_SIM_GUARD_H

#include <stdint.h>

struct guard_place {
	const char *policy;
	uint64_t seed;
	const uint64_t *now_ns, *nr_events; /* of the run, to be read when it happens */
};

/*
 * guard_open - from now on. place must stay valid. limit_s: processor time after which a call of the
 * policy, or an event of ours, hangs; 0: for ever. For a debugger: leave it out.
 */
void guard_open(const struct guard_place *place, unsigned int limit_s);
/* guard_close - what happens now is not the policy's doing. */
void guard_close(void);

/* Around each call of the policy; op is a constant. */
void guard_enter(const char *op);
void guard_leave(void);

#endif
