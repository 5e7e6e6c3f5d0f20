/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How one agent takes over from another: who may serve, from when on, and what is left of it when
 * the one that has let go ends before its follower has seen that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "handover.h"

static struct handover_fds fds;
static struct handover *supervisor, *first, *second, *third;

static int begin(void **state)
{
	(void)state;
	return handover_create(&fds) || handover_open(&fds, 0, &supervisor) || handover_open(&fds, 1, &first) ||
	       handover_open(&fds, 2, &second) || handover_open(&fds, 3, &third);
}

static int end(void **state)
{
	(void)state;
	handover_close(supervisor);
	handover_close(first);
	handover_close(second);
	handover_close(third);
	handover_discard(&fds);
	return 0;
}

static void handover__lets_the_one_go_on_that_was_meant(void **state)
{
	uint64_t released_ns;
	bool new_policy;

	(void)state;
	handover_ask(supervisor, 1, 2, true);
	assert_true(handover_is_asked(first));
	assert_false(handover_has_let_go(second, &released_ns, &new_policy));
	handover_let_go(first, 1000);
	assert_false(handover_has_let_go(third, &released_ns, &new_policy));
	assert_true(handover_has_let_go(second, &released_ns, &new_policy));
	assert_int_equal(released_ns, 1000);
	assert_true(new_policy);
}

/* The pause was told as 0 where the one that had let go was gone before the next one had a CPU. */
static void handover__is_known_of_one_that_has_ended(void **state)
{
	uint64_t released_ns;
	bool new_policy;

	(void)state;
	assert_false(handover_was_let_go(supervisor, 2));
	handover_ask(supervisor, 1, 2, false);
	assert_false(handover_was_let_go(supervisor, 2));
	handover_let_go(first, 1000);
	assert_true(handover_was_let_go(supervisor, 2));
	assert_false(handover_was_let_go(supervisor, 3));
	handover_withdraw(supervisor);
	assert_false(handover_has_let_go(second, &released_ns, &new_policy));
	assert_int_equal(handover_released_ns(second), 1000);
	/* The second one ends without having been asked to: nobody has let go to the third. */
	assert_false(handover_was_let_go(supervisor, 3));
	handover_ask(supervisor, 2, 3, false);
	assert_false(handover_was_let_go(supervisor, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(handover__lets_the_one_go_on_that_was_meant, begin, end),
		cmocka_unit_test_setup_teardown(handover__is_known_of_one_that_has_ended, begin, end),
	};

	return cmocka_run_group_tests_name("handover", tests, NULL, NULL);
}
