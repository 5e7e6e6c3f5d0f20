/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether an agent finds who has asked, each once and in turn, by what the stub says in its page:
 * over slots and rings that are made up here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kern_memory.h"

#define NR_CPUS 200	/* three words and a part of a fourth */
#define NR_TASKS 1024

static struct cland_slot slots[NR_TASKS];
static struct cland_cgroup_slot cgroups[CLAND_CGROUPS_MAX];
static struct cland_ring rings[NR_CPUS];
static struct cland_agent_page page;
static struct kern_memory memory;

static void become_agent(void)
{
	memory = (struct kern_memory){
		.slots = slots, .cgroups = cgroups, .rings = rings, .page = &page,
		.nr_cpus = NR_CPUS, .max_tasks = NR_TASKS,
	};
	kern_memory_serve(&memory);
}

static void assert_next(uint32_t slot)
{
	struct backend_task task;

	assert_false(kern_memory_is_read(&memory));
	assert_true(kern_memory_next(&memory, &task));
	assert_int_equal(task.slot, slot);
}

static void assert_none(void)
{
	struct backend_task task;

	assert_true(kern_memory_is_read(&memory));
	assert_false(kern_memory_next(&memory, &task));
	assert_true(kern_memory_is_read(&memory));
}

static int begin(void **state)
{
	uint32_t slot;

	(void)state;
	memset(slots, 0, sizeof(slots));
	memset(rings, 0, sizeof(rings));
	memset(&page, 0, sizeof(page));
	for (slot = 0; slot < NR_TASKS; slot++) {
		slots[slot].owner_seq = slots[slot].seq_begin = slots[slot].seq = slot + 1;
		slots[slot].pid = (int32_t)slot;
	}
	become_agent();
	assert_none();
	return 0;
}

static void put_on_ring(uint32_t cpu, uint32_t slot)
{
	struct cland_ring *ring = &rings[cpu];

	slots[slot].seq_begin = ++slots[slot].seq;
	ring->req[ring->head++ % CLAND_RING_ENTRIES] =
		(struct cland_request){ .seq = slots[slot].seq, .slot = slot };
}

static void say_so(uint32_t cpu)
{
	page.asked[cpu / 64] |= 1ULL << cpu % 64;
}

static void ask(uint32_t cpu, uint32_t slot)
{
	put_on_ring(cpu, slot);
	say_so(cpu);
}

static void kern_memory__finds_whoever_asks(void **state)
{
	static const uint32_t cpus[] = { 0, 1, 63, 64, 127, 128, 191, 192, NR_CPUS - 1 };
	uint32_t i;

	(void)state;
	assert_none();
	for (i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		ask(cpus[i], i);
		assert_next(i);
		assert_none();
	}
}

static void kern_memory__takes_turns(void **state)
{
	(void)state;
	ask(NR_CPUS - 1, 0);
	assert_next(0);
	/* From there on: CPU 0 is next. */
	ask(70, 1);
	ask(70, 2);
	ask(70, 3);
	ask(5, 4);
	ask(5, 5);
	ask(130, 6);
	assert_next(4);
	assert_next(1);
	assert_next(6);
	ask(71, 7);
	ask(69, 8);
	assert_next(5);
	assert_next(8);
	assert_next(2);
	assert_next(7);
	assert_next(3);
	assert_none();
	/* In the word it begins in, what comes before its place is last. */
	ask(70, 1);
	ask(71, 2);
	ask(0, 3);
	assert_next(2);
	assert_next(3);
	assert_next(1);
	assert_none();
}

/* What it has taken from the page, it must not lose when more comes, or is said again. */
static void kern_memory__remembers_what_it_has_taken(void **state)
{
	(void)state;
	ask(3, 0);
	ask(3, 1);
	ask(4, 2);
	assert_next(0);
	ask(3, 3);
	assert_next(2);
	assert_next(1);
	assert_next(3);
	say_so(3);
	assert_none();
	ask(3, 4);
	assert_next(4);
	assert_none();
}

