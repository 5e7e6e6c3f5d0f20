/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quarantine.h - which policies are not run again, since they keep failing. A fault may be bad luck
 * and is retried; QUARANTINE_FAULTS of them within QUARANTINE_WINDOW_NS are not. It is a file that is
 * in quarantine, not a name: one that has been built anew gets a new chance.
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
#define QUARANTINE_MAX 32

struct quarantine_entry {
	char policy[32];	/* what it was called */
	uint64_t file_id[TARGET_FILE_ID];
	uint64_t fault_ns[QUARANTINE_FAULTS]; /* the latest, in turn */
	uint64_t nr_faults;
	bool in;
};

/* Zeroed, it is empty. */
struct quarantine {
	struct quarantine_entry entries[QUARANTINE_MAX];
	size_t nr;
};

/*
 * quarantine_note - the policy has failed once more. Returns whether it is in quarantine now.
 * When there are too many policies that have failed, those longest ago are forgotten.
 */
bool quarantine_note(struct quarantine *quarantine, const struct target *target, uint64_t now_ns);

bool quarantine_has(const struct quarantine *quarantine, const struct target *target);

/* quarantine_put - it was put there by whoever ran before us. Without room it is not. */
void quarantine_put(struct quarantine *quarantine, const char *policy, const uint64_t file_id[TARGET_FILE_ID]);

/* quarantine_lift - somebody wants it to be run nevertheless: its faults are forgotten. */
void quarantine_lift(struct quarantine *quarantine, const struct target *target);

#endif
