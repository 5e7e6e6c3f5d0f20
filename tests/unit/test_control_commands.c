/* SPDX-License-Identifier: GPL-2.0-only */
/* What control_commands.h promises, and whether docs/control.md tells the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "control.h"
#include "control_commands.h"
#include "exit_codes.h"

#define SECOND 1000000000ULL

static char folder[64], path[96], *doc;
static struct control *control;
static struct diag diag;

/* What the fake below was asked for last. */
static struct intent_choice choice;
static struct intent_term term;
static struct control_setting settings[CONTROL_MAX_SETTINGS];
static size_t nr_settings;
static uint64_t ticket;
static int code;
static bool is_empty, is_stopped;

static void text(char *to, size_t size, const char *what)
{
	snprintf(to, size, "%s", what);
}
#define TEXT(to, what) text(to, sizeof(to), what)

static const struct control_swap swap = {
	.what = "switch",
	.from = "a",
	.to = "b",
	.why = "c",
	.error = "d",
	.pause_ns = 1,
	.nr_tasks = 2,
	.age_ns = 3 * SECOND,
};

/* Every field that there is. */
static void on_status(void *ctx, struct control_status *status)
{
	assert_int_equal(*(int *)ctx, 42);
	assert_true(status->ends_in_ns == INTENT_NEVER_NS);
	if (is_empty)
		return;
	status->uptime_ns = 7 * SECOND + 1;
	TEXT(status->not_attached_why, "why\xff");
	TEXT(status->foreign, "foreign");
	status->strict = status->partial = true;
	TEXT(status->desired.policy, "b");
	TEXT(status->desired.mode, "m");
	status->cause = INTENT_CAUSE_FOR;
	TEXT(status->reason, "reason");
	status->ends_in_ns = 1;
	status->hold_pid = 5;
	status->agent_state = "starting";
	status->nr_autos = 2;
	TEXT(status->autos[0].rule, "game");
	status->autos[0].state = CONTROL_AUTO_FOLLOWED;
	TEXT(status->autos[0].why, "steam\xff runs");
	TEXT(status->autos[1].rule, "bat");
	status->nr_faults = 2;
	TEXT(status->faults[0].policy, "b");
	status->faults[1].nr_bad = UINT64_MAX;
	TEXT(status->fallen_from, "a");
	status->faults[0].quarantined = true;
	status->faults[0].since_ns = 1;
	status->faults[0].age_ns = 9 * SECOND;
	TEXT(status->faults[0].reason, "signal 11");
	TEXT(status->faults[0].call, "rank");
	status->faults[0].nr_backtrace = 2;
	TEXT(status->faults[0].backtrace[0], "b.so(f+0x1)");
	TEXT(status->faults[0].backtrace[1], "scx-cland(call_rank\xff+0x2)");
	status->has_last_swap = true;
	status->last_swap = swap;
}

static int report(struct control_swap *ret_swap, struct diag *ret_diag)
{
	if (code == EXIT_CODE_OK)
		*ret_swap = swap;
	else if (code != -EINPROGRESS)
		diag_set(ret_diag, code, "it failed");
	return code;
}

static int on_change(void *ctx, const struct control_caller *caller,
		     const struct intent_choice *wanted, const struct intent_term *how_long,
		     struct control_swap *ret_swap, struct diag *ret_diag)
{
	assert_int_equal(*(int *)ctx, 42);
	assert_int_equal(caller->uid, geteuid());
	assert_int_equal(caller->pid, getpid());
	ticket = caller->ticket;
	choice = *wanted;
	term = *how_long;
	return report(ret_swap, ret_diag);
}

static int on_reload(void *ctx, const struct control_caller *caller, struct control_swap *ret_swap,
		     struct diag *ret_diag)
{
	(void)ctx;
	ticket = caller->ticket;
	return report(ret_swap, ret_diag);
}

static int on_set(void *ctx, const struct control_caller *caller,
		  const struct control_setting *list, size_t nr, struct control_swap *ret_swap,
		  struct diag *ret_diag)
{
	(void)ctx;
	ticket = caller->ticket;
	nr_settings = nr;
	memcpy(settings, list, nr * sizeof(list[0]));
	return report(ret_swap, ret_diag);
}

static char upgraded_to[4096];

