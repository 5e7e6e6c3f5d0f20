/* SPDX-License-Identifier: GPL-2.0-only */
/* What config.h promises, over real files in a folder of the test's own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"
#include "exit_codes.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_ARGS     8

static char dir[] = "/tmp/test_config.XXXXXX";
static char ini[64];
static struct config config;
static struct diag diag;

static void write_file(const char *text, size_t size)
{
	FILE *file = fopen(ini, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* Load the test's file with up to four options; NULL ends them. */
static int load(const char *const *args)
{
	char option[128], *argv[MAX_ARGS + 3] = { "scx-cland", option };
	int argc = 2;

	snprintf(option, sizeof(option), "--config=%s", ini);
	while (args && *args && argc < MAX_ARGS + 2)
		argv[argc++] = (char *)(uintptr_t)*args++;
	memset(&config, 0x5a, sizeof(config));
	strcpy(diag.text, "(nothing said)");
	return config_load(argc, argv, &config, &diag);
}

static int load_text(const char *text)
{
	write_file(text, strlen(text));
	return load(NULL);
}

static void assert_loads(const char *text)
{
	int err = load_text(text);

	if (err)
		fail_msg("'%s': %s", text, diag.text);
}

/* Every part of what ("|" between them) must be in the sentence, which must be one. */
static void assert_said(const char *input, const char *what)
{
	char parts[256], *part, *save;

	snprintf(parts, sizeof(parts), "%s", what);
	for (part = strtok_r(parts, "|", &save); part; part = strtok_r(NULL, "|", &save)) {
		if (!strstr(diag.text, part))
			fail_msg("'%.60s': expected '%s' in '%s'", input, part, diag.text);
	}
	assert_null(strchr(diag.text, '\n'));
	assert_true(strlen(diag.text) < sizeof(diag.text) - 1);
}

static void assert_default(const struct config *c)
{
	assert_string_equal(c->policy, "vruntime");
	assert_string_equal(c->mode, "none");
	assert_int_equal(c->nr_modes, 0);
	assert_int_equal(c->action, CONFIG_ACTION_RUN);
	assert_int_equal(c->decisions, CONFIG_DECISIONS_LEASED);
	assert_false(c->partial);
	assert_false(c->verbose);
	assert_true(c->sandbox);
	assert_false(c->allow_unsafe_policies);
	assert_int_equal(c->exit_dump_len, 32768);
	assert_int_equal(c->rescue_ms, 20);
	assert_int_equal(c->max_tasks, 32768);
	assert_int_equal(c->nr_params, 0);
}

static void config__empty_file_gives_defaults(void **state)
{
	(void)state;
	assert_loads("");
	assert_default(&config);
	assert_string_equal(config.path, ini);
	assert_int_equal(config.files.nr, 1);
	assert_string_equal(config.files.paths[0], ini);
	assert_loads("\n# only\n  ; comments\n[scheduler]\n[policy.vruntime]\n\n");
	assert_default(&config);
}

static void config__default_file_may_be_missing(void **state)
{
	char *argv[] = { "scx-cland", NULL };

	(void)state;
	if (!access(CONFIG_DEFAULT_PATH, F_OK) || !access(CONFIG_DEFAULT_DIR, F_OK))
		skip();
	assert_int_equal(config_load(1, argv, &config, &diag), 0);
	assert_default(&config);
	assert_string_equal(config.path, "");
}

