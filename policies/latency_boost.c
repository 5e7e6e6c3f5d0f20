/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * latency-boost - tasks that wake up often and compute shortly go first, within a budget.
 *
 * For desktops, games and audio beside builds and other load: who answers to a person or to a
 * device is found by behaviour, goes ahead of the others, interrupts them, and is charged for only
 * a part of what it uses. Everybody else shares by weight, and a stated part of the machine is
 * theirs whatever happens.
 *
 *	a task of the others, as with the policy vruntime:
 *	vtime += CPU time used [ns] * 1024 / weight	(1024 is the weight of nice 0)
 *	rank   = max(vtime, clock - slice)		lowest rank runs first
 *
 *	a boosted one:
 *	vtime += CPU time used [ns] * 1024 / weight * charge_pct / 100
 *	rank   = max(vtime, clock - boost) - boost
 *
 * A look at a task is good when since the last one it woke up at least wakeups_per_s times a
 * second, its bursts (CPU time from wake-up to sleep) are max_burst at most, and it uses
 * max_use_pct of a CPU at most. Hysteresis: a good look counts one up, another one down, between 0
 * and 4; at 2 the boost begins, at 0 it ends, and bursts of twice max_burst end it at once. A
 * policy that takes over knows wake-ups and bursts of before: who has woken up wakeups_per_s times,
 * with bursts of max_burst at most on average, is boosted at the first look, with 1. Who wakes up a
 * boosted task three looks in a row inherits the boost, if its own bursts are not over twice
 * max_burst: a game's input and logic threads are as urgent as the one that draws. Nice levels
 * above 3 are never boosted: they asked for less.
 *
 * Rules may name favourites: who has a boost by a [rule NAME] is boosted however it behaves, and
 * who has boost = 0 never is. The budget counts for favourites as for all others.
 *
 * The budget is (100 - min_share_pct) % of the CPUs that are online when the policy starts. Who is
 * to be boosted is first promised the CPU time per second that it was seen to use; the promises of
 * a second stay within the budget, and what does not fit is not boosted until the next second. Who
 * uses more than was promised takes it from the budget of this second, then of the next. And no
 * boosted task is ever more than two boosts of virtual time ahead of the others: one that begins to
 * compute without end is back among them after 2 * boost * 100 / charge_pct of CPU time, before
 * anybody has even looked.
 *
 * A crowd that wakes each other up (hackbench) is boosted, too, as far as the budget goes, and
 * would interrupt everybody all the time. So only promises that begin in the first quarter of the
 * budget let a task interrupt; the others just go first.
 *
 * How soon we look again: 100 ms after a task is new or in doubt, twice as long each time that
 * nothing changes. Between looks only the CPU time used is known, once a second; that is what the
 * budget goes by. A boosted task is looked at seldom, since it waits for the answer.
 *
 * That waking often and computing shortly marks the interactive task is an old idea (multilevel
 * feedback: Corbato 1962; interactivity scores: Roberson's ULE 2003). A virtual time that runs
 * slower within a window is borrowed virtual time (Duda, Cheriton 1999); passing urgency on to the
 * waker is from scx_lavd (Changwoo Min, 2024).
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <scx-cland/policy.h>

#define SECOND_NS 1000000000ULL
#define LOOK_MIN_NS 30000000ULL		/* too short a time tells nothing of wake-ups per second */
#define LOOK_NS 100000000ULL		/* the next look, doubled LOOK_STEPS times at most */
#define LOOK_STEPS 4
#define LOOK_STEPS_NEW_BOOST 2
#define LOOK_STEPS_BOOSTED 7
#define VALID_NS (2 * SECOND_NS)	/* every tick renews those that have run */
/* Ends at once: the next enqueue asks. */
#define VALID_OVER_NS 1
#define SCORE_MAX 4
#define SCORE_BOOST 2
#define SAME_WAKER 3
#define CHAIN_MAX 3			/* wakers of wakers of wakers */
#define WEIGHT_MIN (CLAND_WEIGHT_NICE_0 / 2)
#define NR_WAKERS 1024u
/* Of the others, who is behind by a slice is as good as served; see vruntime.c. */
#define PREEMPT_BEYOND_NS 1000000ULL
#define INTERRUPT_PART 4		/* of the budget: promises that come with interrupting */

enum {
	PARAM_SLICE, PARAM_CROWD, PARAM_BOOST, PARAM_PREEMPT, PARAM_CHARGE, PARAM_MIN_SHARE,
	PARAM_WAKEUPS, PARAM_MAX_BURST, PARAM_MAX_USE,
};

static const struct cland_param params[] = {
	[PARAM_SLICE] = {
		.name = "slice_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 500, .max = 100000, .def = 3000,
		.help = "How long a task runs before the next one is considered.",
	},
	[PARAM_CROWD] = {
		.name = "longer_in_crowds", .type = CLAND_PARAM_BOOL, .def = 1,
		.help = "slice_us grows where more than two tasks wait for each CPU, but not for boosted tasks.",
	},
	[PARAM_BOOST] = {
		.name = "boost_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 0, .max = 400000, .def = 10000,
		.help = "How far boosted tasks go ahead, and how much they may save up asleep.",
	},
	[PARAM_PREEMPT] = {
		.name = "preempt_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 0, .max = 100000, .def = 5000,
		.help = "A waking boosted task that ranks sooner by more than this interrupts; 0: never.",
	},
	[PARAM_CHARGE] = {
		.name = "charge_pct", .unit = "%", .type = CLAND_PARAM_U64,
		.min = 1, .max = 100, .def = 50,
		.help = "How much of the CPU time used is charged to a boosted task.",
	},
	[PARAM_MIN_SHARE] = {
		.name = "min_share_pct", .unit = "%", .type = CLAND_PARAM_U64,
		.min = 0, .max = 100, .def = 50,
		.help = "How much of all CPU time stays free of boosted tasks.",
	},
	[PARAM_WAKEUPS] = {
		.name = "wakeups_per_s", .unit = "", .type = CLAND_PARAM_U64,
		.min = 1, .max = 1000, .def = 10,
		.help = "Only tasks that wake up as often as that are boosted.",
	},
	[PARAM_MAX_BURST] = {
		.name = "max_burst_us", .unit = "us", .type = CLAND_PARAM_U64,
		.min = 10, .max = 100000, .def = 12000,
		.help = "Only tasks that compute for no longer between wake-up and sleep are boosted.",
	},
	[PARAM_MAX_USE] = {
		.name = "max_use_pct", .unit = "%", .type = CLAND_PARAM_U64,
		.min = 1, .max = 100, .def = 80,
		.help = "Only tasks that use no more of a CPU are boosted.",
	},
	{ .name = NULL },
};

/* Woke up a boosted task; found by pid. */
struct waker {
	int32_t pid;
	uint32_t chain;		/* 1: of a task boosted for its own behaviour, and so on */
	uint64_t until_ns;
};

struct boost {
	uint64_t slice_ns, boost_ns, preempt_ns, charge_pct;
	uint32_t crowd_flag;	/* CLAND_LEASE_CROWD or 0 */
	uint64_t wakeups_per_s, max_burst_ns, max_use_ns; /* use: CPU time per second */
	uint64_t budget_ns;	/* per second */
	uint64_t promised_ns;	/* of it, in this second */
	uint64_t promised_next_ns;
	uint64_t now_ns, tick_ns; /* the latest time we know, and the latest tick's */
	uint64_t second;	/* counts ticks */
	struct waker wakers[NR_WAKERS];
};

/* Kept with each task: zero at first. */
struct task_state {
	uint64_t look_ns;	/* when last looked at; 0: not yet */
	uint64_t look_again_ns;
	uint64_t look_used_ns, look_wakeups;
	uint64_t use_since_ns, use_from_ns; /* use is measured from here: time, CPU time */
	uint64_t use_ns;	/* CPU time per second */
	uint64_t promised_ns, promised_from_ns; /* how much, and from which CPU time used */
	uint64_t promised_second;
	int32_t waker_pid;
	uint32_t nr_same_waker;
	uint32_t chain;		/* 0: boosted for its own behaviour; else inherited */
	uint32_t score;
	uint32_t steps;		/* looks in a row that changed nothing */
	bool asked;		/* rank() has just been called: what the task says is new */
	bool boosted;		/* by behaviour; and if the budget allows: */
	bool granted;
	bool unproven;		/* boosted for what it did before we looked */
	bool interrupts;	/* granted while little of the budget was promised */
};

static int boost_create(const struct cland_host *host, const union cland_value *values,
			void **ret_policy)
{
	uint64_t nr_cpus = host->nr_cpus_online ? host->nr_cpus_online : host->nr_cpus;
	struct boost *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->slice_ns = values[PARAM_SLICE].u64 * 1000;
	b->boost_ns = values[PARAM_BOOST].u64 * 1000;
	b->preempt_ns = values[PARAM_PREEMPT].u64 * 1000;
	if (values[PARAM_CROWD].u64 && host->abi_minor >= 5)
		b->crowd_flag = CLAND_LEASE_CROWD;
	b->charge_pct = values[PARAM_CHARGE].u64;
	b->wakeups_per_s = values[PARAM_WAKEUPS].u64;
	b->max_burst_ns = values[PARAM_MAX_BURST].u64 * 1000;
	b->max_use_ns = values[PARAM_MAX_USE].u64 * SECOND_NS / 100;
	b->budget_ns = nr_cpus * SECOND_NS * (100 - values[PARAM_MIN_SHARE].u64) / 100;
	b->second = 1;
	*ret_policy = b;
	return 0;
}

/* ---- the budget ------------------------------------------------------------------------------ */

/* What the task has used beyond what it was promised is taken from *promised_ns. */
static void settle(const struct cland_task *task, struct task_state *state, uint64_t *promised_ns)
{
	uint64_t used_ns = task->used_ns - state->promised_from_ns;

	if (!state->granted || used_ns <= state->promised_ns)
		return;
	*promised_ns += used_ns - state->promised_ns;
	state->promised_ns = used_ns;
}

static void promise(const struct boost *b, const struct cland_task *task, struct task_state *state,
		    uint64_t *promised_ns, uint64_t second)
{
	state->granted = state->boosted && *promised_ns + state->use_ns < b->budget_ns;
	if (!state->granted)
		return;
	state->interrupts = *promised_ns <= b->budget_ns / INTERRUPT_PART;
	*promised_ns += state->use_ns;
	state->promised_ns = state->use_ns;
	state->promised_from_ns = task->used_ns;
	state->promised_second = second;
}

static void measure_use(const struct cland_task *task, struct task_state *state, uint64_t now_ns)
{
	uint64_t time_ns = now_ns - state->use_since_ns;
	uint64_t used_ns = task->used_ns - state->use_from_ns;

	if (now_ns < state->use_since_ns + LOOK_MIN_NS)
		return;
	/* A second after a long sleep is as much a second as any: do not let it count for less. */
	if (time_ns > 2 * SECOND_NS)
		time_ns = SECOND_NS;
	if (used_ns > time_ns)
		used_ns = time_ns;
	state->use_ns = used_ns * SECOND_NS / time_ns;
	state->use_since_ns = now_ns;
	state->use_from_ns = task->used_ns;
}

/* ---- behaviour ------------------------------------------------------------------------------- */

static struct waker *waker_of(struct boost *b, int32_t pid)
{
	return &b->wakers[(uint32_t)pid % NR_WAKERS];
}

static uint64_t burst_of(const struct cland_task *task)
{
	return task->burst_avg_ns > task->used_since_wakeup_ns ? task->burst_avg_ns :
								 task->used_since_wakeup_ns;
}

/*
 * Who wakes a boosted task. A single look says little: a timer's wake-up names whoever the
 * interrupt happened to hit, most likely somebody who computes.
 */
static void pass_on(struct boost *b, const struct cland_task *task, struct task_state *state)
{
	struct waker *waker;

	if (!(task->flags & CLAND_TASK_WAKEUP))
		return;
	if (task->waker_pid <= 0 || task->waker_pid != state->waker_pid) {
		state->waker_pid = task->waker_pid;
		state->nr_same_waker = 1;
		return;
	}
	if (++state->nr_same_waker < SAME_WAKER || state->chain >= CHAIN_MAX)
		return;
	waker = waker_of(b, task->waker_pid);
	waker->pid = task->waker_pid;
	waker->chain = state->chain + 1;
	waker->until_ns = state->look_again_ns + SECOND_NS;
}

/* Whether the task, not urgent by itself, wakes up one that is. */
static bool inherits(struct boost *b, const struct cland_task *task, struct task_state *state)
{
	const struct waker *waker = waker_of(b, task->pid);

	if (waker->pid != task->pid || !task->pid || waker->until_ns < task->now_ns ||
	    burst_of(task) > 2 * b->max_burst_ns)
		return false;
	state->chain = waker->chain;
	return true;
}

/* The score after this look. */
static uint32_t judge(struct boost *b, const struct cland_task *task, struct task_state *state)
{
	uint64_t time_ns = task->now_ns - state->look_ns;
	uint64_t nr_wakeups = task->nr_wakeups - state->look_wakeups;
	uint64_t burst_ns = burst_of(task);
	bool good;

	/* The user's word counts more than what we see; the budget counts for favourites, too. */
	if (task->hints & CLAND_HINT_BOOST) {
		state->chain = 0;
		return task->hint_boost ? SCORE_MAX : 0;
	}
	if (task->weight < WEIGHT_MIN || burst_ns > 2 * b->max_burst_ns)
		return 0;
	/* Who has slept for long may be as urgent as before. */
	good = burst_ns <= b->max_burst_ns && state->use_ns <= b->max_use_ns &&
	       (time_ns > 2 * SECOND_NS ? state->boosted && !state->unproven :
					  nr_wakeups * SECOND_NS >= b->wakeups_per_s * time_ns);
	if (good)
		state->chain = 0;
	else
		good = inherits(b, task, state);
	if (good)
		return state->score < SCORE_MAX ? state->score + 1 : SCORE_MAX;
	return state->score ? state->score - 1 : 0;
}

/*
 * The first look of a policy that has just taken over, most likely with other parameters: who went
 * first must not wait for looks again. Behind a task's first second of wake-ups its bursts speak
 * for it. The next look is of a time that we know, and ends the boost if it is not good.
 */
static void first_look(const struct boost *b, const struct cland_task *task, struct task_state *state)
{
	uint64_t burst_ns = burst_of(task);

	state->use_since_ns = state->look_ns = task->now_ns;
	state->use_from_ns = task->used_ns;
	state->look_wakeups = task->nr_wakeups;
	state->look_again_ns = task->now_ns + LOOK_NS;
	if (task->hints & CLAND_HINT_BOOST)
		state->score = task->hint_boost ? SCORE_MAX : 0;
	else if (task->weight >= WEIGHT_MIN && task->nr_wakeups >= b->wakeups_per_s && burst_ns &&
		 burst_ns <= b->max_burst_ns && task->used_ns / task->nr_wakeups <= b->max_burst_ns)
		state->score = SCORE_BOOST - 1;
	state->boosted = state->unproven = state->score;
	/* The least that it may use; what is more is settled by the next look. */
	if (state->boosted)
		state->use_ns = burst_ns * b->wakeups_per_s < b->max_use_ns ?
				burst_ns * b->wakeups_per_s : b->max_use_ns;
}

/* The task has been asked about, so what it says is up to date. */
static void look(struct boost *b, const struct cland_task *task, struct task_state *state)
{
	bool was_boosted = state->boosted;
	uint32_t score, steps_max;

	b->now_ns = task->now_ns > b->now_ns ? task->now_ns : b->now_ns;
	if (!state->look_ns) {
		first_look(b, task, state);
	} else if (task->now_ns >= state->look_ns + LOOK_MIN_NS) {
		measure_use(task, state, task->now_ns);
		score = judge(b, task, state);
		state->steps = score >= state->score || !score ? state->steps + 1 : 0;
		state->boosted = score >= SCORE_BOOST || (score && was_boosted);
		if (state->boosted != was_boosted)
			state->steps = state->boosted ? LOOK_STEPS_NEW_BOOST : 0;
		else if (!state->boosted && score)
			state->steps = 0;
		steps_max = state->boosted ? LOOK_STEPS_BOOSTED : LOOK_STEPS;
		if (state->steps > steps_max)
			state->steps = steps_max;
		state->score = score;
		state->unproven = false;
		state->look_ns = task->now_ns;
		state->look_wakeups = task->nr_wakeups;
		state->look_again_ns = task->now_ns + (LOOK_NS << state->steps);
	}
	if (state->boosted)
		pass_on(b, task, state);
	settle(task, state, &b->promised_ns);
	if (!state->granted || state->promised_second != b->second || !state->boosted ||
	    b->promised_ns > b->budget_ns)
		promise(b, task, state, &b->promised_ns, b->second);
}

/* At a tick: CPU time is all that is known to be up to date, and that it has run. */
static void renew(struct boost *b, const struct cland_task *task, struct task_state *state)
{
	uint64_t now_ns = b->tick_ns + SECOND_NS;

	b->now_ns = now_ns > b->now_ns ? now_ns : b->now_ns;
	if (!state->look_ns)
		return; /* on its parent's terms until now, so it has to ask */
	measure_use(task, state, b->now_ns);
	if (state->boosted && state->use_ns > b->max_use_ns && !(task->hints & CLAND_HINT_BOOST)) {
		state->score = 0;
		state->boosted = false;
		state->steps = 0;
		state->look_again_ns = 0;
	}
	settle(task, state, &b->promised_next_ns);
	promise(b, task, state, &b->promised_next_ns, b->second + 1);
}

/* ---- the policy ------------------------------------------------------------------------------ */

static uint64_t boost_rank(void *policy, const struct cland_task *task)
{
	struct boost *b = policy;
	struct task_state *state = task->priv;
	uint64_t vtime_ns = task->vtime_ns, earliest_ns;

	look(b, task, state);
	state->asked = true;
	earliest_ns = task->clock_ns - (state->granted ? b->boost_ns : b->slice_ns);
	/* Virtual time may wrap: compare by the sign of the difference. */
	if ((task->flags & CLAND_TASK_WAKEUP) && (int64_t)(vtime_ns - earliest_ns) < 0)
		vtime_ns = earliest_ns;
	return vtime_ns - (state->granted ? b->boost_ns : 0);
}

static void boost_lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	struct boost *b = policy;
	struct task_state *state = task->priv;
	uint64_t rate = (uint64_t)CLAND_RATE_ONE * CLAND_WEIGHT_NICE_0 / task->weight;

	if (!state->asked)
		renew(b, task, state);
	state->asked = false;

	lease->slice_ns = b->slice_ns;
	if (state->look_again_ns <= b->now_ns)
		lease->valid_ns = VALID_OVER_NS;
	else if (state->look_again_ns - b->now_ns < VALID_NS)
		lease->valid_ns = state->look_again_ns - b->now_ns;
	else
		lease->valid_ns = VALID_NS;
	if (!state->granted) {
		lease->rate = (uint32_t)rate;
		lease->credit_ns = b->slice_ns;
		lease->preempt_ns = b->slice_ns + PREEMPT_BEYOND_NS;
		lease->flags |= b->crowd_flag;
		return;
	}
	rate = rate * b->charge_pct / 100;
	lease->rate = rate ? (uint32_t)rate : 1;
	lease->credit_ns = b->boost_ns;
	lease->offset_ns = -(int64_t)b->boost_ns;
	lease->preempt_ns = b->preempt_ns;
	/* Who is not to interrupt for its boost does so as without one: it ranks two boosts sooner. */
	if (!state->interrupts && b->preempt_ns)
		lease->preempt_ns = 2 * b->boost_ns + PREEMPT_BEYOND_NS;
}

