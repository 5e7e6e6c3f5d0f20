/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rustland - the published rule of scx_rustland: who computes for long without sleeping waits.
 *
 * For comparison with that scheduler, and for desktops: interactive tasks sleep often, so they go
 * ahead of those that compute.
 *
 *	vtime += CPU time used [ns] * 1024 / weight	(1024 is the weight of nice 0)
 *	vtime  = max(vtime, clock - slice)
 *	rank   = vtime + min(CPU time since the last sleep [ns], runtime_cap)
 *							lowest rank runs first
 *
 * From scx_rustland (Andrea Righi, 2024), a scheduler in user space for sched_ext. What differs:
 *
 *	- There the sum comes back as the task's vruntime the next time: computing without a sleep
 *	  counts twice, and old hogs can wait for new ones for seconds. Here the two are kept apart.
 *	- There the cap is 100 slices, two seconds; here it is a parameter, 30 ms unless set. It is
 *	  virtual time: behind tasks that keep beginning anew, as in a storm of forks, whoever has
 *	  reached it waits for about cap * tasks / CPUs.
 *	- There the clock adds up what anybody uses; here it is the vtime being served.
 *	- There a slice is shared out among the tasks that wait; here its length is fixed.
 *	- There the kernel asks every time.
 *
 * The CPU time since the last sleep changes with every slice, and a lease's offset does not. But
 * there are leases where the term stands still: a task that has reached the cap stays there until
 * it sleeps, and a task whose bursts are shorter than its slice is at 0 whenever it is ranked. The
 * others are asked for every time (valid_ns = 0). Leases are short, as tasks change.
 */
#include <errno.h>
#include <stdlib.h>

#include <scx-cland/policy.h>

/* How long the term may be taken to stand still. */
#define VALID_NS 200000000
/* Ends at once: the next enqueue asks. 0 would keep the host from ever renewing. */
#define VALID_OVER_NS 1

enum { PARAM_SLICE, PARAM_RUNTIME_CAP };

static const struct cland_param params[] = {
	[PARAM_SLICE] = {
		.name = "slice_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 500, .max = 100000, .def = 3000,
		.help = "How long a task runs before the next one is considered.",
	},
	[PARAM_RUNTIME_CAP] = {
		.name = "runtime_cap_ms", .unit = "ms", .type = CLAND_PARAM_U64,
		.min = 0, .max = 900, .def = 30,
		.help = "How much of the time computed since the last sleep counts, at most.",
	},
	{ .name = NULL },
};

struct rustland {
	uint64_t slice_ns, runtime_cap_ns;
};

/* Kept with each task. */
struct task_state {
	uint64_t asked; /* rank() has just been called: what the task says is new */
};

static int rustland_create(const struct cland_host *host, const union cland_value *values,
			   void **ret_policy)
{
	struct rustland *r = malloc(sizeof(*r));

	(void)host;
	if (!r)
		return -ENOMEM;
	r->slice_ns = values[PARAM_SLICE].u64 * 1000;
	r->runtime_cap_ns = values[PARAM_RUNTIME_CAP].u64 * 1000000;
	*ret_policy = r;
	return 0;
}

static uint64_t awake_ns(const struct rustland *r, const struct cland_task *task)
{
	uint64_t used_ns = task->used_since_wakeup_ns;

	return used_ns < r->runtime_cap_ns ? used_ns : r->runtime_cap_ns;
}

static uint64_t rustland_rank(void *policy, const struct cland_task *task)
{
	const struct rustland *r = policy;
	struct task_state *state = task->priv;
	uint64_t earliest_ns = task->clock_ns - r->slice_ns;
	uint64_t vtime_ns = task->vtime_ns;

	state->asked = 1;
	/* Virtual time may wrap: compare by the sign of the difference. */
	if ((task->flags & CLAND_TASK_WAKEUP) && (int64_t)(vtime_ns - earliest_ns) < 0)
		vtime_ns = earliest_ns;
	return vtime_ns + awake_ns(r, task);
}

static void rustland_lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	const struct rustland *r = policy;
	struct task_state *state = task->priv;

	lease->slice_ns = r->slice_ns;
	lease->credit_ns = r->slice_ns;
	lease->offset_ns = (int64_t)awake_ns(r, task);
	if (!state->asked)
		lease->valid_ns = VALID_OVER_NS; /* a renewal: how it behaves now is not known */
	else if (task->used_since_wakeup_ns >= r->runtime_cap_ns)
		lease->valid_ns = VALID_NS;
	else if ((task->flags & CLAND_TASK_WAKEUP) && task->burst_avg_ns < r->slice_ns)
		lease->valid_ns = VALID_NS;
	else
		lease->valid_ns = 0;
	state->asked = 0;
}

enum { REASON_SLEPT, REASON_COMPUTES, REASON_CAP };

static const char *const reasons[] = {
	[REASON_SLEPT] = "has just slept: ranked by its share alone",
	[REASON_COMPUTES] = "behind its share by what it computed since it slept",
	[REASON_CAP] = "computes without sleep: as far behind as runtime_cap allows",
	NULL,
};

static uint32_t rustland_reason(void *policy, const struct cland_task *task)
{
	const struct rustland *r = policy;

	if (!task->used_since_wakeup_ns)
		return REASON_SLEPT;
	return task->used_since_wakeup_ns < r->runtime_cap_ns ? REASON_COMPUTES : REASON_CAP;
}

CLAND_POLICY(.task_priv_size = sizeof(struct task_state),
	     .name = "rustland",
	     .summary = "scx_rustland's rule: who computes for long without sleeping waits",
	     .version = "1.1",
	     .params = params,
	     .create = rustland_create,
	     .destroy = free,
	     .rank = rustland_rank,
	     .lease = rustland_lease,
	     .reasons = reasons,
	     .reason = rustland_reason);