static void config__file_sets_every_key(void **state)
{
	(void)state;
	assert_loads("\xef\xbb\xbf[scheduler]\r\n"
		     "policy = /opt/a b.so ; mine\r\n"
		     "  decisions=strict\n"
		     "partial : Yes\n"
		     "verbose = on\n"
		     "mode = dark-1\n"
		     "exit_dump_len = 16777216\n"
		     "rescue_ms = 1000\n"
		     "max_tasks = 1024\n"
		     "[policy.vruntime]\n"
		     "slice_us = 3000\n"
		     "[policy.a-1]\n"
		     "slice_us = x=y\n"
		     "[mode.dark-1]\n"
		     "summary = all the lights off\n"
		     "policy = fifo\n"
		     "[scheduler] ; again");
	assert_string_equal(config.base.policy, "/opt/a b.so");
	assert_string_equal(config.policy, "fifo");
	assert_string_equal(config.mode, "dark-1");
	assert_string_equal(config.modes[0].summary, "all the lights off");
	assert_true(config.verbose);
	assert_int_equal(config.decisions, CONFIG_DECISIONS_STRICT);
	assert_true(config.partial);
	assert_int_equal(config.exit_dump_len, 16777216);
	assert_int_equal(config.rescue_ms, 1000);
	assert_int_equal(config.max_tasks, 1024);
	assert_int_equal(config.nr_params, 2);
	assert_string_equal(config.params[0].policy, "vruntime");
	assert_string_equal(config.params[0].key, "slice_us");
	assert_string_equal(config.params[0].value, "3000");
	assert_string_equal(config.params[1].policy, "a-1");
	assert_string_equal(config.params[1].value, "x=y");

	char origin[80];

	snprintf(origin, sizeof(origin), "%s:13", ini);
	assert_string_equal(config.params[1].origin, origin);
}

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void config__mistakes_in_the_file_are_named(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "[scheduler]\npolcy = x\n",
		  ".ini:2:|unknown key 'polcy' in [scheduler]|'policy'" },
		{ "[scheduler]\nexit-dump-len = 1\n",
		  "exit-dump-len|did you mean 'exit_dump_len'" },
		{ "[scheduler]\nzzz = x\n", ":2:|zzz|expected one of policy, mode, verbose, decisions" },
		{ "[scheduler]\nhelp = yes\n", ":2:|unknown key 'help'" },
		{ "policy = x\n", ":1:|'policy' stands before any section|[scheduler]" },
		{ "[sheduler]\npolicy = x\n", ":1:|unknown section [sheduler]|'scheduler'" },
		{ "\n[shed]\n", ":2:|unknown section [shed]|[policy.NAME]" },
		{ "[polcy.vruntime]\n", ":1:|did you mean 'policy.vruntime'" },
		{ "[vruntime]\n", ":1:|unknown section [vruntime]|[policy.NAME]" },
		{ "[mod.a]\n", ":1:|unknown section [mod.a]|did you mean 'mode.a'" },
		{ "[mode.]\n", ":1:|[mode.] names no mode" },
		{ "[mode.none]\n", ":1:|[mode.none] cannot be" },
		{ "[mode.a]\npolcy = x\n", ":2:|unknown key 'polcy' in [mode.a]|did you mean 'policy'" },
		{ "[mode.a]\nslice_us = 1\n", ":2:|'slice_us' in [mode.a]|vruntime.slice_us" },
		{ "[mode.a]\npolicy = ./x.so\n", ":2: policy|relative path" },
		{ "[mode.a]\npolicy = a\npolicy = b\n", ":3:|policy is set twice; first at |.ini:2" },
		{ "[mode.a]\nsummary = a\nsummary = b\n", ":3:|summary is set twice|.ini:2" },
		{ "[mode.a]\nx.k = 1\nx.k = 1\n", ":3: k is set twice; first at |.ini:2" },
		{ "[mode.a]\nx.k =\n", ":2: k: the value is missing" },
		{ "[mode.a]\nX.k = 1\n", ":2: 'X' is no policy name" },
		{ "[mode.a]\npolicy =\n", ":2: policy: the value is missing" },
		{ "[scheduler]\nmode = A\n", ":2: mode: 'A' is no mode" },
		{ "[scheduler]\nmode = a\n", ":2: there is no mode 'a', nor any other|[mode.NAME]" },
		{ "[scheduler]\nmode = gamin\n[mode.gaming]\n[mode.b]\n",
		  ":2: there is no mode 'gamin'; there are gaming, b, and none; did you mean 'gaming'?" },
		{ "[policy.a]\nx y = 1\n", ":2: 'x y' is no name of a parameter" },
		{ "[policy.]\n", ":1:|[policy.] names no policy" },
		{ "[policy.A]\n", ":1:|[policy.A] names no policy" },
		{ "[policy." A50 "]\n", ":1:|57 bytes long|at most 31" },
		{ "[]\n", ":1:|unknown section []" },
		{ "[scheduler\n", ":1:|']'" },
		{ "[scheduler] policy = x\n", ":1:|text after the ']'" },
		{ "[scheduler]\npolicy vruntime\n", ":2:|'policy vruntime' has no '='" },
		{ "[scheduler]\npolicy ;= x\n", ":2:|expected KEY = VALUE" },
		{ "[scheduler]\n= x\n", ":2:|no key before the '='" },
		{ "[scheduler]\npolicy =\n", ":2: policy|value is missing|NAME|PATH" },
		{ "[scheduler]\npolicy = ; x\n", ":2: policy|value is missing" },
		{ "[scheduler]\npolicy = Vruntime\n", ":2: policy|'Vruntime' is no policy" },
		{ "[scheduler]\npolicy = ./a.so\n", ":2: policy|relative path|'/'" },
		{ "[scheduler]\npolicy = " A50 "\n", ":2: policy|at most 31" },
		{ "[scheduler]\ndecisions = strikt\n", ":2: decisions|leased|strict|did you" },
		{ "[scheduler]\npartial = maybe\n", ":2: partial|'maybe'|yes|no" },
		{ "[scheduler]\nrescue_ms = 4\n", ":2: rescue_ms|'4'|5 to 1000" },
		{ "[scheduler]\nrescue_ms = 1001\n", ":2: rescue_ms|out of range|5 to 1000" },
		{ "[scheduler]\nrescue_ms = 20ms\n", ":2: rescue_ms|not a whole number" },
		{ "[scheduler]\nrescue_ms = 20 # x\n", ":2: rescue_ms|not a whole number" },
		{ "[scheduler]\nrescue_ms = -20\n", ":2: rescue_ms|not a whole number" },
		{ "[scheduler]\nrescue_ms = 0x20\n", ":2: rescue_ms|not a whole number" },
		{ "[scheduler]\nmax_tasks = 1023\n", ":2: max_tasks|1024 to 4194304" },
		{ "[scheduler]\nmax_tasks = 18446744073709552640\n", ":2: max_tasks|out of range" },
		{ "[scheduler]\nexit_dump_len = 16777217\n", "exit_dump_len|0 to 16777216" },
		{ "[scheduler]\npartial = no\n\npartial = no\n", ":4:|partial|twice|.ini:2" },
		{ "[scheduler]\npartial = no\n[scheduler]\npartial = no\n", ":4:|twice" },
		{ "[policy.a]\nx = 1\nx = 1\n", ":3: x is set twice; first at |.ini:2" },
		{ "[policy.a]\nx =\n", ":2: x: the value is missing" },
		{ "[policy.a]\nx = " A50 A50 A50 "\n", ":2: x|150 bytes|at most 127" },
		{ "[policy.a]\n" A50 " = 1\n", ":2: |1 to 31 letters, this one 50" },
		{ "[scheduler]\nx = " A50 A50 A50 A50 "\n", ":2:|the line is 204 bytes long" },
		{ "[scheduler]\npolicy = a\033[1m\n", ":2:|control character (0x1b)" },
		{ "[scheduler]\npolicy = a\rmax_tasks = 1024\n", ":2:|control character (0x0d)" },
		/* of several mistakes the first is told */
		{ "[scheduler]\na = 1\nb = 2\n", ":2:|'a'" },
		{ "[scheduler]\nfoo\nb = 2\n", ":2:|foo" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		if (load_text(cases[i].text) != -EINVAL)
			fail_msg("'%s' was taken", cases[i].text);
		assert_said(cases[i].text, cases[i].said);
		assert_non_null(strstr(diag.text, ini));
	}
}

