/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configurations of several files, modes, and what is made of them: --show-config, --check-config,
 * and what differs. Each test has folders of its own in place of /usr/share and /etc.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <scx-cland/policy.h>

#include "config.h"
#include "config_check.h"
#include "config_show.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static char dir[32], before[PATH_MAX];
static struct config_places places;
static struct config config;
static struct diag diag;

/* All files of a test are below its folder, which is the current one. */
static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_layers.XXXXXX");
	if (!getcwd(before, sizeof(before)) || !mkdtemp(dir) || chdir(dir) || mkdir("etc", 0700) ||
	    mkdir("etc/d", 0700) || mkdir("usr", 0700) || mkdir("usr/d", 0700))
		return -1;
	memset(&places, 0, sizeof(places));
	snprintf(places.vendor_file, sizeof(places.vendor_file), "%s/usr/x.ini", dir);
	snprintf(places.vendor_dir, sizeof(places.vendor_dir), "%s/usr/d", dir);
	snprintf(places.file, sizeof(places.file), "%s/etc/x.ini", dir);
	snprintf(places.dir, sizeof(places.dir), "%s/etc/d", dir);
	return 0;
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	if (chdir(before))
		return -1;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Up to three options; NULL ends them. */
static int load(const char *a, const char *b, const char *c)
{
	char *argv[] = { "scx-cland", (char *)(uintptr_t)a, (char *)(uintptr_t)b,
			 (char *)(uintptr_t)c, NULL };
	int argc = 1;

	while (argv[argc])
		argc++;
	memset(&config, 0x5a, sizeof(config));
	strcpy(diag.text, "(nothing said)");
	return config_load_from(argc, argv, &places, &config, &diag);
}

static void assert_loads(const char *a, const char *b, const char *c)
{
	if (load(a, b, c))
		fail_msg("%s", diag.text);
}

static void assert_text(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("expected '%s' in '%s'", what, text);
}

static const char *origin_of(const char *name)
{
	const struct config_key *keys;
	size_t nr, i;

	keys = config_keys(&nr);
	for (i = 0; i < nr; i++) {
		if (keys[i].section && !strcmp(keys[i].name, name))
			return config.origins[i].text;
	}
	fail_msg("no key %s", name);
	return NULL;
}

/* As dir/PATH. */
static void assert_origin(const char *origin, const char *path)
{
	char expected[128];

	snprintf(expected, sizeof(expected), "%s/%s", dir, path);
	assert_string_equal(origin, expected);
}

static void layers__later_files_count_over_earlier_ones(void **state)
{
	(void)state;
	put("usr/x.ini", "[scheduler]\nrescue_ms = 11\nmax_tasks = 2001\nexit_dump_len = 1\n"
			 "partial = yes\n[policy.a]\nk = 1\nl = 1\nm = 1\n");
	put("etc/x.ini", "[scheduler]\nrescue_ms = 12\nmax_tasks = 2002\nexit_dump_len = 2\n"
			 "[policy.a]\nk = 2\nl = 2\n");
	put("etc/d/10.ini", "[scheduler]\nrescue_ms = 13\nmax_tasks = 2003\n[policy.a]\nk = 3\n");
	put("usr/d/20.ini", "[scheduler]\n\nrescue_ms = 14\n");
	assert_loads("--verbose", NULL, NULL);
	assert_true(config.partial);
	assert_origin(origin_of("partial"), "usr/x.ini:5");
	assert_int_equal(config.exit_dump_len, 2);
	assert_origin(origin_of("exit_dump_len"), "etc/x.ini:4");
	assert_int_equal(config.max_tasks, 2003);
	assert_origin(origin_of("max_tasks"), "etc/d/10.ini:3");
	assert_int_equal(config.rescue_ms, 14);
	assert_origin(origin_of("rescue_ms"), "usr/d/20.ini:3");
	assert_true(config.verbose);
	assert_string_equal(origin_of("verbose"), "--verbose");
	assert_string_equal(origin_of("policy"), "default");
	assert_int_equal(config.nr_params, 3);
	assert_string_equal(config.params[0].value, "3");
	assert_origin(config.params[0].origin, "etc/d/10.ini:5");
	assert_string_equal(config.params[1].value, "2");
	assert_string_equal(config.params[2].value, "1");
	assert_origin(config.params[2].origin, "usr/x.ini:9");
	assert_int_equal(config.files.nr, 4);
	assert_origin(config.files.paths[3], "usr/d/20.ini");
	assert_loads("--rescue-ms=15", "--set=a.m=5", NULL);
	assert_int_equal(config.rescue_ms, 15);
	assert_string_equal(config.params[2].value, "5");
}

static void layers__nothing_at_all_gives_defaults(void **state)
{
	(void)state;
	assert_int_equal(rmdir("usr/d"), 0);
	assert_int_equal(rmdir("usr"), 0);
	assert_int_equal(rmdir("etc/d"), 0);
	assert_loads(NULL, NULL, NULL);
	assert_int_equal(config.files.nr, 0);
	assert_string_equal(config.policy, "vruntime");
}

static void layers__drop_ins_go_by_the_bytes_of_their_names(void **state)
{
	static const char *const names[] = { "10.ini", "9.ini", "B.ini", "a.ini", "\xc3\xa4.ini" };
	char path[32], text[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		/* in both folders, and not in their order */
		snprintf(path, sizeof(path), "%s/d/%s", i & 1 ? "etc" : "usr",
			 names[(i * 2) % ARRAY_LEN(names)]);
		snprintf(text, sizeof(text), "[scheduler]\nrescue_ms = %zu\n",
			 10 + (i * 2) % ARRAY_LEN(names));
		put(path, text);
	}
	assert_loads(NULL, NULL, NULL);
	assert_int_equal(config.files.nr, ARRAY_LEN(names));
	for (i = 0; i < ARRAY_LEN(names); i++)
		assert_string_equal(strrchr(config.files.paths[i], '/') + 1, names[i]);
	assert_int_equal(config.rescue_ms, 14);
}

