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
 * slices. Being due sooner is all it gains: what it uses is charged in full. A sleeper's claim is
 * one slice at most, the longest request there is, which also bounds it in the paper.
 *
 * A deadline hinted by a [rule NAME] of the configuration takes the place of the request.
 *
 * Rules of this policy's own give named tasks a budget of CPU time in each period, to be used
 * before all others:
 *
 *	account  = min(account + budget, budget) in each period, - CPU time used by it
 *	rank     = clock - 900 ms + min(time to the end of the period, 300 ms)	while account > 0
 *	           as above, but of vtime only what grew otherwise	otherwise
 *
 * The tasks that match a rule share its account; the first rule that matches a task counts. Who
 * over-runs has the budget and, of what all budgets leave, the share of its weight. Slices end at
 * timer ticks, which may be more than the account has: that is taken from the next period's. Tasks
 * of rules have no leases (valid_ns = 0): the account is known here only, so every enqueue of
 * theirs asks. The budgets must leave a tenth of all CPU time to the others, or the policy refuses
 * to start; CPUs that are online at that time count. Among budgets the earliest end of a period
 * goes first: the rule of Liu and Layland (1973), with the accounts of constant bandwidth servers
 * (Abeni, Buttazzo 1998).
 *
 * The idea is earliest eligible virtual deadline first (Stoica, Abdel-Wahab 1995), the rule of
 * Linux's own fair class since 6.6 (2023). What differs: eligibility is not a condition here. A
 * task ahead of its share may still have the earliest deadline, and so be ahead by the difference
 * of two requests, less than one slice. And requests come from behaviour, not from the program.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <scx-cland/policy.h>

/* A burst average follows within a few wake-ups; this is how soon we look. */
#define VALID_NS 500000000
/* Ends at once: the next enqueue asks, which is how a new burst average is learnt. */
#define VALID_OVER_NS 1
#define VIRTUAL_MAX_NS 500000000
/* Of the second that the host keeps ranks within: how far budgets go ahead. */
#define AHEAD_NS 900000000
#define AHEAD_PERIOD_MAX_NS 300000000 /* no nearer to the others than this */
#define BUDGETS_MAX_PCT 90	/* of all CPU time */
#define BUDGET_RATE_PART 64
#define OFFSET_MAX_NS 1000000000 /* of a lease */
#define BUDGET_SLICE_MIN_NS 100000
/* A budget interrupts everybody who has none, and among budgets the later period. */
#define BUDGET_PREEMPT_NS 500000

enum { PARAM_SLICE, PARAM_MIN_REQUEST, PARAM_PREEMPT, PARAM_CROWD, PARAM_RULE };

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
		.min = 0, .max = 100000, .def = 4000,
		.help = "A waking task that is due sooner by more than this interrupts; 0: never.",
	},
	[PARAM_CROWD] = {
		.name = "longer_in_crowds", .type = CLAND_PARAM_BOOL, .def = 1,
		.help = "slice_us and preempt_us grow where more than two tasks wait for each CPU.",
	},
	[PARAM_RULE] = {
		.name = "rule", .type = CLAND_PARAM_RULES,
		.help = "A period, and a budget in it that its tasks use before all others; of a cgroup "
			"those in it, not those in cgroups with the cpu controller below it.",
	},
	{ .name = NULL },
};

struct rule {
	struct cland_rule terms;
	uint64_t period_end_ns;	/* CLOCK_MONOTONIC; 0: nobody has run by it yet */
	int64_t account_ns;	/* left in the period; below 0: taken from the next one */
};

struct deadline {
	uint64_t slice_ns, min_request_ns, preempt_ns;
	uint32_t crowd_flag;	/* CLAND_LEASE_CROWD or 0 */
	bool has_kernel_weight;	/* cland_task of this host has it */
	uint32_t nr_rules;
	struct rule rules[CLAND_RULES_MAX];
};

