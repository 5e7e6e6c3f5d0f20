/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * By what rules an agent rests, sleeps, and leaves decisions to its rest: over a clock, a stub and
 * a ring of one request that are all made up here.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "resting.h"

#define US 1000ULL
#define MS 1000000ULL
#define LATER (1000 * MS)

static struct cland_ring ring;
static struct cland_agent_page page;
static struct kern_memory memory = { .rings = &ring, .page = &page, .nr_cpus = 1 };

static struct {
	uint64_t now_ns;
	uint64_t asked_after_ns;	/* a request ends the wait after so long; 0: none does */
	bool is_unheeded;		/* the stub does not schedule the agent */
	int sleep_err;
	unsigned int nr_yields, nr_sleeps, nr_applies;
	uint32_t nr_applied, nr_carried;	/* decisions, by apply and by yielding */
	uint64_t slept_ns;
} world;

static uint64_t now_ns(void *ctx)
{
	(void)ctx;
	return world.now_ns;
}

static int apply(void *ctx, uint32_t nr)
{
	(void)ctx;
	assert_int_equal(page.nr_yielded, 0);
	world.nr_applies++;
	world.nr_applied += nr;
	return 0;
}

static void ask(void)
{
	ring.head++;
	page.asked[0] |= 1;
}

static void wait_for_request(uint64_t ns)
{
	world.now_ns += world.asked_after_ns ? world.asked_after_ns : ns;
	if (world.asked_after_ns) {
		ask();
		page.waits = CLAND_AGENT_AWAKE;
	}
}

static void yield(void *ctx)
{
	(void)ctx;
	assert_int_equal(page.waits, CLAND_AGENT_AT_REST);
	world.nr_yields++;
	if (world.is_unheeded)
		return;
	world.nr_carried += page.nr_yielded;
	page.nr_yielded = 0;
	wait_for_request(0);
}

static int sleep_for(void *ctx, uint64_t ns)
{
	(void)ctx;
	assert_int_equal(page.waits, CLAND_AGENT_ASLEEP);
	assert_int_equal(page.nr_yielded, 0);
	world.nr_sleeps++;
	world.slept_ns = ns;
	wait_for_request(ns);
	return world.sleep_err;
}

static const struct resting_ops ops = {
	.now_ns = now_ns, .apply = apply, .yield = yield, .sleep = sleep_for,
};
static struct resting resting;
static struct cland_decision_msg decisions[CLAND_BATCH_MAX];

static int begin(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	memset(&ring, 0, sizeof(ring));
	memset(&page, 0, sizeof(page));
	resting = (struct resting){ .ops = &ops, .memory = &memory };
	world.now_ns = MS;
	return 0;
}

/* Read the request, and decide it. */
static void answer(size_t nr)
{
	ring.tail = ring.head;
	assert_int_equal(resting_push(&resting, decisions, nr), 0);
}

static int wait_until(uint64_t until_ns)
{
	uint64_t now_ns = world.now_ns;
	int err = resting_wait(&resting, &now_ns, until_ns);

	assert_int_equal(now_ns, world.now_ns);
	return err;
}

static void wait_asked(uint64_t after_ns)
{
	world.asked_after_ns = after_ns;
	assert_int_equal(wait_until(world.now_ns + LATER), 0);
	assert_int_equal(page.waits, CLAND_AGENT_AWAKE);
}

static void resting__begins_when_one_asks_soon(void **state)
{
	(void)state;
	wait_asked(10 * US);
	assert_int_equal(world.nr_sleeps, 1);
	answer(3);
	/* Left to the rest that follows. */
	assert_int_equal(world.nr_applies, 0);
	assert_int_equal(page.nr_yielded, 3);
	wait_asked(10 * US);
	assert_int_equal(world.nr_carried, 3);
	assert_int_equal(world.nr_yields, 1);
	assert_int_equal(world.nr_sleeps, 1);
	assert_int_equal(world.nr_applies, 0);
}

