/* SPDX-License-Identifier: GPL-2.0-only */
/* What `clandctl top` shows of a model, as text, in any size; and what keys change of it. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "top_drawing.h"
#include "stats_histogram.h"
#include "top_frame.h"
#include "top_text.h"
#include "utf8.h"

#define START_NS 1000000000u
#define MS 1000000u

struct screen {
	struct top_model *model;
	struct top_machine machine;
	struct top_view view;
	struct top_list list;
	struct top_frame frame;
};

static void tell(struct screen *s, uint64_t ms, enum record_kind kind, uint32_t cpu, int32_t pid,
		 int32_t other, uint8_t flags)
{
	const struct record_event event = { START_NS + ms * MS, pid, other, cpu, (uint8_t)kind, flags,
					    { 0 } };

	top_model_event(s->model, &event);
}

static void name(struct screen *s, int32_t pid, const char *comm, int32_t nice, const char *cgroup)
{
	struct record_facts facts = { .event = { .pid = pid, .kind = RECORD_FACTS }, .tgid = pid,
				      .static_prio = 120 + nice };

	memcpy(facts.comm, comm, strlen(comm));
	top_model_facts(s->model, &facts, cgroup);
}

/* Two hogs on CPU 0, a task that is woken up on CPU 1 each 100 ms. */
static void begin(struct screen *s, uint32_t nr_cpus)
{
	uint32_t *llcs = calloc(nr_cpus, sizeof(*llcs)), i;
	uint64_t ms;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < nr_cpus; i++)
		llcs[i] = i * 2 / nr_cpus;
	s->model = top_model_new(nr_cpus, llcs, nr_cpus > 1 ? 2 : 1, START_NS);
	free(llcs);
	assert_non_null(s->model);
	snprintf(s->machine.without, sizeof(s->machine.without), "no scx-cland is running");
	name(s, 10, "hog", 5, "/user.slice");
	name(s, 20, "other-hog", 0, "/system.slice/very-long-name-of-some.service");
	name(s, 300, "sleeper", 0, "/user.slice");
	tell(s, 0, RECORD_RUNS, 0, 10, 0, 0);
	tell(s, 0, RECORD_RUNS, 1, 0, 0, 0);
	for (ms = 0; ms < 1000; ms += 100) {
		tell(s, ms + 10, RECORD_WAKING, 0, 300, 10, 0);
		tell(s, ms + 12, RECORD_SWITCH, 1, 0, 300, 0);
		tell(s, ms + 32, RECORD_SWITCH, 1, 300, 0, RECORD_SLEEPS);
		tell(s, ms + 75, RECORD_SWITCH, 0, 10, 20, 0);
		tell(s, ms + 100, RECORD_SWITCH, 0, 20, 10, 0);
	}
	top_model_end_frame(s->model, START_NS + 1000 * MS);
}

static void end(struct screen *s)
{
	top_frame_free(&s->frame);
	top_list_free(&s->list);
	top_model_free(s->model);
}

static void draw(struct screen *s, uint32_t width, uint32_t height)
{
	assert_int_equal(top_list_make(&s->list, s->model, &s->view), 0);
	assert_int_equal(top_frame_draw(&s->frame, s->model, &s->machine, &s->view, &s->list, width, height),
			 0);
}

static void press(struct screen *s, uint32_t key)
{
	top_view_key(&s->view, &s->list, key);
	top_model_keep(s->model, s->view.page);
	draw(s, 80, 24);
}

/* The line that begins with this, or a failure. */
static const struct top_line *line(struct screen *s, const char *text)
{
	uint32_t i;

	for (i = 0; i < s->frame.nr; i++)
		if (!strncmp(s->frame.lines[i].text, text, strlen(text)))
			return &s->frame.lines[i];
	for (i = 0; i < s->frame.nr; i++)
		print_message("|%s|\n", s->frame.lines[i].text);
	fail_msg("no line begins with '%s'", text);
	return NULL;
}

static bool has_text(const struct screen *s, const char *text)
{
	uint32_t i;

	for (i = 0; i < s->frame.nr; i++)
		if (strstr(s->frame.lines[i].text, text))
			return true;
	return false;
}

