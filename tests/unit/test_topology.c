/* SPDX-License-Identifier: GPL-2.0-only */
/* What topology.h promises, over folders that look like /sys/devices/system/cpu. */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
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

#include "topology.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static char dir[] = "/tmp/test_topology.XXXXXX";
static struct topology topology;
static struct diag diag;

/* A file below the folder, and the folders above it. */
static void put(const char *name, const char *text)
{
	char path[PATH_MAX], *slash;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	for (slash = path + strlen(dir) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			fail_msg("mkdir %s: %s", path, strerror(errno));
	}
	file = fopen(path, "we");
	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void put_cache(unsigned int cpu, unsigned int index, const char *level, const char *list)
{
	char name[64];

	snprintf(name, sizeof(name), "cpu%u/cache/index%u/level", cpu, index);
	put(name, level);
	snprintf(name, sizeof(name), "cpu%u/cache/index%u/shared_cpu_list", cpu, index);
	put(name, list);
}

/* The four caches of a usual CPU: two of its own level 1, and the rest shared. */
static void put_caches(unsigned int cpu, const char *smt, const char *llc)
{
	put_cache(cpu, 0, "1\n", smt);
	put_cache(cpu, 1, "1\n", smt);
	put_cache(cpu, 2, "2\n", smt);
	put_cache(cpu, 3, "3\n", llc);
}

static void assert_topology(uint32_t nr_cpus, uint32_t nr_llcs, const uint32_t *llc_of_cpu)
{
	uint32_t cpu;

	memset(&topology, 0x5a, sizeof(topology));
	if (topology_read(dir, &topology, &diag))
		fail_msg("%s", diag.text);
	assert_int_equal(topology.nr_cpus, nr_cpus);
	assert_int_equal(topology.nr_llcs, nr_llcs);
	for (cpu = 0; cpu < nr_cpus; cpu++)
		assert_int_equal(topology.llc_of_cpu[cpu], llc_of_cpu ? llc_of_cpu[cpu] : 0);
	topology_destroy(&topology);
	assert_null(topology.llc_of_cpu);
	topology_destroy(&topology);
}

static void topology__one_cache_for_all(void **state)
{
	unsigned int cpu;

	(void)state;
	put("possible", "0-3\n");
	for (cpu = 0; cpu < 4; cpu++)
		put_caches(cpu, "0-3\n", "0-3\n");
	assert_topology(4, 1, NULL);
}

static void topology__two_caches(void **state)
{
	unsigned int cpu;

	(void)state;
	put("possible", "0-7\n");
	for (cpu = 0; cpu < 8; cpu++)
		put_caches(cpu, "0\n", cpu < 4 ? "0-3\n" : "4-7\n");
	assert_topology(8, 2, (uint32_t[]){ 0, 0, 0, 0, 1, 1, 1, 1 });
}

static void topology__hyperthreads_numbered_apart(void **state)
{
	static const char *const smt[] = { "0,4\n", "1,5\n", "2,6\n", "3,7\n" };
	unsigned int cpu;

	(void)state;
	put("possible", "0-7\n");
	/* Two packages of two cores: a list, not a range, names the cache. */
	for (cpu = 0; cpu < 8; cpu++)
		put_caches(cpu, smt[cpu % 4], cpu % 4 < 2 ? "0-1,4-5\n" : "2-3,6-7\n");
	assert_topology(8, 2, (uint32_t[]){ 0, 0, 1, 1, 0, 0, 1, 1 });
}

static void topology__the_last_level_is_the_highest_not_the_last_listed(void **state)
{
	unsigned int cpu;

	(void)state;
	put("possible", "0-3\n");
	for (cpu = 0; cpu < 4; cpu++) {
		put_cache(cpu, 0, "3\n", "0-3\n");
		put_cache(cpu, 1, "1\n", cpu < 2 ? "0-1\n" : "2-3\n");
	}
	assert_topology(4, 1, NULL);
}

static void topology__a_level_2_that_is_the_last_one(void **state)
{
	(void)state;
	put("possible", "0-2\n");
	put_cache(0, 0, "1\n", "0\n");
	put_cache(0, 1, "2\n", "0\n");
	put_cache(1, 0, "1\n", "1\n");
	put_cache(1, 1, "2\n", "1-2\n");
	put_cache(2, 0, "1\n", "2\n");
	put_cache(2, 1, "2\n", "1-2\n");
	assert_topology(3, 2, (uint32_t[]){ 0, 1, 1 });
}

static void topology__offline_cpus_count_and_are_in_cache_0(void **state)
{
	(void)state;
	put("possible", "0-5\n");
	/* 0 and 3 are offline, and 5 was never plugged in: no folder at all */
	put("cpu0/online", "0\n");
	put("cpu3/online", "0\n");
	put_caches(1, "1\n", "1-2\n");
	put_caches(2, "2\n", "1-2\n");
	put_caches(4, "4\n", "4\n");
	assert_topology(6, 2, (uint32_t[]){ 0, 0, 0, 0, 1, 0 });
}

static void topology__no_cache_told_is_one_cache(void **state)
{
	(void)state;
	put("possible", "0-3\n");
	assert_topology(4, 1, NULL);
}

static void topology__caches_that_tell_nonsense_are_ignored(void **state)
{
	(void)state;
	put("possible", "0-2\n");
	put_cache(0, 0, "3\n", "0-2\n");
	put_cache(1, 0, "", "0-2\n");
	put_cache(2, 0, "3\n", "all of them\n");
	assert_topology(3, 1, NULL);
}

static void topology__possible_in_every_form(void **state)
{
	static const struct {
		const char *possible;
		uint32_t nr_cpus;
	} cases[] = {
		{ "0\n", 1 },	     { "0", 1 },      { "0-1\n", 2 },  { "0,2\n", 3 },
		{ "0-3,8-11\n", 12 }, { "0-3,9\n", 10 }, { "3\n", 4 }, { "0-8191\n", 8192 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		put("possible", cases[i].possible);
		assert_topology(cases[i].nr_cpus, 1, NULL);
	}
}

static void topology__online_cpus_are_counted(void **state)
{
	(void)state;
	assert_int_equal(topology_count_online("/nonexistent"), 0);
	put("online", "0\n");
	assert_int_equal(topology_count_online(dir), 1);
	put("online", "0,2-3,7\n");
	assert_int_equal(topology_count_online(dir), 4);
	put("online", "\n");
	assert_int_equal(topology_count_online(dir), 0);
}

static void assert_refuses(int err, const char *said)
{
	struct topology untouched;

	memset(&topology, 0x5a, sizeof(topology));
	untouched = topology;
	diag.text[0] = '\0';
	assert_int_equal(topology_read(dir, &topology, &diag), err);
	if (!strstr(diag.text, dir) || !strstr(diag.text, "/possible"))
		fail_msg("'%s' does not name the file", diag.text);
	if (!strstr(diag.text, said))
		fail_msg("'%s' does not say '%s'", diag.text, said);
	assert_memory_equal(&topology, &untouched, sizeof(topology));
}

static void topology__refuses_more_cpus_than_can_be_told_apart(void **state)
{
	static const char *const cases[] = { "0-8192\n", "8192\n", "0-3,8192\n", "0-4294967295\n" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		put("possible", cases[i]);
		assert_refuses(-E2BIG, "can tell 8192 CPUs apart");
	}
}

static void topology__refuses_garbage(void **state)
{
	static const char *const cases[] = {
		"", "\n", "many\n", "0-\n", "0,\n", "0-x\n", "0-4294967296\n",
		"0-99999999999999999999999\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		put("possible", cases[i]);
		assert_refuses(-EINVAL, "Invalid argument");
	}
}

static void topology__refuses_a_folder_that_is_not_there(void **state)
{
	(void)state;
	assert_refuses(-ENOENT, "No such file or directory. Is /sys mounted?");
}

static void topology__reads_this_machine(void **state)
{
	uint32_t cpu;

	(void)state;
	if (access("/sys/devices/system/cpu/possible", R_OK))
		skip();
	assert_int_equal(topology_read("/sys/devices/system/cpu", &topology, &diag), 0);
	assert_true(topology.nr_cpus >= (uint32_t)sysconf(_SC_NPROCESSORS_ONLN));
	assert_in_range(topology.nr_llcs, 1, topology.nr_cpus);
	for (cpu = 0; cpu < topology.nr_cpus; cpu++)
		assert_true(topology.llc_of_cpu[cpu] < topology.nr_llcs);
	topology_destroy(&topology);
}

static void put_shape(const char *online, const char *siblings, const char *nodes)
{
	char name[64];
	unsigned int cpu;

	put("cpu/possible", "0-15\n");
	put("cpu/online", online);
	for (cpu = 0; cpu < 8; cpu++) {
		snprintf(name, sizeof(name), "cpu/cpu%u/cache/index0/level", cpu);
		put(name, "3\n");
		snprintf(name, sizeof(name), "cpu/cpu%u/cache/index0/shared_cpu_list", cpu);
		put(name, cpu % 4 < 2 ? "0-1,4-5\n" : "2-3,6-7\n");
	}
	put("cpu/cpu0/topology/thread_siblings_list", siblings);
	put("node/online", nodes);
}

static void shape__is_of_what_is_online(void **state)
{
	static const struct {
		const char *online, *siblings, *nodes;
		struct topology_shape shape;
	} cases[] = {
		{ "0-7\n", "0,4\n", "0-1\n", { 8, 2, 2, 2 } },
		{ "0-7\n", "0-1,4-5\n", "0\n", { 8, 4, 2, 1 } },
		{ "0-7\n", "", "", { 8, 1, 2, 1 } },
		{ "0-6\n", "0,4\n", "0-1\n", { 7, 1, 1, 1 } }, /* odd */
		{ "0-7\n", "0-2\n", "0-2\n", { 8, 1, 2, 1 } },
	};
	struct topology_shape shape;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		put_shape(cases[i].online, cases[i].siblings, cases[i].nodes);
		if (topology_shape_read(dir, &shape, &diag))
			fail_msg("%s", diag.text);
		assert_int_equal(shape.nr_cpus, cases[i].shape.nr_cpus);
		assert_int_equal(shape.smt, cases[i].shape.smt);
		assert_int_equal(shape.nr_llcs, cases[i].shape.nr_llcs);
		assert_int_equal(shape.nr_nodes, cases[i].shape.nr_nodes);
	}
}

static int make_dir(void **state)
{
	(void)state;
	strcpy(strrchr(dir, '.'), ".XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_dir(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#define TOPOLOGY_TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TOPOLOGY_TEST(topology__one_cache_for_all),
		TOPOLOGY_TEST(topology__two_caches),
		TOPOLOGY_TEST(topology__hyperthreads_numbered_apart),
		TOPOLOGY_TEST(topology__the_last_level_is_the_highest_not_the_last_listed),
		TOPOLOGY_TEST(topology__a_level_2_that_is_the_last_one),
		TOPOLOGY_TEST(topology__offline_cpus_count_and_are_in_cache_0),
		TOPOLOGY_TEST(topology__no_cache_told_is_one_cache),
		TOPOLOGY_TEST(topology__caches_that_tell_nonsense_are_ignored),
		TOPOLOGY_TEST(topology__possible_in_every_form),
		TOPOLOGY_TEST(topology__online_cpus_are_counted),
		TOPOLOGY_TEST(topology__refuses_more_cpus_than_can_be_told_apart),
		TOPOLOGY_TEST(topology__refuses_garbage),
		TOPOLOGY_TEST(topology__refuses_a_folder_that_is_not_there),
		TOPOLOGY_TEST(topology__reads_this_machine),
		TOPOLOGY_TEST(shape__is_of_what_is_online),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
