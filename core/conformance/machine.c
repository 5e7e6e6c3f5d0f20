/* SPDX-License-Identifier: GPL-2.0-only */
#include "machine.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US 1000ULL
#define MS 1000000ULL
#define CLOCK_START_NS (1ULL << 42)
#define ARRIVAL_MEAN_NS (5 * MS)
#define NEVER UINT64_MAX

/* xorshift64*: the same numbers on every machine. */
static uint64_t random_next(struct machine *m)
{
	m->random ^= m->random >> 12;
	m->random ^= m->random << 25;
	m->random ^= m->random >> 27;
	return m->random * 0x2545f4914f6cdd1dULL;
}

static uint64_t random_upto(struct machine *m, uint64_t max)
{
	return 1 + (random_next(m) >> 11) % max;
}

/* Virtual times compare by their difference. */
static bool before(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) < 0;
}

void machine_init(struct machine *m, uint32_t nr_slots, uint64_t seed)
{
	memset(m, 0, sizeof(*m));
	/* Each task has one request at most, and one renewal. */
	fake_backend_init(&m->fb, nr_slots, 2 * nr_slots);
	m->tasks = calloc(nr_slots, sizeof(*m->tasks));
	if (!m->tasks)
		abort();
	m->nr_slots = nr_slots;
	m->clock_ns = CLOCK_START_NS;
	m->nr_cgroups = 1;
	machine_cgroup(m, 0, CLAND_CGROUP_WEIGHT_DEFAULT);
	m->random = seed * 0x9e3779b97f4a7c15ULL + 1;
	m->next_pid = 100;
	m->arrival_ns = NEVER;
}

void machine_set_clock(struct machine *m, uint64_t clock_ns)
{
	m->clock_ns = clock_ns;
}

void machine_destroy(struct machine *m)
{
	fake_backend_destroy(&m->fb);
	free(m->tasks);
	m->tasks = NULL;
}

/* ---- cgroups --------------------------------------------------------------------------------- */

uint32_t machine_cgroup(struct machine *m, uint32_t parent, uint32_t weight)
{
	uint32_t cgroup = m->nr_cgroups++;

	if (cgroup >= MACHINE_CGROUPS_MAX)
		abort();
	m->cgroups[cgroup] = (struct machine_cgroup){
		.now = {
			.id = 1000 + cgroup,
			.weight = weight,
			.parent = parent,
			.level = parent ? m->cgroups[parent].now.level + 1 : 0,
		},
		.changed_ns = m->fb.now_ns,
	};
	return cgroup;
}

struct cland_cgroup machine_read_cgroup(const struct machine *m, uint32_t cgroup, uint64_t now_ns)
{
	struct cland_cgroup c = m->cgroups[cgroup].now;
	uint64_t since_ns = now_ns - m->cgroups[cgroup].changed_ns;

	c.runnable_ns += since_ns * c.nr_now;
	c.runnable_weight_ns += since_ns * c.weight_now;
	return c;
}

/* A task of the cgroup becomes runnable, or stops being so. */
static void cgroup_change(struct machine *m, const struct cland_task *task, bool comes)
{
	struct machine_cgroup *c = &m->cgroups[task->cgroup];

	c->now = machine_read_cgroup(m, task->cgroup, m->fb.now_ns);
	c->changed_ns = m->fb.now_ns;
	c->now.nr_now += comes ? 1 : -1u;
	c->now.weight_now += comes ? task->weight : -(uint64_t)task->weight;
}

static void join(struct machine *m, uint32_t slot, uint32_t cgroup)
{
	struct cland_task *task = &m->fb.slots[slot].task;

	task->cgroup = cgroup;
	task->cgroup_id = m->cgroups[cgroup].now.id;
	task->cgroup_weight = m->cgroups[cgroup].now.weight;
}

