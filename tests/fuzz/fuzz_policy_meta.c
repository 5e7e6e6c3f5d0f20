/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target for policy_meta.h: the input is a policy's shared object. Run: see
 * tests/fuzz/CMakeLists.txt.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "policy_meta.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct policy_meta meta;
static struct config config;
static struct diag diag;

static void must_be_text(const char *text, size_t size, const char *what)
{
	must(memchr(text, 0, size), what);
	for (; *text; text++)
		must((unsigned char)*text >= ' ', what);
}

static void check_meta(void)
{
	uint64_t values[POLICY_META_MAX_PARAMS];
	size_t i;

	must(config_is_policy_name(meta.name), "name");
	must_be_text(meta.summary, sizeof(meta.summary), "summary");
	must_be_text(meta.version, sizeof(meta.version), "version");
	must(meta.nr_params <= POLICY_META_MAX_TABLE, "nr_params");
	for (i = 0; i < meta.nr_params; i++) {
		must_be_text(meta.params[i].name, sizeof(meta.params[i].name), "param name");
		must_be_text(meta.params[i].unit, sizeof(meta.params[i].unit), "param unit");
		must_be_text(meta.params[i].help, sizeof(meta.params[i].help), "param help");
		must(meta.params[i].name[0], "a param's name");
		must(meta.params[i].def >= meta.params[i].min, "def >= min");
		must(meta.params[i].def <= meta.params[i].max, "def <= max");
	}
	must(!policy_meta_values(&meta, &config, values, &diag), "values from defaults");
}

static size_t nr_found;

static void count_fault(void *data, enum policy_meta_part part, const char *sentence)
{
	(void)data;
	must(part <= POLICY_META_PART_PARAMS, "part");
	must(sentence[0], "a sentence for each fault");
	nr_found++;
}

static void read_symbol(void *data, enum policy_meta_symbol kind, const char *name)
{
	(void)data;
	must(kind <= POLICY_META_SYMBOL_LIBRARY, "kind");
	must(strlen(name) < SIZE_MAX, "a name with an end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[64];
	static int fd = -1;
	int err;

	if (fd < 0) {
		fd = memfd_create("fuzz", 0);
		must(fd >= 0, "a file in memory");
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	must(!ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size, "a written file");
	diag.text[0] = '\0';
	err = policy_meta_read(path, &meta, &diag);
	must(err <= 0, "0 or -errno");
	if (err)
		must_be_text(diag.text, sizeof(diag.text), "a sentence");
	must(!err == !diag.text[0], "a sentence for each error");
	if (!err)
		check_meta();
	nr_found = 0;
	must(policy_meta_examine(path, &meta, count_fault, NULL) == err, "the same by both ways");
	must(!err == !nr_found, "a fault for each error");
	policy_meta_symbols(path, read_symbol, NULL, &diag);
	return 0;
}
