/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cland_msg.h"

#define CACHE_INDEX_MAX 16

/* The file's first number, or the number behind its last '-' or ','. Returns 0 or -errno. */
static int read_number(const char *path, int last, uint32_t *ret_number)
{
	char line[4096], *at = line, *end;
	FILE *file = fopen(path, "re");
	unsigned long number;

	if (!file)
		return -errno;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	if (last && strrchr(line, ','))
		at = strrchr(line, ',') + 1;
	if (last && strchr(at, '-'))
		at = strchr(at, '-') + 1;
	number = strtoul(at, &end, 10);
	if (end == at || !strchr("-,\n", *end) || number > UINT32_MAX)
		return -EINVAL;
	*ret_number = (uint32_t)number;
	return 0;
}

/* The first CPU of the group that shares this CPU's last-level cache: the group's name. */
static int llc_leader(const char *dir, uint32_t cpu, uint32_t *ret_leader)
{
	uint32_t level, best_level = 0, leader;
	char path[512];
	int index, err = -ENOENT;

	for (index = 0; index < CACHE_INDEX_MAX; index++) {
		snprintf(path, sizeof(path), "%s/cpu%u/cache/index%d/level", dir, cpu, index);
		if (read_number(path, 0, &level))
			break;
		snprintf(path, sizeof(path), "%s/cpu%u/cache/index%d/shared_cpu_list", dir, cpu,
			 index);
		if (level < best_level || read_number(path, 0, &leader))
			continue;
		best_level = level;
		*ret_leader = leader;
		err = 0;
	}
	return err;
}

int topology_read(const char *dir, struct topology *ret_topology, struct diag *diag)
{
	struct topology topology = { 0 };
	uint32_t *leaders, last, cpu, llc;
	char path[512];
	int err;

	snprintf(path, sizeof(path), "%s/possible", dir);
	err = read_number(path, 1, &last);
	if (err)
		return diag_set(diag, err, "%s cannot be read: %s%s", path, strerror(-err),
				err == -ENOENT ? ". Is /sys mounted?" : "");
	if (last >= CLAND_CPUS_MAX)
		return diag_set(diag, -E2BIG, "%s names CPU %u; scx-cland can tell %d CPUs apart",
				path, last, CLAND_CPUS_MAX);
	topology.nr_cpus = last + 1;
	topology.llc_of_cpu = calloc(topology.nr_cpus, sizeof(*topology.llc_of_cpu));
	leaders = calloc(topology.nr_cpus, sizeof(*leaders));
	if (!topology.llc_of_cpu || !leaders) {
		free(leaders);
		topology_destroy(&topology);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	for (cpu = 0; cpu < topology.nr_cpus; cpu++) {
		uint32_t leader;

		if (llc_leader(dir, cpu, &leader))
			continue; /* offline, or a machine that does not tell: cache 0 */
		for (llc = 0; llc < topology.nr_llcs; llc++)
			if (leaders[llc] == leader)
				break;
		if (llc == topology.nr_llcs)
			leaders[topology.nr_llcs++] = leader;
		topology.llc_of_cpu[cpu] = llc;
	}
	free(leaders);
	if (!topology.nr_llcs)
		topology.nr_llcs = 1;
	*ret_topology = topology;
	return 0;
}

/* How many CPUs there are in the list of the file; 0: it tells nothing. */
static uint32_t count_list(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned int first, last;
	uint32_t nr = 0;
	int read;

	if (!file)
		return 0;
	do {
		read = fscanf(file, "%u-%u", &first, &last);
		if (read == 2 && last >= first && last - first < CLAND_CPUS_MAX)
			nr += last - first;
		nr += read >= 1;
	} while (read >= 1 && nr <= CLAND_CPUS_MAX && fgetc(file) == ',');
	fclose(file);
	return nr;
}

uint32_t topology_count_online(const char *dir)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/online", dir);
	return count_list(path);
}

int topology_shape_read(const char *dir, struct topology_shape *ret_shape, struct diag *diag)
{
	struct topology_shape shape = { 0 };
	struct topology topology;
	uint32_t cpu, llc, last;
	char path[512];
	int err;

	snprintf(path, sizeof(path), "%s/cpu", dir);
	err = topology_read(path, &topology, diag);
	if (err)
		return err;
	shape.nr_cpus = topology.nr_cpus;
	snprintf(path, sizeof(path), "%s/cpu/online", dir);
	if (!read_number(path, 1, &last) && last < topology.nr_cpus)
		shape.nr_cpus = last + 1;
	for (cpu = llc = 0; cpu < shape.nr_cpus; cpu++)
		if (topology.llc_of_cpu[cpu] > llc)
			llc = topology.llc_of_cpu[cpu];
	shape.nr_llcs = llc + 1;
	topology_destroy(&topology);
	snprintf(path, sizeof(path), "%s/cpu/cpu0/topology/thread_siblings_list", dir);
	shape.smt = count_list(path);
	snprintf(path, sizeof(path), "%s/node/online", dir);
	shape.nr_nodes = count_list(path);
	if (!shape.smt || shape.nr_cpus % shape.smt)
		shape.smt = 1;
	if (shape.nr_cpus % shape.nr_llcs || shape.nr_cpus / shape.nr_llcs % shape.smt)
		shape.nr_llcs = 1;
	if (!shape.nr_nodes || shape.nr_llcs % shape.nr_nodes)
		shape.nr_nodes = 1;
	*ret_shape = shape;
	return 0;
}

void topology_destroy(struct topology *topology)
{
	free(topology->llc_of_cpu);
	memset(topology, 0, sizeof(*topology));
}
