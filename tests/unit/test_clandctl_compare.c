/* SPDX-License-Identifier: GPL-2.0-only */
/* The pure parts of clandctl compare: the plan, the number of a command, figures, and the report. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clandctl_compare.h"
#include "exit_codes.h"
#include "metric_number.h"
#include "stats_histogram.h"
#include "turns.h"

#define S 1000000000ULL

/* ---- the plan -------------------------------------------------------------------------------- */

static void plan_has_whole_rounds(void **state)
{
	static const struct {
		uint64_t for_s, turn_s;
		uint32_t nr_policies, nr_rounds;
		uint64_t settle_ms;
	} cases[] = {
		{ 60, 3, 2, 10, 300 }, { 60, 3, 3, 6, 300 }, { 65, 3, 2, 10, 300 }, { 2, 1, 2, 1, 200 },
		{ 59, 10, 5, 1, 1000 }, { 7200, 3600, 2, 1, 360000 },
	};
	struct turns turns;
	struct diag diag;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(turns_plan(cases[i].for_s * S, cases[i].turn_s * S, cases[i].nr_policies, 1,
					    &turns, &diag), 0);
		assert_int_equal(turns.nr_rounds, cases[i].nr_rounds);
		assert_int_equal(turns.settle_ns, cases[i].settle_ms * 1000000);
	}
	assert_int_equal(turns_plan(5 * S, 3 * S, 2, 1, &turns, &diag), -EINVAL);
	assert_string_equal(diag.text, "5 s are too short for a turn of 3 s of each of 2 policies: take --for 6s "
			    "or more, or a shorter --turn");
	assert_int_equal(turns_plan(20002 * S, S, 2, 1, &turns, &diag), -EINVAL);
	assert_int_equal(turns_plan(20000 * S, S, 2, 1, &turns, &diag), 0);
	assert_int_equal(turns_seconds_for(&turns, 9), 18);
}

/* Each policy once a round; the same seed the same rows; all orders come, and none much more often. */
static void order_is_drawn(void **state)
{
	struct turns turns = { .nr_policies = 3, .nr_rounds = 600, .seed = 7 }, other = turns;
	unsigned int nr[3][3] = { 0 }, nr_same = 0;
	uint32_t order[COMPARE_POLICIES_MAX], again[COMPARE_POLICIES_MAX], round, i;

	(void)state;
	other.seed = 8;
	for (round = 0; round < turns.nr_rounds; round++) {
		turns_order(&turns, round, order);
		turns_order(&turns, round, again);
		assert_memory_equal(order, again, 3 * sizeof(order[0]));
		assert_int_equal(1u << order[0] | 1u << order[1] | 1u << order[2], 7);
		for (i = 0; i < 3; i++)
			nr[i][order[i]]++;
		turns_order(&other, round, again);
		nr_same += !memcmp(order, again, 3 * sizeof(order[0]));
	}
	for (i = 0; i < 9; i++)
		assert_in_range(nr[i / 3][i % 3], 150, 250);
	assert_in_range(nr_same, 60, 140);
}

/* ---- the number of a command ------------------------------------------------------------------ */

static void number_is_the_last_lines(void **state)
{
	static const struct {
		const char *text;
		double value;
		const char *unit;
	} good[] = {
		{ "812", 812, "" },
		{ "812\n", 812, "" },
		{ "p99 7\nRequests/sec:  1234.5\n\n  \n", 1234.5, "" },
		{ "Time: 0.812 s", 0.812, "s" },
		{ "Time: 0.812s.", 0.812, "s" },
		{ "took 8.12e2 ms, p99", 812, "ms" },
		{ "rate=-.5req/s, fine", -0.5, "req/s" },
		{ "\t+3%\r\n", 3, "%" },
		{ "1e", 1, "e" },
		{ "at 12:30 it was 7,", 7, "" },
		{ "42 a-unit-that-is-much-too-long", 42, "a-unit-that-is-" },
		{ "1 a\033[31mb", 1, "a?[31mb" },
	};
	static const char *const bad[] = {
		"", "\n \n", "none", "1 of 2", "p99", "12:30", "1,234", "0x10", "inf", "nan", "1e999", "3/4",
		"12\nnone", "-", ".", "a=1 b=2", "v1.2.3",
	};
	struct metric_number number;
	struct diag diag;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (metric_number_read(good[i].text, &number, &diag))
			fail_msg("'%s': %s", good[i].text, diag.text);
		if (fabs(number.value - good[i].value) > 1e-9 || strcmp(number.unit, good[i].unit) != 0)
			fail_msg("'%s': got %g '%s'", good[i].text, number.value, number.unit);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!metric_number_read(bad[i], &number, &diag))
			fail_msg("'%s' is taken for %g", bad[i], number.value);
	assert_int_equal(metric_number_read("it took 1 of\n1 of 2\n", &number, &diag), -EINVAL);
	assert_string_equal(diag.text, "its last line must have one number, and has more than one: '1 of 2'");
}