/* ---- what the policy may answer -------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void bad(struct machine *m, enum machine_rule rule,
						      const char *fmt, ...)
{
	struct machine_breach *breach = &m->result.breaches[rule];
	va_list args;

	m->result.nr_bad++;
	if (breach->nr++)
		return;
	va_start(args, fmt);
	vsnprintf(breach->text, sizeof(breach->text), fmt, args);
	va_end(args);
}

static void check_lease(struct machine *m, const struct cland_lease_msg *lease)
{
	static const uint32_t known_flags = CLAND_LM_ALL;

	if (lease->valid_ns > CLAND_VALID_MAX_NS)
		bad(m, MACHINE_RULE_VALID, "valid_ns is %llu, at most %llu", lease->valid_ns,
		    (unsigned long long)CLAND_VALID_MAX_NS);
	if (lease->credit_ns > CLAND_CREDIT_MAX_NS)
		bad(m, MACHINE_RULE_CREDIT, "credit_ns is %llu, at most %llu", lease->credit_ns,
		    (unsigned long long)CLAND_CREDIT_MAX_NS);
	if (lease->slice_ns < CLAND_SLICE_MIN_NS || lease->slice_ns > CLAND_SLICE_MAX_NS)
		bad(m, MACHINE_RULE_SLICE, "slice_ns is %llu, must be %llu to %llu",
		    lease->slice_ns, (unsigned long long)CLAND_SLICE_MIN_NS,
		    (unsigned long long)CLAND_SLICE_MAX_NS);
	if (lease->preempt_ns > (unsigned long long)CLAND_WINDOW_NS)
		bad(m, MACHINE_RULE_PREEMPT, "preempt_ns is %llu, at most %llu", lease->preempt_ns,
		    (unsigned long long)CLAND_WINDOW_NS);
	if (lease->offset_ns < -CLAND_WINDOW_NS || lease->offset_ns > CLAND_WINDOW_NS)
		bad(m, MACHINE_RULE_OFFSET, "offset_ns is %lld, must be within %lld of 0",
		    lease->offset_ns, (long long)CLAND_WINDOW_NS);
	if (!lease->rate || lease->rate > CLAND_RATE_MAX)
		bad(m, MACHINE_RULE_RATE, "rate is %u, must be 1 to %u", lease->rate,
		    (unsigned int)CLAND_RATE_MAX);
	if (lease->flags & ~known_flags)
		bad(m, MACHINE_RULE_FLAGS, "flags are 0x%x, known are 0x%x", lease->flags,
		    known_flags);
}

static void hash(struct machine *m, const struct cland_decision_msg *decision)
{
	bool has_rank = !(decision->flags & CLAND_DECISION_LEASE_ONLY);
	const uint64_t words[] = {
		decision->seq,		   has_rank ? decision->rank_ns - m->clock_ns : 0,
		decision->slot,		   decision->flags,
		decision->lease.valid_ns,  decision->lease.credit_ns,
		decision->lease.slice_ns,  decision->lease.preempt_ns,
		decision->lease.rate,	   decision->lease.flags,
		(uint64_t)decision->lease.offset_ns, decision->reserved,
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		m->result.hash = (m->result.hash ^ words[i]) * 0x100000001b3ULL;
}

/* ---- what the stub does ---------------------------------------------------------------------- */

/* As near to the clock as the host keeps ranks. */
static uint64_t rank_clamp(const struct machine *m, uint64_t rank_ns)
{
	int64_t distance_ns = (int64_t)(rank_ns - m->clock_ns);

	if (distance_ns > CLAND_WINDOW_NS)
		return m->clock_ns + CLAND_WINDOW_NS;
	if (distance_ns < -CLAND_WINDOW_NS)
		return m->clock_ns - CLAND_WINDOW_NS;
	return rank_ns;
}

static void queue(struct machine *m, uint32_t slot, uint64_t rank_ns)
{
	m->tasks[slot].state = MACHINE_QUEUED;
	m->tasks[slot].rank_ns = rank_clamp(m, rank_ns);
	m->tasks[slot].queued_nr = m->nr_queued++;
}