static void config__output_is_untouched_on_failure(void **state)
{
	struct config before;

	(void)state;
	memset(&before, 0x5a, sizeof(before));
	assert_int_equal(load_text("[scheduler]\nmax_tasks = 2048\nx = 1\n"), -EINVAL);
	assert_memory_equal(&config, &before, sizeof(config));
}

static void config__nul_byte_is_refused_with_its_line(void **state)
{
	static const char text[] = "[scheduler]\n\npartial = yes\0\n";

	(void)state;
	write_file(text, sizeof(text) - 1);
	assert_int_equal(load(NULL), -EINVAL);
	assert_said("NUL", ".ini:3:|NUL byte");
}

static void config__long_comment_is_no_mistake(void **state)
{
	char text[2048];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[0] = '#';
	strcpy(text + sizeof(text) - 32, "\n[scheduler]\nrescue_ms = 30\n");
	assert_loads(text);
	assert_int_equal(config.rescue_ms, 30);
}

static void config__longest_values_fit_whole(void **state)
{
	char text[512], policy[192], value[64];

	(void)state;
	memset(policy, 'p', sizeof(policy));
	policy[0] = '/';
	policy[185] = '\0';
	memset(value, 'v', sizeof(value));
	value[63] = '\0';
	snprintf(text, sizeof(text), "[scheduler]\npolicy = %s\n[policy.a]\nk = %s\n", policy,
		 value);
	assert_loads(text);
	assert_string_equal(config.policy, policy);
	assert_string_equal(config.params[0].value, value);
}