static void layers__a_drop_in_masks_the_vendors(void **state)
{
	(void)state;
	put("usr/d/1.ini", "[scheduler]\nrescue_ms = 11\nmax_tasks = 2001\n");
	put("usr/d/2.ini", "[scheduler]\nexit_dump_len = 2\n");
	put("usr/d/3.ini", "[scheduler]\npartial = yes\n");
	put("etc/d/1.ini", "[scheduler]\nrescue_ms = 12\n");
	put("etc/d/2.ini", "");
	assert_int_equal(symlink("/dev/null", "etc/d/3.ini"), 0);
	assert_loads(NULL, NULL, NULL);
	assert_int_equal(config.rescue_ms, 12);
	assert_int_equal(config.max_tasks, 32768);
	assert_int_equal(config.exit_dump_len, 32768);
	assert_false(config.partial);
}

static void layers__other_files_in_the_folders_are_not_read(void **state)
{
	static const char *const names[] = {
		"a.ini~",	  "a.ini.swp", ".a.ini",	".ini",	   "a.ini.dpkg-old",
		"a.ini.dpkg-new", "a.conf",    "a.ini.rpmsave", "#a.ini#", "README",
	};
	char path[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "etc/d/%s", names[i]);
		put(path, "not a configuration");
	}
	/* as an editor marks a file that it has open */
	assert_int_equal(symlink("user@host.1234", "etc/d/.#a.ini"), 0);
	assert_int_equal(mkdir("etc/d/..2026", 0700), 0);
	assert_loads(NULL, NULL, NULL);
	assert_int_equal(config.files.nr, 0);
}

static void layers__a_named_file_is_the_only_one(void **state)
{
	(void)state;
	put("usr/x.ini", "[scheduler]\nrescue_ms = 11\n");
	put("etc/x.ini", "[scheduler]\nmax_tasks = 2002\n");
	put("etc/d/1.ini", "garbage");
	put("mine.ini", "[scheduler]\nexit_dump_len = 3\n");
	assert_loads("--config=mine.ini", NULL, NULL);
	assert_int_equal(config.exit_dump_len, 3);
	assert_int_equal(config.rescue_ms, 20);
	assert_int_equal(config.max_tasks, 32768);
	assert_int_equal(config.files.nr, 1);
	assert_int_equal(load("--config=gone.ini", NULL, NULL), -ENOENT);
	assert_text(diag.text, "gone.ini: the configuration file cannot be opened");
}

static void layers__what_cannot_be_read_is_named(void **state)
{
	char name[260] = "etc/d/", path[300];

	(void)state;
	assert_int_equal(mkdir("etc/d/1.ini", 0700), 0);
	assert_int_equal(load(NULL, NULL, NULL), -EINVAL);
	assert_text(diag.text, "/etc/d/1.ini: not a regular file");
	assert_int_equal(rmdir("etc/d/1.ini"), 0);

	/* a file that says that it is empty, and is not */
	assert_int_equal(load("--config=/proc/self/status", NULL, NULL), -EINVAL);
	assert_text(diag.text, "/proc/self/status:1: 'Name' stands before any section");

	assert_int_equal(symlink("gone", "etc/d/2.ini"), 0);
	assert_int_equal(load(NULL, NULL, NULL), -ENOENT);
	assert_text(diag.text, "/etc/d/2.ini: this is a link to 'gone', which is not there");
	assert_int_equal(unlink("etc/d/2.ini"), 0);

	assert_int_equal(symlink("gone", "etc/x.ini"), 0);
	assert_int_equal(load(NULL, NULL, NULL), -ENOENT);
	assert_text(diag.text, "/etc/x.ini: this is a link to 'gone', which is not there");
	assert_int_equal(unlink("etc/x.ini"), 0);

	put("etc/d/a\nb.ini", "");
	assert_int_equal(load(NULL, NULL, NULL), -EINVAL);
	assert_text(diag.text, "/etc/d: a file in it has a control character in its name");
	assert_int_equal(unlink("etc/d/a\nb.ini"), 0);

	memset(name + 6, 'n', 245);
	strcpy(name + 6 + 245, ".ini");
	put(name, "");
	assert_int_equal(load(NULL, NULL, NULL), -ENAMETOOLONG);
	snprintf(path, sizeof(path), "%s: the path is", name + 4);
	assert_text(diag.text, path);
	assert_text(diag.text, "at most 255 fit");
	assert_int_equal(unlink(name), 0);

	assert_int_equal(rmdir("etc/d"), 0);
	put("etc/d", "");
	assert_int_equal(load(NULL, NULL, NULL), -ENOTDIR);
	assert_text(diag.text, "/etc/d: the folder of drop-ins cannot be read: Not a directory");
	assert_int_equal(unlink("etc/d"), 0);
	assert_int_equal(symlink("gone", "etc/d"), 0);
	assert_int_equal(load(NULL, NULL, NULL), -ENOENT);
	assert_text(diag.text, "/etc/d: the folder of drop-ins cannot be read");
}

static void layers__files_have_a_limit(void **state)
{
	char path[32];
	int i;

	(void)state;
	for (i = 0; i < CONFIG_MAX_FILES; i++) {
		snprintf(path, sizeof(path), "etc/d/%02d.ini", i);
		put(path, "[scheduler]\n");
	}
	/* the two files beside the folders take up a place each, there or not */
	assert_int_equal(load(NULL, NULL, NULL), -EINVAL);
	assert_text(diag.text, "/etc/d/62.ini: only 64 configuration files fit");
	assert_int_equal(unlink("etc/d/00.ini"), 0);
	assert_int_equal(unlink("etc/d/01.ini"), 0);
	assert_loads(NULL, NULL, NULL);
	assert_int_equal(config.files.nr, CONFIG_MAX_FILES - 2);
}

