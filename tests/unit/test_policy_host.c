/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What policy_host.h promises, with the shared objects of tests/plugins: what is loaded works, and
 * of what is refused nothing stays.
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy_host.h"
#include "policy_meta.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct diag diag;
static char logged[512]; /* the policies' lines, ";" after each */

static void log_line(const char *line)
{
	size_t len = strlen(logged);

	snprintf(logged + len, sizeof(logged) - len, "%s;", line);
}

static const struct cland_host host = {
	.struct_size = sizeof(host),
	.nr_cpus = 4,
	.max_tasks = 64,
	.log = log_line,
};

static const char *plugin_path(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), TEST_PLUGIN_DIR "/%s.so", name);
	return path;
}

static bool is_mapped(const char *path)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[PATH_MAX + 128];
	bool found = false;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		found = found || strstr(line, path);
	fclose(maps);
	return found;
}

static bool is_loaded(const char *path)
{
	void *handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);

	if (handle)
		dlclose(handle);
	return handle || is_mapped(path);
}

static void policy_host__loads_creates_and_destroys_once(void **state)
{
	const char *path = plugin_path("traced");
	uint64_t values[] = { 42, 0 };
	struct cland_task task = { .clock_ns = 99 };
	struct policy policy;

	(void)state;
	logged[0] = '\0';
	assert_int_equal(policy_open(path, &host, values, 2, &policy, &diag), 0);
	assert_true(is_loaded(path)); /* so the checks below can tell */
	assert_string_equal(getenv("CLAND_TEST_TRACED"), "loaded");
	assert_string_equal(logged, "create 42 0 for 64 tasks;");
	assert_string_equal(policy.ops.name, "traced");
	assert_int_equal(policy.ops.rank(policy.self, &task), 99);
	assert_null(policy.ops.lease);
	policy_close(&policy);
	assert_string_equal(logged, "create 42 0 for 64 tasks;destroy;");
	assert_string_equal(getenv("CLAND_TEST_TRACED"), "unloaded");
	assert_false(is_loaded(path));
	/* A second time is a closed policy's, and does nothing. */
	policy_close(&policy);
	assert_string_equal(logged, "create 42 0 for 64 tasks;destroy;");
}

static void policy_host__close_accepts_a_zeroed_policy(void **state)
{
	struct policy policy = { 0 };

	(void)state;
	policy_close(&policy);
}

static void policy_host__takes_other_versions_of_the_table(void **state)
{
	static const struct {
		const char *file, *name;
	} cases[] = {
		{ "minimal", "minimal" },	    { "short_table", "short-table" },
		{ "higher_minor", "higher-minor" }, { "larger_zero_tail", "larger-zero-tail" },
		{ "public_rank", "public-rank" },
	};
	static const unsigned char zero[sizeof(struct cland_policy_ops)];
	struct policy policy;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		size_t size;

		memset(&policy, 0x5a, sizeof(policy));
		if (policy_open(plugin_path(cases[i].file), &host, NULL, 0, &policy, &diag))
			fail_msg("%s", diag.text);
		assert_string_equal(policy.ops.name, cases[i].name);
		assert_non_null(policy.ops.rank);
		assert_null(policy.self); /* there is no create() */
		/* Nothing is made up of what lies behind a short table. */
		size = policy.ops.struct_size;
		if (size < sizeof(policy.ops))
			assert_memory_equal((char *)&policy.ops + size, zero,
					    sizeof(policy.ops) - size);
		policy_close(&policy);
		assert_false(is_loaded(plugin_path(cases[i].file)));
	}
}

static void policy_host__refusals_name_the_file_and_leave_nothing(void **state)
{
	static const struct {
		const char *file;
		size_t nr_values;
		int err;
		const char *said;
	} cases[] = {
		{ "not_there", 0, -ENOEXEC, "No such file" },
		{ "undefined_symbol", 0, -ENOEXEC, "cland_test_nobody_has_this" },
		{ "no_symbol", 0, -EINVAL, "exports no symbol cland_policy" },
		{ "bad_magic", 0, -EINVAL, "not of ABI 1" },
		{ "foreign_major", 0, -EINVAL, "not of ABI 1" },
		{ "too_short_table", 0, -EINVAL, "not of ABI 1" },
		{ "no_rank", 0, -EINVAL, "changed while it was loaded" },
		{ "good", 2, -EINVAL, "changed while it was loaded" },
		{ "good", 4, -EINVAL, "changed while it was loaded" },
		{ "create_fails", 0, -EINVAL, "refused to start: Invalid argument" },
		{ "create_positive", 0, -EINVAL, "create() returned" },
	};
	static const uint64_t values[POLICY_META_MAX_PARAMS];
	struct policy policy, untouched;
	size_t i;

	(void)state;
	logged[0] = '\0';
	memset(&untouched, 0x5a, sizeof(untouched));
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const char *path = plugin_path(cases[i].file);
		int err;

		policy = untouched;
		diag.text[0] = '\0';
		err = policy_open(path, &host, values, cases[i].nr_values, &policy, &diag);
		if (err != cases[i].err)
			fail_msg("%s: %d, %s", cases[i].file, err, diag.text);
		if (!strstr(diag.text, path))
			fail_msg("'%s' does not name %s", diag.text, path);
		if (!strstr(diag.text, cases[i].said))
			fail_msg("'%s' does not say '%s'", diag.text, cases[i].said);
		assert_null(strchr(diag.text, '\n'));
		if (is_loaded(path))
			fail_msg("%s stays loaded", path);
		assert_memory_equal(&policy, &untouched, sizeof(policy));
	}
	assert_string_equal(logged, ""); /* no destroy() without a create() */
}

static void policy_host__refuses_more_values_than_any_policy_has(void **state)
{
	static const uint64_t values[POLICY_META_MAX_PARAMS + 1];
	struct policy policy;

	(void)state;
	assert_int_equal(policy_open(plugin_path("good"), &host, values, ARRAY_LEN(values), &policy,
				     &diag),
			 -EINVAL);
	assert_false(is_loaded(plugin_path("good")));
}

static void policy_host__refuses_what_is_no_shared_object(void **state)
{
	char path[] = "/tmp/test_policy_host.XXXXXX";
	int fd = mkstemp(path);
	struct policy policy;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "#!/bin/sh\n", 10), 10);
	close(fd);
	assert_int_equal(policy_open(path, &host, NULL, 0, &policy, &diag), -ENOEXEC);
	assert_non_null(strstr(diag.text, path));
	unlink(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy_host__loads_creates_and_destroys_once),
		cmocka_unit_test(policy_host__close_accepts_a_zeroed_policy),
		cmocka_unit_test(policy_host__takes_other_versions_of_the_table),
		cmocka_unit_test(policy_host__refusals_name_the_file_and_leave_nothing),
		cmocka_unit_test(policy_host__refuses_more_values_than_any_policy_has),
		cmocka_unit_test(policy_host__refuses_what_is_no_shared_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