static void a_screen__has_figures_in_their_columns(void **state)
{
	struct screen s;

	(void)state;
	begin(&s, 2);
	draw(&s, 80, 24);
	assert_int_equal(s.frame.nr, 24);
	assert_string_equal(s.frame.lines[0].text, "no scx-cland is running");
	line(&s, "tasks 3, running 1, waiting 0.9 (by cache: 0.9 0.0); top itself 0.0 % CPU");
	line(&s, "CPU   0[||||||||||||||||||||||||||||||||||||||] 100.0%  hog 10");
	line(&s, "CPU   1[||||||||                              ]  20.0%  sleeper 300");
	line(&s, "     PID  NI  CPU%  RUN/S WAKE/S WAITP50 WAITP99 CPU  COMMAND         CGROUP");
	/* The first row is marked. */
	assert_int_equal(line(&s, ">     10   5  75.0     11      0  25.1ms  25.1ms   0R hog             ..er.slice")
			 ->style, TOP_STYLE_MARKED);
	line(&s, "      20   0  25.0     10      0");
	line(&s, "     300   0  20.0     10     10   2.0ms   2.0ms   1S sleeper");
	assert_true(has_text(&s, "other-hog       ...service"));
	assert_int_equal(s.frame.lines[23].style, TOP_STYLE_KEYS);
	assert_true(has_text(&s, "q quit"));
	end(&s);
}

static void a_text__has_all_tasks_and_no_keys(void **state)
{
	struct screen s;

	(void)state;
	begin(&s, 2);
	draw(&s, 200, 0);
	assert_false(has_text(&s, "q quit"));
	assert_true(has_text(&s, "other-hog       -             -     - /system.slice/very-long-name-of-some.service"));
	assert_int_equal(s.frame.nr, 3 + 2 + 1 + 3);
	line(&s, "      10   5  75.0");
	end(&s);
}

static void figures_of_scx_cland__are_of_the_time_between(void **state)
{
	struct top_machine *m;
	struct screen s;

	(void)state;
	begin(&s, 2);
	m = &s.machine;
	m->has_stats = true;
	m->before.taken_ns = START_NS;
	m->now.taken_ns = START_NS + 500 * MS;
	strcpy(m->now.policy, "vruntime");
	strcpy(m->now.version, "1.2.3");
	m->now.values[STATS_attached] = m->now.values[STATS_agent_running] = 1;
	m->now.values[STATS_policy_age] = 90000ull * MS;
	m->before.values[CLAND_STAT_leased] = 1000;
	m->now.values[CLAND_STAT_leased] = 1500;
	m->now.values[CLAND_STAT_requests] = 20;
	m->now.values[CLAND_STAT_direct] = 7;
	m->now.values[CLAND_STAT_rescued] = 1;
	m->now.values[STATS_agent_cpu] = 5 * MS;
	m->now.histograms[CLAND_HISTOGRAM_runnable_to_running].counts[cland_histogram_bucket(3 * MS)] = 9;
	draw(&s, 80, 24);
	line(&s, "scx-cland 1.2.3: vruntime for 1 min 30 s, leased; agent 1.0 % CPU");
	line(&s, "decisions/s: lease 1000  strict 40  direct 14  rescue 2  fallback 0");
	line(&s, "runnable to running: p50 3.1 ms p99 3.1 ms; policy's answer: none");
	m->now.values[STATS_agent_running] = 0;
	m->now.values[STATS_held_cpus] = 2;
	draw(&s, 120, 24);
	assert_true(has_text(&s, "NO AGENT: tasks run by their leases; real-time tasks hold CPUs: 2"));
	m->now.values[STATS_attached] = 0;
	draw(&s, 80, 24);
	assert_true(has_text(&s, "NOT attached"));
	end(&s);
}