/* ---- figures of a turn ------------------------------------------------------------------------ */

static void figures_are_what_was_between(void **state)
{
	static struct reading before, now;
	double values[FIGURE_NR];
	unsigned int i;

	(void)state;
	assert_int_equal(reading_parse("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3 4\nintr 5 6\nctxt 7000\n"
				       "processes 300\n", &before), 0);
	assert_int_equal(reading_parse("cpu  160 5 60 840 70 3 2 0 0 0\ncpu0 1 2 3 4\nintr 5 6\nctxt 9000\n"
				       "processes 420\n", &now), 0);
	assert_int_equal(reading_parse("cpu  1 2 3", &now), -EINVAL);
	assert_int_equal(reading_parse("", &now), -EINVAL);
	assert_int_equal(reading_parse("cpu  1 2 3 4\nctxt 5\n", &now), -EINVAL);
	before.stats.taken_ns = 5 * S;
	now.stats.taken_ns = 9 * S;
	before.stats.values[CLAND_STAT_decided] = 100;
	now.stats.values[CLAND_STAT_decided] = 500;
	now.stats.values[STATS_agent_cpu] = 4 * S / 100;
	stats_histogram_add(&before.stats.histograms[CLAND_HISTOGRAM_runnable_to_running], S);
	now.stats.histograms[CLAND_HISTOGRAM_runnable_to_running] =
		before.stats.histograms[CLAND_HISTOGRAM_runnable_to_running];
	for (i = 0; i < 98; i++)
		stats_histogram_add(&now.stats.histograms[CLAND_HISTOGRAM_runnable_to_running], 900);
	for (i = 0; i < 2; i++)
		stats_histogram_add(&now.stats.histograms[CLAND_HISTOGRAM_runnable_to_running], 16000000);
	reading_figures(&before, &now, values);
	assert_true(fabs(values[FIGURE_WAIT_MEAN] - (98 * 900.0 + 2 * 16e6) / 100) < 1e-6);
	assert_true(values[FIGURE_WAIT_P50] >= 900 && values[FIGURE_WAIT_P50] <= 1024);
	assert_true(values[FIGURE_WAIT_P99] >= 16e6 && values[FIGURE_WAIT_P99] <= 20e6);
	/* 60 + 5 + 10 + 3 + 2 of 140 */
	assert_true(fabs(values[FIGURE_BUSY] - 80 * 100.0 / 140) < 1e-9);
	assert_true(fabs(values[FIGURE_SWITCHES] - 500) < 1e-9);
	assert_true(fabs(values[FIGURE_STARTED] - 30) < 1e-9);
	assert_true(fabs(values[FIGURE_DECISIONS] - 100) < 1e-9);
	assert_true(fabs(values[FIGURE_AGENT_CPU] - 1) < 1e-9);
	assert_true(isnan(values[FIGURE_OWN]));
	/* Nothing has waited: that is no wait of 0. */
	reading_figures(&now, &now, values);
	assert_true(isnan(values[FIGURE_WAIT_P99]) && isnan(values[FIGURE_SWITCHES]));
}

/* ---- what is reported ------------------------------------------------------------------------- */

/* Three policies: a, b, which waits twice as long, and c, which is like a. */
static void fill(struct session *session, uint32_t nr_rounds)
{
	static const char *const names[] = { "a", "b", "c" };
	static const double jitter[] = { 0, 3, -2, 5, 1, -4, 2, -1, 4, -3 };
	uint32_t round, i, f;

	memset(session, 0, sizeof(*session));
	session->plan = (struct turns){ .turn_ns = 3 * S, .settle_ns = S / 4, .nr_policies = 3,
					.nr_rounds = nr_rounds, .seed = 5 };
	session->nr_entrants = 3;
	session->nr_cpus = 4;
	strcpy(session->before, "a");
	strcpy(session->now, "a");
	session->turns = calloc((size_t)nr_rounds * 3, sizeof(*session->turns));
	assert_non_null(session->turns);
	for (i = 0; i < 3; i++) {
		strcpy(session->entrants[i].asked, names[i]);
		strcpy(session->entrants[i].name, names[i]);
		snprintf(session->entrants[i].path, sizeof(session->entrants[i].path), "/p/%s.so", names[i]);
	}
	for (round = 0; round < nr_rounds; round++) {
		for (i = 0; i < 3; i++) {
			struct turn *turn = &session->turns[session->nr_turns++];

			*turn = (struct turn){ .round = round, .entrant = i, .done = true };
			for (f = 0; f < FIGURE_NR; f++)
				turn->values[f] = 1000 + jitter[(round * 7 + i * 3 + f) % 10];
			if (i == 1)
				turn->values[FIGURE_WAIT_P99] *= 2;
			turn->values[FIGURE_OWN] = NAN;
		}
	}
}

/* What is printed; to be freed. */
static char *report(const struct session *session, int wanted)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(session_report(session, out), wanted);
	fclose(out);
	return text;
}