static void layers__the_stamp_differs_when_names_or_texts_do(void **state)
{
	uint64_t stamps[5];
	size_t i, j;

	(void)state;
	assert_loads(NULL, NULL, NULL);
	stamps[0] = config.stamp;
	put("etc/x.ini", "[scheduler]\n");
	assert_loads(NULL, NULL, NULL);
	stamps[1] = config.stamp;
	assert_loads(NULL, NULL, NULL);
	assert_true(stamps[1] == config.stamp);
	put("etc/x.ini", "[scheduler]\n#");
	assert_loads(NULL, NULL, NULL);
	stamps[2] = config.stamp;
	put("etc/d/1.ini", "");
	assert_loads(NULL, NULL, NULL);
	stamps[3] = config.stamp;
	assert_int_equal(rename("etc/d/1.ini", "etc/d/2.ini"), 0);
	assert_loads(NULL, NULL, NULL);
	stamps[4] = config.stamp;
	for (i = 0; i < ARRAY_LEN(stamps); i++) {
		for (j = 0; j < i; j++)
			assert_true(stamps[i] != stamps[j]);
	}
}

static const char modes[] = "[scheduler]\npolicy = fifo\n[policy.deadline]\nslice_us = 1000\n"
			    "preempt_us = 7\n"
			    "[mode.gaming]\nsummary = for games\npolicy = deadline\n"
			    "deadline.slice_us = 2000\nvruntime.slice_us = 4000\n"
			    "[mode.quiet]\ndeadline.slice_us = 3000\n[mode.empty]\n";

static void assert_param(const struct config *c, const char *policy, const char *key,
			 const char *value, const char *origin)
{
	size_t i;

	for (i = 0; i < c->nr_params; i++) {
		if (strcmp(c->params[i].policy, policy) != 0 || strcmp(c->params[i].key, key) != 0)
			continue;
		assert_string_equal(c->params[i].value, value);
		if (origin[0] == '-')
			assert_string_equal(c->params[i].origin, origin);
		else
			assert_origin(c->params[i].origin, origin);
		return;
	}
	fail_msg("no %s.%s", policy, key);
}

static void modes__lie_over_the_base_and_come_off(void **state)
{
	struct config in_mode;

	(void)state;
	put("etc/x.ini", modes);
	assert_loads(NULL, NULL, NULL);
	assert_int_equal(config.nr_modes, 3);
	assert_string_equal(config.policy, "fifo");
	assert_int_equal(config.nr_params, 2);

	assert_int_equal(config_apply_mode(&config, "gaming", &in_mode, &diag), 0);
	assert_string_equal(in_mode.mode, "gaming");
	assert_string_equal(in_mode.policy, "deadline");
	assert_origin(in_mode.origins[0].text, "etc/x.ini:8");
	assert_int_equal(in_mode.nr_params, 3);
	assert_param(&in_mode, "deadline", "slice_us", "2000", "etc/x.ini:9");
	assert_param(&in_mode, "deadline", "preempt_us", "7", "etc/x.ini:5");
	assert_param(&in_mode, "vruntime", "slice_us", "4000", "etc/x.ini:10");

	/* from mode to mode, in place: nothing of the first is left */
	assert_int_equal(config_apply_mode(&in_mode, "quiet", &in_mode, &diag), 0);
	assert_string_equal(in_mode.policy, "fifo");
	assert_origin(in_mode.origins[0].text, "etc/x.ini:2");
	assert_int_equal(in_mode.nr_params, 2);
	assert_param(&in_mode, "deadline", "slice_us", "3000", "etc/x.ini:12");
	assert_int_equal(config_apply_mode(&in_mode, "none", &in_mode, &diag), 0);
	assert_string_equal(in_mode.mode, "none");
	assert_param(&in_mode, "deadline", "slice_us", "1000", "etc/x.ini:4");
	assert_int_equal(config_apply_mode(&in_mode, "empty", &in_mode, &diag), 0);
	assert_string_equal(in_mode.policy, "fifo");

	memset(&in_mode, 0x5a, sizeof(in_mode));
	assert_int_equal(config_apply_mode(&config, "gamign", &in_mode, &diag), -EINVAL);
	assert_text(diag.text,
		    "there is no mode 'gamign'; there are gaming, quiet, empty, and none; "
		    "did you mean 'gaming'?");
	assert_int_equal(in_mode.nr_params, (size_t)0x5a5a5a5a5a5a5a5a);
}

static void modes__are_put_together_from_several_files(void **state)
{
	(void)state;
	put("usr/x.ini", modes);
	put("etc/x.ini", "[mode.gaming]\nsummary = mine\ndeadline.slice_us = 2500\n"
			 "deadline.min_request_us = 500\n[scheduler]\nmode = gaming\n");
	put("etc/d/1.ini", "[mode.gaming]\npolicy = latency-boost\n");
	assert_loads(NULL, NULL, NULL);
	assert_string_equal(config.mode, "gaming");
	assert_origin(origin_of("mode"), "etc/x.ini:6");
	assert_string_equal(config.modes[0].summary, "mine");
	assert_string_equal(config.policy, "latency-boost");
	assert_origin(origin_of("policy"), "etc/d/1.ini:2");
	assert_param(&config, "deadline", "slice_us", "2500", "etc/x.ini:3");
	assert_param(&config, "deadline", "min_request_us", "500", "etc/x.ini:4");
	assert_param(&config, "vruntime", "slice_us", "4000", "usr/x.ini:10");
	assert_string_equal(config.base.policy, "fifo");
	put("etc/d/2.ini", "[scheduler]\nmode = none\n");
	assert_loads(NULL, NULL, NULL);
	assert_string_equal(config.policy, "fifo");
}