static void a_page__says_why_a_task_ran_when_it_did(void **state)
{
	struct record_decision decision = {
		.event = { .when_ns = START_NS + 940 * MS, .pid = 300, .kind = RECORD_DECISION },
		.rank_ns = 5 * MS, .clock_ns = 7 * MS, .slice_ns = 3 * MS,
		.place = CLAND_PLACE_QUEUE | 2, .path = CLAND_PATH_leased,
	};
	struct screen s;

	(void)state;
	begin(&s, 2);
	top_model_event(s.model, &decision.event);
	decision.event.when_ns += 10 * MS;
	decision.path = CLAND_PATH_direct;
	decision.place = CLAND_PLACE_CPU | 1;
	top_model_event(s.model, &decision.event);
	s.machine.nr_cache_queues = 2;
	draw(&s, 80, 24);
	press(&s, TOP_KEY_END);
	assert_int_equal(line(&s, ">    300")->style, TOP_STYLE_MARKED);
	press(&s, TOP_KEY_ENTER);
	line(&s, "sleeper 300: ordinary, nice 0, weight 1024");
	line(&s, "cgroup /user.slice");
	line(&s, "sleeps for 68.0 ms; 20.0 % CPU, 10.0 runs/s, woken 10.0/s");
	line(&s, "waits for a CPU: 10, p50 2.0 ms p99 2.0 ms");
	line(&s, "  88.0ms   2.0ms woken by hog 10              1  20.0ms slept   2.0ms idle");
	line(&s, " 188.0ms   2.0ms woken by hog 10");
	line(&s, "     AGO PATH          RANK   SLICE TO          WHY");
	line(&s, "  50.0ms direct           -   3.0ms CPU 1       a CPU was idle");
	line(&s, "  60.0ms leased      -2.0ms   3.0ms only CPU 0  ranked in the kernel by the leas");
	line(&s, "why (direct): a CPU was idle");
	assert_false(has_text(&s, "lease: "));
	assert_false(has_text(&s, "CPU   0["));
	press(&s, TOP_KEY_ESCAPE);
	line(&s, "CPU   0[");
	/* Of one that is put off again and again. */
	press(&s, TOP_KEY_HOME);
	press(&s, TOP_KEY_ENTER);
	line(&s, "runs on CPU 0 for 0 us;");
	line(&s, "     0us  25.0ms put off for other-hog 20     0     0us runs    25.0ms other-hog");
	snprintf(s.machine.no_decisions, sizeof(s.machine.no_decisions), "none, for a reason");
	draw(&s, 80, 24);
	line(&s, "none, for a reason");
	press(&s, TOP_KEY_ESCAPE);
	top_model_end_frame(s.model, START_NS + 1100 * MS);
	draw(&s, 120, 24);
	assert_true(has_text(&s, "sleeper         direct        -     - /user.slice"));
	end(&s);
}

static void decide(struct screen *s, uint64_t ms, enum cland_path path, uint32_t place, uint64_t lease_ms,
		   int32_t lead_us, uint32_t reason)
{
	const struct record_decision decision = {
		.event = { .when_ns = START_NS + ms * MS, .pid = 300, .kind = RECORD_DECISION },
		.rank_ns = 5 * MS, .clock_ns = 7 * MS, .slice_ns = 3 * MS, .place = place, .path = path,
		.lease_until_ns = lease_ms ? START_NS + (ms + lease_ms) * MS : 0, .lead_us = lead_us,
		.reason = reason,
	};

	top_model_event(s->model, &decision.event);
}

static void boosts_and_leases__are_told_with_the_policys_reason(void **state)
{
	const struct record_event policy = { START_NS + 1200 * MS, 4711, 0, 0, RECORD_POLICY, 0, { 0 } };
	struct screen s;

	(void)state;
	begin(&s, 2);
	s.machine.nr_cache_queues = 2;
	s.machine.reasons.nr = 2;
	strcpy(s.machine.reasons.texts[0], "ordinary: does not wake up often");
	strcpy(s.machine.reasons.texts[1], "boosted: wakes up one that is boosted; no reason is longer...63");
	decide(&s, 1010, CLAND_PATH_decided, CLAND_PLACE_QUEUE | 0, 0, 0, 3);
	decide(&s, 1020, CLAND_PATH_decided, CLAND_PLACE_QUEUE | 0, 0, -1000, 1);
	decide(&s, 1050, CLAND_PATH_leased, CLAND_PLACE_QUEUE | 1, 2000, 10000, 2);
	top_model_end_frame(s.model, START_NS + 1100 * MS);
	/* Ahead of its turn: marked where there is no more room, and how far where there is. */
	draw(&s, 80, 24);
	assert_true(has_text(&s, "1S+sleeper"));
	assert_true(has_text(&s, "0R hog"));
	draw(&s, 100, 24);
	assert_true(has_text(&s, "COMMAND         LAST WAY   LEAD LEASE CGROUP"));
	assert_true(has_text(&s, "1S+sleeper         leased    +10ms  1.9s ...slice"));
	press(&s, TOP_KEY_END);
	press(&s, TOP_KEY_ENTER);
	line(&s, "lease: slice 3.0 ms, lead 10.0 ms, ends in 1.9 s");
	line(&s, "why (leased): boosted: wakes up one that is boosted; no reason is longer...63");
	line(&s, "  50.0ms leased      -2.0ms   3.0ms cache 1     boosted: wakes up one that is bo");
	line(&s, "  80.0ms decided     -2.0ms   3.0ms cache 0     ordinary: does not wake up often");
	/* One that the policy does not have. */
	line(&s, "  90.0ms decided     -2.0ms   3.0ms cache 0     as the policy has answered");
	/* The way is the stub's to explain, the lease is the policy's. */
	decide(&s, 1110, CLAND_PATH_direct, CLAND_PLACE_CPU | 1, 5, -20000, 1);
	top_model_end_frame(s.model, START_NS + 1150 * MS);
	draw(&s, 80, 24);
	line(&s, "lease: slice 3.0 ms, behind by 20.0 ms; next time it asks the policy");
	line(&s, "why (direct): a CPU was idle");
	line(&s, "the policy: ordinary: does not wake up often");
	press(&s, TOP_KEY_ESCAPE);
	draw(&s, 100, 24);
	assert_true(has_text(&s, "1S sleeper         direct    -20ms     - ...slice"));
	/* Another policy: what was said before is nobody's any more. */
	top_model_event(s.model, &policy);
	top_model_end_frame(s.model, START_NS + 1250 * MS);
	press(&s, TOP_KEY_ENTER);
	assert_false(has_text(&s, "lease: "));
	assert_false(has_text(&s, "boosted"));
	line(&s, " 200.0ms leased      -2.0ms   3.0ms cache 1     ranked in the kernel");
	end(&s);
}

