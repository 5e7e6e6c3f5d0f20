/* SPDX-License-Identifier: GPL-2.0-only */
/* When a policy that keeps failing is not run any more, and when it is again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "quarantine.h"

#define SECOND 1000000000ULL

static struct quarantine quarantine;
static struct target a, b;

static int set_up(void **state)
{
	(void)state;
	memset(&quarantine, 0, sizeof(quarantine));
	a.file_id[1] = 1;
	b.file_id[1] = 2;
	return 0;
}

static void quarantine__is_for_three_faults_within_a_minute(void **state)
{
	(void)state;
	assert_false(quarantine_has(&quarantine, &a));
	assert_false(quarantine_note(&quarantine, &a, true, 1 * SECOND));
	assert_false(quarantine_note(&quarantine, &a, true, 30 * SECOND));
	assert_false(quarantine_has(&quarantine, &a));
	assert_true(quarantine_note(&quarantine, &a, true, 61 * SECOND - 1));
	assert_true(quarantine_has(&quarantine, &a));
	assert_false(quarantine_has(&quarantine, &b));
}

static void quarantine__is_not_for_faults_now_and_then(void **state)
{
	uint64_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		assert_false(quarantine_note(&quarantine, &a, true, i * 50 * SECOND));
	/* of the last three, not of any three */
	assert_false(quarantine_note(&quarantine, &a, true, 100 * 50 * SECOND));
	assert_true(quarantine_note(&quarantine, &a, true, 100 * 50 * SECOND + 1));
}

static void quarantine__is_for_ends_that_nobody_is_blamed_for(void **state)
{
	uint64_t i;

	(void)state;
	for (i = 0; i < QUARANTINE_ENDS - 1; i++)
		assert_false(quarantine_note(&quarantine, &a, false, i * 40 * SECOND));
	assert_int_equal(quarantine_note(&quarantine, &a, false, i * 40 * SECOND), QUARANTINE_FOR_ENDS);
	/* a fault among them counts, too, and not as three of them */
	assert_false(quarantine_note(&quarantine, &b, true, 0));
	for (i = 1; i < QUARANTINE_ENDS - 1; i++)
		assert_false(quarantine_note(&quarantine, &b, false, i));
	assert_int_equal(quarantine_note(&quarantine, &b, false, i), QUARANTINE_FOR_ENDS);
}

static void quarantine__is_not_for_ends_now_and_then(void **state)
{
	uint64_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		assert_false(quarantine_note(&quarantine, &a, false, i * 50 * SECOND));
}

static void quarantine__counts_each_policy_by_itself(void **state)
{
	(void)state;
	assert_false(quarantine_note(&quarantine, &a, true, 1));
	assert_false(quarantine_note(&quarantine, &b, true, 2));
	assert_false(quarantine_note(&quarantine, &a, true, 3));
	assert_false(quarantine_note(&quarantine, &b, true, 4));
	assert_true(quarantine_note(&quarantine, &b, true, 5));
	assert_false(quarantine_has(&quarantine, &a));
}

static void quarantine__lifted_begins_anew(void **state)
{
	uint64_t i;

	(void)state;
	quarantine_lift(&quarantine, &a); /* of none */
	for (i = 1; i <= 3; i++) {
		quarantine_note(&quarantine, &a, true, i);
		quarantine_note(&quarantine, &b, true, i);
	}
	quarantine_lift(&quarantine, &a);
	assert_false(quarantine_has(&quarantine, &a));
	assert_true(quarantine_has(&quarantine, &b));
	assert_false(quarantine_note(&quarantine, &a, true, 4));
	assert_false(quarantine_note(&quarantine, &a, true, 5));
	assert_true(quarantine_note(&quarantine, &a, true, 6));
}

static void quarantine__is_of_a_file_and_not_of_a_name(void **state)
{
	struct target anew = a;
	uint64_t i;

	(void)state;
	for (i = 1; i <= 3; i++)
		quarantine_note(&quarantine, &a, true, i);
	anew.file_id[3]++; /* written later */
	assert_false(quarantine_has(&quarantine, &anew));
	assert_true(quarantine_has(&quarantine, &a));
}

/* Those in quarantine stay there as long as there is somebody else to be forgotten. */
static void quarantine__forgets_the_oldest(void **state)
{
	struct target many = { 0 };
	uint64_t i;

	(void)state;
	for (i = 1; i <= 3; i++)
		quarantine_note(&quarantine, &a, true, i);
	for (i = 0; i < 10 * QUARANTINE_MAX; i++) {
		many.file_id[0] = i + 1;
		assert_false(quarantine_note(&quarantine, &many, true, 10 + i));
	}
	assert_int_equal(quarantine.nr, QUARANTINE_MAX);
	assert_true(quarantine_has(&quarantine, &a));
	/* the latest are known */
	assert_false(quarantine_note(&quarantine, &many, true, 1000));
	assert_true(quarantine_note(&quarantine, &many, true, 1001));
}

static void quarantine__outlives_us(void **state)
{
	struct target many = { 0 };
	uint64_t i;

	(void)state;
	quarantine_put(&quarantine, "a", a.file_id);
	assert_true(quarantine_has(&quarantine, &a));
	assert_string_equal(quarantine.entries[0].policy, "a");
	/* one more fault does not let it out, nor do those of others */
	assert_true(quarantine_note(&quarantine, &a, true, 1));
	for (i = 0; i < 2 * QUARANTINE_MAX; i++) {
		many.file_id[0] = i + 1;
		quarantine_note(&quarantine, &many, true, 10 + i);
	}
	assert_true(quarantine_has(&quarantine, &a));
	for (i = 0; i < 2 * QUARANTINE_MAX; i++)
		quarantine_put(&quarantine, "b", b.file_id);
	assert_int_equal(quarantine.nr, QUARANTINE_MAX);
	quarantine_lift(&quarantine, &a);
	assert_false(quarantine_has(&quarantine, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(quarantine__is_for_three_faults_within_a_minute, set_up),
		cmocka_unit_test_setup(quarantine__is_not_for_faults_now_and_then, set_up),
		cmocka_unit_test_setup(quarantine__is_for_ends_that_nobody_is_blamed_for, set_up),
		cmocka_unit_test_setup(quarantine__is_not_for_ends_now_and_then, set_up),
		cmocka_unit_test_setup(quarantine__counts_each_policy_by_itself, set_up),
		cmocka_unit_test_setup(quarantine__lifted_begins_anew, set_up),
		cmocka_unit_test_setup(quarantine__is_of_a_file_and_not_of_a_name, set_up),
		cmocka_unit_test_setup(quarantine__forgets_the_oldest, set_up),
		cmocka_unit_test_setup(quarantine__outlives_us, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