static void has(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("no '%s' in:\n%s", words, text);
}

static void report_tells_noise(void **state)
{
	static struct session session;
	char *text;

	(void)state;
	fill(&session, 12);
	text = report(&session, EXIT_CODE_OK);
	has(text, "12 rounds of 3 s turns planned, the first 0.25 s of each left out; seed 5, 4 CPUs\n");
	has(text, "  b: /p/b.so; turns: 12\n");
	has(text, "figures of 12 whole rounds\n");
	has(text, "\nb against a, with 95 % confidence intervals:\n  wait p99: ");
	has(text, " us more (");
	has(text, "\nc against a, with 95 % confidence intervals:\n  noise: wait mean, wait p50, wait p99,");
	has(text, "\nback to a\n");
	assert_null(strstr(text, "worth little"));
	assert_null(strstr(text, "nothing can be told"));
	free(text);
	free(session.turns);
}

/* A turn that does not count takes its round with it, a policy that has failed only itself. */
static void report_of_whole_rounds(void **state)
{
	uint32_t which[COMPARE_POLICIES_MAX];
	static struct session session;
	struct compare figures;
	char *text;

	(void)state;
	fill(&session, 4);
	session.turns[4].done = false;
	strcpy(session.turns[4].why, "somebody was there");
	strcpy(session.entrants[0].failed, "signal 11");
	session.entrants[0].failed_round = 2;
	session.turns[6].done = false;
	session.nr_turns = 11;
	session.interrupted = true;
	assert_int_equal(session_collect(&session, &figures, which), 0);
	assert_int_equal(figures.nr_policies, 2);
	assert_int_equal(which[0], 1);
	assert_int_equal(which[1], 2);
	/* round 2 has no turn of b, and round 4 none of c */
	assert_int_equal(figures.nr_samples, 2);
	assert_string_equal(figures.metrics[2].name, "wait p99");
	assert_true(figures.metrics[2].values[1] == session.turns[7].values[FIGURE_WAIT_P99]);
	compare_free(&figures);
	text = report(&session, EXIT_CODE_POLICY);
	has(text, "; interrupted\n");
	has(text, "  a: /p/a.so; FAILED in round 3, and is out: signal 11\n");
	has(text, "  round 2, b, left out: somebody was there\n");
	has(text, "with 2 rounds nothing can be told from noise here: take --for=81s or more\n");
	has(text, "with fewer than 5 rounds the intervals are worth little\n");
	free(text);

	strcpy(session.entrants[1].failed, "signal 8");
	assert_int_equal(session_collect(&session, &figures, which), -ENODATA);
	text = report(&session, EXIT_CODE_FAILED);
	assert_null(strstr(text, "figures of"));
	free(text);
	free(session.turns);
}

/* A number that is missing in some rounds is compared by the others. */
static void report_of_missing_numbers(void **state)
{
	uint32_t which[COMPARE_POLICIES_MAX], i;
	static struct session session;
	struct compare figures;
	char *text;

	(void)state;
	fill(&session, 12);
	session.command = "measure <it>";
	strcpy(session.unit, "req/s");
	for (i = 0; i < session.nr_turns; i++)
		session.turns[i].values[FIGURE_OWN] = -10.0 - session.turns[i].entrant;
	session.turns[0].values[FIGURE_OWN] = NAN;
	strcpy(session.turns[0].own_why, "it ended with status 3");
	assert_int_equal(session_collect(&session, &figures, which), 0);
	assert_int_equal(figures.nr_samples, 12);
	assert_int_equal(figures.nr_metrics, FIGURE_NR);
	assert_string_equal(figures.metrics[FIGURE_OWN].group, "measure <it>");
	assert_true(isnan(figures.metrics[FIGURE_OWN].values[0]));
	assert_true(figures.metrics[FIGURE_OWN].of[0].mean == -10);
	assert_true(figures.metrics[FIGURE_OWN].difference[1].mean == -1);
	assert_int_equal(compare_verdict(&figures.metrics[FIGURE_OWN], 2), COMPARE_LESS);
	compare_free(&figures);
	text = report(&session, EXIT_CODE_OK);
	has(text, "  round 1, a, without a number: it ended with status 3\n");
	has(text, "  its number [req/s] ");
	has(text, "  measure <it>: its number: 2 req/s less (2 to 2)\n");
	free(text);
	session.json = true;
	text = report(&session, EXIT_CODE_OK);
	has(text, "\"values\":[null,-10,");
	assert_null(strstr(text, "nan"));
	free(text);
	free(session.turns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_has_whole_rounds),
		cmocka_unit_test(order_is_drawn),
		cmocka_unit_test(number_is_the_last_lines),
		cmocka_unit_test(figures_are_what_was_between),
		cmocka_unit_test(report_tells_noise),
		cmocka_unit_test(report_of_whole_rounds),
		cmocka_unit_test(report_of_missing_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
