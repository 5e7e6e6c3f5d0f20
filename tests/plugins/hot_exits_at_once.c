/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends its process from rank() as if all were well: at once, by quick_exit(), or by a signal that nobody can catch. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <scx-cland/policy.h>

enum { AT_ONCE, QUICKLY, BY_SIGKILL, NR_WAYS };

static uint64_t way;

static const struct cland_param params[] = {
	{ .name = "way", .max = NR_WAYS - 1, .def = AT_ONCE, .type = CLAND_PARAM_U64 },
	{ .name = NULL },
};

static int create(const struct cland_host *host, const union cland_value *values, void **ret_policy)
{
	(void)host;
	way = values[0].u64;
	*ret_policy = &way;
	return 0;
}

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	if (task->nr_wakeups <= 3)
		return task->vtime_ns;
	if (way == AT_ONCE)
		_exit(0);
	if (way == QUICKLY)
		quick_exit(0);
	raise(SIGKILL);
	return 0;
}

CLAND_POLICY(.name = "hot-exits-at-once", .summary = "x", .params = params, .create = create, .rank = rank);
