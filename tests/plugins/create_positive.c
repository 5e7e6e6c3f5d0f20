/* SPDX-License-Identifier: GPL-2.0-only */
/* Fails, and says so with the wrong sign. */
#include <errno.h>

#include <scx-cland/policy.h>

static const struct cland_host *its_host;

static int refuse(const struct cland_host *host, const union cland_value *values, void **ret_policy)
{
	(void)values;
	(void)ret_policy;
	its_host = host;
	return ENOSPC;
}

/* Must not be called: there is nothing to destroy. */
static void destroy(void *policy)
{
	(void)policy;
	its_host->log("destroy");
}

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns;
}

CLAND_POLICY(.name = "create-positive", .summary = "x", .create = refuse, .destroy = destroy,
	     .rank = rank);