static void config__parameters_have_a_limit(void **state)
{
	char text[4096] = "[policy.a]\n";
	size_t len = strlen(text);
	int i;

	(void)state;
	for (i = 0; i < CONFIG_MAX_PARAMS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "k%d = 1\n", i);
	assert_loads(text);
	assert_int_equal(config.nr_params, CONFIG_MAX_PARAMS);
	snprintf(text + len, sizeof(text) - len, "more = 1\n");
	assert_int_equal(load_text(text), -EINVAL);
	assert_said("65 parameters", ".ini:66: more|only 64");
}

static void config__unreadable_files_are_named(void **state)
{
	char path[80], option[128], *argv[] = { "scx-cland", option, NULL };
	FILE *file;

	(void)state;
	strcpy(option, "--config=/nonexistent");
	assert_int_equal(config_load(2, argv, &config, &diag), -ENOENT);
	assert_said(option, "/nonexistent: |cannot be opened|No such file");

	snprintf(option, sizeof(option), "--config=%s", dir);
	assert_int_equal(config_load(2, argv, &config, &diag), -EINVAL);
	assert_said(option, "not a regular file|INI file");

	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(option, sizeof(option), "--config=%s", path);
	assert_int_equal(config_load(2, argv, &config, &diag), -EINVAL);
	unlink(path);
	assert_said(option, "not a regular file");

	snprintf(path, sizeof(path), "%s/large", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), (1 << 20) + 1), 0);
	fclose(file);
	snprintf(option, sizeof(option), "--config=%s", path);
	assert_int_equal(config_load(2, argv, &config, &diag), -EFBIG);
	unlink(path);
	assert_said(option, "larger than 1 MiB");

	/* root reads everything, so this needs another user */
	if (geteuid() == 0)
		return;
	write_file("", 0);
	assert_int_equal(chmod(ini, 0), 0);
	assert_int_equal(load(NULL), -EACCES);
	chmod(ini, 0600);
	assert_said(option, "cannot be opened|Permission denied");
}

static void config__command_line_wins_over_the_file(void **state)
{
	static const char *const args[] = {
		"--policy=./b.so", "--decisions=leased", "--partial=no", "--exit-dump-len", "0",
		"--rescue-ms=5",   "--verbose",		 NULL,
	};
	static const char text[] = "[scheduler]\npolicy = a\ndecisions = strict\npartial = yes\n"
				   "exit_dump_len = 7\nrescue_ms = 6\nmax_tasks = 2000\n";
	char cwd[200], path[256];

	(void)state;
	write_file(text, strlen(text));
	assert_int_equal(load(args), 0);
	snprintf(path, sizeof(path), "%s/b.so", getcwd(cwd, sizeof(cwd)));
	assert_string_equal(config.policy, path);
	assert_int_equal(config.decisions, CONFIG_DECISIONS_LEASED);
	assert_false(config.partial);
	assert_int_equal(config.exit_dump_len, 0);
	assert_int_equal(config.rescue_ms, 5);
	assert_int_equal(config.max_tasks, 2000);
	assert_true(config.verbose);
}