static int on_upgrade(void *ctx, const struct control_caller *caller, const char *to,
		      struct diag *ret_diag)
{
	(void)ctx;
	ticket = caller->ticket;
	TEXT(upgraded_to, to);
	return diag_set(ret_diag, EXIT_CODE_FAILED, "no program of ours");
}

static void on_stats(void *ctx, struct stats *stats)
{
	assert_int_equal(*(int *)ctx, 42);
	assert_true(!stats->values[CLAND_STAT_direct]);
	stats->values[CLAND_STAT_direct] = 17;
}

static int on_stop(void *ctx, const struct control_caller *caller, struct diag *ret_diag)
{
	(void)ctx, (void)caller, (void)ret_diag;
	is_stopped = true;
	return EXIT_CODE_OK;
}

static int start(void **state)
{
	static const struct control_ops ops = {
		.status = on_status,
		.change = on_change,
		.reload = on_reload,
		.set = on_set,
		.upgrade = on_upgrade,
		.stop = on_stop,
		.stats = on_stats,
	};
	static int ctx = 42;
	static struct control_commands commands = { &ops, &ctx };
	const struct control_command *table;
	size_t nr;

	(void)state;
	code = EXIT_CODE_OK;
	is_empty = false;
	nr_settings = 0;
	memset(&choice, 0, sizeof(choice));
	strcpy(folder, "/tmp/test_commands.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/control.sock", folder);
	table = control_commands_table(&nr);
	return control_open(path, -1, table, nr, &commands, &control, &diag);
}

static int stop(void **state)
{
	(void)state;
	control_close(control);
	return rmdir(folder);
}

static void serve(void)
{
	struct pollfd pfd = { .fd = control_fd(control), .events = POLLIN };

	while (poll(&pfd, 1, 0) > 0)
		control_serve(control);
}

static int dial(const char *request)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(addr.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_true(send(fd, request, strlen(request), 0) == (ssize_t)strlen(request));
	assert_int_equal(send(fd, "\n", 1, 0), 1);
	serve();
	return fd;
}

static char got[65536];

static const char *answer(int fd)
{
	ssize_t n = recv(fd, got, sizeof(got) - 1, 0);

	got[n > 0 ? n : 0] = '\0';
	close(fd);
	serve();
	return got;
}

static const char *ask(const char *request)
{
	return answer(dial(request));
}

/* ---- commands -------------------------------------------------------------------------------- */

#define REPORT                                                                                     \
	"{\"ok\":true,\"swap\":{\"what\":\"switch\",\"from\":\"a\",\"to\":\"b\",\"why\":\"c\","        \
	"\"pause_ns\":1,\"tasks\":2}}\n"

static void commands__switch_hands_on_what_is_wanted(void **state)
{
	(void)state;
	assert_string_equal(ask("{\"command\":\"switch\",\"args\":{\"policy\":\"fifo\"}}"), REPORT);
	assert_string_equal(choice.policy, "fifo");
	assert_string_equal(choice.mode, "");
	assert_true(!term.for_ns && !term.hold_pid);
	ask("{\"command\":\"switch\",\"args\":{\"policy\":\"/x.so\",\"for_s\":31622400}}");
	assert_string_equal(choice.policy, "/x.so");
	assert_true(term.for_ns == INTENT_MAX_FOR_NS && !term.hold_pid);
	ask("{\"command\":\"mode\",\"args\":{\"mode\":\"gaming\",\"hold_pid\":2147483647}}");
	assert_string_equal(choice.policy, "");
	assert_string_equal(choice.mode, "gaming");
	assert_true(!term.for_ns && term.hold_pid == INT32_MAX);
}