/* The host has renewed leases just before: promises for the second that begins now. */
static void boost_tick(void *policy, uint64_t now_ns)
{
	struct boost *b = policy;
	uint64_t debt_ns = b->promised_ns > b->budget_ns ? b->promised_ns - b->budget_ns : 0;

	b->promised_ns = b->promised_next_ns + debt_ns;
	b->promised_next_ns = 0;
	b->tick_ns = b->now_ns = now_ns;
	b->second++;
}

enum {
	REASON_BEHAVES, REASON_RULE, REASON_WAKER, REASON_BEFORE, REASON_OVER_BUDGET,
	REASON_RULE_NOT, REASON_NICE, REASON_LONG, REASON_BUSY, REASON_DOUBT, REASON_SELDOM, REASON_NEW,
};

static const char *const reasons[] = {
	[REASON_BEHAVES] = "boosted: wakes up often and computes shortly",
	[REASON_RULE] = "boosted: a [rule] says so",
	[REASON_WAKER] = "boosted: wakes up one that is boosted",
	[REASON_BEFORE] = "boosted: has woken up often and computed shortly before",
	[REASON_OVER_BUDGET] = "over budget: to be boosted, but others have all of it",
	[REASON_RULE_NOT] = "not boosted: a [rule] says so",
	[REASON_NICE] = "not boosted: its weight asks for less",
	[REASON_LONG] = "ordinary: computes for too long at a time",
	[REASON_BUSY] = "ordinary: uses too much of a CPU",
	[REASON_DOUBT] = "ordinary: may be boosted after the next look",
	[REASON_SELDOM] = "ordinary: does not wake up often",
	[REASON_NEW] = "ordinary: not looked at yet",
	NULL,
};

