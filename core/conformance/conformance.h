/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conformance.h - everything that is wrong with a policy's file: what it says of itself, read
 * without running it, then how it behaves on a made-up machine, in processes of its own that it may
 * crash, hang or end. Needs neither root nor a kernel with sched_ext.
 *
 * Used by clandctl and by the tests of policies. Non-logging: the caller is told line by line.
 */
#ifndef CLAND_CONFORMANCE_H
#define CLAND_CONFORMANCE_H

#include <stdbool.h>
#include <stdint.h>

/* What one request may cost: rank() and lease() together on average, and any single hot call. */
#define CONFORMANCE_REQUEST_MAX_NS 10000u
#define CONFORMANCE_CALL_MAX_NS	   1000000u
/* How long a task may be runnable beside equals without running once. */
#define CONFORMANCE_WAIT_MAX_NS 3000000000ULL
/* The agent gives create() as long. */
#define CONFORMANCE_LIMIT_DEFAULT_S 15u

enum conformance_status {
	CONFORMANCE_PASSED,
	CONFORMANCE_FAILED,
	CONFORMANCE_NOT_RUN,
	CONFORMANCE_NOTE,	/* nothing wrong, but worth knowing */
};

struct conformance_line {
	enum conformance_status status;
	const char *check;	/* one or two words */
	const char *text;	/* what is wrong and what to do, or what was seen. May be "" */
};

struct conformance_options {
	const char *path;
	uint32_t limit_s;	/* a call that takes longer hangs; 0: wait for ever */
	uint64_t seed;		/* of the made-up load */
	/*
	 * Run the policy in this process, for a debugger: what crashes, hangs or exits does so
	 * here, and calls to the system and looks at the clock are not watched.
	 */
	bool in_process;
	/* Called for each check in a fixed order, and once for each fault of one that failed. */
	void (*tell)(void *data, const struct conformance_line *line);
	void *data;
};

struct conformance_count {
	uint32_t nr_passed, nr_failed, nr_not_run;
};

/*
 * conformance_check - try it all. Returns 0 when the file is a policy's and every check could be
 * judged or was left out for a stated reason (*ret_count says how many passed and failed), -ENOEXEC
 * when it is not a policy at all, or -errno when this process cannot try anything.
 */
int conformance_check(const struct conformance_options *options,
		      struct conformance_count *ret_count);

#endif
