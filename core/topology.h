/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topology.h - the CPUs of the machine and which of them share a last-level cache, from sysfs.
 * Pure: the folder is an argument, so tests give one of their own. Non-logging.
 */
#ifndef CLAND_TOPOLOGY_H
#define CLAND_TOPOLOGY_H

#include <stdint.h>

#include "diag.h"

struct topology {
	uint32_t nr_cpus;	/* CPU indices are below this, also those not there (nr_cpu_ids) */
	uint32_t nr_llcs;	/* at least 1 */
	uint32_t *llc_of_cpu;	/* below nr_llcs; 0 for CPUs that are offline or tell nothing */
};

/*
 * topology_read - read DIR/possible and DIR/cpuN/cache/indexM/{level,shared_cpu_list}.
 * Returns 0 and fills *ret_topology (free with topology_destroy()), or -errno with a sentence.
 */
int topology_read(const char *dir, struct topology *ret_topology, struct diag *diag);

/* topology_count_online - how many CPUs DIR/online names; 0: it tells nothing. */
uint32_t topology_count_online(const char *dir);

/* What CPUs are like, for one who does not care which is which. */
struct topology_shape {
	uint32_t nr_cpus;	/* up to the last one that is online */
	uint32_t smt;		/* threads of a core */
	uint32_t nr_llcs, nr_nodes;
};

/*
 * topology_shape_read - from DIR/cpu and DIR/node. A machine whose cores, caches and nodes are not
 * all alike is taken for one without them. Returns 0, or -errno with a sentence.
 */
int topology_shape_read(const char *dir, struct topology_shape *ret_shape, struct diag *diag);

/* topology_destroy - free the table. Accepts a zeroed topology. */
void topology_destroy(struct topology *topology);

#endif