/* The request is there a moment before it is said: it may be read then, or later. */
static void kern_memory__is_told_of_what_it_has_read(void **state)
{
	(void)state;
	ask(9, 0);
	put_on_ring(9, 1);
	assert_next(0);
	assert_next(1);
	say_so(9);
	assert_none();
	put_on_ring(9, 2);
	say_so(9);
	assert_next(2);
	assert_none();
}

/* Whoever was the agent before may have taken the word and read nothing, or torn up the page. */
static void kern_memory__looks_at_every_ring_first(void **state)
{
	uint32_t cpu;

	(void)state;
	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		put_on_ring(cpu, 2 * cpu);
		put_on_ring(cpu, 2 * cpu + 1);
	}
	assert_none();
	become_agent();
	for (cpu = 0; cpu < NR_CPUS; cpu++)
		assert_next(2 * cpu);
	for (cpu = 0; cpu < NR_CPUS; cpu++)
		assert_next(2 * cpu + 1);
	assert_none();
}

static void kern_memory__knows_no_other_cpus(void **state)
{
	(void)state;
	memset(page.asked, 0xff, sizeof(page.asked));
	assert_none();
	assert_int_equal(page.asked[0], 0);
	assert_int_equal(page.asked[NR_CPUS / 64], 0);
}

static void kern_memory__begins_anew_on_a_ring_written_over(void **state)
{
	struct backend_task task;

	(void)state;
	rings[2].tail = 12345;
	say_so(2);
	assert_false(kern_memory_next(&memory, &task));
	assert_none();
	ask(2, 1);
	assert_next(1);
	assert_none();
}

static void kern_memory__passes_over_who_has_moved_on(void **state)
{
	struct backend_task task;

	(void)state;
	ask(1, 7);
	slots[7].seq_begin = ++slots[7].seq;
	assert_false(kern_memory_next(&memory, &task));
	assert_none();
	ask(1, 7);
	slots[7].seq_begin = ++slots[7].seq;
	ask(1, 8);
	assert_next(8);
	assert_none();
}

/* Any order of asking and reading: each is found once, those of one CPU as they have asked. */
static void kern_memory__loses_nobody(void **state)
{
	uint32_t seed = 1, asked = 0, read = 0, i;
	uint64_t last_seq[NR_CPUS] = { 0 }, seq_of[NR_TASKS] = { 0 };
	bool is_asked[NR_TASKS] = { false };

	(void)state;
	for (i = 0; i < 200000; i++) {
		struct backend_task task;
		uint32_t cpu, slot;

		seed = seed * 1664525 + 1013904223;
		/* In stretches with a few or with many at a time. */
		if ((seed >> 8) % 8 < (i / 1000) % 8) {
			if (!kern_memory_next(&memory, &task)) {
				assert_int_equal(asked, read);
				continue;
			}
			assert_true(is_asked[task.slot]);
			is_asked[task.slot] = false;
			cpu = task.slot % NR_CPUS;
			assert_true(seq_of[task.slot] > last_seq[cpu]);
			last_seq[cpu] = seq_of[task.slot];
			read++;
			continue;
		}
		slot = (seed >> 12) % NR_TASKS;
		if (is_asked[slot])
			continue;
		is_asked[slot] = true;
		seq_of[slot] = i + 1;
		ask(slot % NR_CPUS, slot);
		asked++;
	}
	assert_true(read > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup(kern_memory__##name, begin)
		CASE(finds_whoever_asks),
		CASE(takes_turns),
		CASE(remembers_what_it_has_taken),
		CASE(is_told_of_what_it_has_read),
		CASE(looks_at_every_ring_first),
		CASE(knows_no_other_cpus),
		CASE(begins_anew_on_a_ring_written_over),
		CASE(passes_over_who_has_moved_on),
		CASE(loses_nobody),
#undef CASE
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
