/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * checks.h - the checks of a conformance run, one file each: what the policy does, in trials, and
 * what is to be said of that. conformance.c has the order.
 */
#ifndef CLAND_CHECKS_H
#define CLAND_CHECKS_H

#include <stdbool.h>

#include "run.h"

/*
 * check_file - what the file says of itself, read without running it: its table, its parameters,
 * the symbols it takes and gives. Returns 0 and fills run->meta, or -errno; -ENOEXEC: not a
 * policy's.
 */
int check_file(struct run *run);

/*
 * check_loading - its libraries and symbols are there, its constructors return, create() and
 * destroy() work. Returns whether there is something to try.
 */
bool check_loading(struct run *run);

/* check_speed - what a request and the longest call take. Returns false when it crashed. */
bool check_speed(struct run *run);

/*
 * check_load - no task is lost, ranks and leases are in range, and decisions depend on nothing but
 * the arguments. Returns false when the policy crashed, so that more of the same tells nothing new.
 */
bool check_load(struct run *run);

/* check_rules - host's rules that a load broke become faults of the check; where: in which load. */
void check_rules(struct run *run, enum check check, const struct machine_result *r,
		 const char *where);

/* check_hot - hot functions call neither the system nor the clock, in the mode of run->strict. */
void check_hot(struct run *run);

/*
 * check_memory - what all trials saw of allocations and of stray writes. all: the whole of them
 * were made, so that none found is none there.
 */
void check_memory(struct run *run, bool all);

/* check_starvation - nobody waits for long beside equals, in the mode of run->strict. */
void check_starvation(struct run *run);

/* check_extremes - parameters at their least and greatest, in the mode of run->strict. */
void check_extremes(struct run *run);

#endif
