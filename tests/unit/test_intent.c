/* SPDX-License-Identifier: GPL-2.0-only */
/* What intent.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "intent.h"

#define SECOND 1000000000ULL
#define MINUTE (60 * SECOND)

static const struct intent_choice fair = { .policy = "vruntime" };
static const struct intent_choice boost = { .policy = "latency-boost" };
static const struct intent_choice own = { .policy = "/opt/mine.so" };
static const struct intent_choice gaming = { .policy = "latency-boost", .mode = "gaming" };
static const struct intent_term for_good;
static const struct intent_term ten_minutes = { .for_ns = 10 * MINUTE };
static const struct intent_term game = { .hold_pid = 123, .hold_comm = "steam" };

static struct intent intent;
static struct diag diag;

static int start(void **state)
{
	(void)state;
	intent_init(&intent, &fair, "/etc/scx-cland.ini", 5 * SECOND);
	return 0;
}

static void wants(const struct intent_choice *choice, const char *reason)
{
	char text[256];

	assert_string_equal(intent_desired(&intent)->policy, choice->policy);
	assert_string_equal(intent_desired(&intent)->mode, choice->mode);
	intent_reason(&intent, text, sizeof(text));
	assert_string_equal(text, reason);
}

static void does(const struct intent_choice *choice, const struct intent_term *term, uint64_t now_ns)
{
	assert_int_equal(intent_switch(&intent, choice, term, 1000, now_ns, &diag), 0);
}

static void intent__starts_with_the_configuration(void **state)
{
	(void)state;
	wants(&fair, "configuration, /etc/scx-cland.ini");
	assert_int_equal(intent_cause(&intent), INTENT_CAUSE_CONFIGURATION);
	assert_true(intent.since_ns == 5 * SECOND);
	assert_true(intent_deadline_ns(&intent) == INTENT_NEVER_NS);
	assert_int_equal(intent_hold_pid(&intent), 0);
	assert_false(intent_expire(&intent, INTENT_NEVER_NS - 1));
	assert_false(intent_process_ended(&intent, 123, 6 * SECOND));
	assert_false(intent_process_ended(&intent, 0, 6 * SECOND));
}

static void follows(const char *rule, const struct intent_choice *choice, const char *ended,
		    uint64_t now_ns, bool changes)
{
	struct intent_auto automatic = { .there = rule != NULL };

	if (rule) {
		automatic.choice = *choice;
		snprintf(automatic.rule, sizeof(automatic.rule), "%s", rule);
		snprintf(automatic.why, sizeof(automatic.why), "why");
	}
	assert_int_equal(intent_follow(&intent, &automatic, ended, now_ns), changes);
}

static void intent__follows_rules_below_what_people_ask_for(void **state)
{
	(void)state;
	follows("game", &gaming, "", 6 * SECOND, true);
	wants(&gaming, "[auto game]: why");
	assert_int_equal(intent_cause(&intent), INTENT_CAUSE_AUTO);
	assert_string_equal(intent_cause_name(INTENT_CAUSE_AUTO), "auto");
	assert_true(intent.since_ns == 6 * SECOND);
	/* another rule that wants the same */
	follows("other", &gaming, "[auto game] has ended", 7 * SECOND, false);
	wants(&gaming, "[auto game] has ended; back to: [auto other]: why");
	does(&own, &ten_minutes, 8 * SECOND);
	follows("game", &boost, "no matter", 9 * SECOND, false);
	wants(&own, "clandctl switch by uid 1000 for 10 min");
	assert_true(intent_expire(&intent, 8 * SECOND + 10 * MINUTE));
	wants(&boost, "the 10 min of /opt/mine.so are over; back to: [auto game]: why");
	follows(NULL, NULL, "[auto game] has ended", 20 * MINUTE, true);
	wants(&fair, "[auto game] has ended; back to: configuration, /etc/scx-cland.ini");
	assert_int_equal(intent_cause(&intent), INTENT_CAUSE_CONFIGURATION);
	/* a configuration that is read anew leaves it alone */
	follows("game", &boost, "", 21 * MINUTE, true);
	assert_false(intent_configured(&intent, &own, "x", true, 22 * MINUTE));
	wants(&boost, "[auto game]: why");
}

static void intent__a_switch_for_good_lasts_until_the_configuration_changes(void **state)
{
	(void)state;
	does(&boost, &for_good, 7 * SECOND);
	wants(&boost, "clandctl switch by uid 1000");
	assert_string_equal(intent_cause_name(intent_cause(&intent)), "user");
	assert_true(intent.since_ns == 7 * SECOND);
	assert_true(intent_configured(&intent, &fair, "/etc/x.ini", false, 9 * SECOND));
	wants(&fair, "configuration, /etc/x.ini");
	assert_true(intent.since_ns == 9 * SECOND);
}

