/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes over all memory that it shares with the kernel and with other agents, from its
 * constructor, and then refuses to start. Whoever decides meanwhile, and afterwards, is to go on.
 * In the cage.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <scx-cland/policy.h>

static int nr_ruined;

__attribute__((constructor)) static void ruin(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512], rights[5];
	uint64_t begin, end;

	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &begin, &end, rights) != 3 ||
		    strcmp(rights, "rw-s") != 0)
			continue;
		memset((void *)(uintptr_t)begin, 0x5a, end - begin);
		nr_ruined++;
	}
	if (maps)
		fclose(maps);
}

static int vandal_create(const struct cland_host *host, const union cland_value *values,
			 void **ret_policy)
{
	char text[64];

	(void)values;
	(void)ret_policy;
	snprintf(text, sizeof(text), "ruined %d pieces of shared memory", nr_ruined);
	host->log(text);
	return -1;
}

static uint64_t vandal_rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.name = "vandal", .summary = "writes over what it shares with others",
	     .create = vandal_create, .rank = vandal_rank);