static void modes__and_the_command_line(void **state)
{
	struct config in_mode;

	(void)state;
	put("etc/x.ini", modes);
	assert_loads("--mode=gaming", NULL, NULL);
	assert_string_equal(config.policy, "deadline");
	assert_string_equal(origin_of("mode"), "--mode");
	assert_param(&config, "deadline", "slice_us", "2000", "etc/x.ini:9");

	/* --set counts in every mode */
	assert_loads("--mode=gaming", "--set=deadline.slice_us=5", "--set=vruntime.preempt_us=6");
	assert_param(&config, "deadline", "slice_us", "5", "--set");
	assert_param(&config, "vruntime", "preempt_us", "6", "--set");
	assert_int_equal(config_apply_mode(&config, "quiet", &in_mode, &diag), 0);
	assert_param(&in_mode, "deadline", "slice_us", "5", "--set");

	/* a policy of the command line sets the files' mode aside if that has one, too */
	put("etc/d/1.ini", "[scheduler]\nmode = gaming\n");
	assert_loads("--policy=vruntime", NULL, NULL);
	assert_string_equal(config.policy, "vruntime");
	assert_string_equal(config.mode, "none");
	assert_string_equal(origin_of("mode"), "--policy");
	assert_param(&config, "deadline", "slice_us", "1000", "etc/x.ini:4");
	put("etc/d/1.ini", "[scheduler]\nmode = quiet\n");
	assert_loads("--policy=vruntime", NULL, NULL);
	assert_string_equal(config.policy, "vruntime");
	assert_string_equal(config.mode, "quiet");

	assert_loads("--policy=vruntime", "--mode=quiet", NULL);
	assert_string_equal(config.policy, "vruntime");
	assert_loads("--policy=vruntime", "--mode=none", NULL);
	assert_int_equal(load("--policy=vruntime", "--mode=gaming", NULL), -EINVAL);
	assert_text(diag.text, "--policy: --mode=gaming chooses a policy, too, at ");
	assert_text(diag.text, "/etc/x.ini:8; leave one of the two options out");
	assert_int_equal(load("--mode=gamin", NULL, NULL), -EINVAL);
	assert_text(diag.text, "--mode: there is no mode 'gamin'; there are gaming, quiet");
}

static void modes__have_limits(void **state)
{
	char text[8192] = "";
	size_t len = 0;
	int i;

	(void)state;
	for (i = 0; i < CONFIG_MAX_MODES; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "[mode.m%d]\n", i);
	put("etc/x.ini", text);
	assert_loads("--mode=m15", NULL, NULL);
	put("etc/d/1.ini", "[mode.m3]\n[mode.more]\n");
	assert_int_equal(load(NULL, NULL, NULL), -EINVAL);
	assert_text(diag.text, "1.ini:2: [mode.more]: only 16 modes fit");

	len = (size_t)snprintf(text, sizeof(text), "[policy.a]\n");
	for (i = 0; i < CONFIG_MAX_PARAMS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "k%d = 1\n", i);
	put("etc/x.ini", text);
	put("etc/d/1.ini", "[mode.m]\na.k1 = 2\n");
	assert_loads("--mode=m", NULL, NULL);
	put("etc/d/1.ini", "[mode.m]\na.k1 = 2\na.more = 2\n");
	assert_loads(NULL, NULL, NULL);
	assert_int_equal(load("--mode=m", NULL, NULL), -EINVAL);
	assert_text(diag.text, "--mode: ");
	assert_text(diag.text, "1.ini:3: a.more: only 64 policy parameters fit");
	/* nor while it runs, where what there is stays */
	assert_loads(NULL, NULL, NULL);
	assert_int_equal(config_apply_mode(&config, "m", &config, &diag), -EINVAL);
	assert_string_equal(config.mode, "none");
	assert_int_equal(config.nr_params, CONFIG_MAX_PARAMS);
	assert_param(&config, "a", "k1", "1", "etc/x.ini:3");
}

static void rules__are_kept_in_order_and_key_by_key(void **state)
{
	const struct config_rule *rule;

	(void)state;
	put("usr/x.ini", "[rule compilers]\ncomm = cc1*\nweight_factor_pct = 50\n"
			 "[rule sound]\ncomm = pipewire\nuid = root\nboost = 2\n");
	put("etc/x.ini", "[rule sound]\nboost = 3\nuid = 4294967294\n"
			 "[rule builds]\ncgroup = /system.slice/build-*\nslice_us = 20000\n"
			 "[rule game]\nexe = /opt/*/game\ndeadline_us = 4000\n[rule compilers]\n");
	assert_loads(NULL, NULL, NULL);
	assert_int_equal(config.nr_rules, 4);
	rule = &config.rules[0];
	assert_string_equal(rule->name, "compilers");
	assert_origin(rule->origin, "usr/x.ini:1");
	assert_string_equal(rule->values[CONFIG_RULE_COMM].text, "cc1*");
	assert_int_equal(rule->values[CONFIG_RULE_WEIGHT_FACTOR_PCT].number, 50);
	assert_false(rule->values[CONFIG_RULE_UID].is_set);
	rule = &config.rules[1];
	assert_string_equal(rule->name, "sound");
	assert_string_equal(rule->values[CONFIG_RULE_COMM].text, "pipewire");
	assert_int_equal(rule->values[CONFIG_RULE_BOOST].number, 3);
	assert_origin(rule->values[CONFIG_RULE_BOOST].origin, "etc/x.ini:2");
	assert_int_equal(rule->values[CONFIG_RULE_UID].number, 4294967294u);
	assert_string_equal(config.rules[2].name, "builds");
	assert_int_equal(config.rules[2].values[CONFIG_RULE_SLICE_US].number, 20000);
	assert_int_equal(config.rules[3].values[CONFIG_RULE_DEADLINE_US].number, 4000);
	put("etc/x.ini", "");
	assert_loads(NULL, NULL, NULL);
	assert_true(config.rules[1].values[CONFIG_RULE_UID].is_set);
	assert_int_equal(config.rules[1].values[CONFIG_RULE_UID].number, 0);
}

