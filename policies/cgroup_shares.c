/* SPDX-License-Identifier: GPL-2.0-only */
#include "cgroup_shares.h"

#include <stdlib.h>
#include <string.h>

#define LEVELS_MAX 64	/* deeper cgroups count as nobody's */
/*
 * An average follows a sample at once when it is off by more than a 16th, else by a quarter of what
 * it is off: hogs have exact samples, so what is off is new. Off by more than a quarter it is not
 * settled.
 */
#define FOLLOW_SHIFT 4
#define SMOOTH_SHIFT 2
#define SETTLED_SHIFT 2
/* Between two updates that a task asked for. */
#define UPDATE_MIN_NS 100000000LL
/* An average over less than this says little. */
#define SAMPLE_MIN_NS 50000000ULL

struct node {
	uint64_t id;			/* 0: nobody */
	uint64_t seen_ns;		/* when the sums below were read */
	uint64_t runnable_ns, runnable_weight_ns;
	double weight_avg;		/* of its own runnable tasks */
	double nr_avg;			/* how many they are */
	double claims, active;		/* with the cgroups below it; active: 0..1 */
	double claim;			/* of its own among its siblings */
	double worth;			/* when it is active */
	uint32_t parent, level;
	bool settled;
};

struct cgroup_shares {
	const struct cland_host *host;
	uint64_t updated_ns;
	uint32_t nr;			/* indices that have been used are below this */
	uint32_t nr_levels;
	struct node node[];
};

struct cgroup_shares *cgroup_shares_new(const struct cland_host *host, bool *ret_old_host)
{
	struct cgroup_shares *shares;

	*ret_old_host = host->abi_minor < 1 || !host->cgroup;
	if (*ret_old_host)
		return NULL;
	shares = calloc(1, sizeof(*shares) + host->max_cgroups * sizeof(shares->node[0]));
	if (!shares)
		return NULL;
	shares->host = host;
	return shares;
}

void cgroup_shares_free(struct cgroup_shares *shares)
{
	free(shares);
}

/* Returns whether the average is about right. */
static bool average(double *average, double sample)
{
	double off = sample > *average ? sample - *average : *average - sample;
	bool settled = off <= *average / (1 << SETTLED_SHIFT);

	if (off > *average / (1 << FOLLOW_SHIFT))
		*average = sample;
	else
		*average += (sample - *average) / (1 << SMOOTH_SHIFT);
	return settled;
}

/* Bring a node up to date with its cgroup. */
static void node_read(struct node *n, const struct cland_cgroup *cgroup, uint64_t now_ns)
{
	uint64_t time_ns = now_ns - n->seen_ns;
	bool is_new = n->id != cgroup->id;

	if (is_new)
		/* All there is to go by is who wants the CPU right now. */
		*n = (struct node){
			.id = cgroup->id,
			.weight_avg = (double)cgroup->weight_now,
			.nr_avg = cgroup->nr_now,
		};
	else if (time_ns >= SAMPLE_MIN_NS) {
		n->settled = average(&n->weight_avg, (double)(cgroup->runnable_weight_ns -
							      n->runnable_weight_ns) /
							     (double)time_ns);
		average(&n->nr_avg,
			(double)(cgroup->runnable_ns - n->runnable_ns) / (double)time_ns);
	}
	/* Less than a sample is left to the next one. */
	if (is_new || time_ns >= SAMPLE_MIN_NS) {
		n->seen_ns = now_ns;
		n->runnable_ns = cgroup->runnable_ns;
		n->runnable_weight_ns = cgroup->runnable_weight_ns;
	}
	n->claim = (double)cgroup->weight * CLAND_WEIGHT_NICE_0 / CLAND_CGROUP_WEIGHT_DEFAULT;
	n->parent = cgroup->parent;
	n->level = cgroup->level;
}

void cgroup_shares_update(struct cgroup_shares *shares, uint64_t now_ns)
{
	const struct cland_cgroup *cgroup;
	uint32_t i, level;

	shares->updated_ns = now_ns;
	shares->nr_levels = 0;
	for (i = 1; i < shares->host->max_cgroups; i++) {
		struct node *n = &shares->node[i];

		cgroup = shares->host->cgroup(i, now_ns);
		if (!cgroup)
			break;
		if (!cgroup->id || cgroup->level >= LEVELS_MAX) {
			n->id = 0;
			continue;
		}
		node_read(n, cgroup, now_ns);
		n->claims = n->weight_avg;
		n->active = n->nr_avg;
		if (n->level >= shares->nr_levels)
			shares->nr_levels = n->level + 1;
	}
	shares->nr = i;

	/* Up: what is claimed in each. */
	for (level = shares->nr_levels; level-- > 1;)
		for (i = 1; i < shares->nr; i++) {
			struct node *n = &shares->node[i], *parent = &shares->node[n->parent];

			if (!n->id || n->level != level)
				continue;
			if (n->active > 1)
				n->active = 1;
			parent->claims += n->active * n->claim;
			parent->active += n->active;
		}
	/* Down: what each is worth. */
	for (level = 1; level < shares->nr_levels; level++)
		for (i = 1; i < shares->nr; i++) {
			struct node *n = &shares->node[i];
			const struct node *parent = &shares->node[n->parent];

			if (!n->id || n->level != level)
				continue;
			n->worth = n->claim;
			if (parent->id && parent->level)
				n->worth *= parent->worth /
					    (parent->claims + (1 - n->active) * n->claim);
		}
}

uint64_t cgroup_shares_worth(struct cgroup_shares *shares, const struct cland_task *task,
			     bool *ret_settled)
{
	const struct node *n = &shares->node[task->cgroup];
	double claims;

	*ret_settled = true;
	if (!task->cgroup_id || task->cgroup >= shares->host->max_cgroups)
		return (uint64_t)task->weight << 10;
	/* What a task says may be older than the last update. */
	if ((n->id != task->cgroup_id || !n->settled) &&
	    (int64_t)(task->now_ns - shares->updated_ns) > UPDATE_MIN_NS)
		cgroup_shares_update(shares, task->now_ns);
	*ret_settled = n->id == task->cgroup_id && n->settled;
	/* Not met yet: for a moment it competes by itself. */
	if (n->id != task->cgroup_id || !n->level || n->worth <= 0)
		return (uint64_t)task->weight << 10;
	claims = n->claims > task->weight ? n->claims : task->weight;
	return (uint64_t)(n->worth * task->weight / claims * 1024) + 1;
}
