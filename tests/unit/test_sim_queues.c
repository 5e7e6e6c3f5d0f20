/* SPDX-License-Identifier: GPL-2.0-only */
/* What the simulated machine is made of: queues, events, sets of CPUs, histograms, the stub's maps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cpuset.h"
#include "dsq.h"
#include "events.h"
#include "histogram.h"
#include "stub_map.h"

#define NR 2000u

static uint64_t random_state = 1;

static uint64_t random_next(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dULL;
}

/* ---- dispatch queues -------------------------------------------------------------------------- */

static struct dsq_node nodes[NR];

/* Walk both ways: in order, equal ones as they came, and as many as it says. */
static void check_order(const struct dsq *dsq)
{
	struct dsq_node *node, *before = NULL;
	uint32_t nr = 0;

	for (node = dsq_first(dsq); node; before = node, node = dsq_next(node), nr++) {
		assert_ptr_equal(node->dsq, dsq);
		assert_ptr_equal(dsq_prev(node), before);
		if (before)
			assert_true((int64_t)(node->key - before->key) > 0 ||
				    (node->key == before->key && node->seq > before->seq));
	}
	assert_int_equal(nr, dsq->nr);
	assert_ptr_equal(dsq_last(dsq), before);
}

static void dsq__keeps_order_by_key_whatever_comes_and_goes(void **state)
{
	struct dsq dsq = { 0 };
	uint32_t i, round;

	(void)state;
	memset(nodes, 0, sizeof(nodes));
	for (i = 0; i < NR; i++)
		nodes[i].priority = (uint32_t)random_next();
	for (round = 0; round < 20000; round++) {
		struct dsq_node *node = &nodes[random_next() % NR];

		if (node->dsq)
			dsq_remove(node);
		else
			/* Around the place where numbers wrap; few of them, so that some are equal. */
			dsq_insert(&dsq, node, UINT64_MAX - 250 + random_next() % 500);
		if (round % 500 == 0)
			check_order(&dsq);
	}
	check_order(&dsq);
	assert_true(dsq.nr > 100);
	while (dsq.nr)
		dsq_remove(dsq_first(&dsq));
	assert_null(dsq.root);
	assert_null(dsq_first(&dsq));
	assert_null(dsq_last(&dsq));
}

static uint32_t depth_of(const struct dsq_node *node)
{
	uint32_t left, right;

	if (!node)
		return 0;
	left = depth_of(node->left);
	right = depth_of(node->right);
	return 1 + (left > right ? left : right);
}

static void dsq__is_balanced_when_keys_come_in_order(void **state)
{
	struct dsq dsq = { 0 };
	uint32_t i;

	(void)state;
	memset(nodes, 0, sizeof(nodes));
	for (i = 0; i < NR; i++) {
		/* As tasks have it: from their pids. */
		nodes[i].priority = (uint32_t)((i + 100ULL) * 0x9e3779b97f4a7c15ULL >> 32);
		dsq_insert(&dsq, &nodes[i], i);
	}
	assert_true(depth_of(dsq.root) < 45); /* 11 at best; 2000 for a list */
}

static void dsq__is_a_list_by_arrival(void **state)
{
	struct dsq dsq = { 0 };

	(void)state;
	memset(nodes, 0, sizeof(nodes));
	dsq_append(&dsq, &nodes[0], false);
	dsq_append(&dsq, &nodes[1], false);
	dsq_append(&dsq, &nodes[2], true);
	assert_ptr_equal(dsq_first(&dsq), &nodes[2]);
	assert_ptr_equal(dsq_next(&nodes[2]), &nodes[0]);
	assert_ptr_equal(dsq_last(&dsq), &nodes[1]);
	dsq_remove(&nodes[0]);
	assert_ptr_equal(dsq_next(&nodes[2]), &nodes[1]);
	assert_ptr_equal(dsq_prev(&nodes[1]), &nodes[2]);
	assert_true(dsq_is_mixed(&dsq, true));
	assert_false(dsq_is_mixed(&dsq, false));
	dsq_remove(&nodes[1]);
	dsq_remove(&nodes[2]);
	assert_false(dsq_is_mixed(&dsq, true));
}

/* ---- events ------------------------------------------------------------------------------------ */

