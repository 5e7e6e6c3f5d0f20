/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_fairness.c - stats --fairness. Two looks at all threads of all processes, some seconds
 * apart. Compared are those that had a CPU or waited for one nearly all the time in between, and may
 * run on all CPUs: of one that sleeps, or is bound, nobody can say what it was due.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cland_msg.h"
#include "clandctl.h"
#include "clandctl_fairness.h"
#include "clandctl_out.h"
#include "clock.h"
#include "exit_codes.h"
#include "fair_shares.h"
#include "proc_comm.h"
#include "small_file.h"

/*
 * Away from both for no more than this: a wait counts when it is over, so that one of the present
 * moment is missing.
 */
#define ASLEEP_MAX_PCT 10
#define KERNEL_THREAD 0x00200000u	/* PF_KTHREAD of the kernel's linux/sched.h */
#define POLICY_EXT 7			/* SCHED_EXT of the kernel's uapi/linux/sched.h */

struct seen {
	pid_t tid;
	uint64_t start;
	uint64_t ran_ns, waited_ns;
	uint32_t weight;
};

struct look {
	struct seen *seen;
	size_t nr, room;
	uint64_t at_ns;
};

/* 0: not of a class that shares by weight. */
static uint32_t weight_of(long nice, unsigned int policy)
{
	static const uint32_t weights[] = CLAND_NICE_WEIGHTS;

	if (policy == SCHED_IDLE)
		return 3;
	if ((policy != SCHED_OTHER && policy != SCHED_BATCH && policy != POLICY_EXT) || nice < -20 || nice > 19)
		return 0;
	return weights[nice + 20];
}

