/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top_cgroups.h - from the numbers by which the kernel knows cgroups to their paths, at once and
 * without a walk through all of them. Takes CAP_DAC_READ_SEARCH. Non-logging; one thread.
 */
#ifndef CLAND_TOP_CGROUPS_H
#define CLAND_TOP_CGROUPS_H

#include <stdint.h>

struct top_cgroups;

/*
 * top_cgroups_new - root is where the unified hierarchy is mounted. Where it is not, all paths are
 * "". Returns NULL when there is no memory; top_cgroups_free() it.
 */
struct top_cgroups *top_cgroups_new(const char *root);

/* top_cgroups_path - "/user.slice"; "" for one that has gone. Valid until the next call. */
const char *top_cgroups_path(struct top_cgroups *cgroups, uint64_t id);

/* top_cgroups_free - accepts NULL. */
void top_cgroups_free(struct top_cgroups *cgroups);

#endif
