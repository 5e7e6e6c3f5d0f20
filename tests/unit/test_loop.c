/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What loop.h promises, over a fake backend and a policy that writes down how it was called.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_count.h"
#include "fake_backend.h"
#include "loop.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_TASKS 1024u
#define FAKE_MAX 8192u
#define PRIV_SIZE 24u		/* no multiple of the alignment */
#define MS 1000000ULL

/* ---- the policy ------------------------------------------------------------------------------ */

/* Its own mark in priv, by which it knows whether it has seen the task. */
struct mark {
	uint64_t nr_ranked;
	int32_t pid, zero;
	uint64_t last;
};
_Static_assert(sizeof(struct mark) == PRIV_SIZE, "priv is filled to its last byte");

static struct {
	unsigned int nr_ranks, nr_leases, nr_reasons, nr_news, nr_ticks, nr_exits;
	unsigned int nr_wrong_news;	/* NEW although priv has a mark, or the other way round */
	unsigned int nr_unclean_privs;
	unsigned int nr_misaligned_privs;
	uint64_t tick_ns;
	int32_t exit_pids[16];
	struct mark exit_marks[16];
	struct cland_lease seen;	/* what the host filled in */
	struct cland_lease answer;	/* what to make of it, if valid_ns is not 0 */
} calls;

static int self;

static uint64_t test_rank(void *policy, const struct cland_task *task)
{
	struct mark *mark = task->priv;

	assert_ptr_equal(policy, &self);
	calls.nr_ranks++;
	if (!mark)
		return task->clock_ns;
	if ((uintptr_t)mark % _Alignof(max_align_t))
		calls.nr_misaligned_privs++;
	if (task->flags & CLAND_TASK_NEW) {
		static const struct mark clean;

		calls.nr_news++;
		if (memcmp(mark, &clean, sizeof(clean)))
			calls.nr_unclean_privs++;
		mark->pid = task->pid;
	}
	if (mark->pid != task->pid || !(task->flags & CLAND_TASK_NEW) != !!mark->nr_ranked)
		calls.nr_wrong_news++;
	mark->nr_ranked++;
	mark->last = UINT64_MAX;
	return task->clock_ns + (uint64_t)task->pid;
}

static void test_lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	(void)task;
	assert_ptr_equal(policy, &self);
	calls.nr_leases++;
	calls.seen = *lease;
	if (calls.answer.valid_ns)
		*lease = calls.answer;
}

/* What rank() and lease() have been asked of by then is what it tells of. */
static uint32_t test_reason(void *policy, const struct cland_task *task)
{
	assert_ptr_equal(policy, &self);
	calls.nr_reasons++;
	assert_int_equal(calls.nr_leases, calls.nr_reasons);
	return (uint32_t)task->pid;
}

static void test_tick(void *policy, uint64_t now_ns)
{
	assert_ptr_equal(policy, &self);
	calls.nr_ticks++;
	calls.tick_ns = now_ns;
}

static void test_task_exit(void *policy, int32_t pid, void *priv)
{
	unsigned int nr = calls.nr_exits++;

	assert_ptr_equal(policy, &self);
	if (nr >= ARRAY_LEN(calls.exit_pids))
		return;
	calls.exit_pids[nr] = pid;
	if (priv)
		memcpy(&calls.exit_marks[nr], priv, sizeof(struct mark));
}

static const struct policy full_policy = {
	.ops = {
		.task_priv_size = PRIV_SIZE,
		.name = "test",
		.rank = test_rank,
		.lease = test_lease,
		.tick = test_tick,
		.task_exit = test_task_exit,
	},
	.self = &self,
};

static const struct policy rank_only_policy = {
	.ops = { .name = "rank-only", .rank = test_rank },
	.self = &self,
};

static const struct policy reasoning_policy = {
	.ops = { .name = "reasoning", .rank = test_rank, .lease = test_lease, .reason = test_reason },
	.self = &self,
	.nr_reasons = 3,
};

/* ---- set-up ---------------------------------------------------------------------------------- */

static struct fake_backend fb;
static struct loop loop;
static struct policy policy;

static void start(const struct policy *with, bool strict)
{
	policy = *with;
	memset(&calls, 0, sizeof(calls));
	/* The backend has more slots than the loop. */
	fake_backend_init(&fb, 2 * MAX_TASKS, FAKE_MAX);
	assert_int_equal(loop_init(&loop, &fake_backend_ops, &fb, &policy, MAX_TASKS, strict), 0);
}

/* Past the first tick, which is due at once, so that a test sees its own pushes only. */
static void start_ticked(const struct policy *with, bool strict)
{
	start(with, strict);
	assert_int_equal(loop_turn(&loop), 0);
	memset(&calls, 0, sizeof(calls));
	fb.nr_pushes = fb.nr_empty_pushes = 0;
}

static void stop(void)
{
	assert_int_equal(calls.nr_wrong_news, 0);
	assert_int_equal(calls.nr_unclean_privs, 0);
	assert_int_equal(calls.nr_misaligned_privs, 0);
	loop_destroy(&loop);
	fake_backend_destroy(&fb);
}