/* Likewise [auto NAME], whose order says which counts. */
static void autos__are_kept_in_order_and_differ(void **state)
{
	static struct config old;
	struct config_auto first;
	struct config_diff diff;

	(void)state;
	put("usr/x.ini", "[mode.m]\n[auto a]\nprocess = steam\nmode = m\n"
			 "[auto b]\non_battery = yes\npolicy = fifo\n");
	put("etc/x.ini", "[auto a]\nprocess = game*\nhold = 1m\n"
			 "[auto c]\nload_above = 2\npolicy = fifo\n");
	assert_loads(NULL, NULL, NULL);
	assert_int_equal(config.nr_autos, 3);
	assert_string_equal(config.autos[0].name, "a");
	assert_string_equal(config.autos[0].values[CONFIG_AUTO_PROCESS].text, "game*");
	assert_origin(config.autos[0].values[CONFIG_AUTO_PROCESS].origin, "etc/x.ini:2");
	assert_origin(config.autos[0].values[CONFIG_AUTO_MODE].origin, "usr/x.ini:4");
	assert_int_equal(config.autos[0].values[CONFIG_AUTO_HOLD].number, 60);
	assert_string_equal(config.autos[2].name, "c");
	old = config;
	assert_false(config_diff_of(&old, &config, &diff));
	put("etc/x.ini", "[auto a]\nprocess = game*\nhold = 2m\n"
			 "[auto d]\nload_above = 2\npolicy = fifo\n");
	assert_loads(NULL, NULL, NULL);
	assert_true(config_diff_of(&old, &config, &diff));
	assert_true(diff.autos && !diff.rules && !diff.restart && !diff.policy);
	assert_string_equal(diff.text, "auto a: changed, auto d: new, auto c: gone");
	old = config;
	first = config.autos[0];
	config.autos[0] = config.autos[1];
	config.autos[1] = first;
	assert_true(config_diff_of(&old, &config, &diff));
	assert_string_equal(diff.text, "auto b: moved, auto a: moved");
}

static void autos__mistakes_are_named(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{ "[auto A]\n", ":1: [auto A] names no rule; expected [auto NAME]" },
		{ "[auto]\n", ":1: unknown section [auto]; expected" },
		{ "[auto.a]\n", "did you mean 'auto a'?" },
		{ "[auto a]\nproces = x\n", "/etc/x.ini:2: an [auto] rule has no key 'proces'" },
		{ "[auto a]\nprocess =\n", ":2: process: the value is missing" },
		{ "[auto a]\nload_above = much\n", ":2: load_above: 'much' is not possible" },
		{ "[auto a]\nhold = 1\nhold = 2\n", ":3: hold is set twice; first at " },
		{ "\n[auto a]\nprocess = x\n", "x.ini:2: [auto a] does not say what is to run" },
		{ "\n[auto a]\npolicy = x\n", "x.ini:2: [auto a] does not say when it applies" },
		{ "[auto a]\nprocess = x\nmode = no\n", "x.ini:3: mode: there is no mode 'no'" },
	};
	char many[CONFIG_MAX_AUTO * 64 + 64] = "";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		put("etc/x.ini", cases[i].text);
		assert_int_equal(load(NULL, NULL, NULL), -EINVAL);
		assert_text(diag.text, cases[i].sentence);
	}
	put("etc/x.ini", "[auto a]\nprocess = x\nmode = none\n");
	assert_loads(NULL, NULL, NULL);
	for (i = 0; i <= CONFIG_MAX_AUTO; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many),
			 "[auto r%zu]\nprocess = x\npolicy = fifo\n", i);
	put("etc/x.ini", many);
	assert_int_equal(load(NULL, NULL, NULL), -EINVAL);
	assert_text(diag.text, ":49: [auto r16]: only 16 of them fit");
}

