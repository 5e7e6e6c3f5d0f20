/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells of its life: by the host's log, or in the environment while it has no host. */
#include <stdio.h>
#include <stdlib.h>

#include <scx-cland/policy.h>

static const struct cland_param params[] = {
	{ .name = "depth", .help = "x", .max = 100, .def = 7, .type = CLAND_PARAM_U64 },
	{ .name = "boost", .help = "x", .def = 1, .type = CLAND_PARAM_BOOL },
	{ .name = NULL },
};

static struct {
	const struct cland_host *host;
} traced;

__attribute__((constructor)) static void loaded(void)
{
	setenv("CLAND_TEST_TRACED", "loaded", 1);
}

__attribute__((destructor)) static void unloaded(void)
{
	setenv("CLAND_TEST_TRACED", "unloaded", 1);
}

static int traced_create(const struct cland_host *host, const union cland_value *values,
			 void **ret_policy)
{
	char line[80];

	snprintf(line, sizeof(line), "create %llu %llu for %u tasks",
		 (unsigned long long)values[0].u64, (unsigned long long)values[1].u64,
		 host->max_tasks);
	host->log(line);
	traced.host = host;
	*ret_policy = &traced;
	return 0;
}

static void traced_destroy(void *policy)
{
	traced.host->log(policy == &traced ? "destroy" : "destroy of something else");
}

static uint64_t traced_rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.name = "traced", .summary = "x", .params = params, .create = traced_create,
	     .destroy = traced_destroy, .rank = traced_rank);
