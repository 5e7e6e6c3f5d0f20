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
 * The host keeps vtime by the rate of the lease, so rank() and the lease's formula agree: whether
 * this file or the kernel stub ranks a task makes no difference to the order.
 */
#include <errno.h>
#include <stdlib.h>

#include <scx-cland/policy.h>

enum { PARAM_SLICE, PARAM_PREEMPT };

static const struct cland_param params[] = {
	[PARAM_SLICE] = {
		.name = "slice_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 500, .max = 100000, .def = 3000,
		.help = "How long a task runs before the next one is considered.",
	},
	[PARAM_PREEMPT] = {
		.name = "preempt_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 0, .max = 100000, .def = 2000,
		.help = "A waking task that ranks sooner by more than this interrupts; 0: never.",
	},
	{ .name = NULL },
};

#define WINDOW_NS 900000000ULL

struct vruntime {
	uint64_t slice_ns, preempt_ns;
};

static int vruntime_create(const struct cland_host *host, const union cland_value *values,
			   void **ret_policy)
{
	struct vruntime *v = malloc(sizeof(*v));

	(void)host;
	if (!v)
		return -ENOMEM;
	v->slice_ns = values[PARAM_SLICE].u64 * 1000;
	v->preempt_ns = values[PARAM_PREEMPT].u64 * 1000;
	*ret_policy = v;
	return 0;
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

	lease->rate = (uint32_t)((uint64_t)CLAND_RATE_ONE * CLAND_WEIGHT_NICE_0 / task->weight);
	/*
	 * The host forgets what a task has had beyond a second of virtual time: a light task's
	 * slice must not be worth more than that.
	 */
	lease->slice_ns = WINDOW_NS * task->weight / CLAND_WEIGHT_NICE_0;
	if (lease->slice_ns > v->slice_ns)
		lease->slice_ns = v->slice_ns;
	lease->credit_ns = v->slice_ns;
	lease->preempt_ns = v->preempt_ns;
}

CLAND_POLICY(.name = "vruntime",
	     .summary = "weighted fair: CPU time in proportion to nice levels",
	     .version = "1.0",
	     .params = params,
	     .create = vruntime_create,
	     .destroy = free,
	     .rank = vruntime_rank,
	     .lease = vruntime_lease);