/* The task is runnable: it has a lease to be ranked by, or asks. */
static void enqueue(struct machine *m, uint32_t slot, uint32_t flags)
{
	struct backend_task *bt = &m->fb.slots[slot];
	struct machine_task *t = &m->tasks[slot];
	uint64_t earliest_ns = m->clock_ns - t->lease.credit_ns;

	t->since_ns = m->fb.now_ns;
	if (flags & CLAND_TASK_WAKEUP)
		cgroup_change(m, &bt->task, true);

	if ((flags & CLAND_TASK_WAKEUP) && before(bt->task.vtime_ns, earliest_ns))
		bt->task.vtime_ns = earliest_ns;
	/* A lead beyond the window is forgotten. */
	if (before(m->clock_ns + CLAND_WINDOW_NS, bt->task.vtime_ns))
		bt->task.vtime_ns = m->clock_ns + CLAND_WINDOW_NS;
	if (bt->lease_until_ns > m->fb.now_ns) {
		queue(m, slot, bt->task.vtime_ns + (uint64_t)t->lease.offset_ns);
		return;
	}
	bt->task.flags = (bt->task.flags & ~CLAND_TASK_WAKEUP) | flags;
	bt->task.clock_ns = m->clock_ns;
	t->state = MACHINE_PARKED;
	m->result.nr_requests++;
	fake_backend_ask(&m->fb, slot);
}

static uint64_t within(uint64_t value, uint64_t min, uint64_t max)
{
	return value < min ? min : value > max ? max : value;
}

static void apply(struct machine *m)
{
	size_t i;

	for (i = 0; i < m->fb.nr_decisions; i++) {
		const struct cland_decision_msg *decision = &m->fb.decisions[i];
		struct backend_task *bt = &m->fb.slots[decision->slot];
		struct machine_task *t = &m->tasks[decision->slot];

		hash(m, decision);
		check_lease(m, &decision->lease);
		if (decision->reserved > CLAND_REASON_LAST)
			bad(m, MACHINE_RULE_REASON, "reason() returned %u, which reasons[] does not have",
			    decision->reserved & ~CLAND_REASON_BAD);
		if (decision->seq != bt->seq)
			bad(m, MACHINE_RULE_ANSWER,
			    "decision %llu is for a task that has moved on", decision->seq);
		/* No term may turn time back or let it stand still; check_lease() has told of those that would. */
		t->lease = decision->lease;
		t->lease.slice_ns = within(t->lease.slice_ns, CLAND_SLICE_MIN_NS, CLAND_SLICE_MAX_NS);
		bt->lease_until_ns = m->fb.now_ns + within(t->lease.valid_ns, 0, CLAND_VALID_MAX_NS);
		if (!decision->lease.valid_ns)
			bt->lease_until_ns = 0;
		if (decision->flags & CLAND_DECISION_LEASE_ONLY) {
			m->result.nr_renewed++;
			continue;
		}
		m->result.nr_decided++;
		if (t->state != MACHINE_PARKED) {
			bad(m, MACHINE_RULE_ANSWER, "task %d, which had not asked, is ranked",
			    bt->task.pid);
			continue;
		}
		if (decision->rank_ns != rank_clamp(m, decision->rank_ns))
			m->result.nr_outside_window++;
		queue(m, decision->slot, decision->rank_ns);
	}
	fake_backend_forget_decisions(&m->fb);
}

/* ---- tasks ----------------------------------------------------------------------------------- */

static uint32_t arrive(struct machine *m, uint32_t weight)
{
	struct backend_task *bt;
	uint32_t slot;

	for (slot = 0; slot < m->nr_slots; slot++)
		if (m->tasks[slot].state == MACHINE_ABSENT)
			break;
	if (slot == m->nr_slots)
		return slot;
	bt = fake_backend_arrive(&m->fb, slot, m->next_pid++);
	bt->task.weight = weight;
	bt->task.vtime_ns = bt->task.clock_ns = m->clock_ns;
	m->tasks[slot] = (struct machine_task){
		.lease = { .rate = CLAND_RATE_ONE, .slice_ns = CLAND_SLICE_DEFAULT_NS },
		.burst_left_ns = NEVER,
		.bursts_left = 1,
	};
	m->result.nr_arrived++;
	m->result.nr_alive++;
	return slot;
}

uint32_t machine_hog(struct machine *m, uint32_t weight, uint32_t cgroup)
{
	uint32_t slot = arrive(m, weight);

	if (slot == m->nr_slots)
		abort();
	join(m, slot, cgroup);
	enqueue(m, slot, CLAND_TASK_WAKEUP);
	return slot;
}