static void arrive_all(uint32_t nr)
{
	uint32_t slot;

	for (slot = 0; slot < nr; slot++)
		fake_backend_arrive(&fb, slot, (int32_t)(1000 + slot));
}

static const struct cland_decision_msg *decision_of(uint64_t seq)
{
	const struct cland_decision_msg *found = NULL;
	size_t i;

	for (i = 0; i < fb.nr_decisions; i++) {
		if (fb.decisions[i].seq != seq)
			continue;
		if (found)
			fail_msg("two decisions for request %ju", (uintmax_t)seq);
		found = &fb.decisions[i];
	}
	if (!found)
		fail_msg("no decision for request %ju", (uintmax_t)seq);
	return found;
}

static uint64_t ask_and_turn(uint32_t slot)
{
	uint64_t seq = fake_backend_ask(&fb, slot);

	assert_int_equal(loop_turn(&loop), 1);
	return seq;
}

static void assert_priv_is_zero(uint32_t slot)
{
	size_t i;

	for (i = 0; i < loop.priv_stride; i++)
		assert_int_equal(loop.privs[slot * loop.priv_stride + i], 0);
}

static bool never_over(void *ctx)
{
	(void)ctx;
	return false;
}

/* Over after as many turns as the counter says. */
static bool over_after(void *nr_turns)
{
	return !--*(int *)nr_turns;
}

/* ---- decisions ------------------------------------------------------------------------------- */

static void loop__answers_every_request_once(void **state)
{
	static uint64_t seqs[3 * CLAND_BATCH_MAX + 17];
	size_t i, nr = ARRAY_LEN(seqs);

	(void)state;
	start(&full_policy, false);
	arrive_all(ARRAY_LEN(seqs));
	for (i = 0; i < nr; i++)
		seqs[i] = fake_backend_ask(&fb, (uint32_t)i);
	/* In pieces: what came in is decided or still queued, after every turn. */
	for (fb.nr_readable = 0; fb.nr_readable <= nr; fb.nr_readable += 100) {
		assert_true(loop_turn(&loop) >= 0);
		assert_int_equal(fb.nr_decisions, fb.nr_readable);
		assert_int_equal(fb.nr_decisions + fake_backend_queued(&fb), fb.nr_asked);
	}
	fb.nr_readable = SIZE_MAX;
	assert_int_equal(loop_turn(&loop), nr % 100);
	assert_int_equal(fb.nr_decisions, nr);
	for (i = 0; i < nr; i++) {
		const struct cland_decision_msg *decision = decision_of(seqs[i]);

		assert_int_equal(decision->slot, i);
		assert_int_equal(decision->flags, 0);
		assert_int_equal(decision->rank_ns, (1ULL << 42) + 1000 + i);
	}
	assert_int_equal(calls.nr_ranks, nr);
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(fb.nr_decisions, nr);
	stop();
}

static void loop__splits_what_does_not_fit_one_batch(void **state)
{
	static const struct {
		uint32_t nr;
		size_t nr_pushes, largest;
	} cases[] = {
		{ 1, 1, 1 },
		{ CLAND_BATCH_MAX - 1, 1, CLAND_BATCH_MAX - 1 },
		{ CLAND_BATCH_MAX, 1, CLAND_BATCH_MAX },
		{ CLAND_BATCH_MAX + 1, 2, CLAND_BATCH_MAX },
		{ 2 * CLAND_BATCH_MAX, 2, CLAND_BATCH_MAX },
		{ 2 * CLAND_BATCH_MAX + 1, 3, CLAND_BATCH_MAX },
	};
	size_t i;
	uint32_t slot;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		start_ticked(&full_policy, false);
		arrive_all(cases[i].nr);
		for (slot = 0; slot < cases[i].nr; slot++)
			fake_backend_ask(&fb, slot);
		assert_int_equal(loop_turn(&loop), cases[i].nr);
		assert_int_equal(fb.nr_decisions, cases[i].nr);
		assert_int_equal(fb.nr_pushes, cases[i].nr_pushes);
		assert_int_equal(fb.nr_empty_pushes, 0);
		assert_int_equal(fb.largest_push, cases[i].largest);
		stop();
	}
}

static void loop__skips_slots_beyond_its_tables(void **state)
{
	uint64_t seq;

	(void)state;
	start_ticked(&full_policy, false);
	fake_backend_arrive(&fb, MAX_TASKS - 1, 10);
	fake_backend_arrive(&fb, MAX_TASKS, 11);
	fake_backend_arrive(&fb, 2 * MAX_TASKS - 1, 12);
	fake_backend_ask(&fb, MAX_TASKS);
	seq = fake_backend_ask(&fb, MAX_TASKS - 1);
	fake_backend_ask(&fb, 2 * MAX_TASKS - 1);
	assert_int_equal(loop_turn(&loop), 1);
	assert_int_equal(fb.nr_decisions, 1);
	assert_int_equal(decision_of(seq)->slot, MAX_TASKS - 1);
	assert_int_equal(calls.nr_ranks, 1);
	stop();
}

/* ---- who has a slot -------------------------------------------------------------------------- */

