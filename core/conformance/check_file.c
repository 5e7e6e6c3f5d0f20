/* SPDX-License-Identifier: GPL-2.0-only */
#include "checks.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static void file_found(void *data, enum policy_meta_part part, const char *sentence)
{
	static const enum check checks[] = {
		[POLICY_META_PART_FILE] = CHECK_FILE,
		[POLICY_META_PART_TABLE] = CHECK_TABLE,
		[POLICY_META_PART_PARAMS] = CHECK_PARAMS,
	};
	struct run *run = data;

	FAULT(run, checks[part], "%s", sentence);
}

/* What a policy takes from a clock or from chance, whenever it calls it. */
static bool is_of_chance(const char *name)
{
	static const char *const names[] = {
		"clock",	 "clock_gettime", "gettimeofday", "time", "timespec_get", "rand",
		"random",	 "drand48",	  "lrand48",	  "mrand48", "getrandom", "getentropy",
		"arc4random",	 "nanosleep",	  "usleep",	  "sleep", "clock_nanosleep",
		"pthread_create", "fork",	  "system",
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

/* Names that compilers, linkers and sanitizers keep for themselves; C++ mangles ours to _Z... */
static bool is_of_toolchain(const char *name)
{
	return !strncmp(name, "__", 2) || !strcmp(name, "_init") || !strcmp(name, "_fini") ||
	       !strcmp(name, "_edata") || !strcmp(name, "_end");
}

static void file_symbol(void *data, enum policy_meta_symbol kind, const char *name)
{
	struct run *run = data;

	if (kind == POLICY_META_SYMBOL_EXPORTED && strcmp(name, CLAND_POLICY_SYMBOL) != 0 &&
	    !is_of_toolchain(name))
		FAULT(run, CHECK_SYMBOLS,
		      "exports %.128s, too: build with -fvisibility=hidden, or make it static", name);
	else if (kind == POLICY_META_SYMBOL_IMPORTED && is_of_chance(name))
		NOTE(run, CHECK_SYMBOLS,
		     "uses %.64s(): the load below finds it in [hot] functions only where it comes "
		     "by; time and chance are arguments of the policy's functions",
		     name);
}

int check_file(struct run *run)
{
	struct diag diag;
	int err;

	err = policy_meta_examine(run->options->path, &run->meta, file_found, run);
	if (report_has_fault(run->report, CHECK_FILE))
		return -ENOEXEC;
	report_judged(run->report, CHECK_FILE);
	report_judged(run->report, CHECK_TABLE);
	if (!report_has_fault(run->report, CHECK_TABLE))
		report_judged(run->report, CHECK_PARAMS);
	report_seen(run->report, CHECK_FILE, "a shared object of this machine");
	policy_meta_symbols(run->options->path, file_symbol, run, &diag);
	report_judged(run->report, CHECK_SYMBOLS);
	if (err)
		return err;
	report_seen(run->report, CHECK_TABLE,
		    "%s%s%s, interface %" PRIu32 ".%" PRIu32 ", %" PRIu32
		    " private bytes for each task",
		    run->meta.name, run->meta.version[0] ? " " : "", run->meta.version,
		    run->meta.abi_major, run->meta.abi_minor, run->meta.task_priv_size);
	report_seen(run->report, CHECK_PARAMS, "%zu", run->meta.nr_params);
	return 0;
}