uint32_t machine_sleeper(struct machine *m, uint32_t weight, uint32_t cgroup, uint64_t burst_ns,
			 uint64_t sleep_ns)
{
	uint32_t slot = machine_hog(m, weight, cgroup);
	struct machine_task *t = &m->tasks[slot];

	t->burst_ns = t->burst_left_ns = burst_ns;
	t->sleep_ns = sleep_ns;
	t->bursts_left = UINT32_MAX;
	return slot;
}

uint32_t machine_blinker(struct machine *m, uint32_t weight)
{
	uint32_t slot = arrive(m, weight);

	if (slot == m->nr_slots)
		abort();
	m->tasks[slot].burst_ns = 1000 * US;
	m->tasks[slot].burst_left_ns = 500 * US;
	m->tasks[slot].sleep_ns = 10 * MS;
	m->tasks[slot].bursts_left = UINT32_MAX;
	join(m, slot, 1);
	enqueue(m, slot, CLAND_TASK_WAKEUP);
	return slot;
}

void machine_crowd(struct machine *m)
{
	m->arrival_ns = m->fb.now_ns;
}

/* One of: idle class, nice 19, 0 and -20, or anything between, small ones as often as large. */
static uint32_t random_weight(struct machine *m)
{
	static const uint32_t fixed[] = { 3, 15, 1024, 88761 };
	uint64_t choice = random_upto(m, 12);

	if (choice <= 4)
		return fixed[choice - 1];
	if (choice <= 8)
		return 1024;
	return (uint32_t)(15 + random_upto(m, 88746u >> (random_upto(m, 12) - 1)));
}

static void arrive_random(struct machine *m)
{
	uint32_t slot = arrive(m, random_weight(m));
	struct machine_task *t = &m->tasks[slot];
	struct cland_task *task;

	if (slot == m->nr_slots)
		return; /* full: another time */
	task = &m->fb.slots[slot].task;
	switch (random_upto(m, 4)) {
	case 1: /* computes, then goes */
		t->burst_ns = 200 * MS;
		t->bursts_left = 1;
		break;
	case 2: /* short-lived */
		t->burst_ns = 2 * MS;
		t->bursts_left = 1;
		break;
	case 3: /* interactive */
		t->burst_ns = 300 * US;
		t->sleep_ns = 20 * MS;
		t->bursts_left = (uint32_t)random_upto(m, 100);
		break;
	default: /* sleeps long, works long */
		t->burst_ns = 30 * MS;
		t->sleep_ns = 3000 * MS;
		t->bursts_left = (uint32_t)random_upto(m, 5);
	}
	t->burst_left_ns = random_upto(m, t->burst_ns);
	if (random_upto(m, 8) == 1)
		task->flags |= CLAND_TASK_PINNED;
	if (random_upto(m, 16) == 1)
		task->flags |= CLAND_TASK_KTHREAD;
	task->nr_cpus_allowed = task->flags & CLAND_TASK_PINNED ? 1 : 4;
	task->waker_pid = (int32_t)(random_upto(m, (uint64_t)m->next_pid) - 1);
	join(m, slot, (uint32_t)random_upto(m, m->nr_cgroups - 1));
	snprintf(task->comm, sizeof(task->comm), "task%d", task->pid);
	enqueue(m, slot, CLAND_TASK_WAKEUP);
}

/* Whoever is to come or to wake up by now does. Returns when the next one will. */
static uint64_t wake(struct machine *m)
{
	uint64_t next_ns;
	uint32_t slot;

	while (m->arrival_ns <= m->fb.now_ns) {
		arrive_random(m);
		m->arrival_ns += random_upto(m, 2 * ARRIVAL_MEAN_NS);
	}
	next_ns = m->arrival_ns;
	for (slot = 0; slot < m->nr_slots; slot++) {
		struct cland_task *task = &m->fb.slots[slot].task;
		struct machine_task *t = &m->tasks[slot];

		if (t->state != MACHINE_ASLEEP)
			continue;
		if (t->wake_ns > m->fb.now_ns) {
			next_ns = t->wake_ns < next_ns ? t->wake_ns : next_ns;
			continue;
		}
		t->burst_left_ns = random_upto(m, t->burst_ns);
		task->used_since_wakeup_ns = 0;
		task->nr_wakeups++;
		task->last_wakeup_ns = m->fb.now_ns;
		enqueue(m, slot, CLAND_TASK_WAKEUP);
	}
	return next_ns;
}

