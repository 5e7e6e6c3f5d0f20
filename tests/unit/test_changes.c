/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is wanted, over saved files and switches that end. Agents are made up here: each is told
 * what to run, and gets there when the test says so.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "changes.h"
#include "exit_codes.h"
#include "wanted_note.h"

/* What a switch for a time lasts, and nothing before its end may take, on whatever machine. */
#define FOR_NS 1500000000ULL

static char folder[] = "/tmp/test_changes.XXXXXX";
static char option[128];

static struct changes changes;
static struct agents agents;
static struct config config;
static struct target target;
static struct diag diag;
static bool resting, swapping;
static struct target asked;
static pid_t holder;

/* ---- what is made up ------------------------------------------------------------------------- */

int agents_swap(struct agents *a, const struct target *t, const char *reason, struct diag *d)
{
	(void)a, (void)reason, (void)d;
	assert_false(swapping);
	swapping = true;
	asked = *t;
	return 0;
}

void agents_rest(struct agents *a)
{
	(void)a;
	resting = true;
}

bool agents_is_resting(const struct agents *a)
{
	(void)a;
	return resting;
}

void rule_watch_set_rules(struct rule_watch *watch, const struct config_rule *rules, size_t nr)
{
	(void)watch, (void)rules, (void)nr;
}

int wanted_note_save(const struct wanted *wanted, const struct note_quarantine *quarantine)
{
	(void)wanted, (void)quarantine;
	return 0;
}

int wanted_note_remove(void)
{
	return 0;
}

int wanted_note_load(struct wanted *wanted, uint64_t now_ns, int *ret_hold_fd,
		     struct note_quarantine *ret_quarantine, struct diag *d)
{
	(void)wanted, (void)now_ns, (void)ret_hold_fd, (void)ret_quarantine, (void)d;
	return -ENOENT;
}

/* The agent that was asked last is done, if one was; then what waits for that. */
static void agent_ends(bool done)
{
	struct swap_report report = { .done = done, .exit_code = EXIT_CODE_POLICY };

	assert_true(swapping);
	snprintf(report.from, sizeof(report.from), "%s", agents.target.policy_name);
	snprintf(report.to, sizeof(report.to), "%s", asked.policy_name);
	if (done) {
		agents.target = asked;
		resting = false;
	} else {
		diag_set(&report.diag, 0, "refused by create()");
	}
	swapping = false;
	changes_on_swap(&changes, &report);
	changes_watch(&changes);
}

/* As the supervisor does: until nothing is due at once. Returns how many policies have begun. */
static int settle(void)
{
	int nr = 0, turns;

	for (turns = 0; turns < 10 && (swapping || !changes_timeout_ms(&changes)); turns++) {
		nr += swapping;
		if (swapping)
			agent_ends(true);
		else
			changes_watch(&changes);
	}
	assert_true(turns < 10);
	return nr;
}

/* ---- what people do -------------------------------------------------------------------------- */