static void resting__ends_when_one_asks_late(void **state)
{
	(void)state;
	wait_asked(10 * US);
	answer(1);
	wait_asked(1 * MS); /* at rest yet, and this was too long */
	answer(1);
	assert_int_equal(world.nr_applied, 1);
	wait_asked(1 * MS);
	assert_int_equal(world.nr_yields, 1);
	assert_int_equal(world.nr_sleeps, 2);
	assert_int_equal(world.slept_ns, LATER);
}

/* The janitor rouses an agent that rests: not to go on resting, or one that idles would spin. */
static void resting__ends_when_roused_for_nothing(void **state)
{
	(void)state;
	wait_asked(10 * US);
	answer(1);
	wait_asked(0);
	assert_int_equal(world.nr_yields, 1);
	wait_asked(0);
	assert_int_equal(world.nr_yields, 1);
	assert_int_equal(world.nr_sleeps, 2);
}

static void resting__leaves_only_few_decisions(void **state)
{
	(void)state;
	wait_asked(10 * US);
	answer(CLAND_YIELD_MAX);
	assert_int_equal(page.nr_yielded, CLAND_YIELD_MAX);
	wait_asked(10 * US);
	assert_int_equal(world.nr_carried, CLAND_YIELD_MAX);
	answer(CLAND_YIELD_MAX + 1);
	assert_int_equal(page.nr_yielded, 0);
	assert_int_equal(world.nr_applied, CLAND_YIELD_MAX + 1);
	/* A sign of life is one at once. */
	answer(0);
	assert_int_equal(world.nr_applies, 2);
}

static void resting__leaves_nothing_while_others_ask(void **state)
{
	(void)state;
	wait_asked(10 * US);
	assert_int_equal(resting_push(&resting, decisions, 2), 0); /* there is one to be read */
	assert_int_equal(world.nr_applied, 2);
	assert_int_equal(page.nr_yielded, 0);
}

static void resting__waits_through_no_request(void **state)
{
	(void)state;
	ask();
	wait_asked(10 * US);
	assert_int_equal(world.nr_sleeps, 0);
	answer(1); /* and that was soon */
	assert_int_equal(page.nr_yielded, 1);
	ask();
	wait_asked(10 * US);
	assert_int_equal(world.nr_yields, 0);
	/* It has not rested: what was left to that is carried out now. */
	assert_int_equal(world.nr_applied, 1);
	assert_int_equal(page.nr_yielded, 0);
}

static void resting__carries_out_what_was_left_in_order(void **state)
{
	(void)state;
	wait_asked(10 * US);
	answer(1);
	assert_int_equal(page.nr_yielded, 1);
	ask();
	answer(2);
	assert_int_equal(world.nr_applied, 1); /* before the batch is written over */
	assert_int_equal(page.nr_yielded, 2);
	/* No time to wait. */
	assert_int_equal(wait_until(world.now_ns), 0);
	assert_int_equal(world.nr_applied, 3);
	assert_int_equal(world.nr_yields, 0);
}

/* As in partial mode: a yield returns at once and carries nothing out. */
static void resting__is_given_up_where_the_stub_does_not_heed_it(void **state)
{
	unsigned int i;

	(void)state;
	world.is_unheeded = true;
	for (i = 0; i < 100; i++) {
		ask(); /* before it waits, so that it is asked soon each time */
		wait_asked(10 * US);
		answer(1);
		wait_asked(10 * US);
	}
	assert_int_equal(world.nr_yields, 8);
	assert_int_equal(world.nr_applied, 100);
	assert_int_equal(world.nr_carried, 0);
}

static void resting__reports_a_failed_sleep(void **state)
{
	(void)state;
	world.sleep_err = -EBADF;
	assert_int_equal(wait_until(world.now_ns + LATER), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup(resting__##name, begin)
		CASE(begins_when_one_asks_soon),
		CASE(ends_when_one_asks_late),
		CASE(ends_when_roused_for_nothing),
		CASE(leaves_only_few_decisions),
		CASE(leaves_nothing_while_others_ask),
		CASE(waits_through_no_request),
		CASE(carries_out_what_was_left_in_order),
		CASE(is_given_up_where_the_stub_does_not_heed_it),
		CASE(reports_a_failed_sleep),
#undef CASE
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
