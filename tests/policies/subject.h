/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * subject.h - the policy under test, opened from a file with the defaults of its parameters, and
 * the loop that runs it on a machine.
 */
#ifndef CLAND_TEST_SUBJECT_H
#define CLAND_TEST_SUBJECT_H

#include "config.h"
#include "loop.h"
#include "machine.h"

struct subject {
	struct cland_host host;
	struct policy policy;
	struct loop loop;
	struct machine machine;
};

/*
 * subject_open - the policy, created, on a new machine with nr_slots slots.
 * Ends the program with status 2 and a sentence if that cannot be.
 */
void subject_open(struct subject *subject, const char *path, uint32_t nr_slots, uint64_t seed,
		  bool strict);

/* subject_open_set - the same with settings of the policy's; config is borrowed for the call. */
void subject_open_set(struct subject *subject, const char *path, const struct config *config,
		      uint32_t nr_slots, uint64_t seed, bool strict);

/* subject_close - destroy the policy, then what it ran on. */
void subject_close(struct subject *subject);

#endif