/* Whether the thread may count, and how it stands. */
static bool see(pid_t pid, pid_t tid, struct seen *ret_seen)
{
	unsigned long long ran_ns, waited_ns, start;
	char path[64], text[1024], *at;
	unsigned int flags, policy;
	long nice;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, (int)tid);
	if (small_file_read(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return false;
	/* The name, in parentheses, may hold anything. Behind it, from 1: flags 7, nice 17, start 20, policy 39. */
	at = strrchr(text, ')');
	if (!at || sscanf(at, ") %*c %*s %*s %*s %*s %*s %u %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld %*s %*s %llu "
			      "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %u",
			  &flags, &nice, &start, &policy) != 4)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", (int)pid, (int)tid);
	if (small_file_read(AT_FDCWD, path, text, sizeof(text)) <= 0 ||
	    sscanf(text, "%llu %llu", &ran_ns, &waited_ns) != 2)
		return false;
	*ret_seen = (struct seen){
		.tid = tid, .start = start, .ran_ns = ran_ns, .waited_ns = waited_ns,
		.weight = flags & KERNEL_THREAD ? 0 : weight_of(nice, policy),
	};
	return ret_seen->weight;
}

static int add(struct look *look, const struct seen *seen)
{
	struct seen *more;

	if (look->nr == look->room) {
		look->room = look->room ? 2 * look->room : 1024;
		more = realloc(look->seen, look->room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		look->seen = more;
	}
	look->seen[look->nr++] = *seen;
	return 0;
}

/* The next entry that is a number; 0: there is none. */
static pid_t next_pid(DIR *dir)
{
	struct dirent *entry;
	pid_t pid;

	while ((entry = readdir(dir))) {
		pid = (pid_t)atoi(entry->d_name);
		if (pid > 0)
			return pid;
	}
	return 0;
}

/* Returns 0 or -errno; the caller frees look->seen either way. */
static int look_at_all(struct look *look)
{
	DIR *processes = opendir("/proc"), *threads;
	struct seen seen;
	char path[64];
	pid_t pid, tid;
	int err = 0;

	if (!processes)
		return -errno;
	look->at_ns = monotonic_ns();
	while (!err && (pid = next_pid(processes))) {
		snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
		threads = opendir(path);
		if (!threads)
			continue; /* it has ended */
		while (!err && (tid = next_pid(threads)))
			if (see(pid, tid, &seen))
				err = add(look, &seen);
		closedir(threads);
	}
	closedir(processes);
	return err;
}

static int by_tid(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

static bool may_run_anywhere(pid_t tid, long nr_online)
{
	size_t size = CPU_ALLOC_SIZE(65536);
	cpu_set_t *cpus = CPU_ALLOC(65536);
	bool anywhere = cpus && !sched_getaffinity(tid, size, cpus) && CPU_COUNT_S(size, cpus) >= nr_online;

	if (cpus)
		CPU_FREE(cpus);
	return anywhere;
}

/* Of those who are there in both looks, the ones that competed all the time. claims: room for all of now's. */
static uint32_t find_claims(const struct look *before, const struct look *now, struct fair_claim *claims)
{
	uint64_t time_ns = now->at_ns - before->at_ns;
	long nr_online = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t nr = 0;
	size_t i;

	qsort(before->seen, before->nr, sizeof(*before->seen), by_tid);
	for (i = 0; i < now->nr; i++) {
		const struct seen *is = &now->seen[i], *was;
		uint64_t ran_ns;

		was = bsearch(is, before->seen, before->nr, sizeof(*is), by_tid);
		if (!was || was->start != is->start || was->weight != is->weight)
			continue;
		ran_ns = is->ran_ns - was->ran_ns;
		if (ran_ns + is->waited_ns - was->waited_ns < time_ns / 100 * (100 - ASLEEP_MAX_PCT) ||
		    !may_run_anywhere(is->tid, nr_online))
			continue;
		claims[nr++] = (struct fair_claim){
			.owner = is, .weight = is->weight, .got_s = (double)ran_ns / 1e9,
		};
	}
	return nr;
}

static void print_shares(const struct fair_shares *shares, double seconds, bool json)
{
	const struct seen *seen = shares->furthest ? shares->furthest->owner : NULL;
	char comm[16] = "";

	if (json) {
		printf("{\"seconds\": %.3f, \"tasks\": %u, \"mean_pct\": %.3f, \"max_pct\": %.3f, \"max_pid\": %d}\n",
		       seconds, shares->nr_claims, shares->mean_pct, shares->max_pct, seen ? (int)seen->tid : 0);
		return;
	}
	if (shares->nr_claims < 2) {
		printf("shares: in %.1f s fewer than two tasks wanted a CPU all the time; there is nothing to compare\n",
		       seconds);
		return;
	}
	proc_comm_read(seen->tid, comm);
	printf("shares by nice level: in %.1f s %u tasks wanted a CPU all the time, and were %.1f %% off on average, "
	       "%.1f %% at most (", seconds, shares->nr_claims, shares->mean_pct, shares->max_pct);
	out_text(comm);
	printf(" %d: %.3f s, due %.3f s)\n", (int)seen->tid, shares->furthest->got_s, shares->furthest->due_s);
}

int clandctl_fairness(unsigned int seconds, bool json)
{
	struct look before = { 0 }, now = { 0 };
	struct fair_claim *claims = NULL;
	struct fair_shares shares;
	struct pollfd stop = { .events = POLLIN };
	double took_s;
	uint32_t nr;
	int err;

	stop.fd = clandctl_stop_fd();
	err = look_at_all(&before);
	if (!err) {
		poll(&stop, 1, (int)seconds * 1000);
		err = look_at_all(&now);
	}
	if (!err) {
		claims = calloc(now.nr ? now.nr : 1, sizeof(*claims));
		err = claims ? 0 : -ENOMEM;
	}
	if (!err) {
		took_s = (double)(now.at_ns - before.at_ns) / 1e9;
		nr = find_claims(&before, &now, claims);
		fair_shares_judge(claims, nr, took_s, &shares);
		print_shares(&shares, took_s, json);
	}
	free(claims);
	free(before.seen);
	free(now.seen);
	close(stop.fd);
	return err ? clandctl_error(EXIT_CODE_FAILED, "stats: the threads in /proc cannot be read: %s", strerror(-err)) :
		     EXIT_CODE_OK;
}