static void intent__a_configuration_that_changes_nothing_keeps_its_age(void **state)
{
	(void)state;
	assert_false(intent_configured(&intent, &fair, "/etc/scx-cland.ini", true, 9 * SECOND));
	assert_true(intent.since_ns == 5 * SECOND);
	assert_true(intent_configured(&intent, &boost, "/etc/scx-cland.ini", false, 9 * SECOND));
	assert_true(intent.since_ns == 9 * SECOND);
}

static void intent__a_timed_switch_goes_back_by_itself(void **state)
{
	(void)state;
	does(&boost, &ten_minutes, 10 * SECOND);
	wants(&boost, "clandctl switch by uid 1000 for 10 min");
	assert_int_equal(intent_cause(&intent), INTENT_CAUSE_FOR);
	assert_true(intent_deadline_ns(&intent) == 610 * SECOND);
	assert_false(intent_expire(&intent, 610 * SECOND - 1));
	wants(&boost, "clandctl switch by uid 1000 for 10 min");
	assert_true(intent_expire(&intent, 610 * SECOND));
	wants(&fair, "the 10 min of latency-boost are over; back to: configuration, "
	      "/etc/scx-cland.ini");
	assert_true(intent.since_ns == 610 * SECOND);
	assert_false(intent_expire(&intent, 611 * SECOND));
	assert_true(intent_deadline_ns(&intent) == INTENT_NEVER_NS);
}

static void intent__goes_back_to_what_the_user_chose_before(void **state)
{
	(void)state;
	does(&own, &for_good, 10 * SECOND);
	does(&gaming, &ten_minutes, 20 * SECOND);
	wants(&gaming, "clandctl mode by uid 1000 for 10 min");
	assert_true(intent_expire(&intent, 700 * SECOND));
	wants(&own, "the 10 min of gaming are over; back to: clandctl switch by uid 1000");
	/* what is said of the way back is no longer so after the next change */
	does(&boost, &for_good, 800 * SECOND);
	wants(&boost, "clandctl switch by uid 1000");
}

static void intent__holds_while_the_process_lives(void **state)
{
	(void)state;
	does(&boost, &game, 10 * SECOND);
	wants(&boost, "held by pid 123 (steam), asked for by uid 1000");
	assert_int_equal(intent_cause(&intent), INTENT_CAUSE_HOLD);
	assert_int_equal(intent_hold_pid(&intent), 123);
	assert_true(intent_deadline_ns(&intent) == INTENT_NEVER_NS);
	assert_false(intent_expire(&intent, INTENT_NEVER_NS - 1));
	assert_false(intent_process_ended(&intent, 124, 11 * SECOND));
	assert_true(intent_process_ended(&intent, 123, 12 * SECOND));
	wants(&fair, "pid 123 (steam) has ended; back to: configuration, /etc/scx-cland.ini");
	assert_int_equal(intent_hold_pid(&intent), 0);
	assert_false(intent_process_ended(&intent, 123, 13 * SECOND));
}

static void intent__has_at_most_one_temporary_switch(void **state)
{
	(void)state;
	does(&boost, &game, 10 * SECOND);
	does(&own, &ten_minutes, 20 * SECOND);
	assert_int_equal(intent_hold_pid(&intent), 0);
	assert_false(intent_process_ended(&intent, 123, 21 * SECOND));
	assert_true(intent_expire(&intent, 620 * SECOND));
	assert_string_equal(intent_desired(&intent)->policy, "vruntime");

	does(&boost, &game, 700 * SECOND);
	does(&own, &for_good, 710 * SECOND);
	assert_int_equal(intent_hold_pid(&intent), 0);
	wants(&own, "clandctl switch by uid 1000");
}

static void intent__a_hold_outlives_an_edit_but_not_a_reload(void **state)
{
	(void)state;
	does(&own, &for_good, 10 * SECOND);
	does(&boost, &game, 20 * SECOND);
	assert_false(intent_configured(&intent, &gaming, "/etc/y.ini", false, 30 * SECOND));
	wants(&boost, "held by pid 123 (steam), asked for by uid 1000");
	assert_true(intent.since_ns == 20 * SECOND);
	assert_true(intent_process_ended(&intent, 123, 40 * SECOND));
	wants(&gaming, "pid 123 (steam) has ended; back to: configuration, /etc/y.ini");

	does(&own, &game, 50 * SECOND);
	assert_true(intent_configured(&intent, &fair, "/etc/y.ini", true, 60 * SECOND));
	wants(&fair, "configuration, /etc/y.ini");
	assert_int_equal(intent_hold_pid(&intent), 0);
}