static void config__set_replaces_and_adds_parameters(void **state)
{
	static const char *const args[] = { "--set=a.x=2", "--set", "b.y=3=4", "--set=b.y=5",
					    NULL };
	static const char text[] = "[policy.a]\nx = 1\n";

	(void)state;
	write_file(text, strlen(text));
	assert_int_equal(load(args), 0);
	assert_int_equal(config.nr_params, 2);
	assert_string_equal(config.params[0].value, "2");
	assert_string_equal(config.params[0].origin, "--set");
	assert_string_equal(config.params[1].policy, "b");
	assert_string_equal(config.params[1].key, "y");
	assert_string_equal(config.params[1].value, "5");
}

static void config__mistakes_on_the_command_line_are_named(void **state)
{
	static const struct {
		const char *args[3], *said;
	} cases[] = {
		{ { "--polcy=x" }, "unknown option --polcy|did you mean --policy?" },
		{ { "--zzz" }, "unknown option --zzz|--help" },
		{ { "--p" }, "unknown option --p" },
		{ { "-p" }, "unknown option -p|two dashes" },
		{ { "--policy" }, "--policy: the value is missing; expected NAME|PATH" },
		{ { "--policy=" }, "--policy: the value is missing" },
		{ { "--config=" }, "--config: the value is missing" },
		{ { "--help=x" }, "--help takes no value" },
		{ { "vruntime" }, "unexpected argument 'vruntime'" },
		{ { "--verbose", "yes" }, "unexpected argument 'yes'" },
		{ { "--", "x" }, "unexpected argument 'x'" },
		{ { "--policy=a.so" }, "--policy: 'a.so' is no policy|'/'" },
		{ { "--decisions=leasd" }, "--decisions: 'leasd'|did you mean 'leased'?" },
		{ { "--partial=2" }, "--partial: '2'|yes|no" },
		{ { "--rescue-ms", "1.5" }, "--rescue-ms: '1.5' is not a whole number" },
		{ { "--max-tasks=1" }, "--max-tasks: '1' is out of range; expected 1024 to" },
		{ { "--set=x" }, "--set: 'x' is not NAME.KEY=VALUE" },
		{ { "--set=x=a.b" }, "--set: 'x=a.b' is not NAME.KEY=VALUE" },
		{ { "--set=a.x=" }, "--set: x: the value is missing" },
		{ { "--set=a.=1" }, "--set: the name of a parameter" },
		{ { "--set=.x=1" }, "--set: '' is no policy name" },
		{ { "--set=a." A50 "=1" }, "--set: the name of a parameter|50" },
		{ { "--set=a." A50 A50 "=1" }, "--set: names|at most 31" },
		{ { "--set=a.x=" A50 A50 A50 }, "--set: x: the value is 150 bytes long" },
		{ { "--set=a.x=1 ;2" }, "--set: x: a ';' after a blank starts a comment" },
		{ { "--set=a.x=;2" }, "--set: x: a ';' after a blank starts a comment" },
		{ { "--set=a.x=1\n2" }, "--set: x: there is a control character (0x0a)" },
		{ { "--set=a.x= 1" }, "--set: x: the value starts or ends with a blank" },
		{ { "--policy=/a " }, "--policy: the value starts or ends with a blank" },
		{ { "--mode=A" }, "--mode: 'A' is no mode" },
		{ { "--mode=zz" }, "--mode: there is no mode 'zz', nor any other" },
		{ { "--mode" }, "--mode: the value is missing; expected NAME" },
	};
	char policy[300] = "--policy=/", *args[] = { policy, NULL };
	size_t i;

	(void)state;
	write_file("", 0);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		if (load(cases[i].args) != -EINVAL)
			fail_msg("'%s' was taken", cases[i].args[0]);
		assert_said(cases[i].args[0], cases[i].said);
	}
	memset(policy + 10, 'x', sizeof(policy) - 11);
	assert_int_equal(load((const char *const *)args), -EINVAL);
	assert_said("long", "--policy: the value is 290 bytes long; at most 189 fit");
}

static void config__other_actions_do_not_need_the_file(void **state)
{
	static const struct {
		const char *args[2];
		enum config_action action;
	} cases[] = {
		{ { "--help" }, CONFIG_ACTION_HELP },
		{ { "--version" }, CONFIG_ACTION_VERSION },
		{ { "--list-policies" }, CONFIG_ACTION_LIST_POLICIES },
		{ { "--check-config" }, CONFIG_ACTION_CHECK_CONFIG },
	};
	static const char *const show[] = { "--show-config", NULL };
	size_t i;

	(void)state;
	write_file("garbage", 7);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(load(cases[i].args), 0);
		assert_int_equal(config.action, cases[i].action);
	}
	assert_int_equal(load(NULL), -EINVAL);
	assert_int_equal(load(show), -EINVAL);
}

