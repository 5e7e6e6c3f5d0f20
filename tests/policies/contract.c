/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * contract - what policy.h demands of every policy, tried on a made-up load: some thousand requests
 * of some hundred tasks of every weight that come and go on one CPU, with leases and without.
 *
 *	- every request is decided once, and none is lost;
 *	- the terms of leases are within their ranges, ranks mostly within the window of the clock;
 *	- hot functions call neither the allocator nor the system;
 *	- the same load makes for the same decisions: time and chance come only from the host;
 *	- the policy can be destroyed while tasks live.
 *
 * Usage: contract POLICY.so [SEED]	Exit code: 0, 1 when the policy breaks a rule, 2 when it
 *					cannot be tried
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "no_syscalls.h"
#include "subject.h"

#define NR_SLOTS 400u
#define SECOND_NS 1000000000ULL
/* The host clamps such ranks; a policy that lives by that has mistaken the scale. */
#define OUTSIDE_MAX_PCT 10

/* What the other process found. */
struct twin {
	struct machine_result result;
	int unchecked;		/* errno of why system calls were not watched */
	volatile int syscall_nr; /* -1: none */
};

static int nr_broken;

static void expect(bool good, const char *mode, const char *what)
{
	if (good)
		return;
	nr_broken++;
	printf("%s: %s\n", mode, what);
}

static int try(struct subject *subject, bool strict)
{
	/* Leases leave little to ask, and only that ends the load. */
	uint64_t seconds = strict ? 600 : 120, max_requests = strict ? 12000 : UINT64_MAX;

	machine_crowd(&subject->machine);
	return machine_run(&subject->machine, &subject->loop,
			   subject->machine.fb.now_ns + seconds * SECOND_NS, max_requests);
}

/* The same in a process that may call nothing. */
static void try_watched(struct subject *subject, bool strict, const char *mode, struct twin *twin)
{
	int status;
	pid_t pid;

	memset(twin, 0, sizeof(*twin));
	twin->syscall_nr = -1;
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(2);
	}
	if (!pid) {
		twin->unchecked = -no_syscalls(&twin->syscall_nr);
		if (try(subject, strict))
			_exit(2);
		twin->result = subject->machine.result;
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid) {
		perror("waitpid");
		exit(2);
	}
	if (twin->unchecked == ENOTSUP)
		printf("%s: system calls are not watched under a sanitizer\n", mode);
	else if (twin->unchecked) {
		fprintf(stderr, "seccomp: %s\n", strerror(twin->unchecked));
		exit(2);
	}
	if (twin->syscall_nr >= 0) {
		nr_broken++;
		printf("%s: a hot function calls the system: number %d\n", mode, twin->syscall_nr);
	} else {
		expect(WIFEXITED(status) && !WEXITSTATUS(status), mode,
		       "the process that ran it did not end well");
	}
}

static void check(const struct subject *subject, bool strict, const char *mode)
{
	const struct machine_result *r = &subject->machine.result;
	uint64_t outside_pct = r->nr_decided ? 100 * r->nr_outside_window / r->nr_decided : 0;

	printf("%s: %" PRIu64 " requests, %" PRIu64 " renewals, %" PRIu64 " tasks came and %" PRIu64
	       " went, %" PRIu64 " ranks outside the window (%" PRIu64 " %%)\n",
	       mode, r->nr_requests, r->nr_renewed, r->nr_arrived, r->nr_left, r->nr_outside_window,
	       outside_pct);
	/* The load is what it claims to be. */
	expect(r->nr_requests >= (strict ? 12000 : 1000), mode, "the load asked too little");
	expect(r->nr_left >= 300, mode, "too few tasks came to an end");
	expect(r->nr_alive >= 10, mode, "no tasks were left for destroy()");

	expect(r->nr_requests == r->nr_decided + r->nr_queued, mode,
	       "requests are not the sum of what was decided and what is queued");
	expect(!r->nr_queued, mode, "requests were left unanswered");
	expect(outside_pct <= OUTSIDE_MAX_PCT, mode,
	       "ranks are not on the scale of clock_ns: too many are far from it");
	if (r->nr_bad) {
		nr_broken++;
		printf("%s: %" PRIu64 " answers break a rule; the first: %s\n", mode, r->nr_bad,
		       r->bad);
	}
	if (r->nr_allocs) {
		nr_broken++;
		printf("%s: hot functions called the allocator %" PRIu64 " times\n", mode,
		       r->nr_allocs);
	}
}

int main(int argc, char **argv)
{
	static const char *const modes[] = { "leased", "strict" };
	static struct subject subject;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	struct twin *twin;
	int strict;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "Usage: contract POLICY.so [SEED]\n");
		return 2;
	}
	twin = mmap(NULL, sizeof(*twin), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (twin == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	for (strict = 0; strict <= 1; strict++) {
		subject_open(&subject, argv[1], NR_SLOTS, seed, strict);
		try_watched(&subject, strict, modes[strict], twin);
		if (try(&subject, strict))
			expect(false, modes[strict], "the loop failed");
		check(&subject, strict, modes[strict]);
		expect(twin->syscall_nr >= 0 ||
			       twin->result.hash == subject.machine.result.hash,
		       modes[strict], "the same load did not get the same decisions");
		subject_close(&subject);
	}
	return nr_broken ? 1 : 0;
}