static void save(const char *text)
{
	FILE *file;
	char path[64];

	snprintf(path, sizeof(path), "%s/test.ini", folder);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void save_and_tell(const char *text)
{
	save(text);
	changes.has_last_swap = false;
	changes_reload(&changes, CHANGES_SAVED, false);
}

static void begin_with(const char *text)
{
	static char program[] = "scx-cland", unsafe[] = "--allow-unsafe-policies";
	static char *argv[] = { program, option, unsafe, NULL };

	save(text);
	if (config_load(3, argv, &config, &diag) || target_resolve(&config, &target, &diag))
		fail_msg("%s", diag.text);
	changes_init(&changes, &config, &target, 3, argv);
	memset(&agents, 0, sizeof(agents));
	agents.target = target;
	changes.agents = &agents;
	resting = swapping = false;
}

static void switch_to(const char *policy, const char *mode, const struct intent_term *term)
{
	const struct control_caller caller = { .uid = 0 };
	struct intent_choice choice = { .policy = "" };
	struct control_swap swap = { .what = "" };

	snprintf(choice.policy, sizeof(choice.policy), "%s", policy);
	snprintf(choice.mode, sizeof(choice.mode), "%s", mode);
	if (changes_on_change(&changes, &caller, &choice, term, &swap, &diag) != -EINPROGRESS)
		fail_msg("%s", diag.text);
	settle();
}

static void hold(const char *policy, const char *mode)
{
	struct intent_term term = { .for_ns = 0 };

	holder = fork();
	if (!holder) {
		pause();
		_exit(0);
	}
	assert_true(holder > 0);
	term.hold_pid = holder;
	switch_to(policy, mode, &term);
}

/* Returns how many policies have begun since. */
static int holder_ends(void)
{
	assert_int_equal(kill(holder, SIGKILL), 0);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
	holder = 0;
	changes_watch(&changes);
	return settle();
}

static void assert_runs(const char *policy)
{
	assert_string_equal(agents.target.policy_name, policy);
	assert_string_equal(changes.target.policy_name, policy);
}

static void assert_refused(const char *words)
{
	assert_false(swapping);
	assert_true(changes.has_last_swap);
	if (!strstr(changes.last_swap.error, words))
		fail_msg("'%s' is not in: %s", words, changes.last_swap.error);
}

/* ---- a mistake in what counts later ---------------------------------------------------------- */

/* Each is wrong, whoever has switched to what. */
static const struct {
	const char *text, *words;
} wrong[] = {
	{ "[scheduler]\npolicy = nosuch\n", "test.ini:2: policy: no policy 'nosuch' in " },
	{ "[scheduler]\npolicy = vruntime\n[policy.vruntime]\nslice_us = 1\n",
	  "test.ini:4: slice_us: '1' is out of range" },
	{ "[scheduler]\nmode = day\n[mode.day]\npolicy = nosuch\n",
	  "test.ini:4: policy: no policy 'nosuch' in " },
};

#define NR_WRONG (sizeof(wrong) / sizeof(wrong[0]))

static void changes__refuse_a_wrong_file_during_a_hold(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NR_WRONG; i++) {
		begin_with("[scheduler]\npolicy = vruntime\n");
		hold("fifo", "");
		assert_runs("fifo");
		save_and_tell(wrong[i].text);
		assert_refused(wrong[i].words);
		/* what was right before is what it goes back to */
		assert_int_equal(holder_ends(), 1);
		assert_runs("vruntime");
		assert_string_equal(changes.now.intent.base.policy, "vruntime");
	}
}

static void changes__refuse_a_wrong_file_during_a_time(void **state)
{
	const struct intent_term term = { .for_ns = FOR_NS };

	(void)state;
	begin_with("[scheduler]\npolicy = vruntime\n");
	switch_to("fifo", "", &term);
	save_and_tell(wrong[0].text);
	assert_refused(wrong[0].words);
	usleep(FOR_NS / 1000 + 100000);
	assert_int_equal(settle(), 1);
	assert_runs("vruntime");
}

static void changes__refuse_a_wrong_file_while_a_rule_is_followed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NR_WRONG; i++) {
		char text[512];

		begin_with("[scheduler]\npolicy = vruntime\n[auto one]\nprocess = x\npolicy = fifo\n");
		changes.now.intent.automatic = (struct intent_auto){
			.there = true, .choice = { .policy = "fifo" }, .rule = "one", .why = "x runs"
		};
		snprintf(text, sizeof(text), "%s[auto one]\nprocess = x\npolicy = fifo\n",
			 wrong[i].text);
		save_and_tell(text);
		assert_refused(wrong[i].words);
		assert_string_equal(changes.now.intent.base.policy, "vruntime");
	}
}

static void changes__take_a_right_file_during_a_hold(void **state)
{
	(void)state;
	begin_with("[scheduler]\npolicy = vruntime\n");
	hold("fifo", "");
	save_and_tell("[scheduler]\npolicy = rustland\n");
	assert_runs("fifo");
	assert_int_equal(holder_ends(), 1);
	assert_runs("rustland");
}

/* ---- a right file that could not be taken at the time ---------------------------------------- */

static void changes__take_what_a_hold_was_in_the_way_of(void **state)
{
	(void)state;
	begin_with("[scheduler]\npolicy = vruntime\n[mode.game]\npolicy = latency-boost\n");
	hold("", "game");
	assert_runs("latency-boost");
	save_and_tell("[scheduler]\npolicy = fifo\n");
	assert_refused("game");
	assert_int_equal(holder_ends(), 2);
	assert_runs("fifo");
	assert_string_equal(changes.now.intent.base.policy, "fifo");
	assert_int_equal(changes.now.config.nr_modes, 0);
}

static void changes__say_nothing_when_a_hold_was_in_nobodys_way(void **state)
{
	static struct control_setting setting = { .policy = "vruntime", .key = "slice_us",
						  .value = "5000" };
	const struct control_caller caller = { .uid = 0 };
	struct control_swap swap = { .what = "" };

	(void)state;
	begin_with("[scheduler]\npolicy = vruntime\n");
	assert_int_equal(changes_on_set(&changes, &caller, &setting, 1, &swap, &diag), -EINPROGRESS);
	settle();
	hold("fifo", "");
	assert_int_equal(holder_ends(), 1);
	assert_runs("vruntime");
	assert_string_equal(changes.last_swap.error, "");
	assert_string_equal(changes.last_swap.to, "vruntime");
	assert_int_equal(changes.now.nr_settings, 1);
	assert_int_equal(changes_timeout_ms(&changes), -1);
}