static void commands__refuse_what_makes_no_sense(void **state)
{
	static const char *const requests[] = {
		"{\"command\":\"switch\"}",
		"{\"command\":\"switch\",\"args\":{\"policy\":\"../x.so\"}}",
		"{\"command\":\"switch\",\"args\":{\"policy\":\"Upper\"}}",
		"{\"command\":\"switch\",\"args\":{\"policy\":\"x\",\"for_s\":31622401}}",
		"{\"command\":\"switch\",\"args\":{\"policy\":\"x\",\"for_s\":1,\"hold_pid\":1}}",
		"{\"command\":\"switch\",\"args\":{\"policy\":\"x\",\"hold_pid\":2147483648}}",
		"{\"command\":\"mode\",\"args\":{\"policy\":\"x\"}}",
		"{\"command\":\"reload\",\"args\":{\"policy\":\"x\"}}",
		"{\"command\":\"set\"}",
		"{\"command\":\"set\",\"args\":{\"settings\":[\"a.b=c\",\"ab=c\"]}}",
		"{\"command\":\"set\",\"args\":{\"settings\":[\"a.b\"]}}",
		"{\"command\":\"set\",\"args\":{\"settings\":[\"a=b.c\"]}}",
		"{\"command\":\"set\",\"args\":{\"settings\":[\".b=c\"]}}",
		"{\"command\":\"set\",\"args\":{\"settings\":[\"a.=c\"]}}",
		"{\"command\":\"set\",\"args\":{\"settings\":[\"a.b=\"]}}",
		"{\"command\":\"set\",\"args\":{\"settings\":[\"A.b=c\"]}}",
		("{\"command\":\"set\",\"args\":{\"settings\":"
		 "[\"a.b=1234567890123456789012345678901234567890123456789012345678901234"
		 "1234567890123456789012345678901234567890123456789012345678901234\"]}}"),
		"{\"command\":\"set\",\"args\":{\"settings\":"
		"[\"a.b12345678901234567890123456789012=c\"]}}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (!strstr(ask(requests[i]), "\"ok\":false,\"status\":2,"))
			fail_msg("%s: %s", requests[i], got);
	}
	assert_string_equal(choice.policy, "");
	assert_int_equal(nr_settings, 0);
}

static void commands__set_takes_settings_apart(void **state)
{
	(void)state;
	assert_string_equal(ask("{\"command\":\"set\",\"args\":{\"settings\":"
				"[\"latency-boost.slice_us=3000\",\"x.y=a.b=c\","
				"\"deadline.rule.mpv=comm=mpv period_us=16667 budget_us=4000\"]}}"),
			    REPORT);
	assert_int_equal(nr_settings, 3);
	assert_string_equal(settings[2].key, "rule.mpv");
	assert_string_equal(settings[2].value, "comm=mpv period_us=16667 budget_us=4000");
	assert_string_equal(settings[0].policy, "latency-boost");
	assert_string_equal(settings[0].key, "slice_us");
	assert_string_equal(settings[0].value, "3000");
	assert_string_equal(settings[1].key, "y");
	assert_string_equal(settings[1].value, "a.b=c");
}

static void commands__finish_later(void **state)
{
	int fd;

	(void)state;
	code = -EINPROGRESS;
	fd = dial("{\"command\":\"switch\",\"args\":{\"policy\":\"fifo\"}}");
	control_commands_finish(control, ticket, EXIT_CODE_OK, &swap, NULL);
	assert_string_equal(answer(fd), REPORT);
	fd = dial("{\"command\":\"reload\"}");
	diag_set(&diag, 0, "too slow");
	control_commands_finish(control, ticket, EXIT_CODE_POLICY_SLOW, NULL, &diag);
	assert_string_equal(answer(fd), "{\"ok\":false,\"status\":15,\"error\":\"too slow\"}\n");
}

static void commands__upgrade_takes_a_path_or_none(void **state)
{
	static const char failed[] = "{\"ok\":false,\"status\":1,\"error\":\"no program of ours\"}\n";

	(void)state;
	assert_string_equal(ask("{\"command\":\"upgrade\",\"args\":{\"path\":\"/a/b\"}}"), failed);
	assert_string_equal(upgraded_to, "/a/b");
	assert_string_equal(ask("{\"command\":\"upgrade\"}"), failed);
	assert_string_equal(upgraded_to, "");
	TEXT(upgraded_to, "not asked");
	assert_string_equal(ask("{\"command\":\"upgrade\",\"args\":{\"path\":\"a/b\"}}"),
			    "{\"ok\":false,\"status\":2,\"error\":\"'a/b' is no path that starts with "
			    "'/'\"}\n");
	assert_string_equal(upgraded_to, "not asked");
}

static void commands__fail_with_a_status(void **state)
{
	(void)state;
	code = EXIT_CODE_SWAP_BUSY;
	assert_string_equal(ask("{\"command\":\"reload\"}"),
			    "{\"ok\":false,\"status\":16,\"error\":\"it failed\"}\n");
	assert_string_equal(ask("{\"command\":\"stop\"}"), "{\"ok\":true}\n");
	assert_true(is_stopped);
}