static void burst_over(struct machine *m, uint32_t slot)
{
	struct cland_task *task = &m->fb.slots[slot].task;
	struct machine_task *t = &m->tasks[slot];

	cgroup_change(m, task, false);
	task->burst_avg_ns = (3 * task->burst_avg_ns + task->used_since_wakeup_ns) / 4;
	if (--t->bursts_left) {
		t->state = MACHINE_ASLEEP;
		t->wake_ns = m->fb.now_ns + random_upto(m, t->sleep_ns);
		return;
	}
	t->state = MACHINE_ABSENT;
	fake_backend_leave(&m->fb, slot);
	m->result.nr_left++;
	m->result.nr_alive--;
}

/* ---- the CPU --------------------------------------------------------------------------------- */

static uint32_t pick(const struct machine *m)
{
	uint32_t slot, best = m->nr_slots;

	for (slot = 0; slot < m->nr_slots; slot++) {
		const struct machine_task *t = &m->tasks[slot], *b = &m->tasks[best];

		if (t->state != MACHINE_QUEUED)
			continue;
		if (best == m->nr_slots || before(t->rank_ns, b->rank_ns) ||
		    (t->rank_ns == b->rank_ns && t->queued_nr < b->queued_nr))
			best = slot;
	}
	return best;
}

/* The task's wait ends now, or with the load. */
static void note_wait(struct machine *m, uint32_t slot)
{
	const struct machine_task *t = &m->tasks[slot];
	const struct cland_task *task = &m->fb.slots[slot].task;

	if (m->fb.now_ns - t->since_ns <= m->result.max_wait_ns)
		return;
	m->result.max_wait_ns = m->fb.now_ns - t->since_ns;
	m->result.max_wait_pid = task->pid;
	m->result.max_wait_weight = task->weight;
}

static void run(struct machine *m, uint32_t slot)
{
	struct cland_task *task = &m->fb.slots[slot].task;
	struct machine_task *t = &m->tasks[slot];
	uint64_t used_ns = t->lease.slice_ns;

	note_wait(m, slot);
	if (used_ns > t->burst_left_ns)
		used_ns = t->burst_left_ns;
	if (before(m->clock_ns, task->vtime_ns))
		m->clock_ns = task->vtime_ns;
	m->fb.now_ns += used_ns;
	task->vtime_ns += used_ns * t->lease.rate >> CLAND_RATE_SHIFT;
	task->used_ns += used_ns;
	task->used_since_wakeup_ns += used_ns;
	if (t->burst_left_ns != NEVER)
		t->burst_left_ns -= used_ns;
	if (t->burst_left_ns)
		enqueue(m, slot, 0);
	else
		burst_over(m, slot);
}

/* All that has been asked is answered. Returns 0 or what the loop has failed with. */
static int serve(struct machine *m, struct loop *loop)
{
	int ret;

	do {
		ret = loop_turn(loop);
	} while (ret > 0);
	if (ret < 0)
		return ret;
	apply(m);
	m->result.nr_queued = fake_backend_queued(&m->fb);
	return 0;
}

int machine_run(struct machine *m, struct loop *loop, uint64_t until_ns, uint64_t max_requests)
{
	uint32_t slot;
	int ret;

	while (m->fb.now_ns < until_ns && m->result.nr_requests < max_requests) {
		uint64_t next_ns = wake(m);

		ret = serve(m, loop);
		if (ret < 0)
			return ret;
		slot = pick(m);
		if (slot < m->nr_slots)
			run(m, slot);
		else
			m->fb.now_ns = next_ns < until_ns ? next_ns : until_ns;
	}
	/* What was asked last is answered, too. */
	ret = serve(m, loop);
	if (ret < 0)
		return ret;
	for (slot = 0; slot < m->nr_slots; slot++)
		if (m->tasks[slot].state == MACHINE_QUEUED)
			note_wait(m, slot);
	return 0;
}