static void loop__says_new_once_per_owner(void **state)
{
	unsigned int i;

	(void)state;
	start_ticked(&full_policy, false);
	fake_backend_arrive(&fb, 3, 50);
	for (i = 0; i < 5; i++)
		ask_and_turn(3);
	assert_int_equal(calls.nr_news, 1);
	/* Another task in the same slot, even with the same pid. */
	fake_backend_leave(&fb, 3);
	fake_backend_arrive(&fb, 3, 50);
	for (i = 0; i < 5; i++)
		ask_and_turn(3);
	assert_int_equal(calls.nr_news, 2);
	/* Flags that the backend has set are not touched. */
	fb.slots[3].task.flags = CLAND_TASK_WAKEUP;
	ask_and_turn(3);
	assert_int_equal(calls.nr_news, 2);
	assert_int_equal(calls.nr_ranks, 11);
	stop();
}

static void loop__tells_of_an_exit_when_the_slot_changes_hands(void **state)
{
	(void)state;
	start_ticked(&full_policy, false);
	fake_backend_arrive(&fb, 7, 70);
	ask_and_turn(7);
	ask_and_turn(7);
	fake_backend_arrive(&fb, 7, 71);
	assert_int_equal(calls.nr_exits, 0);
	ask_and_turn(7);
	assert_int_equal(calls.nr_exits, 1);
	assert_int_equal(calls.exit_pids[0], 70);
	/* priv could still be read, and was clean for the next one: see stop(). */
	assert_int_equal(calls.exit_marks[0].nr_ranked, 2);
	assert_int_equal(calls.exit_marks[0].pid, 70);
	assert_true(calls.exit_marks[0].last == UINT64_MAX);
	stop();
}

static void loop__tells_of_an_exit_at_the_tick(void **state)
{
	(void)state;
	start_ticked(&full_policy, false);
	arrive_all(4);
	ask_and_turn(0);
	ask_and_turn(1);
	ask_and_turn(3);
	fake_backend_leave(&fb, 1);
	fake_backend_leave(&fb, 2);	 /* the policy never heard of it */
	fake_backend_arrive(&fb, 3, 93); /* a new owner, who has not asked */
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(calls.nr_exits, 0);
	fb.now_ns += LOOP_TICK_NS;
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(calls.nr_exits, 2);
	assert_int_equal(calls.exit_pids[0], 1001);
	assert_int_equal(calls.exit_pids[1], 1003);
	assert_int_equal(calls.exit_marks[0].nr_ranked, 1);
	assert_priv_is_zero(1);
	assert_priv_is_zero(3);
	/* Once is enough. */
	fb.now_ns += LOOP_TICK_NS;
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(calls.nr_exits, 2);
	ask_and_turn(3);
	assert_int_equal(calls.nr_news, 4);
	stop();
}

static void loop__keeps_privs_apart(void **state)
{
	uint32_t slot;
	int round;

	(void)state;
	start_ticked(&full_policy, false);
	arrive_all(MAX_TASKS);
	for (round = 0; round < 3; round++) {
		for (slot = 0; slot < MAX_TASKS; slot++)
			fake_backend_ask(&fb, slot);
		while (loop_turn(&loop) > 0)
			;
	}
	assert_int_equal(calls.nr_ranks, 3 * MAX_TASKS);
	assert_int_equal(calls.nr_news, MAX_TASKS);
	stop(); /* every task found its own mark */
}

/* ---- leases ---------------------------------------------------------------------------------- */

static const struct cland_lease odd_lease = {
	.valid_ns = 1234567,
	.credit_ns = 2345678,
	.slice_ns = 3456789,
	.preempt_ns = 456789,
	.offset_ns = -56789,
	.rate = 67890,
	.flags = 0,
};

static void assert_terms_of(const struct cland_lease_msg *got, const struct cland_lease *want)
{
	assert_int_equal(got->credit_ns, want->credit_ns);
	assert_int_equal(got->slice_ns, want->slice_ns);
	assert_int_equal(got->preempt_ns, want->preempt_ns);
	assert_int_equal(got->offset_ns, want->offset_ns);
	assert_int_equal(got->rate, want->rate);
	assert_int_equal(got->flags, want->flags);
}

static void loop__gives_the_lease_as_the_policy_made_it(void **state)
{
	const struct cland_decision_msg *decision;

	(void)state;
	start_ticked(&full_policy, false);
	fake_backend_arrive(&fb, 0, 1);
	calls.answer = odd_lease;
	decision = decision_of(ask_and_turn(0));
	assert_int_equal(decision->lease.valid_ns, odd_lease.valid_ns);
	assert_terms_of(&decision->lease, &odd_lease);
	stop();
}

