/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * longest-wait - how long tasks had to wait for a CPU, of all that are not real-time, by the
 * kernel's own tracepoints.
 *
 * For each line on stdin it prints one: longest_wait_ms=... of pid=... comm=..., since the line
 * before, and begins anew. Who waits at that moment counts with the time until then. Ends with
 * stdin.
 *
 * Usage: longest-wait [--histogram]    then before that line one for each length of waits that there
 * were, "wait_ns=LEAST nr=N", the shortest first; four lengths for each power of two.
 */
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "longest.skel.h"
#include "longest_msg.h"
#include "runnable.h"

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

/* Of those that still wait. Returns its time, *ret_pid. */
static uint64_t longest_waiting(int map_fd, uint64_t begin_ns, int32_t *ret_pid)
{
	uint64_t since_ns, longest_ns = 0, now = now_ns();
	struct runnable_since since;
	int32_t pid, next;
	int ret = bpf_map_get_next_key(map_fd, NULL, &next);

	for (; !ret; ret = bpf_map_get_next_key(map_fd, &pid, &next)) {
		pid = next;
		if (bpf_map_lookup_elem(map_fd, &pid, &since))
			continue;
		since_ns = since.ns < begin_ns ? begin_ns : since.ns;
		if (now > since_ns && now - since_ns > longest_ns) {
			longest_ns = now - since_ns;
			*ret_pid = pid;
		}
	}
	return longest_ns;
}

static void print_histogram(struct longest *skel)
{
	unsigned int i;

	for (i = 0; i < LONGEST_BUCKETS; i++)
		if (skel->bss->waits[i])
			printf("wait_ns=%llu nr=%llu\n", longest_bucket_ns(i), skel->bss->waits[i]);
	memset(skel->bss->waits, 0, sizeof(skel->bss->waits));
}

int main(int argc, char *argv[])
{
	bool histogram = argc == 2 && !strcmp(argv[1], "--histogram");
	struct longest *skel;
	uint64_t begin_ns, waiting_ns;
	int32_t pid = 0;
	char line[80];

	if (argc > 1 && !histogram)
		errx(2, "'%s' is not expected: only --histogram is", argv[1]);
	skel = longest__open_and_load();
	if (!skel || longest__attach(skel))
		err(1, "the tracepoints");
	setlinebuf(stdout);
	begin_ns = now_ns();
	while (fgets(line, sizeof(line), stdin)) {
		if (histogram)
			print_histogram(skel);
		waiting_ns = longest_waiting(bpf_map__fd(skel->maps.runnable), begin_ns, &pid);
		if (waiting_ns > skel->bss->longest_ns)
			printf("longest_wait_ms=%.1f of pid=%d, which still waits\n",
			       (double)waiting_ns / 1e6, pid);
		else
			printf("longest_wait_ms=%.1f of pid=%d comm=%.16s\n",
			       (double)skel->bss->longest_ns / 1e6, skel->bss->longest_pid,
			       skel->bss->longest_comm);
		begin_ns = now_ns();
		skel->bss->longest_ns = 0;
	}
	longest__destroy(skel);
	return 0;
}