static void intent__refuses_terms_that_make_no_sense(void **state)
{
	static const struct intent_term bad[] = {
		{ .for_ns = SECOND, .hold_pid = 123 },
		{ .for_ns = INTENT_MAX_FOR_NS + 1 },
		{ .hold_pid = -1 },
	};
	const struct intent before = intent;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		diag.text[0] = '\0';
		assert_int_equal(intent_switch(&intent, &boost, &bad[i], 0, SECOND, &diag), -EINVAL);
		assert_true(strlen(diag.text) > 10);
		assert_memory_equal(&intent, &before, sizeof(intent));
	}
}

static void intent__a_copy_undoes_a_failed_swap(void **state)
{
	struct intent before;

	(void)state;
	does(&boost, &game, 10 * SECOND);
	before = intent;
	does(&own, &for_good, 20 * SECOND);
	intent = before;
	wants(&boost, "held by pid 123 (steam), asked for by uid 1000");
	assert_int_equal(intent_hold_pid(&intent), 123);
}

static void intent__reason_stays_within_its_room(void **state)
{
	char text[64], full[256];
	size_t size;

	(void)state;
	does(&boost, &ten_minutes, 10 * SECOND);
	intent_expire(&intent, 700 * SECOND);
	intent_reason(&intent, full, sizeof(full));
	for (size = 1; size < sizeof(text); size++) {
		memset(text, 'x', sizeof(text));
		intent_reason(&intent, text, size);
		assert_int_equal(text[size], 'x');
		assert_memory_equal(text, full, size - 1);
	}
}

static void intent__reads_durations(void **state)
{
	static const struct {
		const char *text;
		int err;
		uint64_t seconds;
	} cases[] = {
		{ "10m", 0, 600 },	   { "90", 0, 90 },	     { "1h30m", 0, 5400 },
		{ "1d2h3m4s", 0, 93784 },  { "45s", 0, 45 },	     { "", -EINVAL, 0 },
		{ "m", -EINVAL, 0 },	   { "10x", -EINVAL, 0 },    { "-5m", -EINVAL, 0 },
		{ "5m1h", -EINVAL, 0 },	   { "5m5m", -EINVAL, 0 },   { "1h30", -EINVAL, 0 },
		{ "1.5h", -EINVAL, 0 },	   { " 5m", -EINVAL, 0 },    { "0", -EINVAL, 0 },
		{ "0m", -ERANGE, 0 },	   { "366d", 0, 31622400 },  { "367d", -ERANGE, 0 },
		{ "366d1s", -ERANGE, 0 },  { "99999999999999999999s", -ERANGE, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t ns = 0;

		if (intent_parse_duration(cases[i].text, &ns) != cases[i].err ||
		    ns != cases[i].seconds * SECOND)
			fail_msg("'%s'", cases[i].text);
	}
}

static void intent__writes_durations(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0 s" },
		{ SECOND - 1, "0 s" },
		{ 45 * SECOND, "45 s" },
		{ 10 * MINUTE, "10 min" },
		{ 90 * MINUTE, "1 h 30 min" },
		{ 60 * MINUTE + 5 * SECOND, "1 h" },
		{ 26 * 60 * MINUTE, "1 d 2 h" },
		{ UINT64_MAX, "213503 d 23 h" },
	};
	char text[48];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		intent_format_duration(cases[i].ns, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
	intent_format_duration(90 * MINUTE, text, 4);
	assert_string_equal(text, "1 h");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(intent__starts_with_the_configuration, start),
		cmocka_unit_test_setup(intent__follows_rules_below_what_people_ask_for, start),
		cmocka_unit_test_setup(
			intent__a_switch_for_good_lasts_until_the_configuration_changes, start),
		cmocka_unit_test_setup(intent__a_configuration_that_changes_nothing_keeps_its_age,
				       start),
		cmocka_unit_test_setup(intent__a_timed_switch_goes_back_by_itself, start),
		cmocka_unit_test_setup(intent__goes_back_to_what_the_user_chose_before, start),
		cmocka_unit_test_setup(intent__holds_while_the_process_lives, start),
		cmocka_unit_test_setup(intent__has_at_most_one_temporary_switch, start),
		cmocka_unit_test_setup(intent__a_hold_outlives_an_edit_but_not_a_reload, start),
		cmocka_unit_test_setup(intent__refuses_terms_that_make_no_sense, start),
		cmocka_unit_test_setup(intent__a_copy_undoes_a_failed_swap, start),
		cmocka_unit_test_setup(intent__reason_stays_within_its_room, start),
		cmocka_unit_test(intent__reads_durations),
		cmocka_unit_test(intent__writes_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