/* ---- one in quarantine, and what runs in its place ------------------------------------------- */

static void fails_until_it_is_in_quarantine(void)
{
	const struct crash_report report = { .reason = "SIGSEGV", .by_policy = true };
	const struct target of = changes.target;
	int i;

	for (i = 0; i < QUARANTINE_FAULTS; i++)
		changes_on_fault(&changes, &of, AGENT_FAULT_CRASHED, &report);
	assert_true(quarantine_has(&changes.quarantine, &of));
	settle();
}

static int set(const char *policy, const char *key, const char *value)
{
	const struct control_caller caller = { .uid = 0 };
	struct control_setting setting = { .policy = "" };
	struct control_swap swap = { .what = "" };

	snprintf(setting.policy, sizeof(setting.policy), "%s", policy);
	snprintf(setting.key, sizeof(setting.key), "%s", key);
	snprintf(setting.value, sizeof(setting.value), "%s", value);
	return changes_on_set(&changes, &caller, &setting, 1, &swap, &diag);
}

static void changes__set_parameters_of_what_runs_in_place(void **state)
{
	static struct target before;

	(void)state;
	begin_with("[scheduler]\npolicy = fifo\n");
	fails_until_it_is_in_quarantine();
	assert_runs("vruntime");
	before = changes.target;
	assert_int_equal(set("vruntime", "slice_us", "abc"), EXIT_CODE_PARAMETERS);
	assert_int_equal(changes.now.nr_settings, 0);
	assert_int_equal(set("vruntime", "slice_us", "5000"), -EINPROGRESS);
	agent_ends(true);
	assert_runs("vruntime");
	assert_false(target_is_same(&changes.target, &before));
	assert_string_equal(changes.fallen_from, "fifo");
	/* there is nothing more to do for the same again */
	assert_int_equal(set("vruntime", "slice_us", "5000"), EXIT_CODE_OK);
	assert_false(swapping);
}

static void changes__leave_in_quarantine_what_fails_again(void **state)
{
	const struct control_caller caller = { .uid = 0 };
	const struct intent_term term = { .for_ns = 0 };
	struct intent_choice choice = { .policy = "fifo" };
	struct control_swap swap = { .what = "" };
	struct target unwanted;

	(void)state;
	begin_with("[scheduler]\npolicy = fifo\n");
	unwanted = changes.target;
	fails_until_it_is_in_quarantine();
	assert_int_equal(changes_on_change(&changes, &caller, &choice, &term, &swap, &diag), -EINPROGRESS);
	agent_ends(false);
	assert_runs("vruntime");
	assert_true(quarantine_has(&changes.quarantine, &unwanted));
	switch_to("fifo", "", &term);
	assert_runs("fifo");
	assert_false(quarantine_has(&changes.quarantine, &unwanted));
	assert_false(changes.faults[0].quarantined);
}