static void one_that_has_ended__holds_nothing(void **state)
{
	struct screen s;

	(void)state;
	begin(&s, 2);
	decide(&s, 1010, CLAND_PATH_leased, CLAND_PLACE_QUEUE | 0, 2000, 10000, 0);
	top_model_end_frame(s.model, START_NS + 1050 * MS);
	draw(&s, 80, 24);
	press(&s, TOP_KEY_END);
	press(&s, TOP_KEY_ENTER);
	line(&s, "lease: slice 3.0 ms, lead 10.0 ms, ends in ");
	tell(&s, 1060, RECORD_SWITCH, 1, 0, 300, 0);
	tell(&s, 1070, RECORD_SWITCH, 1, 300, 0, RECORD_DIES);
	top_model_end_frame(s.model, START_NS + 1100 * MS);
	draw(&s, 80, 24);
	line(&s, "has ended, ago: ");
	line(&s, "why (leased): ");
	assert_false(has_text(&s, "lease: "));
	end(&s);
}

static void leads__are_told_in_little_room(void **state)
{
	static const struct {
		int32_t lead_us;
		const char *text;
	} leads[] = {
		{ 0, "-" },		{ 300, "+300us" },     { -9999, "-9.9ms" },  { 10000, "+10ms" },
		{ 999999, "+999ms" },	{ -1000000, "-1.0s" }, { 1000000, "+1.0s" },
	};
	char text[TOP_SHORT_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		assert_string_equal(top_drawing_lead(leads[i].lead_us, text), leads[i].text);
	assert_string_equal(top_drawing_terse(59900000000u, text), "59.9s");
}

static void keys__sort_filter_and_move(void **state)
{
	static const char typed[] = "sleX";
	struct screen s;
	size_t i;

	(void)state;
	begin(&s, 2);
	draw(&s, 80, 24);
	assert_true(has_text(&s, "s sort: cpu"));
	press(&s, 's');
	line(&s, ">     20"); /* waits longest */
	press(&s, 's');
	line(&s, ">    300"); /* the only one that is woken up */
	press(&s, 's');
	line(&s, ">     10");
	press(&s, 'r');
	line(&s, ">    300");
	assert_true(has_text(&s, "pid (reversed)"));
	press(&s, 'r');
	press(&s, 's');
	line(&s, ">     10"); /* "hog" */
	press(&s, TOP_KEY_DOWN);
	line(&s, ">     20");
	press(&s, 's');
	/* By CPU again; the mark stays on its task. */
	line(&s, ">     20");
	press(&s, TOP_KEY_PAGE_DOWN);
	line(&s, ">    300");
	press(&s, TOP_KEY_PAGE_UP);
	line(&s, ">     10");
	press(&s, TOP_KEY_UP);
	line(&s, ">     10");
	press(&s, '/');
	for (i = 0; typed[i]; i++)
		press(&s, (uint32_t)typed[i]);
	assert_true(has_text(&s, "filter by name or cgroup: sleX_"));
	assert_true(has_text(&s, "no task's name or cgroup has 'sleX' in it"));
	press(&s, TOP_KEY_BACKSPACE);
	assert_int_equal(s.list.nr, 1);
	press(&s, TOP_KEY_ENTER);
	assert_false(s.view.is_typing);
	assert_int_equal(s.view.page, 0);
	assert_true(has_text(&s, "/ filter: sle"));
	press(&s, TOP_KEY_ESCAPE);
	assert_int_equal(s.list.nr, 3);
	/* By cgroup; q is a letter there. */
	press(&s, '/');
	press(&s, 'q');
	assert_false(s.view.has_quit);
	press(&s, TOP_KEY_BACKSPACE);
	press(&s, TOP_KEY_BACKSPACE);
	for (i = 0; i < 6; i++)
		press(&s, (uint32_t)"system"[i]);
	assert_int_equal(s.list.nr, 1);
	press(&s, TOP_KEY_ESCAPE);
	assert_int_equal(s.list.nr, 3);
	press(&s, 'q');
	assert_true(s.view.has_quit);
	end(&s);
}

static void sorts__have_names(void **state)
{
	(void)state;
	assert_int_equal(top_sort_find("wait"), TOP_SORT_wait);
	assert_int_equal(top_sort_find("nothing"), TOP_SORT_NR);
	assert_string_equal(top_sort_name(TOP_SORT_comm), "comm");
}

static void the_mark__stays_in_sight(void **state)
{
	struct screen s;
	char comm[16];
	int32_t pid;
	uint32_t i;

	(void)state;
	begin(&s, 2);
	for (pid = 1000; pid < 1100; pid++) {
		snprintf(comm, sizeof(comm), "task%d", pid);
		name(&s, pid, comm, 0, "/");
	}
	top_model_end_frame(s.model, START_NS + 1001 * MS);
	s.view.sort = TOP_SORT_pid;
	draw(&s, 80, 24);
	for (i = 0; i < 60; i++) {
		press(&s, TOP_KEY_DOWN);
		assert_true(has_text(&s, ">"));
	}
	line(&s, ">   1057");
	press(&s, TOP_KEY_END);
	line(&s, ">   1099");
	line(&s, "    1098");
	press(&s, TOP_KEY_HOME);
	line(&s, ">     10");
	press(&s, TOP_KEY_PAGE_DOWN);
	assert_int_equal(s.view.marked_at, s.view.nr_rows);
	end(&s);
}

static void any_size__is_kept_to(void **state)
{
	static const uint32_t cpus[] = { 1, 2, 7, 64, 300 };
	struct screen s;
	uint32_t at, width, height, i;

	(void)state;
	for (at = 0; at < sizeof(cpus) / sizeof(cpus[0]); at++) {
		begin(&s, cpus[at]);
		for (i = 0; i < 2; i++) {
			for (width = 1; width < 300; width += 7) {
				for (height = 1; height < 80; height += 3) {
					uint32_t row;

					draw(&s, width, height);
					assert_int_equal(s.frame.nr, height);
					for (row = 0; row < height; row++)
						assert_true(strlen(s.frame.lines[row].text) <= width);
					assert_int_equal(s.frame.lines[height - 1].style, TOP_STYLE_KEYS);
				}
			}
			press(&s, TOP_KEY_ENTER);
		}
		end(&s);
	}
}

static void a_short_screen__is_for_tasks(void **state)
{
	struct screen s;

	(void)state;
	begin(&s, 2);
	draw(&s, 20, 5);
	assert_string_equal(s.frame.lines[0].text, "no scx-cland is runn");
	assert_string_equal(s.frame.lines[2].text, ">     10   5  75.0");
	assert_string_equal(s.frame.lines[3].text, "      20   0  25.0");
	assert_string_equal(s.frame.lines[4].text, "q quit  s sort: cpu ");
	press(&s, TOP_KEY_ENTER);
	draw(&s, 20, 5);
	assert_string_equal(s.frame.lines[1].text, "hog 10: ordinary, ni");
	end(&s);
}

static void a_filter__is_seen_while_it_is_typed(void **state)
{
	static const char typed[] = "/user.slice/a-service";
	struct screen s;
	size_t i;

	(void)state;
	begin(&s, 2);
	draw(&s, 20, 5);
	press(&s, '/');
	draw(&s, 20, 5);
	assert_string_equal(s.frame.lines[4].text, "filter: _   Enter ke");
	for (i = 0; typed[i]; i++)
		press(&s, (uint32_t)typed[i]);
	assert_string_equal(s.frame.lines[23].text,
			    "filter by name or cgroup: /user.slice/a-service_   Enter keep  Esc drop");
	draw(&s, 40, 5);
	assert_string_equal(s.frame.lines[4].text, "filter: /user.slice/a-service_   Enter k");
	draw(&s, 20, 5);
	assert_string_equal(s.frame.lines[4].text, "filter: ..a-service_");
	draw(&s, 8, 5);
	assert_string_equal(s.frame.lines[4].text, "filter: ");
	end(&s);
}

/* Of both times, however long they are. */
static void times__fit_into_80_columns(void **state)
{
	struct screen s;

	(void)state;
	begin(&s, 2);
	s.machine.has_stats = true;
	stats_histogram_add(&s.machine.now.histograms[CLAND_HISTOGRAM_runnable_to_running], 400 * MS);
	stats_histogram_add(&s.machine.now.histograms[CLAND_HISTOGRAM_request_to_decision], 20 * MS);
	draw(&s, 80, 24);
	line(&s, "runnable to running: p50 402.6 ms p99 402.6 ms; answer: p50 20.9 ms p99 20.9 ms");
	draw(&s, 100, 24);
	line(&s, "runnable to running: p50 402.6 ms p99 402.6 ms; policy's answer: p50 20.9 ms p99 20.9 ms");
	end(&s);
}

static void many_cpus__are_one_line_for_each_cache(void **state)
{
	struct screen s;

	(void)state;
	begin(&s, 64);
	draw(&s, 80, 24);
	line(&s, "LLC   0[");
	line(&s, "LLC   1[");
	assert_false(has_text(&s, "CPU   0["));
	draw(&s, 200, 60);
	line(&s, "CPU   0[");
	assert_true(has_text(&s, "CPU  63 offline"));
	end(&s);
}

static void names__cannot_do_anything_to_the_terminal(void **state)
{
	char room[4 * 20 + 1];
	struct top_text text;
	struct screen s;
	uint32_t i;

	(void)state;
	begin(&s, 2);
	name(&s, 10, "a\x1b[31m\nb\xff\tc", 0, "/x\x1b]0;t\x07/\xc2\x9b");
	top_model_end_frame(s.model, START_NS + 1100 * MS);
	draw(&s, 80, 24);
	for (i = 0; i < s.frame.nr; i++)
		assert_int_equal(strcspn(s.frame.lines[i].text, "\x1b\n\t\x07\xff\xc2"),
				 strlen(s.frame.lines[i].text));
	assert_true(has_text(&s, "a?[31m?b? c"));
	end(&s);
	/* A letter is as wide as it is, or is not shown. */
	setlocale(LC_CTYPE, "C.UTF-8");
	text = top_text_begin(room, 20);
	top_text_column(&text, "\xe4\xbd\xa0\xe5\xa5\xbd", 3);
	top_text_put(&text, "|");
	assert_string_equal(room, "\xe4\xbd\xa0 |");
	assert_int_equal(text.at, 4);
	top_text_tail(&text, "\xe4\xbd\xa0/b\xc3\xa9/cd", 6);
	assert_string_equal(room, "\xe4\xbd\xa0 |..\xc3\xa9/cd");
	top_text_put(&text, "%s", "much more than there is room for");
	assert_int_equal(text.at, 20);
	setlocale(LC_CTYPE, "C");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_screen__has_figures_in_their_columns),
		cmocka_unit_test(a_text__has_all_tasks_and_no_keys),
		cmocka_unit_test(figures_of_scx_cland__are_of_the_time_between),
		cmocka_unit_test(a_page__says_why_a_task_ran_when_it_did),
		cmocka_unit_test(boosts_and_leases__are_told_with_the_policys_reason),
		cmocka_unit_test(one_that_has_ended__holds_nothing),
		cmocka_unit_test(leads__are_told_in_little_room),
		cmocka_unit_test(keys__sort_filter_and_move),
		cmocka_unit_test(a_short_screen__is_for_tasks),
		cmocka_unit_test(a_filter__is_seen_while_it_is_typed),
		cmocka_unit_test(times__fit_into_80_columns),
		cmocka_unit_test(sorts__have_names),
		cmocka_unit_test(the_mark__stays_in_sight),
		cmocka_unit_test(any_size__is_kept_to),
		cmocka_unit_test(many_cpus__are_one_line_for_each_cache),
		cmocka_unit_test(names__cannot_do_anything_to_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
