/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target for config.h. The input's first byte says what the rest is: 'o' options, one a
 * line; anything else the text of a file. Run: see tests/fuzz/CMakeLists.txt.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config config;
static struct diag diag;

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s; said: %s\n", what, diag.text);
	abort();
}

static void check(int err, bool from_file)
{
	size_t i;

	must(err <= 0, "0 or -errno");
	if (err) {
		must(diag.text[0], "a sentence for each error");
		must(strlen(diag.text) < sizeof(diag.text) - 1, "a sentence that is not cut");
		for (i = 0; from_file && diag.text[i]; i++)
			must((unsigned char)diag.text[i] >= ' ' || diag.text[i] == '\t',
			     "no control characters");
		return;
	}
	must(config.rescue_ms >= 5 && config.rescue_ms <= 1000, "rescue_ms");
	must(config.max_tasks >= 1024 && config.max_tasks <= 4194304, "max_tasks");
	must(config.exit_dump_len <= 16u << 20, "exit_dump_len");
	must(config.policy[0] && memchr(config.policy, 0, sizeof(config.policy)), "policy");
	must(config.nr_params <= CONFIG_MAX_PARAMS, "nr_params");
	for (i = 0; i < config.nr_params; i++) {
		must(config_is_policy_name(config.params[i].policy), "params.policy");
		must(config.params[i].key[0] && config.params[i].value[0], "params.key");
		must(config.params[i].origin[0], "params.origin");
	}
}

static void fuzz_options(const char *data, size_t size)
{
	static char text[4096];
	char *argv[32] = { "scx-cland" }, *save = NULL, *line;
	int argc = 1;

	if (size >= sizeof(text))
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	for (line = strtok_r(text, "\n", &save); line && argc < 31;
	     line = strtok_r(NULL, "\n", &save)) {
		/* files are the other half's business, and not all of them end */
		if (!strncmp(line, "--c", 3))
			return;
		argv[argc++] = line;
	}
	check(config_load(argc, argv, &config, &diag), false);
}

static void fuzz_file(const char *data, size_t size)
{
	static char option[64];
	static int fd = -1;
	char *argv[] = { "scx-cland", option, NULL };

	if (fd < 0) {
		fd = memfd_create("fuzz", 0);
		must(fd >= 0, "a file in memory");
		snprintf(option, sizeof(option), "--config=/proc/self/fd/%d", fd);
	}
	must(!ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size, "a written file");
	check(config_load(2, argv, &config, &diag), true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	diag.text[0] = '\0';
	if (size && data[0] == 'o')
		fuzz_options((const char *)data + 1, size - 1);
	else
		fuzz_file((const char *)data, size);
	return 0;
}