static uint32_t boost_reason(void *policy, const struct cland_task *task)
{
	const struct boost *b = policy;
	const struct task_state *state = task->priv;
	bool has_rule = task->hints & CLAND_HINT_BOOST;

	if (!state->look_ns)
		return REASON_NEW;
	if (state->boosted && !state->granted)
		return REASON_OVER_BUDGET;
	if (state->boosted) {
		if (has_rule)
			return REASON_RULE;
		if (state->chain)
			return REASON_WAKER;
		return state->unproven ? REASON_BEFORE : REASON_BEHAVES;
	}
	if (has_rule)
		return task->hint_boost ? REASON_DOUBT : REASON_RULE_NOT;
	if (task->weight < WEIGHT_MIN)
		return REASON_NICE;
	if (burst_of(task) > b->max_burst_ns)
		return REASON_LONG;
	if (state->use_ns > b->max_use_ns)
		return REASON_BUSY;
	return state->score ? REASON_DOUBT : REASON_SELDOM;
}

CLAND_POLICY(.task_priv_size = sizeof(struct task_state),
	     .capabilities = CLAND_OBEYS_BOOST,
	     .name = "latency-boost",
	     .summary = "tasks that wake often and compute shortly go first, within a budget",
	     .version = "1.3",
	     .params = params,
	     .create = boost_create,
	     .destroy = free,
	     .rank = boost_rank,
	     .lease = boost_lease,
	     .tick = boost_tick,
	     .reasons = reasons,
	     .reason = boost_reason);
