/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service.h - what the service manager is told, if one has started us and wants to know
 * (Type=notify). Nothing happens else. The supervisor's thread. Non-logging.
 */
#ifndef CLAND_SERVICE_H
#define CLAND_SERVICE_H

#include <stdint.h>

#define SERVICE_POLICY_MAX 160	/* bytes, with the 0 at its end */

/*
 * service_ready - the machine is ours from now on. policy: which one runs, and how, for `systemctl
 * status`; one line of at most SERVICE_POLICY_MAX - 1 bytes, cut if it is longer.
 * service_policy - it is another one from now on.
 */
void service_ready(const char *policy);
void service_policy(const char *policy);

/* service_stopping - it is being given back. */
void service_stopping(void);

/* Signs of life, where the service manager wants them (WatchdogSec=). Owned by the caller. */
struct service_pulse {
	uint64_t period_ns;	/* 0: none are wanted */
	uint64_t next_ns;	/* when the next one is due */
};

/* service_pulse_init - learn whether they are wanted, and how often: twice as often as they have to come. */
void service_pulse_init(struct service_pulse *ret_pulse);

/*
 * service_pulse - give one if it is due. now_ns: the monotonic clock. Returns in how many
 * milliseconds the next one is, rounded up, or -1: none are wanted.
 */
int service_pulse(struct service_pulse *pulse, uint64_t now_ns);

#endif