static void commands__status_leaves_out_what_is_not(void **state)
{
	(void)state;
	is_empty = true;
	ask("{\"command\":\"status\"}");
	assert_null(strstr(got, "foreign"));
	assert_null(strstr(got, "last_swap"));
	assert_null(strstr(got, "ends_in_s"));
	assert_null(strstr(got, "hold_pid"));
	assert_non_null(strstr(got, "\"faults\":[]"));
	assert_non_null(strstr(got, "\"cause\":\"configuration\""));
	assert_non_null(strstr(got, "\"state\":\"none\""));
	is_empty = false;
	ask("{\"command\":\"status\"}");
	assert_non_null(strstr(got, "\"not_attached_why\":\"why?\""));
	assert_non_null(strstr(got, "\"uptime_s\":7"));
	/* not over before it is over */
	assert_non_null(strstr(got, "\"ends_in_s\":1"));
	assert_non_null(strstr(got, "\"bad_decisions\":18446744073709551615"));
	assert_non_null(strstr(got, "\"in_place_of\":\"a\""));
	assert_non_null(strstr(got, "\"quarantined\":true,\"reason\":\"signal 11\","
				    "\"call\":\"rank\",\"age_s\":9,\"backtrace\":[\"b.so(f+0x1)\","
				    "\"scx-cland(call_rank?+0x2)\"]"));
}

static void commands__status_tells_the_intent(void **state)
{
	static const struct intent_choice base = { .policy = "vruntime" };
	static const struct intent_choice boost = { .policy = "latency-boost", .mode = "gaming" };
	static const struct intent_term minute = { .for_ns = 60 * SECOND };
	struct control_status status = { .hold_pid = 1 };
	struct intent intent;

	(void)state;
	intent_init(&intent, &base, "/etc/scx-cland.ini", 10 * SECOND);
	control_status_intent(&status, &intent, 12 * SECOND);
	assert_string_equal(status.desired.policy, "vruntime");
	assert_string_equal(status.reason, "configuration, /etc/scx-cland.ini");
	assert_true(status.desired_age_ns == 2 * SECOND);
	assert_true(status.ends_in_ns == INTENT_NEVER_NS);
	assert_int_equal(status.hold_pid, 0);
	assert_int_equal(intent_switch(&intent, &boost, &minute, 0, 20 * SECOND, &diag), 0);
	control_status_intent(&status, &intent, 30 * SECOND);
	assert_string_equal(status.desired.mode, "gaming");
	assert_int_equal(status.cause, INTENT_CAUSE_FOR);
	assert_true(status.ends_in_ns == 50 * SECOND);
	control_status_intent(&status, &intent, 90 * SECOND);
	assert_true(status.ends_in_ns == 0);
}

/* ---- the page -------------------------------------------------------------------------------- */

static int read_doc(void **state)
{
	FILE *file = fopen(CONTROL_DOC, "r");
	size_t len;

	(void)state;
	doc = calloc(1, 65536);
	if (!file || !doc)
		return -1;
	len = fread(doc, 1, 65535, file);
	fclose(file);
	return len > 0 ? 0 : -1;
}

static int free_doc(void **state)
{
	(void)state;
	free(doc);
	return 0;
}

/* What stands below a heading, to the next of its rank or above; the caller frees it. */
static char *section(const char *heading)
{
	char line[96], *begin, *end, *copy;
	size_t rank = strspn(heading, "#");

	snprintf(line, sizeof(line), "\n%s\n", heading);
	begin = strstr(doc, line);
	if (!begin)
		fail_msg("docs/control.md has no '%s'", heading);
	begin += strlen(line) - 1;
	for (end = begin; (end = strstr(end, "\n#")); end++) {
		size_t its_rank = strspn(end + 1, "#");

		if (its_rank <= rank && end[1 + its_rank] == ' ')
			break;
	}
	copy = end ? strndup(begin, (size_t)(end - begin) + 1) : strdup(begin);
	assert_non_null(copy);
	return copy;
}

static size_t count(const char *where, const char *what)
{
	size_t nr = 0;

	for (; (where = strstr(where, what)); where++)
		nr++;
	return nr;
}

static void has(const char *where, const char *what)
{
	if (!strstr(where, what))
		fail_msg("docs/control.md lacks '%s'", what);
}

