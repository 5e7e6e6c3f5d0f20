/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target for config.h. The input's first byte says what the rest is: 'o' options, one a
 * line; 'l' the texts of several files, with a byte '%' between each two: the vendor's, the
 * machine's, and drop-ins; anything else the text of one file. What is taken must come out of
 * --show-config as a file that says the same. Run: see tests/fuzz/CMakeLists.txt.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "config_show.h"
#include "must.h"

#define MAX_DROP_INS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config config;
static struct diag diag;

static void must_be_param(const struct config_param *param)
{
	must(config_is_policy_name(param->policy), "params.policy");
	must(param->key[0] && param->value[0], "params.key");
	must(param->origin[0], "params.origin");
}

/* The file behind fd then has this text and no other. */
static void rewrite(int fd, const char *text, size_t size)
{
	must(!ftruncate(fd, 0) && pwrite(fd, text, size, 0) == (ssize_t)size, "a written file");
}

static void must_show_again(void)
{
	static struct config again;
	static char option[64];
	static int fd = -1;
	char *argv[] = { "scx-cland", option, NULL }, *text = NULL;
	struct config_diff diff;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (fd < 0) {
		fd = memfd_create("shown", 0);
		must(fd >= 0, "a file in memory");
		snprintf(option, sizeof(option), "--config=/proc/self/fd/%d", fd);
	}
	must(out, "a stream");
	config_show(&config, out);
	must(!fclose(out), "a stream that ends");
	rewrite(fd, text, size);
	must(!config_load(2, argv, &again, &diag), "what was shown is taken");
	free(text);
	if (config_diff_of(&config, &again, &diff)) {
		fprintf(stderr, "differs: %s\n", diff.text);
		abort();
	}
	must(!strcmp(config.mode, again.mode) && config.nr_modes == again.nr_modes, "the modes");
	must(config.nr_rules == again.nr_rules, "the rules");
	must(config.nr_autos == again.nr_autos, "the rules that are followed");
}

static void must_have_modes(void)
{
	static struct config in_mode;
	const struct config_mode *mode;
	size_t i, j;

	must(config.nr_modes <= CONFIG_MAX_MODES, "nr_modes");
	for (i = 0; i < config.nr_modes; i++) {
		mode = &config.modes[i];
		must(config_is_policy_name(mode->name), "modes.name");
		must(mode->nr_params <= CONFIG_MAX_MODE_PARAMS, "modes.nr_params");
		for (j = 0; j < mode->nr_params; j++)
			must_be_param(&mode->params[j]);
		/* more parameters than fit is all that can be wrong */
		if (config_apply_mode(&config, mode->name, &in_mode, &diag))
			continue;
		must(!strcmp(in_mode.mode, mode->name), "the mode");
		must(!config_apply_mode(&in_mode, CONFIG_NO_MODE, &in_mode, &diag), "no mode");
		must(in_mode.nr_params == config.base.nr_params, "the base again");
		must(!strcmp(in_mode.policy, config.base.policy), "the base's policy");
	}
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
	for (i = 0; i < config.nr_params; i++)
		must_be_param(&config.params[i]);
	must_have_modes();
	/* any other action reads no files, and looks for no mode in them */
	if (config.action == CONFIG_ACTION_RUN || config.action == CONFIG_ACTION_SHOW_CONFIG)
		must_show_again();
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

/* What --check-config tells: the first mistake is the one that a start tells, too. */
static void must_tell_all(char *argv[])
{
	static struct config all;
	char *text = NULL;
	size_t size, at = 0;
	FILE *out = open_memstream(&text, &size);
	int err;

	must(out, "a stream");
	err = config_load_all(2, argv, NULL, &all, out);
	must(!fclose(out), "a stream that ends");
	must(err == config_load(2, argv, &config, &diag), "the same error by both");
	must(!err == !size, "a line for each mistake");
	/* up to what is not shown as it is */
	while (err && diag.text[at] > 0 && diag.text[at] < 0x7f)
		at++;
	must(!strncmp(text, diag.text, at), "the same sentence");
	free(text);
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
	rewrite(fd, data, size);
	must_tell_all(argv);
	diag.text[0] = '\0';
	check(config_load(2, argv, &config, &diag), true);
}

static char dir[] = "/tmp/fuzz_config.XXXXXX";
static char paths[2 + MAX_DROP_INS][64];
static int fds[2 + MAX_DROP_INS];
static struct config_places places;

static void remove_files(void)
{
	size_t i;

	for (i = 0; i < 2 + MAX_DROP_INS; i++)
		unlink(paths[i]);
	rmdir(places.dir);
	rmdir(dir);
}

static void make_files(void)
{
	size_t i;

	must(mkdtemp(dir), "a folder");
	snprintf(paths[0], sizeof(paths[0]), "%s/vendor.ini", dir);
	snprintf(paths[1], sizeof(paths[1]), "%s/machine.ini", dir);
	snprintf(places.dir, sizeof(places.dir), "%s/d", dir);
	must(!mkdir(places.dir, 0700), "a folder of drop-ins");
	for (i = 0; i < 2 + MAX_DROP_INS; i++) {
		if (i >= 2)
			snprintf(paths[i], sizeof(paths[i]), "%s/d/%zu.ini", dir, i);
		fds[i] = open(paths[i], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		must(fds[i] >= 0, "a file");
	}
	strcpy(places.vendor_file, paths[0]);
	strcpy(places.file, paths[1]);
	atexit(remove_files);
}

static void fuzz_layers(const char *data, size_t size)
{
	char *argv[] = { "scx-cland", NULL };
	const char *end = data + size, *next;
	size_t i;

	if (!places.file[0])
		make_files();
	for (i = 0; i < 2 + MAX_DROP_INS; i++) {
		next = data < end ? memchr(data, '%', (size_t)(end - data)) : NULL;
		rewrite(fds[i], data, (size_t)((next ? next : end) - data));
		data = next ? next + 1 : end;
	}
	check(config_load_from(1, argv, &places, &config, &diag), true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	diag.text[0] = '\0';
	if (size && data[0] == 'o')
		fuzz_options((const char *)data + 1, size - 1);
	else if (size && data[0] == 'l')
		fuzz_layers((const char *)data + 1, size - 1);
	else
		fuzz_file((const char *)data, size);
	return 0;
}