static void loop__gives_the_reason_of_each_answer(void **state)
{
	(void)state;
	start_ticked(&reasoning_policy, false);
	fake_backend_arrive(&fb, 0, 0);
	fake_backend_arrive(&fb, 1, 2);
	fake_backend_arrive(&fb, 2, 3);
	assert_int_equal(decision_of(ask_and_turn(0))->reserved, CLAND_REASON(0));
	assert_int_equal(decision_of(ask_and_turn(1))->reserved, CLAND_REASON(2));
	/* There is no such text, and the stub is to know. */
	assert_int_equal(decision_of(ask_and_turn(2))->reserved, CLAND_REASON_BAD | 3);
	/* Renewed: lease() answers, and so there is a reason. */
	fb.slots[1].lease_until_ns = fb.now_ns + 1;
	fb.slots[1].task.used_ns = 1;
	fb.now_ns += LOOP_TICK_NS;
	fake_backend_forget_decisions(&fb);
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(fb.nr_decisions, 1);
	assert_int_equal(fb.decisions[0].flags, CLAND_DECISION_LEASE_ONLY);
	assert_int_equal(fb.decisions[0].reserved, CLAND_REASON(2));
	stop();
	/* A policy without reasons. */
	start_ticked(&full_policy, false);
	fake_backend_arrive(&fb, 0, 1);
	assert_int_equal(decision_of(ask_and_turn(0))->reserved, 0);
	assert_int_equal(calls.nr_reasons, 0);
	stop();
}

static void loop__strict_gives_terms_but_no_lease(void **state)
{
	const struct cland_decision_msg *decision;

	(void)state;
	start_ticked(&full_policy, true);
	fake_backend_arrive(&fb, 0, 1);
	calls.answer = odd_lease;
	decision = decision_of(ask_and_turn(0));
	assert_int_equal(decision->lease.valid_ns, 0);
	assert_terms_of(&decision->lease, &odd_lease);
	/* And renews none, whatever the backend says. */
	fb.slots[0].lease_until_ns = fb.now_ns + 1;
	fb.slots[0].task.used_ns = 1;
	fb.now_ns += LOOP_TICK_NS;
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(fb.nr_decisions, 1);
	stop();
}

static void loop__offers_the_weighted_fair_lease(void **state)
{
	static const struct {
		uint32_t weight, rate;
	} cases[] = {
		{ 1024, CLAND_RATE_ONE },
		{ 2048, CLAND_RATE_ONE / 2 },
		{ 15, (uint32_t)((1024ULL << 20) / 15) },
		{ 3, (uint32_t)((1024ULL << 20) / 3) },
		{ 1, 1024u * CLAND_RATE_ONE },
		{ 88761, (uint32_t)((1024ULL << 20) / 88761) },
	};
	size_t i;

	(void)state;
	start_ticked(&full_policy, false);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		fake_backend_arrive(&fb, 0, 1)->task.weight = cases[i].weight;
		ask_and_turn(0);
		assert_int_equal(calls.seen.rate, cases[i].rate);
		assert_true(calls.seen.valid_ns > 2 * LOOP_TICK_NS);
		assert_int_equal(calls.seen.slice_ns, CLAND_SLICE_DEFAULT_NS);
		assert_int_equal(calls.seen.credit_ns, CLAND_SLICE_DEFAULT_NS);
		assert_int_equal(calls.seen.offset_ns, 0);
		assert_int_equal(calls.seen.flags, CLAND_LEASE_KEEP);
	}
	stop();
}

static void loop__a_policy_without_lease_is_asked_every_time(void **state)
{
	const struct cland_decision_msg *decision;

	(void)state;
	start_ticked(&rank_only_policy, false);
	fake_backend_arrive(&fb, 0, 1)->task.weight = 2048;
	decision = decision_of(ask_and_turn(0));
	assert_int_equal(decision->lease.valid_ns, 0);
	assert_int_equal(decision->lease.slice_ns, CLAND_SLICE_DEFAULT_NS);
	assert_int_equal(decision->lease.rate, CLAND_RATE_ONE / 2);
	/* None of the optional functions is missed, nor priv. */
	fake_backend_leave(&fb, 0);
	fb.now_ns += LOOP_TICK_NS;
	assert_int_equal(loop_turn(&loop), 0);
	loop_rehearse(&loop);
	stop();
}