static void changes__end_a_quarantine_by_a_new_build(void **state)
{
	char path[64], text[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/mine.so", folder);
	snprintf(text, sizeof(text), "cp " POLICIES "/fifo.so %s", path);
	assert_int_equal(system(text), 0);
	snprintf(text, sizeof(text), "[scheduler]\npolicy = %s\n", path);
	begin_with(text);
	fails_until_it_is_in_quarantine();
	assert_runs("vruntime");
	assert_true(changes.faults[0].quarantined);

	snprintf(text, sizeof(text), "cp --remove-destination " POLICIES "/fifo.so %s", path);
	assert_int_equal(system(text), 0);
	changes_reload(&changes, "SIGHUP", true);
	assert_int_equal(settle(), 1);
	assert_runs("fifo");
	assert_false(changes.faults[0].quarantined);
	assert_int_equal(changes.quarantine.nr, 0);
	assert_int_equal(unlink(path), 0);
}

/* ---- a file that is about to be loaded ------------------------------------------------------- */

/* As the watch tells of it, after the answer to what was asked meanwhile. */
static void tell_saved(void)
{
	changes.saved = false;
	changes_reload(&changes, CHANGES_SAVED, false);
	settle();
}

static void changes__leave_what_is_asked_for_after_saving(void **state)
{
	const struct intent_term term = { .for_ns = 0 };

	(void)state;
	begin_with("[scheduler]\npolicy = vruntime\n");
	save("[scheduler]\npolicy = deadline\n[mode.game]\npolicy = latency-boost\n");
	changes.saved = true;
	switch_to("fifo", "", &term);
	tell_saved();
	assert_runs("fifo");
	assert_string_equal(changes.now.intent.base.policy, "deadline");
	switch_to("", "game", &term);
	assert_runs("latency-boost");

	begin_with("[scheduler]\npolicy = vruntime\n");
	save("[scheduler]\npolicy = vruntime\n[mode.game]\npolicy = fifo\n");
	changes.saved = true;
	switch_to("", "game", &term);
	tell_saved();
	assert_runs("fifo");

	begin_with("[scheduler]\npolicy = vruntime\n");
	save("[scheduler]\npolicy = vruntime\n[policy.vruntime]\npreempt_us = 5000\n");
	changes.saved = true;
	assert_int_equal(set("vruntime", "slice_us", "7777"), -EINPROGRESS);
	settle();
	tell_saved();
	assert_int_equal(changes.now.nr_settings, 1);
	assert_int_equal(changes.now.config.nr_params, 1);
}

static void changes__do_without_a_wrong_file(void **state)
{
	const struct intent_term term = { .for_ns = 0 };

	(void)state;
	begin_with("[scheduler]\npolicy = vruntime\n");
	save("[scheduler]\npolcy = deadline\n");
	changes.saved = true;
	switch_to("fifo", "", &term);
	tell_saved();
	assert_refused("polcy");
	assert_runs("fifo");
	assert_string_equal(changes.now.intent.base.policy, "vruntime");
}

/* ---- a file that is another one when it is run again ------------------------------------------ */

static void changes__run_again_by_what_the_file_is_by_then(void **state)
{
	char path[64], text[256];
	struct target again;

	(void)state;
	snprintf(path, sizeof(path), "%s/mine.so", folder);
	assert_int_equal(symlink(POLICIES "/vruntime.so", path), 0);
	snprintf(text, sizeof(text), "[scheduler]\npolicy = %s\n[policy.deadline]\nmin_request_us = 777\n", path);
	begin_with(text);
	again = changes.target;
	changes_on_again(&changes, &again);
	assert_true(target_is_same(&again, &target));

	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(POLICIES "/deadline.so", path), 0);
	changes_on_again(&changes, &again);
	assert_string_equal(again.policy_name, "deadline");
	assert_string_equal(changes.target.policy_name, "deadline");
	assert_int_equal(again.values[1], 777);

	/* The agent is to say that it is not there. */
	assert_int_equal(unlink(path), 0);
	changes_on_again(&changes, &again);
	assert_string_equal(again.policy_name, "deadline");
}

/* As when there is no memory for a process. */
static void changes__try_the_built_in_one_again(void **state)
{
	const struct crash_report report = { .reason = "SIGSEGV", .by_policy = true };
	int i, timeout_ms;

	(void)state;
	begin_with("[scheduler]\npolicy = fifo\n");
	for (i = 0; i < QUARANTINE_FAULTS; i++)
		changes_on_fault(&changes, &changes.target, AGENT_FAULT_CRASHED, &report);
	assert_int_equal(changes_timeout_ms(&changes), 0);
	changes_watch(&changes);
	assert_string_equal(asked.policy_name, "vruntime");
	for (i = 0; i < 3; i++) {
		agent_ends(false);
		assert_false(swapping);
		timeout_ms = changes_timeout_ms(&changes);
		assert_in_range(timeout_ms, 1, 5000);
		changes.fall_back_at_ns = 0; /* the time has passed */
		changes_watch(&changes);
		assert_true(swapping);
		assert_string_equal(asked.policy_name, "vruntime");
	}
	agent_ends(true);
	assert_runs("vruntime");
	assert_int_equal(changes_timeout_ms(&changes), -1);
}

/* ---- a policy that only its path is known by ------------------------------------------------- */