/* Kept with each task. */
struct task_state {
	uint64_t asked; /* rank() has just been called: what the task says is new */
	/* Of tasks that a rule is for: */
	const struct rule *rule;
	uint64_t used_ns; /* when it last asked, as are clock and queue */
	uint64_t clock_ns;
	uint64_t fair_ns; /* its virtual time without what was used of accounts */
	uint32_t queue;
	uint32_t ahead; /* on the account since it last asked */
	uint32_t vtime_leads; /* its virtual time is ahead of fair_ns */
	uint32_t unused;
	int64_t reserved_ns; /* taken from the account for its next slice: others of the rule find it gone */
	int64_t offset_ns; /* from its virtual time to where the budget ranks it */
};

/* Returns -1, and has said why, when the budgets are more than there is. */
static int rules_take(struct deadline *d, const struct cland_host *host,
		      const struct cland_rules *rules)
{
	/* [millionths of a CPU] */
	uint32_t nr_cpus = host->nr_cpus_online ? host->nr_cpus_online : host->nr_cpus, i;
	uint64_t sum = 0, limit = (uint64_t)nr_cpus * 10000 * BUDGETS_MAX_PCT;
	char line[256];

	for (i = 0; i < rules->nr && i < CLAND_RULES_MAX; i++) {
		d->rules[i].terms = rules->rule[i];
		sum += rules->rule[i].budget_ns * 1000000 / rules->rule[i].period_ns;
	}
	d->nr_rules = i;
	if (sum <= limit)
		return 0;
	/* rounded up, so that it is more than the limit to the eye, too */
	sum += 9999;
	snprintf(line, sizeof(line), "the budgets of the rules come to %llu.%02llu CPUs, and %u CPU%s "
		 "%s %llu.%02llu for budgets: lower budget_us or raise period_us, or take out a "
		 "rule", (unsigned long long)(sum / 1000000),
		 (unsigned long long)(sum / 10000 % 100), nr_cpus, nr_cpus == 1 ? "" : "s",
		 nr_cpus == 1 ? "has" : "have",
		 (unsigned long long)(limit / 1000000), (unsigned long long)(limit / 10000 % 100));
	host->log(line);
	return -1;
}

