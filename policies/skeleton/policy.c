/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * @NAME@ - say here what it does, for whom, and by which formula.
 *
 * As it stands: CPU time in proportion to nice levels, and tasks that use the CPU for short times
 * only go ahead of the others.
 *
 *	rank = vtime - bonus		[ns] lowest rank runs first
 *	bonus = bonus_us, for tasks whose bursts are shorter than 1 ms; else 0
 *
 * Every function is explained here; scx-cland/policy.h has the whole contract. All but rank() may
 * be left out: delete the function and its line in CLAND_POLICY() at the end.
 */
#include <errno.h>
#include <stdlib.h>

#include <scx-cland/policy.h>

/*
 * Parameters: the keys of [policy.@NAME@] in /etc/scx-cland.ini. The host reads and checks them;
 * create() gets their values in this order. Put the unit into the name.
 */
enum { PARAM_SLICE, PARAM_BONUS };

static const struct cland_param params[] = {
	[PARAM_SLICE] = {
		.name = "slice_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 500, .max = 100000, .def = 3000,
		.help = "How long a task runs before the next one is considered.",
	},
	[PARAM_BONUS] = {
		.name = "bonus_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 0, .max = 100000, .def = 5000,
		.help = "How far a task with short bursts goes ahead.",
	},
	{ .name = NULL }, /* the end of the table */
};

/* The policy's own state. Keep all of it here and none in statics: two instances may be alive. */
struct @IDENT@_policy {
	const struct cland_host *host;
	uint64_t slice_ns, bonus_ns;
	uint64_t nr_asked, nr_said;
};

/* What is kept with each task: zero when the policy meets it, zeroed again when it has gone. */
struct task_state {
	uint64_t nr_asked;
};

/*
 * create() [main]: called once, before anything is decided. May allocate, read files, take some
 * seconds. host stays valid until destroy() returns, values only during this call. Returns 0, or
 * -errno: then the policy is not used, and destroy() is not called.
 */
static int @IDENT@_create(const struct cland_host *host, const union cland_value *values,
	void **ret_policy)
{
	struct @IDENT@_policy *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->host = host;
	p->slice_ns = values[PARAM_SLICE].u64 * 1000;
	p->bonus_ns = values[PARAM_BONUS].u64 * 1000;
	*ret_policy = p;
	return 0;
}

/* destroy() [main]: the last call. Tasks may still be alive. */
static void @IDENT@_destroy(void *policy)
{
	free(policy);
}

/* Functions of your own: static, so that the shared object exports the policy and nothing else. */
static uint64_t bonus_ns(const struct @IDENT@_policy *p, const struct cland_task *task)
{
	return task->burst_avg_ns < 1000000 ? p->bonus_ns : 0;
}

/*
 * rank() [hot], required: where the task goes in the order; lower runs first. A rank is a place on
 * the scale of task->clock_ns, which is "now"; the host keeps it within a second of that.
 * task->vtime_ns, the CPU time the task has used by its weight, makes for fair shares.
 *
 * [hot] means: all tasks wait for the return. No allocation, no lock, no I/O, no call to the
 * system. The answer depends on the arguments and on your state only. Virtual times wrap: use
 * differences, and compare them by their sign, (int64_t)(a - b) < 0.
 */
static uint64_t @IDENT@_rank(void *policy, const struct cland_task *task)
{
	struct @IDENT@_policy *p = policy;
	struct task_state *state = task->priv;

	state->nr_asked++;
	p->nr_asked++;
	return task->vtime_ns - bonus_ns(p, task);
}

/*
 * lease() [hot]: the terms on which the kernel ranks the task without asking again, for valid_ns:
 *
 *	rank = max(vtime, clock - credit_ns) + offset_ns
 *
 * They are filled in as weighted fair, for 4 s; change what you mean to change, and let the formula
 * agree with rank(). lease->valid_ns = 0 means: ask me every time. Without this function it is 0.
 */
static void @IDENT@_lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	const struct @IDENT@_policy *p = policy;

	lease->slice_ns = p->slice_ns;
	lease->offset_ns = -(int64_t)bonus_ns(p, task);
	lease->preempt_ns = 2000000; /* whoever ranks later by 2 ms is interrupted on wake-up */
}

/* tick() [hot]: about once a second. A place for what grows old, and for a line in the log. */
static void @IDENT@_tick(void *policy, uint64_t now_ns)
{
	struct @IDENT@_policy *p = policy;

	(void)now_ns;
	if (!p->nr_said && p->nr_asked) {
		p->host->log("has been asked for the first time");
		p->nr_said = p->nr_asked;
	}
}

/* task_exit() [hot]: the task has gone; the last look at its private bytes. May come a second late. */
static void @IDENT@_task_exit(void *policy, int32_t pid, void *priv)
{
	struct task_state *state = priv;

	(void)policy;
	(void)pid;
	state->nr_asked = 0;
}

/* Why a task is ranked as it is, for people: `clandctl top` has it on a task's page. NULL ends it. */
enum { REASON_SHARE, REASON_SHORT };

static const char *const reasons[] = {
	[REASON_SHARE] = "by its share of CPU time",
	[REASON_SHORT] = "computes for less than 1 ms at a time: ahead of others",
	NULL,
};

/* reason() [hot]: which of them was behind what rank() and lease() have just said of the task. */
static uint32_t @IDENT@_reason(void *policy, const struct cland_task *task)
{
	return bonus_ns(policy, task) ? REASON_SHORT : REASON_SHARE;
}

/* The one symbol that the shared object exports. */
CLAND_POLICY(.task_priv_size = sizeof(struct task_state),
	     .name = "@NAME@",
	     .summary = "a new policy: weighted fair, short bursts go ahead",
	     .version = "0.1",
	     .params = params,
	     .create = @IDENT@_create,
	     .destroy = @IDENT@_destroy,
	     .rank = @IDENT@_rank,
	     .lease = @IDENT@_lease,
	     .tick = @IDENT@_tick,
	     .task_exit = @IDENT@_task_exit,
	     .reasons = reasons,
	     .reason = @IDENT@_reason);