static void events__come_in_order_after_any_changes(void **state)
{
	static struct event list[NR];
	struct events events = { 0 };
	uint64_t when_ns, last_ns = 0;
	uint32_t i, nr = 0, taken = 0;
	struct event *event;

	(void)state;
	for (i = 0; i < 10 * NR; i++) {
		event = &list[random_next() % NR];
		if (random_next() % 4 == 0)
			event_cancel(&events, event);
		else
			event_set(&events, event, random_next() % 1000);
	}
	for (i = 0; i < NR; i++)
		nr += event_is_set(&list[i]);
	assert_int_equal(nr, events.nr);
	while ((event = events_take(&events, &when_ns))) {
		assert_true(when_ns >= last_ns);
		assert_false(event_is_set(event));
		last_ns = when_ns;
		taken++;
	}
	assert_int_equal(taken, nr);
	events_free(&events);
}

/* The order in which 6 events come that were set for the same time, as one number. */
static uint32_t shuffled(uint64_t salt)
{
	struct event list[6] = { 0 }, *event;
	struct events events = { .salt = salt };
	uint64_t when_ns;
	uint32_t i, order = 0;

	event_set(&events, &list[0], 4); /* is before them whatever the salt */
	for (i = 1; i < 6; i++)
		event_set(&events, &list[i], 5);
	assert_ptr_equal(events_take(&events, &when_ns), &list[0]);
	event_set(&events, &list[0], 5);
	while ((event = events_take(&events, &when_ns)))
		order = 10 * order + (uint32_t)(event - list);
	events_free(&events);
	return order;
}

static void events__at_the_same_time_come_in_an_order_by_the_salt(void **state)
{
	uint32_t first[6] = { 0 }, i, nr_first = 0;
	uint64_t salt;

	(void)state;
	assert_int_equal(shuffled(0), 123450);
	for (salt = 1; salt <= 200; salt++) {
		assert_int_equal(shuffled(salt), shuffled(salt));
		first[shuffled(salt) / (shuffled(salt) > 99999 ? 100000 : 1000000)]++;
	}
	for (i = 0; i < 6; i++)
		nr_first += first[i] > 10;
	assert_int_equal(nr_first, 6);
}

static void events__at_the_same_time_come_in_the_order_set(void **state)
{
	struct event list[100] = { 0 };
	struct events events = { 0 };
	uint64_t when_ns;
	uint32_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		event_set(&events, &list[i], 5);
	event_set(&events, &list[0], 5); /* anew: the last one now */
	for (i = 1; i < 100; i++)
		assert_ptr_equal(events_take(&events, &when_ns), &list[i]);
	assert_ptr_equal(events_take(&events, &when_ns), &list[0]);
	assert_null(events_take(&events, &when_ns));
	events_free(&events);
}

/* ---- sets of CPUs ------------------------------------------------------------------------------- */

static void cpuset__next_is_the_next_of_all_given(void **state)
{
	static struct cpuset sets[3];
	uint32_t i, set, from, cpu;

	(void)state;
	for (i = 0; i < 3000; i++) {
		set = (uint32_t)(random_next() % 3);
		cpu = (uint32_t)(random_next() % CPUSET_MAX);
		if (random_next() % 3)
			cpuset_add(&sets[set], cpu);
		else
			cpuset_remove(&sets[set], cpu);
	}
	for (from = 0; from < CPUSET_MAX; from += 7) {
		uint32_t one = from, two, three;

		while (one < CPUSET_MAX && !cpuset_has(&sets[0], one))
			one++;
		for (two = one; two < CPUSET_MAX; two++)
			if (cpuset_has(&sets[0], two) && cpuset_has(&sets[1], two))
				break;
		for (three = two; three < CPUSET_MAX; three++)
			if (cpuset_has(&sets[0], three) && cpuset_has(&sets[1], three) &&
			    cpuset_has(&sets[2], three))
				break;
		assert_int_equal(cpuset_next(&sets[0], from),
				 one < CPUSET_MAX ? one : CPUSET_NONE);
		assert_int_equal(cpuset_next_both(&sets[0], &sets[1], from),
				 two < CPUSET_MAX ? two : CPUSET_NONE);
		assert_int_equal(cpuset_next_all(&sets[0], &sets[1], &sets[2], from),
				 three < CPUSET_MAX ? three : CPUSET_NONE);
	}
	assert_int_equal(cpuset_next(&sets[0], CPUSET_MAX), CPUSET_NONE);
	assert_false(cpuset_has(&sets[0], CPUSET_MAX));
}