static int deadline_create(const struct cland_host *host, const union cland_value *values,
			   void **ret_policy)
{
	struct deadline *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	if (rules_take(d, host, values[PARAM_RULE].rules)) {
		free(d);
		return -ERANGE;
	}
	d->has_kernel_weight = host->abi_minor >= 3;
	d->slice_ns = values[PARAM_SLICE].u64 * 1000;
	d->min_request_ns = values[PARAM_MIN_REQUEST].u64 * 1000;
	if (d->min_request_ns > d->slice_ns)
		d->min_request_ns = d->slice_ns;
	d->preempt_ns = values[PARAM_PREEMPT].u64 * 1000;
	if (values[PARAM_CROWD].u64 && host->abi_minor >= 5)
		d->crowd_flag = CLAND_LEASE_CROWD;
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

	/* Said by the user: due within that time. */
	if (task->hints & CLAND_HINT_DEADLINE)
		return task->hint_deadline_ns < VIRTUAL_MAX_NS ? task->hint_deadline_ns :
								 VIRTUAL_MAX_NS;
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

/* Whether the text matches the pattern: * any characters, ? one. */
static bool matches(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static struct rule *rule_of(struct deadline *d, const struct cland_task *task)
{
	/* A [rule NAME] may have given the task another weight than its nice level's. */
	uint32_t weight = d->has_kernel_weight ? task->kernel_weight : task->weight, i;

	for (i = 0; i < d->nr_rules; i++) {
		const struct cland_rule *terms = &d->rules[i].terms;

		if ((!terms->comm[0] || matches(terms->comm, task->comm)) &&
		    (!terms->cgroup_id || terms->cgroup_id == task->cgroup_id) &&
		    (!terms->weight || terms->weight == weight))
			return &d->rules[i];
	}
	return NULL;
}

/* Charge what the task has used since it last asked, to the account or to its virtual time. */
static void rule_charge(const struct deadline *d, struct rule *rule, struct task_state *state,
			const struct cland_task *task)
{
	uint64_t used_ns = task->used_ns - state->used_ns;
	uint64_t earliest_ns = task->clock_ns - virtual_of(d->slice_ns, task);

	if (state->rule != rule) {
		state->fair_ns = task->vtime_ns;
	} else {
		/* Virtual times of two queues do not compare: it keeps its distance. */
		if (state->queue != task->queue)
			state->fair_ns += task->clock_ns - state->clock_ns;
		if (state->ahead)
			rule->account_ns += state->reserved_ns - (int64_t)used_ns;
		else
			state->fair_ns += virtual_of(used_ns, task);
	}
	/* A period may have begun since it was reserved. */
	if (rule->account_ns > (int64_t)rule->terms.budget_ns)
		rule->account_ns = (int64_t)rule->terms.budget_ns;
	/* Within what the host keeps of others. */
	if ((int64_t)(state->fair_ns - earliest_ns) < 0)
		state->fair_ns = earliest_ns;
	if ((int64_t)(state->fair_ns - task->clock_ns) > VIRTUAL_MAX_NS)
		state->fair_ns = task->clock_ns + VIRTUAL_MAX_NS;
	state->vtime_leads = (int64_t)(task->vtime_ns - state->fair_ns) > 0;
	state->rule = rule;
	state->used_ns = task->used_ns;
	state->clock_ns = task->clock_ns;
	state->queue = task->queue;
	state->ahead = 0;
}

/* Begin a new period if one is over. */
static void rule_refill(struct rule *rule, const struct cland_task *task)
{
	uint64_t periods;

	if (task->now_ns < rule->period_end_ns)
		return;
	periods = (task->now_ns - rule->period_end_ns) / rule->terms.period_ns + 1;
	if (!rule->period_end_ns || periods > 1000) {
		/* The first period begins with the first who asks. */
		rule->period_end_ns = task->now_ns + rule->terms.period_ns;
		rule->account_ns = (int64_t)rule->terms.budget_ns;
		return;
	}
	rule->period_end_ns += periods * rule->terms.period_ns;
	rule->account_ns += (int64_t)(periods * rule->terms.budget_ns);
	if (rule->account_ns > (int64_t)rule->terms.budget_ns)
		rule->account_ns = (int64_t)rule->terms.budget_ns;
}

/* Where a budget ranks: by the end of its period, before all who have none. */
static uint64_t budget_rank(const struct rule *rule, const struct cland_task *task)
{
	uint64_t left_ns = rule->period_end_ns - task->now_ns;

	if (left_ns > AHEAD_PERIOD_MAX_NS)
		left_ns = AHEAD_PERIOD_MAX_NS;
	return task->clock_ns - AHEAD_NS + left_ns;
}

static uint64_t deadline_rank(void *policy, const struct cland_task *task)
{
	struct deadline *d = policy;
	struct task_state *state = task->priv;
	struct rule *rule = rule_of(d, task);
	uint64_t earliest_ns = task->clock_ns - virtual_of(d->slice_ns, task);
	uint64_t eligible_ns = task->vtime_ns;

	state->asked = 1;
	if (rule) {
		rule_charge(d, rule, state, task);
		rule_refill(rule, task);
		if (rule->account_ns > 0) {
			uint64_t rank_ns = budget_rank(rule, task);

			state->ahead = 1;
			state->reserved_ns = (int64_t)d->slice_ns < rule->account_ns ? (int64_t)d->slice_ns :
										       rule->account_ns;
			rule->account_ns -= state->reserved_ns;
			state->offset_ns = (int64_t)(rank_ns - task->vtime_ns);
			return rank_ns;
		}
		eligible_ns = state->fair_ns;
	} else {
		state->rule = NULL;
	}
	/* Virtual time may wrap: compare by the sign of the difference. */
	if ((task->flags & CLAND_TASK_WAKEUP) && (int64_t)(eligible_ns - earliest_ns) < 0)
		eligible_ns = earliest_ns;
	return eligible_ns + virtual_of(request_of(d, task), task);
}

/* Terms of a task that a rule is for: to ask every time, and not to run on when the account is empty. */
static void budget_lease(const struct task_state *state, struct cland_lease *lease)
{
	lease->valid_ns = 0;
	lease->flags &= ~CLAND_LEASE_KEEP; /* it may have a budget by the end of the slice */
	/*
	 * The queue's clock follows its virtual time, which must not run away with what is used of
	 * accounts. Nor may it stand still: should we be gone, it is by this lease that the task
	 * goes on, with BUDGET_RATE_PART times its weight.
	 */
	if (state->ahead || state->vtime_leads)
		lease->rate = lease->rate / BUDGET_RATE_PART + 1;
	if (!state->ahead)
		return;
	/* For those who want to interrupt it; and a second's worth, should we be gone. */
	lease->offset_ns = state->offset_ns > -OFFSET_MAX_NS ? state->offset_ns : -OFFSET_MAX_NS;
	lease->preempt_ns = BUDGET_PREEMPT_NS;
	if (lease->slice_ns > (uint64_t)state->reserved_ns)
		lease->slice_ns = (uint64_t)state->reserved_ns;
	if (lease->slice_ns < BUDGET_SLICE_MIN_NS)
		lease->slice_ns = BUDGET_SLICE_MIN_NS;
}

static void deadline_lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	struct deadline *d = policy;
	struct task_state *state = task->priv;

	lease->valid_ns = state->asked ? VALID_NS : VALID_OVER_NS;
	lease->rate = (uint32_t)rate_of(task);
	lease->slice_ns = task->hints & CLAND_HINT_SLICE ? task->hint_slice_ns : d->slice_ns;
	lease->credit_ns = virtual_of(d->slice_ns, task);
	lease->offset_ns = (int64_t)virtual_of(request_of(d, task), task);
	lease->preempt_ns = d->preempt_ns;
	if (state->rule)
		budget_lease(state, lease);
	else if (!(task->hints & CLAND_HINT_SLICE))
		lease->flags |= d->crowd_flag;
	state->asked = 0;
}

enum { REASON_SHORT, REASON_WHOLE, REASON_NEW, REASON_HINT, REASON_BUDGET, REASON_NO_BUDGET };

static const char *const reasons[] = {
	[REASON_SHORT] = "asks for less than a slice: due sooner",
	[REASON_WHOLE] = "asks for a whole slice: due when that would be over",
	[REASON_NEW] = "has not slept yet: due as if it asked for a whole slice",
	[REASON_HINT] = "due within the time that a [rule] says",
	[REASON_BUDGET] = "has budget in its rule's period: before all others",
	[REASON_NO_BUDGET] = "its rule's budget is used up: as without a rule",
	NULL,
};

static uint32_t deadline_reason(void *policy, const struct cland_task *task)
{
	const struct deadline *d = policy;
	const struct task_state *state = task->priv;

	if (state->rule)
		return state->ahead ? REASON_BUDGET : REASON_NO_BUDGET;
	if (task->hints & CLAND_HINT_DEADLINE)
		return REASON_HINT;
	if (!task->burst_avg_ns)
		return REASON_NEW;
	return request_of(d, task) < d->slice_ns ? REASON_SHORT : REASON_WHOLE;
}

CLAND_POLICY(.task_priv_size = sizeof(struct task_state),
	     .capabilities = CLAND_OBEYS_DEADLINE | CLAND_OBEYS_SLICE,
	     .name = "deadline",
	     .summary = "earliest virtual deadline first: short requests run sooner, shares stay fair",
	     .version = "1.3",
	     .params = params,
	     .create = deadline_create,
	     .destroy = free,
	     .rank = deadline_rank,
	     .lease = deadline_lease,
	     .reasons = reasons,
	     .reason = deadline_reason);
