/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deadline - earliest virtual deadline first: short requests run sooner, shares stay fair.
 *
 * For mixed loads, above all servers: a task that needs the CPU for a short time at a time waits
 * less than one that takes all it gets, and neither gets more than its weight's share.
 *
 *	vtime   += CPU time used [ns] * 1024 / weight		(1024 is the weight of nice 0)
 *	request  = burst average, min_request..slice [ns]	CPU time between wake-up and sleep
 *	rank     = max(vtime, clock - slice * 1024 / weight) + request * 1024 / weight
 *								lowest rank runs first
 *
 * The first term is the virtual time at which the task is eligible for its request, the sum is the
 * request's virtual deadline. A request is what the task is known to use, so a task that sleeps
 * before its slice is over asks for less and is due sooner; a task that never sleeps asks for whole
 * slices. Being due sooner is all it gains: what it uses is charged in full. A sleeper's claim is one
 * slice at most, the longest request there is, which also bounds it in the paper.
 *
 * The idea is earliest eligible virtual deadline first (Stoica, Abdel-Wahab 1995), the rule of
 * Linux's own fair class since 6.6 (2023). What differs: eligibility is not a condition here. A
 * task ahead of its share may still have the earliest deadline, and so be ahead by the difference
 * of two requests, less than one slice. And requests come from behaviour, not from the program.
 */
#include <errno.h>
#include <stdlib.h>

#include <scx-cland/policy.h>

/* A burst average follows within a few wake-ups; this is how soon we look. */
#define VALID_NS 500000000
/* Ends at once: the next enqueue asks, which is how a new burst average is learnt. */
#define VALID_OVER_NS 1
#define VIRTUAL_MAX_NS 500000000

enum { PARAM_SLICE, PARAM_MIN_REQUEST, PARAM_PREEMPT };

static const struct cland_param params[] = {
	[PARAM_SLICE] = {
		.name = "slice_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 500, .max = 100000, .def = 3000,
		.help = "The longest request: how long a task runs before the next one is considered.",
	},
	[PARAM_MIN_REQUEST] = {
		.name = "min_request_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 100, .max = 100000, .def = 300,
		.help = "The shortest request: below this, tasks are served in the order they wake.",
	},
	[PARAM_PREEMPT] = {
		.name = "preempt_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 0, .max = 100000, .def = 1000,
		.help = "A waking task that is due sooner by more than this interrupts; 0: never.",
	},
	{ .name = NULL },
};

struct deadline {
	uint64_t slice_ns, min_request_ns, preempt_ns;
};

/* Kept with each task. */
struct task_state {
	uint64_t asked; /* rank() has just been called: what the task says is new */
};

static int deadline_create(const struct cland_host *host, const union cland_value *values,
			   void **ret_policy)
{
	struct deadline *d = malloc(sizeof(*d));

	(void)host;
	if (!d)
		return -ENOMEM;
	d->slice_ns = values[PARAM_SLICE].u64 * 1000;
	d->min_request_ns = values[PARAM_MIN_REQUEST].u64 * 1000;
	if (d->min_request_ns > d->slice_ns)
		d->min_request_ns = d->slice_ns;
	d->preempt_ns = values[PARAM_PREEMPT].u64 * 1000;
	*ret_policy = d;
	return 0;
}

/* Virtual time passes the faster the less a task weighs. */
static uint64_t rate_of(const struct cland_task *task)
{
	return (uint64_t)CLAND_RATE_ONE * CLAND_WEIGHT_NICE_0 / task->weight;
}

/* CPU time in virtual time, less than the window in which ranks are kept also for nice 19. */
static uint64_t virtual_of(uint64_t time_ns, const struct cland_task *task)
{
	uint64_t virtual_ns = time_ns * rate_of(task) / CLAND_RATE_ONE;

	return virtual_ns < VIRTUAL_MAX_NS ? virtual_ns : VIRTUAL_MAX_NS;
}

/* [ns of CPU time] */
static uint64_t request_of(const struct deadline *d, const struct cland_task *task)
{
	uint64_t request_ns = task->burst_avg_ns;

	/* Longer awake than usual: the average will follow, we need not wait for it. */
	if (request_ns < task->used_since_wakeup_ns)
		request_ns = task->used_since_wakeup_ns;
	/* Has not slept yet: unknown. */
	if (!task->burst_avg_ns || request_ns > d->slice_ns)
		request_ns = d->slice_ns;
	if (request_ns < d->min_request_ns)
		request_ns = d->min_request_ns;
	return request_ns;
}

static uint64_t deadline_rank(void *policy, const struct cland_task *task)
{
	const struct deadline *d = policy;
	struct task_state *state = task->priv;
	uint64_t earliest_ns = task->clock_ns - virtual_of(d->slice_ns, task);
	uint64_t eligible_ns = task->vtime_ns;

	state->asked = 1;
	/* Virtual time may wrap: compare by the sign of the difference. */
	if ((task->flags & CLAND_TASK_WAKEUP) && (int64_t)(eligible_ns - earliest_ns) < 0)
		eligible_ns = earliest_ns;
	return eligible_ns + virtual_of(request_of(d, task), task);
}

static void deadline_lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	const struct deadline *d = policy;
	struct task_state *state = task->priv;

	lease->valid_ns = state->asked ? VALID_NS : VALID_OVER_NS;
	lease->rate = (uint32_t)rate_of(task);
	lease->slice_ns = d->slice_ns;
	lease->credit_ns = virtual_of(d->slice_ns, task);
	lease->offset_ns = (int64_t)virtual_of(request_of(d, task), task);
	lease->preempt_ns = d->preempt_ns;
	state->asked = 0;
}

CLAND_POLICY(.task_priv_size = sizeof(struct task_state),
	     .name = "deadline",
	     .summary = "earliest virtual deadline first: short requests run sooner, shares stay fair",
	     .version = "1.0",
	     .params = params,
	     .create = deadline_create,
	     .destroy = free,
	     .rank = deadline_rank,
	     .lease = deadline_lease);
