/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_policy_check.c - the conformance run as a command: one line for each check.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "clandctl.h"
#include "clandctl_out.h"
#include "clandctl_policy.h"
#include "config.h"
#include "conformance/conformance.h"
#include "exit_codes.h"
#include "policy_meta.h"
#include "suggest.h"

/* Checks that were not tried for one reason make one line. */
struct printer {
	bool verbose;
	unsigned int nr_not_run;
	char not_run[384], why[128];
};

static void print_not_run(struct printer *printer)
{
	char nr[32];

	snprintf(nr, sizeof(nr), "%u checks", printer->nr_not_run);
	if (printer->nr_not_run == 1)
		printf("-       %-13s  not tried: %s\n", printer->not_run, printer->why);
	else if (printer->nr_not_run)
		printf("-       %-13s  not tried: %s (%s)\n", nr, printer->why, printer->not_run);
	printer->nr_not_run = 0;
}

static void note_not_run(struct printer *printer, const struct conformance_line *line)
{
	if (printer->nr_not_run && strcmp(printer->why, line->text) != 0)
		print_not_run(printer);
	if (!printer->nr_not_run++) {
		snprintf(printer->why, sizeof(printer->why), "%s", line->text);
		printer->not_run[0] = '\0';
	}
	suggest_list(printer->not_run, sizeof(printer->not_run), line->check);
}

static void print_line(void *data, const struct conformance_line *line)
{
	static const char *const words[] = {
		[CONFORMANCE_PASSED] = "ok",
		[CONFORMANCE_FAILED] = "FAILED",
		[CONFORMANCE_NOTE] = "note",
	};
	struct printer *printer = data;

	if (line->status == CONFORMANCE_NOTE && !printer->verbose)
		return;
	if (line->status == CONFORMANCE_NOT_RUN) {
		note_not_run(printer, line);
		return;
	}
	print_not_run(printer);
	printf("%-6s  ", words[line->status]);
	if (line->status != CONFORMANCE_PASSED || printer->verbose) {
		printf("%-13s  ", line->check);
		out_text(line->text);
	} else {
		fputs(line->check, stdout);
	}
	putchar('\n');
}

/* "--KEY=N". Returns 1 when arg is it, 0 when it is not, and -1 when N is none. */
static int number_option(const char *arg, const char *key, uint64_t max, uint64_t *ret_value)
{
	size_t len = strlen(key);

	if (strncmp(arg, key, len) != 0 || arg[len] != '=')
		return 0;
	if (config_parse_u64(arg + len + 1, ret_value) || *ret_value > max) {
		clandctl_error(EXIT_CODE_USAGE, "policy check: %s=%.32s: expected a whole number "
			       "up to %llu", key, arg + len + 1, (unsigned long long)max);
		return -1;
	}
	return 1;
}

/* Returns EXIT_CODE_OK or EXIT_CODE_USAGE. */
static int parse(int argc, char *argv[], struct conformance_options *options, bool *ret_verbose)
{
	uint64_t limit_s = CONFORMANCE_LIMIT_DEFAULT_S;
	int i, is;

	for (i = 1; i < argc; i++) {
		is = number_option(argv[i], "--limit", 3600, &limit_s);
		if (!is)
			is = number_option(argv[i], "--seed", UINT64_MAX, &options->seed);
		if (is < 0)
			return EXIT_CODE_USAGE;
		if (is)
			continue;
		if (!strcmp(argv[i], "--verbose") || !strcmp(argv[i], "-v")) {
			*ret_verbose = true;
			continue;
		}
		if (!strcmp(argv[i], "--in-process")) {
			options->in_process = true;
			continue;
		}
		if (argv[i][0] == '-' || options->path)
			return clandctl_error(EXIT_CODE_USAGE, "policy check: unexpected '%.64s'; "
					      "expected one policy and options, see clandctl "
					      "policy check --help", argv[i]);
		options->path = argv[i];
	}
	options->limit_s = (uint32_t)limit_s;
	if (options->path)
		return EXIT_CODE_OK;
	return clandctl_error(EXIT_CODE_USAGE, "policy check: which one? Give a policy's file or "
			      "name");
}

static void print_summary(const char *path, const struct conformance_count *count)
{
	out_text(path);
	if (count->nr_failed)
		printf(": %u of %u checks failed", count->nr_failed,
		       count->nr_passed + count->nr_failed + count->nr_not_run);
	else
		printf(": %u checks passed", count->nr_passed);
	if (count->nr_not_run)
		printf(", %u not tried", count->nr_not_run);
	printf("\n");
}

static bool is_file_here(const char *name)
{
	size_t len = strlen(name);

	return !strchr(name, '/') && len > 3 && !strcmp(name + len - 3, ".so");
}

int clandctl_policy_check(int argc, char *argv[])
{
	char path[sizeof(((struct policy_meta *)0)->path)], named[sizeof(path)];
	struct conformance_count count = { 0 };
	struct conformance_options options = { .seed = 1, .tell = print_line };
	struct printer printer = { .verbose = false };
	struct diag diag;
	int err;

	options.data = &printer;
	if (parse(argc, argv, &options, &printer.verbose))
		return EXIT_CODE_USAGE;
	/* a file here may well be meant without "./" before it */
	snprintf(named, sizeof(named), "%s%s", is_file_here(options.path) ? "./" : "",
		 options.path);
	if (policy_meta_find(named, path, sizeof(path), &diag))
		return clandctl_error(EXIT_CODE_NOT_FOUND, "%s", diag.text);
	options.path = path;
	err = conformance_check(&options, &count);
	if (err && err != -ENOEXEC)
		return clandctl_error(EXIT_CODE_FAILED, "%s: cannot be tried here: %s",
				      options.path, strerror(-err));
	print_not_run(&printer);
	print_summary(options.path, &count);
	if (err)
		return EXIT_CODE_NOT_A_POLICY;
	return count.nr_failed ? EXIT_CODE_POLICY : EXIT_CODE_OK;
}