static void loop__renews_leases_of_those_who_ran(void **state)
{
	static const struct {
		bool ran;
		int64_t until_ns; /* after the tick; 0: there is no lease */
		bool renewed;
	} cases[] = {
		{ true, 1, true },
		{ true, LOOP_TICK_NS, true },
		{ true, 2 * LOOP_TICK_NS, true },
		{ true, 2 * LOOP_TICK_NS + 1, false },
		{ true, 4 * LOOP_TICK_NS, false },
		{ true, 0, false },
		{ false, 1, false },
		{ false, LOOP_TICK_NS, false },
		{ false, 0, false },
	};
	uint32_t slot;
	size_t nr = 0;

	(void)state;
	start_ticked(&full_policy, false);
	arrive_all(ARRAY_LEN(cases));
	for (slot = 0; slot < ARRAY_LEN(cases); slot++) {
		fb.slots[slot].task.used_ns = 5 * MS;
		ask_and_turn(slot);
	}
	/* The first tick learns what they had used. */
	fb.now_ns += LOOP_TICK_NS;
	assert_int_equal(loop_turn(&loop), 0);
	fake_backend_forget_decisions(&fb);
	memset(&calls, 0, sizeof(calls));
	calls.answer = odd_lease;

	fb.now_ns += LOOP_TICK_NS;
	for (slot = 0; slot < ARRAY_LEN(cases); slot++) {
		if (cases[slot].until_ns)
			fb.slots[slot].lease_until_ns = fb.now_ns + (uint64_t)cases[slot].until_ns;
		if (cases[slot].ran)
			fb.slots[slot].task.used_ns += 1;
	}
	assert_int_equal(loop_turn(&loop), 0);
	for (slot = 0; slot < ARRAY_LEN(cases); slot++) {
		const struct cland_decision_msg *decision;

		if (!cases[slot].renewed)
			continue;
		nr++;
		decision = decision_of(fb.slots[slot].seq);
		assert_int_equal(decision->slot, slot);
		assert_int_equal(decision->flags, CLAND_DECISION_LEASE_ONLY);
		assert_int_equal(decision->lease.valid_ns, odd_lease.valid_ns);
		assert_terms_of(&decision->lease, &odd_lease);
	}
	assert_int_equal(fb.nr_decisions, nr);
	assert_int_equal(calls.nr_leases, nr);
	assert_int_equal(calls.nr_ranks, 0);

	/* Whoever has not run since is let be, though the fake's leases still end soon. */
	fake_backend_forget_decisions(&fb);
	fb.now_ns += LOOP_TICK_NS;
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(fb.nr_decisions, 0);
	stop();
}

static void loop__renews_once_a_tick_and_in_batches(void **state)
{
	const uint32_t nr = 2 * CLAND_BATCH_MAX + 9;
	uint32_t slot;
	int turn;

	(void)state;
	start_ticked(&full_policy, false);
	arrive_all(nr);
	for (slot = 0; slot < nr; slot++) {
		fb.slots[slot].task.used_ns = 1;
		fb.slots[slot].lease_until_ns = fb.now_ns + LOOP_TICK_NS;
	}
	fb.now_ns += LOOP_TICK_NS;
	for (turn = 0; turn < 10; turn++) {
		assert_int_equal(loop_turn(&loop), 0);
		fb.now_ns += 99 * MS;
	}
	assert_int_equal(fb.nr_decisions, nr);
	assert_int_equal(fb.largest_push, CLAND_BATCH_MAX);
	for (slot = 0; slot < nr; slot++)
		decision_of(fb.slots[slot].seq);
	stop();
}

static void loop__renewal_of_a_lease_of_somebody_unknown_says_new(void **state)
{
	(void)state;
	/* Leases outlive the agent that gave them: the next one meets the task at its renewal. */
	start_ticked(&full_policy, false);
	fake_backend_arrive(&fb, 0, 77);
	fb.slots[0].task.used_ns = 1;
	fb.slots[0].lease_until_ns = fb.now_ns + LOOP_TICK_NS;
	fb.now_ns += LOOP_TICK_NS;
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(calls.nr_leases, 1);
	fake_backend_leave(&fb, 0);
	fb.now_ns += LOOP_TICK_NS;
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(calls.nr_exits, 1);
	assert_int_equal(calls.exit_pids[0], 77);
	stop();
}

/* ---- time ------------------------------------------------------------------------------------ */

static void loop__ticks_once_a_second(void **state)
{
	uint64_t begin_ns;

	(void)state;
	start_ticked(&full_policy, false);
	for (begin_ns = fb.now_ns; fb.now_ns < begin_ns + 60 * LOOP_TICK_NS; fb.now_ns += 7 * MS)
		assert_int_equal(loop_turn(&loop), 0);
	/* "about": each may be late by one step */
	assert_in_range(calls.nr_ticks, 58, 60);
	/* Nothing else was pushed: signs of life. */
	assert_int_equal(fb.nr_pushes, calls.nr_ticks);
	assert_int_equal(fb.nr_empty_pushes, calls.nr_ticks);
	fb.now_ns += LOOP_TICK_NS;
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(calls.tick_ns, fb.now_ns);
	stop();
}

static void loop__gives_a_sign_of_life_before_anything_else_happens(void **state)
{
	(void)state;
	start(&full_policy, false);
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(fb.nr_empty_pushes, 1);
	assert_int_equal(calls.nr_ticks, 1);
	stop();
}

/* Requests that came as fast as they were answered once kept the loop from its tick for ever. */
static void loop__ticks_although_requests_keep_coming(void **state)
{
	(void)state;
	start_ticked(&full_policy, true);
	arrive_all(2);
	ask_and_turn(1);
	fake_backend_leave(&fb, 1);
	fake_backend_ask(&fb, 0);
	/* 8000 more answers at 5 ms each: 40 s, and never a moment without a request. */
	fb.ask_again_until = fb.nr_asked + 8000;
	fb.answer_ns = 5 * MS;
	while (fake_backend_queued(&fb))
		assert_true(loop_turn(&loop) > 0);
	assert_int_equal(fb.nr_decisions, fb.nr_asked);
	assert_true(calls.nr_ticks >= 6);
	assert_int_equal(calls.nr_exits, 1);
	stop();
}

