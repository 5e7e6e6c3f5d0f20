/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quarantine.h - which policies are not run again, since they keep failing. A fault may be bad luck
 * and is retried; QUARANTINE_FAULTS of them within QUARANTINE_WINDOW_NS are not. Whose fault the
 * end of an agent was is known by the agent's own record, which a policy can write to:
 * QUARANTINE_ENDS within QUARANTINE_ENDS_WINDOW_NS are too many, whoever is to blame. It is a file
 * that is in quarantine, not a name: one that has been built anew gets a new chance.
 *
 * Pure: time comes as an argument (CLOCK_MONOTONIC, ns). Supervisor's thread.
 */
#ifndef CLAND_QUARANTINE_H
#define CLAND_QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target.h"

#define QUARANTINE_FAULTS 3
#define QUARANTINE_WINDOW_NS (60ULL * 1000000000)
#define QUARANTINE_ENDS 8
#define QUARANTINE_ENDS_WINDOW_NS (300ULL * 1000000000)
#define QUARANTINE_MAX 32

/* When something has happened, the latest, in turn. */
struct quarantine_times {
	uint64_t at_ns[QUARANTINE_ENDS];
	uint64_t nr;
};

enum quarantine_verdict {
	QUARANTINE_NOT = 0,
	QUARANTINE_FOR_FAULTS,
	QUARANTINE_FOR_ENDS,
};

struct quarantine_entry {
	char policy[32];	/* what it was called */
	uint64_t file_id[TARGET_FILE_ID];
	struct quarantine_times faults, ends; /* a fault is an end, too */
	enum quarantine_verdict in;
};

/* Zeroed, it is empty. */
struct quarantine {
	struct quarantine_entry entries[QUARANTINE_MAX];
	size_t nr;
};

/*
 * quarantine_note - the policy's agent has ended once more, by the policy's fault or, as far as is
 * known, not. Returns whether it is in quarantine now, and what for. When there are too many
 * policies of that kind, those longest ago are forgotten.
 */
enum quarantine_verdict quarantine_note(struct quarantine *quarantine, const struct target *target, bool by_policy,
					uint64_t now_ns);

bool quarantine_has(const struct quarantine *quarantine, const struct target *target);

/* quarantine_put - it was put there by whoever ran before us. Without room it is not. */
void quarantine_put(struct quarantine *quarantine, const char *policy, const uint64_t file_id[TARGET_FILE_ID]);

/* quarantine_lift - somebody wants it to be run nevertheless: its faults are forgotten. */
void quarantine_lift(struct quarantine *quarantine, const struct target *target);

/* quarantine_lift_name - nobody of that name is in quarantine from now on. Returns whether one was. */
bool quarantine_lift_name(struct quarantine *quarantine, const char *policy);

#endif