static void rules__mistakes_are_named(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "[rule a]\ncom = x\n", "/etc/x.ini:2: a rule has no key 'com'; expected one of "
					 "comm, cgroup, uid, exe, weight_factor_pct, boost, "
					 "slice_us, deadline_us; did you mean 'comm'?" },
		{ "[rule a]\ncomm =\n", ":2: comm: the value is missing; expected a pattern" },
		{ "[rule a]\ncomm = sixteen-letters-\nboost = 1\n", ":2: comm: 'sixteen-letters-' "
								    "is 16 bytes long" },
		{ "[rule a]\ncomm = sixteen-letters-*\nboost = 1\n", ":2: comm: 'sixteen-letters-*' "
								     "is for names that are at least 16 bytes" },
		{ "[rule a]\ncomm = ????????????[a-z]x*[!x]]\nboost = 1\n\n[rule", ":5: the section's name" },
		{ "[rule a]\ncgroup = /sys/fs/cgroup/user.slice\n", ":2: cgroup: '/sys/fs/cgroup/user.slice': paths" },
		{ "[rule a]\ncgroup = /user.slice/\n", ":2: cgroup: '/user.slice/' can match no path: none ends" },
		{ "[rule a]\ncgroup = user.slice\n", ":2: cgroup: 'user.slice' can match no path" },
		{ "[rule a]\nexe = game\n", ":2: exe: 'game' can match no path" },
		{ "[rule a]\nuid = no-such-user\n", ":2: uid: there is no user 'no-such-user'" },
		{ "[rule a]\nuid = 4294967295\n", ":2: uid: '4294967295' is out of range" },
		{ "[rule a]\nboost = 4\n",
		  ":2: boost: '4' is out of range; expected a level, 0 to 3" },
		{ "[rule a]\nboost = -1\n", ":2: boost: '-1' is not a whole number" },
		{ "[rule a]\nslice_us = 99\n", ":2: slice_us: '99' is out of range" },
		{ "[rule a]\nweight_factor_pct = 0\n", "expected percent, 1 to 10000" },
		{ "[rule a]\ncomm = x\ncomm = y\n", ":3: comm is set twice; first at " },
		{ "\n[rule a]\ncomm = x\n", "x.ini:2: [rule a] says nothing of whom it is for" },
		{ "\n[rule a]\nboost = 1\n", "x.ini:2: [rule a] does not say for whom it is" },
		{ "[rule a]\n", "x.ini:1: [rule a] does not say for whom it is" },
		{ "[rule A]\n", ":1: [rule A] names no rule; expected [rule NAME]" },
		{ "[rule  a]\n", ":1: [rule  a] names no rule" },
		{ "[rule]\n", ":1: unknown section [rule]; expected [scheduler], " },
	};
	char text[4096] = "";
	size_t i, len = 0;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		put("etc/x.ini", cases[i].text);
		if (load(NULL, NULL, NULL) != -EINVAL)
			fail_msg("'%s' was taken", cases[i].text);
		assert_text(diag.text, cases[i].said);
	}
	for (i = 0; i < CONFIG_MAX_RULES; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"[rule r%zu]\ncomm = a\nboost = 1\n", i);
	put("etc/x.ini", text);
	assert_loads(NULL, NULL, NULL);
	put("etc/d/1.ini", "[rule more]\n");
	assert_int_equal(load(NULL, NULL, NULL), -EINVAL);
	assert_text(diag.text, "1.ini:1: [rule more]: only 64 rules fit");
}

static void rules__differ_by_what_they_say_and_by_their_order(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "#\n[rule a]\nboost = 1\ncomm = x\n[rule b]\ncomm = y\nboost = 1\n", "" },
		{ "[rule b]\ncomm = y\nboost = 1\n[rule a]\ncomm = x\nboost = 1\n",
		  "rules: in another order" },
		{ "[rule a]\ncomm = x\nboost = 2\n[rule b]\ncomm = y\nboost = 1\n",
		  "rule a: changed" },
		{ "[rule b]\ncomm = y\nboost = 1\n[rule c]\ncomm = z\nboost = 1\n",
		  "rule c: new, rule a: gone" },
	};
	struct config_diff diff;
	struct config first;
	size_t i;

	(void)state;
	put("etc/x.ini", "[rule a]\ncomm = x\nboost = 1\n[rule b]\ncomm = y\nboost = 1\n");
	assert_loads(NULL, NULL, NULL);
	first = config;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		put("etc/x.ini", cases[i].text);
		assert_loads(NULL, NULL, NULL);
		assert_int_equal(config_diff_of(&first, &config, &diff), i > 0);
		assert_int_equal(diff.rules, i > 0);
		assert_string_equal(diff.text, cases[i].said);
	}
}