static void loop__run_waits_for_the_next_tick(void **state)
{
	uint64_t begin_ns;

	(void)state;
	start(&full_policy, false);
	arrive_all(1);
	fake_backend_ask(&fb, 0);
	begin_ns = fb.now_ns;
	fb.wait_err_at = 11;
	fb.wait_err = -EIO;
	assert_int_equal(loop_run(&loop, never_over, NULL), -EIO);
	assert_int_equal(fb.nr_waits, 11);
	assert_int_equal(fb.nr_decisions, 1);
	assert_int_equal(calls.nr_ticks, 11);
	assert_int_equal(fb.now_ns, begin_ns + 10 * LOOP_TICK_NS);
	assert_int_equal(fb.wait_until_ns, begin_ns + 11 * LOOP_TICK_NS);
	stop();
}

static void loop__run_ends_after_a_turn_with_all_answered(void **state)
{
	int nr_turns = 3;
	uint32_t slot;

	(void)state;
	start(&full_policy, false);
	arrive_all(CLAND_BATCH_MAX + 5);
	for (slot = 0; slot < CLAND_BATCH_MAX + 5; slot++)
		fake_backend_ask(&fb, slot);
	assert_int_equal(loop_run(&loop, over_after, &nr_turns), 0);
	assert_int_equal(fb.nr_decisions, CLAND_BATCH_MAX + 5);
	/* The third turn is not followed by a wait: whoever is to serve next waits for us. */
	assert_int_equal(fb.nr_waits, 1);
	stop();
}

/* ---- following another policy ---------------------------------------------------------------- */

static void loop__adopts_who_is_there_before_it_decides(void **state)
{
	(void)state;
	start(&full_policy, false);
	arrive_all(20);
	fake_backend_leave(&fb, 3);
	assert_int_equal(loop_adopt(&loop), 19);
	assert_int_equal(calls.nr_leases, 19);
	assert_int_equal(calls.nr_ranks, 0);
	assert_int_equal(fb.nr_pushes, 0);
	/* They are known by now: the first rank() is not a first meeting. */
	fb.slots[5].task.used_ns = 1;
	fake_backend_ask(&fb, 5);
	assert_int_equal(loop_turn(&loop), 1);
	assert_int_equal(calls.nr_news, 0);
	calls.nr_wrong_news = 0; /* test_rank() marks in rank() only */
	stop();
}

static void loop__a_policy_without_lease_adopts_by_being_asked(void **state)
{
	(void)state;
	start(&rank_only_policy, false);
	arrive_all(20);
	assert_int_equal(loop_adopt(&loop), 20);
	assert_int_equal(loop.tasks[5].owner_seq, 0);
	stop();
}

static void loop__replaces_every_lease_that_holds(void **state)
{
	uint32_t slot, nr = MAX_TASKS - 3;
	size_t i;

	(void)state;
	start_ticked(&full_policy, false);
	arrive_all(nr);
	for (slot = 0; slot < nr; slot++)	/* every fourth one's has ended, or was never there */
		fb.slots[slot].lease_until_ns = slot % 4 == 0 ? 0 :
						slot % 4 == 1 ? fb.now_ns :
								fb.now_ns + 1;
	loop_replace_leases(&loop);
	for (i = 0; i < 1000 && loop.sweep_slot < MAX_TASKS; i++)
		assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(loop.sweep_slot, MAX_TASKS);
	assert_int_equal(fb.nr_decisions, nr / 4 * 2);
	for (i = 0; i < fb.nr_decisions; i++) {
		assert_true(fb.decisions[i].flags & CLAND_DECISION_LEASE_ONLY);
		assert_true(fb.decisions[i].slot % 4 >= 2);
		assert_int_equal(fb.decisions[i].seq, fb.slots[fb.decisions[i].slot].seq);
	}
	/* Once is enough. */
	fake_backend_forget_decisions(&fb);
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(fb.nr_decisions, 0);
	stop();
}

static void loop__obeys_hints_for_a_policy_that_does_not(void **state)
{
	const struct hint hint = {
		.given = CLAND_HINT_WEIGHT | CLAND_HINT_BOOST | CLAND_HINT_SLICE,
		.weight_pct = 200, .boost = 1, .slice_us = 700,
	};
	const struct cland_decision_msg *decision;

	(void)state;
	start_ticked(&full_policy, false);
	arrive_all(2);
	fb.slots[1].hint = hint;
	fake_backend_ask(&fb, 0);
	fake_backend_ask(&fb, 1);
	assert_int_equal(loop_turn(&loop), 2);
	decision = fb.decisions;
	assert_int_equal(decision[1].rank_ns, decision[0].rank_ns + 1 - 3 * MS); /* rank() adds the pid */
	assert_int_equal(decision[1].lease.slice_ns, 700000);
	assert_int_equal(decision[1].lease.offset_ns, decision[0].lease.offset_ns - (int64_t)(3 * MS));
	assert_int_equal(decision[1].lease.rate, decision[0].lease.rate / 2);
	/* the stub compares it with the kernel's */
	assert_int_equal(decision[1].weight, CLAND_WEIGHT_NICE_0);
	stop();
}

