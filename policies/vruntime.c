/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vruntime - weighted fair sharing, the policy of scx-cland's default.
 *
 * For everyday use and servers: every task gets CPU time in proportion to its weight (nice level),
 * and who has slept is served soon but not unboundedly so.
 *
 *	vtime += CPU time used [ns] * 1024 / weight		(1024 is the weight of nice 0)
 *	rank   = max(vtime, clock - credit)			lowest rank runs first
 *
 * credit is one slice: a sleeper or newcomer never has more than one slice of advantage. The idea
 * is weighted fair queueing with virtual time (Demers, Keshav, Shenker 1989; start-time fair
 * queueing: Goyal, Vin, Cheng 1996), which Linux's CFS made known as vruntime.
 *
 * Who wakes up interrupts only when it is behind by more than a slice: tasks that are served in
 * turn are a slice apart anyway, and to interrupt for less makes those that wake each other up all
 * the time (hackbench, a pipeline) switch four times as often and take half as long again. Whom a
 * timer wakes up beside a hog interrupts for a fourth of that (cland_lease.preempt_ns). In a crowd
 * both this and the slice grow (CLAND_LEASE_CROWD), as everybody waits for many turns there.
 *
 * The host keeps vtime by the rate of the lease, so rank() and the lease's formula agree: whether
 * this file or the kernel stub ranks a task makes no difference to the order.
 *
 * With cgroup_weights a task's weight is what it is worth in the hierarchy of cgroups, see
 * cgroup_shares.h. What limits the precision:
 *	- Averages are taken once a second and leases renewed then: after a change in who wants the CPU
 *	  in a cgroup, shares are off for one to two seconds, of a new cgroup for a few tenths.
 *	- A task that sleeps now and then is worth what a busy one is, so that beside busy ones its
 *	  cgroup gets somewhat more than its share.
 *	- A task cannot use more than one CPU: what a cgroup with few tasks leaves, others take.
 *	- Slices end at timer ticks, and the host forgets what a task has had beyond a second of
 *	  virtual time: worths below 5 (many busy tasks in a cgroup of low weight) get more than due.
 *	- Each last-level cache has an order of its own; the host balances tasks, not weights.
 */
#include <errno.h>
#include <stdlib.h>

#include "cgroup_shares.h"

enum { PARAM_SLICE, PARAM_PREEMPT, PARAM_CROWD, PARAM_CGROUP_WEIGHTS };

static const struct cland_param params[] = {
	[PARAM_SLICE] = {
		.name = "slice_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 500, .max = 100000, .def = 3000,
		.help = "How long a task runs before the next one is considered.",
	},
	[PARAM_PREEMPT] = {
		.name = "preempt_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 0, .max = 100000, .def = 4000,
		.help = "A waking task that ranks sooner by more than this interrupts; 0: never.",
	},
	[PARAM_CROWD] = {
		.name = "longer_in_crowds", .type = CLAND_PARAM_BOOL, .def = 1,
		.help = "slice_us and preempt_us grow where more than two tasks wait for each CPU.",
	},
	[PARAM_CGROUP_WEIGHTS] = {
		.name = "cgroup_weights", .type = CLAND_PARAM_BOOL, .def = 0,
		.help = "Divide CPU time by the cpu.weight of cgroups first, then by nice levels.",
	},
	{ .name = NULL },
};

#define WINDOW_NS 900000000ULL
#define SLICE_MIN_NS 100000ULL	/* these two: limits of struct cland_lease */
#define RATE_MAX (1024 * CLAND_RATE_ONE)
#define WORTH_ONE 1024	/* worths are in this part of a weight */
/* Renewed at every tick, when tasks have a new worth ... */
#define VALID_NS 2000000000ULL
/* ... and sooner while it is about to change. */
#define VALID_UNSETTLED_NS 100000000ULL

struct vruntime {
	uint64_t slice_ns, preempt_ns;
	uint32_t crowd_flag;	/* CLAND_LEASE_CROWD or 0 */
	struct cgroup_shares *shares; /* NULL: cgroups do not count */
};