static void config__two_actions_are_refused(void **state)
{
	static const char *const actions[] = {
		"--help", "--version", "--list-policies", "--show-config", "--check-config",
		"--check-takeover", "--detach", "--monitor=1", "--help-stats"
	};
	const char *args[4] = { NULL };
	char said[128];
	size_t i, j;

	(void)state;
	write_file("", 0);
	for (i = 0; i < ARRAY_LEN(actions); i++) {
		for (j = 0; j < ARRAY_LEN(actions); j++) {
			args[0] = actions[i];
			args[1] = "--verbose";
			args[2] = actions[j];
			if (load(args) != (i == j ? 0 : -EINVAL))
				fail_msg("%s %s: wrong", actions[i], actions[j]);
			if (i == j)
				continue;
			snprintf(said, sizeof(said), "%.*s: not together with %.*s, one thing at a time",
				 (int)strcspn(actions[j], "="), actions[j],
				 (int)strcspn(actions[i], "="), actions[i]);
			assert_said(actions[i], said);
		}
	}
}

static void config__usage_tells_every_option_and_exit_code(void **state)
{
	const struct exit_code_entry *code;
	const struct config_key *keys;
	char *text = NULL, *flat, word[96], *line;
	size_t size, nr, i;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	config_usage(out);
	assert_int_equal(fclose(out), 0);

	/* without the line breaks, which may come anywhere */
	flat = strdup(text);
	assert_non_null(flat);
	for (i = 0, nr = 0; text[i]; i++) {
		char c = text[i] == '\n' ? ' ' : text[i];

		if (c != ' ' || !nr || flat[nr - 1] != ' ')
			flat[nr++] = c;
	}
	flat[nr] = '\0';

	keys = config_keys(&nr);
	for (i = 0; i < nr; i++) {
		snprintf(word, sizeof(word), "  --%s", keys[i].option);
		assert_non_null(strstr(text, word));
		if (keys[i].def) {
			snprintf(word, sizeof(word), "default %s%s)", keys[i].def,
				 keys[i].live ? "" : "; counts from the next start");
			assert_non_null(strstr(flat, word));
		}
	}
	for (code = exit_codes; code->help; code++) {
		assert_int_equal(code->code, code - exit_codes);
		snprintf(word, sizeof(word), "\n  %2d  %.20s", (int)code->code, code->help);
		assert_non_null(strstr(text, word));
	}
	assert_int_equal(code - exit_codes, EXIT_CODE_UNSAFE_POLICY + 1);
	assert_non_null(strstr(text, CONFIG_DEFAULT_PATH));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strlen(line) > 86)
			fail_msg("too long for a terminal: '%s'", line);
	}
	free(flat);
	free(text);
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(ini, sizeof(ini), "%s/x.ini", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(ini);
	return rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(config__empty_file_gives_defaults),
		cmocka_unit_test(config__default_file_may_be_missing),
		cmocka_unit_test(config__file_sets_every_key),
		cmocka_unit_test(config__mistakes_in_the_file_are_named),
		cmocka_unit_test(config__output_is_untouched_on_failure),
		cmocka_unit_test(config__nul_byte_is_refused_with_its_line),
		cmocka_unit_test(config__long_comment_is_no_mistake),
		cmocka_unit_test(config__longest_values_fit_whole),
		cmocka_unit_test(config__parameters_have_a_limit),
		cmocka_unit_test(config__unreadable_files_are_named),
		cmocka_unit_test(config__command_line_wins_over_the_file),
		cmocka_unit_test(config__set_replaces_and_adds_parameters),
		cmocka_unit_test(config__mistakes_on_the_command_line_are_named),
		cmocka_unit_test(config__other_actions_do_not_need_the_file),
		cmocka_unit_test(config__two_actions_are_refused),
		cmocka_unit_test(config__usage_tells_every_option_and_exit_code),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