/* ---- histograms ---------------------------------------------------------------------------------- */

static void histogram__is_within_a_step_of_the_value(void **state)
{
	struct histogram *h;
	uint64_t value, got;

	(void)state;
	for (value = 1; value < 1ULL << 62; value += value / 3 + 1) {
		h = calloc(1, sizeof(*h));
		assert_non_null(h);
		histogram_add(h, value);
		histogram_add(h, 1ULL << 62);
		got = histogram_percentile(h, 5000);
		assert_true(got >= value && got - value <= value / HISTOGRAM_STEPS);
		assert_int_equal(histogram_percentile(h, 10000), 1ULL << 62);
		free(h);
	}
}

static void histogram__percentiles_count_from_below(void **state)
{
	struct histogram *h = calloc(1, sizeof(*h));
	uint64_t i;

	(void)state;
	assert_non_null(h);
	assert_int_equal(histogram_percentile(h, 9900), 0);
	for (i = 1; i <= 30; i++)
		histogram_add(h, i);
	assert_int_equal(histogram_percentile(h, 1), 1);
	assert_int_equal(histogram_percentile(h, 5000), 15);
	assert_int_equal(histogram_percentile(h, 9000), 27);
	assert_int_equal(histogram_percentile(h, 10000), 30);
	histogram_add(h, UINT64_MAX);
	assert_int_equal(histogram_percentile(h, 10000), UINT64_MAX);
	free(h);
}

/* ---- maps ----------------------------------------------------------------------------------------- */

static void map__hash_finds_what_is_in_it_and_nothing_else(void **state)
{
	static uint32_t values[500];
	struct stub_map map;
	uint64_t key;
	uint32_t i, value;

	(void)state;
	assert_int_equal(stub_map_hash(&map, 500), 0);
	for (i = 0; i < 20000; i++) {
		key = 1 + random_next() % 500;
		if (random_next() % 2) {
			value = i + 1;
			assert_int_equal(stub_map_update(&map, &key, &value), 0);
			values[key - 1] = value;
		} else {
			assert_int_equal(stub_map_delete(&map, &key) == 0, values[key - 1] != 0);
			values[key - 1] = 0;
		}
	}
	for (key = 1; key <= 500; key++) {
		const uint32_t *found = stub_map_find(&map, &key);

		assert_int_equal(found ? *found : 0, values[key - 1]);
	}
	stub_map_free(&map);
}

static void map__queue_gives_back_in_turn(void **state)
{
	struct stub_map map;
	uint32_t i, got;

	(void)state;
	assert_int_equal(stub_map_queue(&map, 3), 0);
	assert_int_not_equal(stub_map_pop(&map, &got), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(stub_map_push(&map, &i), 0);
	assert_int_not_equal(stub_map_push(&map, &i), 0); /* full */
	for (i = 3; i < 10; i++) {
		assert_int_equal(stub_map_pop(&map, &got), 0);
		assert_int_equal(got, i - 3);
		assert_int_equal(stub_map_push(&map, &i), 0);
	}
	stub_map_free(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dsq__keeps_order_by_key_whatever_comes_and_goes),
		cmocka_unit_test(dsq__is_balanced_when_keys_come_in_order),
		cmocka_unit_test(dsq__is_a_list_by_arrival),
		cmocka_unit_test(events__come_in_order_after_any_changes),
		cmocka_unit_test(events__at_the_same_time_come_in_the_order_set),
		cmocka_unit_test(events__at_the_same_time_come_in_an_order_by_the_salt),
		cmocka_unit_test(cpuset__next_is_the_next_of_all_given),
		cmocka_unit_test(histogram__is_within_a_step_of_the_value),
		cmocka_unit_test(histogram__percentiles_count_from_below),
		cmocka_unit_test(map__hash_finds_what_is_in_it_and_nothing_else),
		cmocka_unit_test(map__queue_gives_back_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