static int vruntime_create(const struct cland_host *host, const union cland_value *values,
			   void **ret_policy)
{
	struct vruntime *v = calloc(1, sizeof(*v));
	bool old_host = false;

	if (!v)
		return -ENOMEM;
	v->slice_ns = values[PARAM_SLICE].u64 * 1000;
	v->preempt_ns = values[PARAM_PREEMPT].u64 * 1000;
	if (values[PARAM_CROWD].u64 && host->abi_minor >= 5)
		v->crowd_flag = CLAND_LEASE_CROWD;
	if (values[PARAM_CGROUP_WEIGHTS].u64) {
		v->shares = cgroup_shares_new(host, &old_host);
		if (!v->shares) {
			free(v);
			return old_host ? -ENOTSUP : -ENOMEM;
		}
	}
	*ret_policy = v;
	return 0;
}

static void vruntime_destroy(void *policy)
{
	struct vruntime *v = policy;

	cgroup_shares_free(v->shares);
	free(v);
}

static uint64_t vruntime_rank(void *policy, const struct cland_task *task)
{
	const struct vruntime *v = policy;
	uint64_t earliest_ns = task->clock_ns - v->slice_ns;

	/* Virtual time may wrap: compare by the sign of the difference. */
	if ((task->flags & CLAND_TASK_WAKEUP) && (int64_t)(task->vtime_ns - earliest_ns) < 0)
		return earliest_ns;
	return task->vtime_ns;
}

/* The host's lease is weighted fair already; ours differs in the length of the slice. */
static void vruntime_lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	const struct vruntime *v = policy;
	uint64_t worth = (uint64_t)task->weight * WORTH_ONE, rate;
	bool settled;

	if (v->shares) {
		worth = cgroup_shares_worth(v->shares, task, &settled);
		lease->valid_ns = settled ? VALID_NS : VALID_UNSETTLED_NS;
	}
	rate = (uint64_t)CLAND_RATE_ONE * CLAND_WEIGHT_NICE_0 * WORTH_ONE / worth;
	lease->rate = rate > RATE_MAX ? RATE_MAX : rate < 1 ? 1 : (uint32_t)rate;
	/*
	 * The host forgets what a task has had beyond a second of virtual time: a light task's
	 * slice must not be worth more than that.
	 */
	lease->slice_ns = WINDOW_NS / CLAND_WEIGHT_NICE_0 * worth / WORTH_ONE;
	if (lease->slice_ns < SLICE_MIN_NS)
		lease->slice_ns = SLICE_MIN_NS;
	if (lease->slice_ns > v->slice_ns)
		lease->slice_ns = v->slice_ns;
	lease->credit_ns = v->slice_ns;
	lease->preempt_ns = v->preempt_ns;
	lease->flags |= v->crowd_flag;
}

static void vruntime_tick(void *policy, uint64_t now_ns)
{
	const struct vruntime *v = policy;

	if (v->shares)
		cgroup_shares_update(v->shares, now_ns);
}

enum { REASON_NICE, REASON_FACTOR, REASON_CGROUPS, REASON_AHEAD };

static const char *const reasons[] = {
	[REASON_NICE] = "weighted fair, by its nice level",
	[REASON_FACTOR] = "weighted fair, by its nice level and a [rule]'s factor",
	[REASON_CGROUPS] = "weighted fair, by the cpu.weight of its cgroups",
	[REASON_AHEAD] = "weighted fair, and ahead of its turn as a [rule] says",
	NULL,
};

/* What puts it ahead, or is in its weight, the host has added to what we answer: we tell it all the same. */
static uint32_t vruntime_reason(void *policy, const struct cland_task *task)
{
	const struct vruntime *v = policy;

	if (((task->hints & CLAND_HINT_BOOST) && task->hint_boost) || (task->hints & CLAND_HINT_DEADLINE))
		return REASON_AHEAD;
	if (v->shares)
		return REASON_CGROUPS;
	return task->hints & CLAND_HINT_WEIGHT ? REASON_FACTOR : REASON_NICE;
}

CLAND_POLICY(.name = "vruntime",
	     .summary = "weighted fair: CPU time in proportion to nice levels",
	     .version = "1.3",
	     .params = params,
	     .create = vruntime_create,
	     .destroy = vruntime_destroy,
	     .rank = vruntime_rank,
	     .lease = vruntime_lease,
	     .tick = vruntime_tick,
	     .reasons = reasons,
	     .reason = vruntime_reason);