static void commands__stats_are_handed_on(void **state)
{
	struct json_object *object = json_tokener_parse(ask("{\"command\":\"stats\"}")), *stats, *direct;

	(void)state;
	assert_true(json_object_object_get_ex(object, "stats", &stats));
	assert_true(json_object_object_get_ex(stats, "direct", &direct));
	assert_int_equal(json_object_get_int(direct), 17);
	assert_true(json_object_object_get_ex(object, "meta", NULL));
	json_object_put(object);
}

static void doc__has_every_command_and_argument(void **state)
{
	const struct control_command *table;
	const struct control_arg *arg;
	char line[256], *commands = section("## Commands"), *its;
	size_t i, nr, nr_args;

	(void)state;
	table = control_commands_table(&nr);
	assert_int_equal(count(commands, "\n### "), nr);
	for (i = 0; i < nr; i++) {
		snprintf(line, sizeof(line), "### %s", table[i].name);
		its = section(line);
		nr_args = 0;
		for (arg = table[i].args; arg->type != CONTROL_ARG_NONE; arg++, nr_args++) {
			snprintf(line, sizeof(line), "\n| `%s` | ", arg->name);
			has(its, line);
			snprintf(line, sizeof(line), " | %s | %s |\n",
				 arg->required ? "required" : "optional", arg->help);
			has(its, line);
			snprintf(line, sizeof(line), "at most %d bytes", (int)arg->max);
			if (arg->type != CONTROL_ARG_NUMBER)
				has(its, line);
		}
		assert_int_equal(count(its, "\n| `"), nr_args);
		free(its);
	}
	free(commands);
}

/* Every leaf of the answer is a row; returns how many there are. */
static size_t check_fields(const char *where, struct json_object *object, const char *prefix)
{
	char name[96], line[128];
	size_t nr = 0;

	json_object_object_foreach(object, key, value) {
		snprintf(name, sizeof(name), "%s%s", prefix, key);
		if (json_object_is_type(value, json_type_object)) {
			strcat(name, ".");
			nr += check_fields(where, value, name);
		} else if (json_object_is_type(value, json_type_array)) {
			struct json_object *first = json_object_array_get_idx(value, 0);

			strcat(name, json_object_is_type(first, json_type_object) ? "[]." : "[]");
			if (json_object_is_type(first, json_type_object)) {
				nr += check_fields(where, first, name);
				continue;
			}
			snprintf(line, sizeof(line), "\n| `%s` | ", name);
			has(where, line);
			nr++;
		} else if (strcmp(name, "ok")) {
			snprintf(line, sizeof(line), "\n| `%s` | ", name);
			has(where, line);
			nr++;
		}
	}
	return nr;
}

static void check_answer(const char *heading, const char *request)
{
	char *its = section(heading);
	struct json_object *object = json_tokener_parse(ask(request));

	assert_non_null(object);
	assert_int_equal(check_fields(its, object, ""), count(its, "\n| `"));
	json_object_put(object);
	free(its);
}

static void doc__has_every_field_and_no_other(void **state)
{
	(void)state;
	check_answer("## The status", "{\"command\":\"status\"}");
	check_answer("## The report of a change", "{\"command\":\"reload\"}");
}

static void doc__has_every_status_in_the_words_of_the_program(void **state)
{
	const struct exit_code_entry *entry;
	char line[256], *its = section("## Exit statuses");
	size_t nr = 0;

	(void)state;
	for (entry = exit_codes; entry->help; entry++, nr++) {
		snprintf(line, sizeof(line), "\n| %d | %s |\n", (int)entry->code, entry->help);
		has(its, line);
	}
	/* the table's head and rule beside them */
	assert_int_equal(count(its, "\n|"), nr + 2);
	free(its);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(commands__switch_hands_on_what_is_wanted),
		TEST(commands__refuse_what_makes_no_sense),
		TEST(commands__set_takes_settings_apart),
		TEST(commands__finish_later),
		TEST(commands__upgrade_takes_a_path_or_none),
		TEST(commands__fail_with_a_status),
		TEST(commands__status_leaves_out_what_is_not),
		TEST(commands__stats_are_handed_on),
		cmocka_unit_test(commands__status_tells_the_intent),
		cmocka_unit_test(doc__has_every_command_and_argument),
		TEST(doc__has_every_field_and_no_other),
		cmocka_unit_test(doc__has_every_status_in_the_words_of_the_program),
	};

	return cmocka_run_group_tests(tests, read_doc, free_doc);
}