static void loop__renews_whose_hints_have_changed(void **state)
{
	const struct hint hint = { .given = CLAND_HINT_SLICE, .slice_us = 700 };

	(void)state;
	start_ticked(&full_policy, false);
	arrive_all(3);
	fb.slots[1].lease_until_ns = fb.now_ns + 1;
	fb.slots[2].lease_until_ns = fb.now_ns + 1;
	fake_backend_hint(&fb, 0, &hint);		/* holds no lease: will ask */
	fake_backend_hint(&fb, 1, &hint);
	fake_backend_hint(&fb, MAX_TASKS, &hint);	/* not one of ours */
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(fb.nr_decisions, 1);
	assert_int_equal(fb.decisions[0].slot, 1);
	assert_true(fb.decisions[0].flags & CLAND_DECISION_LEASE_ONLY);
	assert_int_equal(fb.decisions[0].lease.slice_ns, 700000);
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(fb.nr_decisions, 1);
	stop();
}

static void loop__renews_all_when_too_many_hints_have_changed(void **state)
{
	const struct hint hint = { .given = CLAND_HINT_SLICE, .slice_us = 700 };
	uint32_t slot;

	(void)state;
	start_ticked(&full_policy, false);
	arrive_all(10);
	for (slot = 0; slot < 10; slot++) {
		fb.slots[slot].lease_until_ns = fb.now_ns + 1;
		fake_backend_hint(&fb, slot, &hint);
	}
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(fb.nr_decisions, 10);
	stop();
}

static void loop__strict_has_nothing_to_renew_for_hints(void **state)
{
	const struct hint hint = { .given = CLAND_HINT_SLICE, .slice_us = 700 };

	(void)state;
	start_ticked(&full_policy, true);
	arrive_all(1);
	fb.slots[0].lease_until_ns = fb.now_ns + 1;
	fake_backend_hint(&fb, 0, &hint);
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(fb.nr_decisions, 0);
	assert_int_equal(fb.nr_hinted_seen, 1);
	stop();
}

static void loop__asks_come_before_replaced_leases(void **state)
{
	uint64_t seq;

	(void)state;
	start_ticked(&full_policy, false);
	arrive_all(8);
	fb.slots[1].lease_until_ns = fb.now_ns + 1;
	seq = fake_backend_ask(&fb, 7);
	loop_replace_leases(&loop);
	assert_int_equal(loop_turn(&loop), 1);
	assert_int_equal(fb.nr_decisions, 2);
	assert_int_equal(fb.decisions[0].seq, seq);
	assert_int_equal(fb.decisions[1].slot, 1);
	stop();
}

static void loop__strict_has_no_leases_to_replace(void **state)
{
	(void)state;
	start_ticked(&full_policy, true);
	arrive_all(8);
	fb.slots[1].lease_until_ns = fb.now_ns + 1;
	loop_replace_leases(&loop);
	assert_int_equal(loop_turn(&loop), 0);
	assert_int_equal(fb.nr_decisions, 0);
	stop();
}

/* ---- errors and start-up --------------------------------------------------------------------- */

static void loop__a_push_that_fails_ends_it_with_its_errno(void **state)
{
	static const struct {
		size_t push_err_at;
		uint32_t nr;	/* requests */
		size_t nr_decided;
	} cases[] = {
		{ 1, 0, 0 },				/* the sign of life */
		{ 1, 1, 0 },				/* the only batch */
		{ 1, 3 * CLAND_BATCH_MAX, 0 },		/* the first of several */
		{ 2, 3 * CLAND_BATCH_MAX, CLAND_BATCH_MAX },
		{ 4, 3 * CLAND_BATCH_MAX + 1, 3 * CLAND_BATCH_MAX },
		{ 2, 1, 1 },				/* the tick's */
	};
	uint32_t slot;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		start(&full_policy, false);
		arrive_all(cases[i].nr);
		for (slot = 0; slot < cases[i].nr; slot++)
			fake_backend_ask(&fb, slot);
		fb.push_err_at = cases[i].push_err_at;
		fb.push_err = -ENODEV;
		assert_int_equal(loop_run(&loop, never_over, NULL), -ENODEV);
		assert_int_equal(fb.nr_pushes, cases[i].push_err_at);
		assert_int_equal(fb.nr_decisions, cases[i].nr_decided);
		assert_int_equal(fb.nr_waits, 0);
		stop();
	}
}

static void loop__a_renewal_that_cannot_be_pushed_ends_it(void **state)
{
	uint32_t slot;

	(void)state;
	start_ticked(&full_policy, false);
	arrive_all(2 * CLAND_BATCH_MAX);
	for (slot = 0; slot < 2 * CLAND_BATCH_MAX; slot++) {
		fb.slots[slot].task.used_ns = 1;
		fb.slots[slot].lease_until_ns = fb.now_ns + LOOP_TICK_NS;
	}
	fb.now_ns += LOOP_TICK_NS;
	fb.push_err_at = 1;
	fb.push_err = -EBADF;
	assert_int_equal(loop_turn(&loop), -EBADF);
	assert_int_equal(fb.nr_decisions, 0);
	stop();
}

