/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record_cgroups.h - the cgroups of a recording: from the numbers by which the kernel knows them to
 * their paths and weights. Non-logging; one thread.
 */
#ifndef CLAND_RECORD_CGROUPS_H
#define CLAND_RECORD_CGROUPS_H

#include <stdint.h>

#include "recording.h"

struct record_cgroups {
	uint64_t *ids;		/* of those seen, in the order in which they were */
	uint32_t nr, room, last;
};

/*
 * record_cgroups_note - a number by which the cgroup is known until record_cgroups_resolve(): 0 for
 * none or when there is no memory.
 */
uint32_t record_cgroups_note(struct record_cgroups *cgroups, uint64_t id);

/*
 * record_cgroups_resolve - put the cgroups that were noted, and those above them, into the
 * recording, and change its tasks' numbers to their indices there. root is where cgroups are
 * mounted. Those that have gone meanwhile, and all where there is no unified hierarchy, are taken
 * for the root.
 */
void record_cgroups_resolve(struct record_cgroups *cgroups, const char *root,
			    struct recording *recording);

/* record_cgroups_free - accepts a zeroed one. */
void record_cgroups_free(struct record_cgroups *cgroups);

#endif