static char *show(const struct config *what)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	config_show(what, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

#define LONGEST_POLICY "a-policy-with-the-longest-name-"
#define LONGEST_KEY    "rule.with_the_longest_name_____"
#define LONGEST_VALUE                                                                              \
	"comm=0123456789abcde cgroup=/user.slice/user-1000.slice/user@1000.service/app.slice/a "   \
	"nice=-20 period_us=99999 budget_us=100000"

static void show__gives_the_same_configuration_again(void **state)
{
	static const char *const options[][3] = {
		{ NULL },
		{ "--mode=quiet" },
		{ "--policy=./x.so", "--set=deadline.slice_us=8" },
		{ "--mode=none", "--rescue-ms=9", "--verbose" },
		{ "--set=deadline.rule.mpv=comm=mpv* nice=-20 period_us=16667 budget_us=4000" },
		/* the longest names and value: in a mode they still fit in a line */
		{ "--set=" LONGEST_POLICY "." LONGEST_KEY "=" LONGEST_VALUE },
	};
	struct config first;
	struct config_diff diff;
	char *text, *again;
	size_t i;

	(void)state;
	put("usr/x.ini", modes);
	put("etc/d/1.ini", "[scheduler]\nmode = gaming\ndecisions = strict\npartial = yes\n"
			   "[mode.gaming]\n" LONGEST_POLICY "." LONGEST_KEY " = 1\n"
			   "[rule b]\ncomm = [x]*\nuid = root\nboost = 1\n"
			   "[rule a]\nexe = *\ncgroup = /a b/*\nslice_us = 100\ndeadline_us = 100\n"
			   "weight_factor_pct = 1\n");
	for (i = 0; i < ARRAY_LEN(options); i++) {
		assert_loads(options[i][0], options[i][1], options[i][2]);
		first = config;
		text = show(&config);
		put("shown.ini", text);
		assert_loads("--config=shown.ini", NULL, NULL);
		if (config_diff_of(&first, &config, &diff))
			fail_msg("%s in:\n%s", diff.text, text);
		assert_string_equal(config.policy, first.policy);
		assert_string_equal(config.mode, first.mode);
		assert_int_equal(config.decisions, first.decisions);
		assert_int_equal(config.partial, first.partial);
		assert_int_equal(config.rescue_ms, first.rescue_ms);
		assert_int_equal(config.nr_modes, first.nr_modes);
		assert_int_equal(config.nr_rules, 2);
		assert_string_equal(config.rules[0].name, "b");
		assert_string_equal(config.modes[0].summary, first.modes[0].summary);
		again = show(&config);
		/* the origins are others now */
		assert_text(again, "shown.ini:");
		free(again);
		free(text);
	}
}

static void show__tells_the_origin_of_each_value(void **state)
{
	static const char *const parts[] = {
		"\n[scheduler]\n# %s/etc/x.ini:2\npolicy = fifo\n# --mode\nmode = gaming\n",
		"# default\nrescue_ms = 20\n",
		"\n[policy.deadline]\n# --set\nslice_us = 1\n# %s/etc/x.ini:5\npreempt_us = 7\n",
		"\n[mode.gaming]\n# %s/etc/x.ini:7\nsummary = for games\n"
		"# %s/etc/x.ini:8\npolicy = deadline\n# --set\ndeadline.slice_us = 1\n"
		"# %s/etc/x.ini:10\nvruntime.slice_us = 4000\n",
		"\n[mode.empty]\n",
		"earlier:\n# %s/etc/x.ini\n\n",
	};
	char part[512], *text;
	size_t i;

	(void)state;
	put("etc/x.ini", modes);
	assert_loads("--mode=gaming", "--set=deadline.slice_us=1", NULL);
	text = show(&config);
	for (i = 0; i < ARRAY_LEN(parts); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(part, sizeof(part), parts[i], dir, dir, dir);
#pragma GCC diagnostic pop
		assert_text(text, part);
	}
	free(text);
}

/* Check with one option at most; the caller frees what was said. */
static int check(const char *option, char **ret_said)
{
	char *argv[] = { "scx-cland", "--check-config", (char *)(uintptr_t)option, NULL };
	size_t size;
	FILE *out = open_memstream(ret_said, &size);
	int err;

	assert_non_null(out);
	err = config_check(option ? 3 : 2, argv, &places, out);
	assert_int_equal(fclose(out), 0);
	return err;
}

static void check__tells_the_mistakes_of_all_files(void **state)
{
	char *said, expected[1024];

	(void)state;
	put("usr/x.ini", "[sheduler]\n");
	put("etc/x.ini", "[scheduler]\nmode = gaming\nrescue_ms = 1\n");
	put("etc/d/1.ini", "[scheduler]\nrescue_ms = 30\n");
	put("etc/d/2.ini", "x");
	assert_int_equal(mkdir("etc/d/3.ini", 0700), 0);
	assert_int_equal(symlink("gone", "etc/d/4.ini"), 0);
	assert_int_equal(rmdir("usr/d"), 0);
	put("usr/d", "");
	assert_int_equal(check(NULL, &said), -ENOTDIR);
	snprintf(expected, sizeof(expected),
		 "%s/usr/d: the folder of drop-ins cannot be read: Not a directory; expected a "
		 "folder with files *.ini, or nothing of that name\n"
		 "%s/usr/x.ini:1: unknown section [sheduler]; expected [scheduler], [policy.NAME], "
		 "[mode.NAME], [rule NAME] or [auto NAME]; did you mean 'scheduler'?\n"
		 "%s/etc/x.ini:3: rescue_ms: '1' is out of range; expected 5 to 1000\n"
		 "%s/etc/d/2.ini:1: 'x' has no '='; expected KEY = VALUE\n"
		 "%s/etc/d/3.ini: not a regular file; expected an INI file\n"
		 "%s/etc/d/4.ini: this is a link to 'gone', which is not there\n",
		 dir, dir, dir, dir, dir, dir);
	assert_string_equal(said, expected);
	free(said);
}

static void check__asks_the_policies_without_running_them(void **state)
{
	char *said, rules[2048] = "[policy.deadline]\n";
	size_t len = strlen(rules), i;

	(void)state;
	setenv("SCX_CLAND_POLICY_PATH", POLICIES, 1);
	put("etc/x.ini", "[scheduler]\npolicy = fifo\n[policy.deadline]\nslice_us = 1000\n"
			 "[mode.gaming]\npolicy = deadline\ndeadline.slice_us = 2000\n");
	assert_int_equal(check(NULL, &said), 0);
	assert_string_equal(said, "");
	free(said);

	put("etc/d/1.ini", "[policy.deadline]\nslice_us = 1\n[mode.gaming]\ndeadline.slic_us = 1\n"
			   "vruntme.k = 1\n[mode.b]\npolicy = gone\n[policy.fifo]\nx = 1\n");
	assert_int_equal(check(NULL, &said), -ENOENT);
	assert_text(said, "/etc/d/1.ini:2: slice_us: '1' is out of range; expected 500 to");
	assert_text(said, "/etc/d/1.ini:4: the policy 'deadline' has no parameter 'slic_us'");
	assert_text(said, "/etc/d/1.ini:5: 'k' is set for a policy that cannot be used: no policy "
			  "'vruntme'");
	assert_text(said, "/etc/d/1.ini:7: policy: no policy 'gone' in ");
	assert_text(said, "/etc/d/1.ini:9: the policy 'fifo' has no parameter 'x'; it has none");
	free(said);

	/* rules of which each is sound, but the mode's is one too many */
	for (i = 0; i < CLAND_RULES_MAX; i++)
		len += (size_t)snprintf(rules + len, sizeof(rules) - len,
					"rule.r%zu = nice=0 period_us=5000 budget_us=100\n", i);
	put("etc/d/1.ini", rules);
	assert_int_equal(check(NULL, &said), 0);
	free(said);
	put("etc/d/2.ini", "[mode.gaming]\n"
			   "deadline.rule.more = nice=1 period_us=5000 budget_us=100\n");
	assert_int_equal(check(NULL, &said), -EINVAL);
	assert_text(said, "/etc/d/2.ini:2: rule.more: only 16 rules fit");
	free(said);
	assert_int_equal(unlink("etc/d/2.ini"), 0);

	assert_int_equal(unlink("etc/d/1.ini"), 0);
	assert_int_equal(check("--policy=./none.so", &said), -ENOENT);
	assert_text(said, "--policy: policy: ");
	free(said);
	assert_int_equal(check("--mode=gamin", &said), -EINVAL);
	assert_text(said, "--mode: there is no mode 'gamin'");
	free(said);
	assert_int_equal(check("--set=deadline.slice_us=2", &said), -EINVAL);
	assert_text(said, "--set: slice_us: '2' is out of range");
	free(said);
	unsetenv("SCX_CLAND_POLICY_PATH");
}

static void diff__names_what_changed_and_what_needs_a_restart(void **state)
{
	static const struct {
		const char *text, *said, *restart;
		bool policy, params, verbose, modes;
	} cases[] = {
		{ "[scheduler]\npolicy = fifo\n[policy.a]\nk = 1\n[mode.m]\npolicy = x\n", "", "",
		  false, false, false, false },
		{ "#\n[mode.m]\npolicy = x\n[policy.a]\nk = 1\n[scheduler]\npolicy = fifo\n", "",
		  "", false, false, false, false },
		{ "[scheduler]\npolicy = deadline\n[policy.a]\nk = 1\n[mode.m]\npolicy = x\n",
		  "policy: fifo -> deadline", "", true, false, false, false },
		{ "[scheduler]\npolicy = fifo\nverbose = 1\n[policy.a]\nk = 2\nl = 3\n[mode.m]\n"
		  "policy = x\n",
		  "verbose: no -> yes, a.k: 1 -> 2, a.l: default -> 3", "", false, true, true,
		  false },
		{ "[scheduler]\npolicy = fifo\nrescue_ms = 30\nmax_tasks = 2048\n[mode.m]\n"
		  "policy = y\n[mode.n]\n",
		  "rescue_ms: 20 -> 30, max_tasks: 32768 -> 2048, a.k: 1 -> default, "
		  "mode.m: changed, mode.n: new",
		  "rescue_ms, max_tasks", false, true, false, true },
		{ "[scheduler]\npolicy = fifo\n[policy.a]\nk = 1\n", "mode.m: gone", "", false,
		  false, false, true },
		{ "[scheduler]\npolicy = fifo\nmode = m\n[policy.a]\nk = 1\n[mode.m]\npolicy = x\n",
		  "policy: fifo -> x, mode: none -> m", "", true, false, false, true },
	};
	struct config_diff diff;
	struct config first;
	char long_text[4096] = "[policy.a]\n";
	size_t i, len;

	(void)state;
	put("etc/x.ini", cases[0].text);
	assert_loads(NULL, NULL, NULL);
	first = config;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		put("etc/x.ini", cases[i].text);
		assert_loads(NULL, NULL, NULL);
		assert_int_equal(config_diff_of(&first, &config, &diff), i > 1);
		assert_string_equal(diff.text, cases[i].said);
		assert_string_equal(diff.restart_text, cases[i].restart);
		assert_int_equal(diff.restart, cases[i].restart[0] != '\0');
		assert_int_equal(diff.policy, cases[i].policy);
		assert_int_equal(diff.params, cases[i].params);
		assert_int_equal(diff.verbose, cases[i].verbose);
		assert_int_equal(diff.modes, cases[i].modes);
	}

	len = strlen(long_text);
	for (i = 0; i < CONFIG_MAX_PARAMS; i++)
		len += (size_t)snprintf(long_text + len, sizeof(long_text) - len, "key%zu = 1\n",
					i);
	put("etc/x.ini", long_text);
	assert_loads(NULL, NULL, NULL);
	assert_true(config_diff_of(&first, &config, &diff));
	assert_true(strlen(diff.text) < sizeof(diff.text) - 1);
	assert_string_equal(diff.text + strlen(diff.text) - 5, ", ...");

	/* what is hidden by a mode has changed all the same */
	put("etc/x.ini", "[scheduler]\npolicy = a\nmode = m\n[mode.m]\npolicy = x\n");
	assert_loads(NULL, NULL, NULL);
	first = config;
	put("etc/x.ini", "[scheduler]\npolicy = b\nmode = m\n[mode.m]\npolicy = x\n");
	assert_loads(NULL, NULL, NULL);
	assert_true(config_diff_of(&first, &config, &diff));
	assert_false(diff.policy);
	assert_string_equal(diff.text, "what counts without a mode: changed");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(layers__later_files_count_over_earlier_ones),
		TEST(layers__nothing_at_all_gives_defaults),
		TEST(layers__drop_ins_go_by_the_bytes_of_their_names),
		TEST(layers__a_drop_in_masks_the_vendors),
		TEST(layers__other_files_in_the_folders_are_not_read),
		TEST(layers__a_named_file_is_the_only_one),
		TEST(layers__what_cannot_be_read_is_named),
		TEST(layers__files_have_a_limit),
		TEST(layers__the_stamp_differs_when_names_or_texts_do),
		TEST(modes__lie_over_the_base_and_come_off),
		TEST(modes__are_put_together_from_several_files),
		TEST(modes__and_the_command_line),
		TEST(modes__have_limits),
		TEST(autos__are_kept_in_order_and_differ),
		TEST(autos__mistakes_are_named),
		TEST(rules__are_kept_in_order_and_key_by_key),
		TEST(rules__mistakes_are_named),
		TEST(rules__differ_by_what_they_say_and_by_their_order),
		TEST(show__gives_the_same_configuration_again),
		TEST(show__tells_the_origin_of_each_value),
		TEST(check__tells_the_mistakes_of_all_files),
		TEST(check__asks_the_policies_without_running_them),
		TEST(diff__names_what_changed_and_what_needs_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