static void loop__rehearsal_leaves_no_trace(void **state)
{
	unsigned int i;

	(void)state;
	start(&full_policy, false);
	for (i = 0; i < 3; i++)
		loop_rehearse(&loop);
	assert_int_equal(calls.nr_ranks, 3);
	assert_int_equal(calls.nr_leases, 3);
	assert_int_equal(calls.nr_exits, 3);
	assert_int_equal(fb.nr_pushes, 0);
	assert_priv_is_zero(0);
	/* The slot's first owner is new all the same. */
	fake_backend_arrive(&fb, 0, 1);
	ask_and_turn(0);
	assert_int_equal(calls.nr_news, 4);
	assert_int_equal(fb.nr_decisions, 1);
	stop();
}

static void loop__allocates_nothing_after_init(void **state)
{
	unsigned long before = alloc_count();
	uint32_t slot;
	int round;

	(void)state;
	start(&full_policy, false);
	assert_true(alloc_count() > before); /* the counter counts */
	arrive_all(MAX_TASKS);
	before = alloc_count();
	loop_rehearse(&loop);
	for (round = 0; round < 10; round++) {
		for (slot = 0; slot < MAX_TASKS; slot++) {
			if ((slot + (uint32_t)round) % 7 == 0)
				fake_backend_arrive(&fb, slot, round);
			fb.slots[slot].task.used_ns++;
			fb.slots[slot].lease_until_ns = fb.now_ns;
			fake_backend_ask(&fb, slot);
		}
		while (loop_turn(&loop) > 0)
			;
		fb.now_ns += LOOP_TICK_NS;
		fake_backend_forget_decisions(&fb);
	}
	assert_int_equal(alloc_count(), before);
	assert_true(calls.nr_ticks >= 9);
	assert_true(calls.nr_exits > 0);
	stop();
}

static void loop__init_says_when_memory_is_short(void **state)
{
	unsigned int nth;

	(void)state;
	policy = full_policy;
	for (nth = 1; nth <= 2; nth++) {
		if (!alloc_fail_next(nth))
			skip();
		assert_int_equal(loop_init(&loop, &fake_backend_ops, &fb, &policy, 8, false),
				 -ENOMEM);
		loop_destroy(&loop); /* harmless */
	}
	memset(&loop, 0, sizeof(loop));
	loop_destroy(&loop);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(loop__answers_every_request_once),
		cmocka_unit_test(loop__splits_what_does_not_fit_one_batch),
		cmocka_unit_test(loop__skips_slots_beyond_its_tables),
		cmocka_unit_test(loop__says_new_once_per_owner),
		cmocka_unit_test(loop__tells_of_an_exit_when_the_slot_changes_hands),
		cmocka_unit_test(loop__tells_of_an_exit_at_the_tick),
		cmocka_unit_test(loop__keeps_privs_apart),
		cmocka_unit_test(loop__gives_the_lease_as_the_policy_made_it),
		cmocka_unit_test(loop__gives_the_reason_of_each_answer),
		cmocka_unit_test(loop__strict_gives_terms_but_no_lease),
		cmocka_unit_test(loop__offers_the_weighted_fair_lease),
		cmocka_unit_test(loop__a_policy_without_lease_is_asked_every_time),
		cmocka_unit_test(loop__renews_leases_of_those_who_ran),
		cmocka_unit_test(loop__renews_once_a_tick_and_in_batches),
		cmocka_unit_test(loop__renewal_of_a_lease_of_somebody_unknown_says_new),
		cmocka_unit_test(loop__ticks_once_a_second),
		cmocka_unit_test(loop__gives_a_sign_of_life_before_anything_else_happens),
		cmocka_unit_test(loop__ticks_although_requests_keep_coming),
		cmocka_unit_test(loop__run_waits_for_the_next_tick),
		cmocka_unit_test(loop__run_ends_after_a_turn_with_all_answered),
		cmocka_unit_test(loop__adopts_who_is_there_before_it_decides),
		cmocka_unit_test(loop__a_policy_without_lease_adopts_by_being_asked),
		cmocka_unit_test(loop__replaces_every_lease_that_holds),
		cmocka_unit_test(loop__obeys_hints_for_a_policy_that_does_not),
		cmocka_unit_test(loop__renews_whose_hints_have_changed),
		cmocka_unit_test(loop__renews_all_when_too_many_hints_have_changed),
		cmocka_unit_test(loop__strict_has_nothing_to_renew_for_hints),
		cmocka_unit_test(loop__asks_come_before_replaced_leases),
		cmocka_unit_test(loop__strict_has_no_leases_to_replace),
		cmocka_unit_test(loop__a_push_that_fails_ends_it_with_its_errno),
		cmocka_unit_test(loop__a_renewal_that_cannot_be_pushed_ends_it),
		cmocka_unit_test(loop__rehearsal_leaves_no_trace),
		cmocka_unit_test(loop__allocates_nothing_after_init),
		cmocka_unit_test(loop__init_says_when_memory_is_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