static void changes__leave_a_policy_by_path_that_has_parameters(void **state)
{
	const struct intent_term term = { .for_ns = FOR_NS };
	char only[64], link_path[128];

	(void)state;
	snprintf(only, sizeof(only), "%s/only", folder);
	snprintf(link_path, sizeof(link_path), "%s/vruntime.so", only);
	assert_int_equal(mkdir(only, 0755), 0);
	assert_int_equal(symlink(POLICIES "/vruntime.so", link_path), 0);
	setenv("SCX_CLAND_POLICY_PATH", only, 1);

	begin_with("[scheduler]\npolicy = vruntime\n");
	switch_to(POLICIES "/deadline.so", "", &term);
	assert_int_equal(set("deadline", "slice_us", "4000"), -EINPROGRESS);
	settle();
	assert_runs("deadline");
	usleep(FOR_NS / 1000 + 100000);
	changes_watch(&changes);
	assert_int_equal(settle(), 1);
	assert_runs("vruntime");

	/* and so it is with what the configuration says */
	begin_with("[scheduler]\npolicy = " POLICIES "/deadline.so\n[policy.deadline]\nslice_us = 4000\n");
	fails_until_it_is_in_quarantine();
	assert_runs("vruntime");

	setenv("SCX_CLAND_POLICY_PATH", POLICIES, 1);
	unlink(link_path);
	assert_int_equal(rmdir(only), 0);
}

/* ---- files that change and say the same ------------------------------------------------------ */

static void changes__know_files_that_say_the_same(void **state)
{
	const struct intent_term term = { .for_ns = 0 };
	uint64_t before;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin_with("[scheduler]\npolicy = vruntime\n");
		switch_to("fifo", "", &term);
		before = changes.now.config.stamp;
		if (i) { /* the program that takes over comes first */
			save("[scheduler]\n; new words\npolicy = vruntime\n");
			assert_int_equal(changes_step_aside(&changes, &diag), 0);
		} else {
			save_and_tell("[scheduler]\n; new words\npolicy = vruntime\n");
		}
		assert_runs("fifo");
		assert_true(changes.now.config.stamp != before);
		assert_true(changes.now.intent.user.there);
	}
	before = changes.now.config.stamp;
	save("[scheduler]\npolicy = rustland\n");
	assert_int_equal(changes_step_aside(&changes, &diag), 0);
	assert_true(changes.now.config.stamp == before);
}

/* ---- a mode that becomes another one --------------------------------------------------------- */

static void changes__want_what_a_mode_has_become(void **state)
{
	(void)state;
	begin_with("[scheduler]\npolicy = vruntime\n[mode.game]\npolicy = latency-boost\n");
	hold("", "game");
	assert_runs("latency-boost");
	save_and_tell("[scheduler]\npolicy = vruntime\n[mode.game]\npolicy = fifo\n");
	settle();
	assert_runs("fifo");
	assert_string_equal(intent_desired(&changes.now.intent)->policy, "fifo");
	assert_int_equal(holder_ends(), 1);
	assert_runs("vruntime");
}

static int make_folder(void **state)
{
	(void)state;
	setenv("SCX_CLAND_POLICY_PATH", POLICIES, 1);
	if (!mkdtemp(folder))
		return -1;
	snprintf(option, sizeof(option), "--config=%s/test.ini", folder);
	return 0;
}

static int remove_folder(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/test.ini", folder);
	unlink(path);
	return rmdir(folder);
}

/* A test that has failed leaves its process behind. */
static int end_holder(void **state)
{
	(void)state;
	if (holder > 0 && !kill(holder, SIGKILL))
		waitpid(holder, NULL, 0);
	holder = 0;
	if (changes.hold_fd > 0)
		close(changes.hold_fd);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(changes__refuse_a_wrong_file_during_a_hold, end_holder),
		cmocka_unit_test(changes__refuse_a_wrong_file_during_a_time),
		cmocka_unit_test(changes__refuse_a_wrong_file_while_a_rule_is_followed),
		cmocka_unit_test_teardown(changes__take_a_right_file_during_a_hold, end_holder),
		cmocka_unit_test_teardown(changes__take_what_a_hold_was_in_the_way_of, end_holder),
		cmocka_unit_test_teardown(changes__say_nothing_when_a_hold_was_in_nobodys_way,
					  end_holder),
		cmocka_unit_test(changes__set_parameters_of_what_runs_in_place),
		cmocka_unit_test(changes__leave_in_quarantine_what_fails_again),
		cmocka_unit_test(changes__end_a_quarantine_by_a_new_build),
		cmocka_unit_test(changes__leave_what_is_asked_for_after_saving),
		cmocka_unit_test(changes__do_without_a_wrong_file),
		cmocka_unit_test(changes__run_again_by_what_the_file_is_by_then),
		cmocka_unit_test(changes__try_the_built_in_one_again),
		cmocka_unit_test(changes__leave_a_policy_by_path_that_has_parameters),
		cmocka_unit_test(changes__know_files_that_say_the_same),
		cmocka_unit_test_teardown(changes__want_what_a_mode_has_become, end_holder),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
