/* SPDX-License-Identifier: GPL-2.0-only */
/* Cgroups by their numbers: those of a made-up hierarchy get their paths, parents and weights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "record_cgroups.h"

static char root[] = "/tmp/test-record-cgroups-XXXXXX";

static uint64_t make(const char *path, const char *weight)
{
	char name[256];
	struct stat st;
	FILE *file;

	snprintf(name, sizeof(name), "%s%s", root, path);
	assert_int_equal(mkdir(name, 0700), 0);
	assert_int_equal(stat(name, &st), 0);
	if (weight) {
		snprintf(name, sizeof(name), "%s%s/cpu.weight", root, path);
		file = fopen(name, "we");
		assert_non_null(file);
		fprintf(file, "%s\n", weight);
		fclose(file);
	}
	return st.st_ino;
}

static void cgroups__are_found_with_those_above_them(void **state)
{
	static const char *const files[] = { "/a/b/c/cpu.weight", "/a/b/cpu.weight", "/d/cpu.weight" };
	static const char *const folders[] = { "/a/b/c", "/a/b", "/a", "/d", "" };
	struct record_cgroups cgroups = { 0 };
	struct recording r;
	uint32_t noted[4], i, c, b;
	uint64_t inner, other;
	char name[256];

	(void)state;
	assert_non_null(mkdtemp(root));
	make("/a", NULL);
	make("/a/b", "250");
	inner = make("/a/b/c", "garbage");
	other = make("/d", "10000");
	assert_int_equal(recording_init(&r), 0);
	noted[0] = record_cgroups_note(&cgroups, inner);
	noted[1] = record_cgroups_note(&cgroups, UINT64_MAX - 1); /* has gone */
	noted[2] = record_cgroups_note(&cgroups, inner);
	noted[3] = 0;
	assert_int_equal(noted[0], noted[2]);
	assert_int_not_equal(noted[0], noted[1]);
	for (i = 0; i < 4; i++) {
		assert_int_equal(recording_add_task(&r, 10 + (int32_t)i), i);
		r.tasks[i].cgroup = noted[i];
	}
	record_cgroups_resolve(&cgroups, root, &r);
	assert_true(other && r.nr_cgroups == 4); /* the root, /a, /a/b, /a/b/c; nobody was in /d */
	c = r.tasks[0].cgroup;
	assert_int_equal(r.tasks[2].cgroup, c);
	assert_int_equal(r.tasks[1].cgroup, 0);
	assert_int_equal(r.tasks[3].cgroup, 0);
	assert_string_equal(r.cgroups[c].path, "/a/b/c");
	assert_int_equal(r.cgroups[c].weight, 100);
	b = r.cgroups[c].parent;
	assert_string_equal(r.cgroups[b].path, "/a/b");
	assert_int_equal(r.cgroups[b].weight, 250);
	assert_string_equal(r.cgroups[r.cgroups[b].parent].path, "/a");
	assert_int_equal(r.cgroups[r.cgroups[b].parent].parent, 0);
	recording_free(&r);
	record_cgroups_free(&cgroups);
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", root, files[i]);
		assert_int_equal(unlink(name), 0);
	}
	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "%s%s", root, folders[i]);
		assert_int_equal(rmdir(name), 0);
	}
}

static void no_hierarchy__is_the_root_for_all(void **state)
{
	struct record_cgroups cgroups = { 0 };
	struct recording r;

	(void)state;
	assert_int_equal(recording_init(&r), 0);
	assert_int_equal(recording_add_task(&r, 10), 0);
	r.tasks[0].cgroup = record_cgroups_note(&cgroups, 77);
	assert_int_not_equal(r.tasks[0].cgroup, 0);
	record_cgroups_resolve(&cgroups, "/nowhere/at/all", &r);
	assert_int_equal(r.tasks[0].cgroup, 0);
	assert_int_equal(r.nr_cgroups, 1);
	recording_free(&r);
	record_cgroups_free(&cgroups);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(cgroups__are_found_with_those_above_them),
		cmocka_unit_test(no_hierarchy__is_the_root_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
