/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One source, many policies: built with HOW, the name of a function of it, each rank()s like a sane
 * one until it serves, then does that. They have no lease(), so that every enqueue asks them.
 */
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <scx-cland/policy.h>

#include "cland_msg.h"

/* As an agent has it; whoever changes core/agent/agent.c is told by the test that misses the harm. */
#define FD_APPLY 9
#define NR_SLOTS 64

#define BURST 5

static volatile uint64_t sink;
static uint64_t nr_calls;
static struct cland_agent_page *page;
static const struct cland_slot *slots;

/* noinline, so that the backtrace has their names. */
#define HARM static __attribute__((noinline, used)) uint64_t
#define MAYBE __attribute__((unused))

HARM MAYBE do_segv(const struct cland_task *task)
{
	volatile int *volatile nowhere = (int *)(uintptr_t)16;

	*nowhere = 1;
	return task->clock_ns;
}

HARM MAYBE do_ill(const struct cland_task *task)
{
#if defined(__x86_64__)
	__asm__ volatile("ud2");
#else
	__asm__ volatile(".inst 0");
#endif
	return task->clock_ns;
}

HARM MAYBE do_fpe(const struct cland_task *task)
{
	volatile int zero = 0;

	sink = (uint64_t)(1000 / zero);
	raise(SIGFPE); /* where a division by zero is none */
	return task->clock_ns;
}

HARM MAYBE do_abort(const struct cland_task *task)
{
	(void)task;
	abort();
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winfinite-recursion"
HARM MAYBE do_overflow(const struct cland_task *task)
{
	volatile char room[4096];

	room[task->pid & 1] = 1;
	return do_overflow(task) + (uint64_t)room[0];
}
#pragma GCC diagnostic pop

HARM MAYBE do_spin(const struct cland_task *task)
{
	while (sink < UINT64_MAX)
		sink++;
	return task->clock_ns;
}

HARM MAYBE do_sleep(const struct cland_task *task)
{
	const struct timespec day = { .tv_sec = 86400 };

	nanosleep(&day, NULL);
	return task->clock_ns;
}

HARM MAYBE do_exit(const struct cland_task *task)
{
	(void)task;
	exit(0);
}

/* Without libc, whose handlers end the child. */
HARM MAYBE do_fork(const struct cland_task *task)
{
	if (nr_calls < BURST)
		syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	else
		abort();
	return task->clock_ns;
}

HARM MAYBE do_close(const struct cland_task *task)
{
	int fd;

	/* One by one: close_range() is none of the calls that the cage allows. */
	for (fd = 0; fd < 1024; fd++)
		syscall(SYS_close, fd);
	return task->clock_ns;
}

HARM MAYBE do_heap(const struct cland_task *task)
{
	char *volatile block = malloc(40);
	volatile char *before = block - 16; /* what malloc() keeps of it */
	int i;

	for (i = 0; i < 40; i++)
		before[i] = 'A';
	free(block);
	return task->clock_ns;
}

HARM MAYBE do_gigabyte(const struct cland_task *task)
{
	char *volatile block = malloc(1u << 30);

	memset(block, 1, 1u << 30);
	sink = (uint64_t)block[nr_calls];
	return task->clock_ns;
}

HARM MAYBE do_nothing(const struct cland_task *task)
{
	(void)task;
	return 0;
}

HARM MAYBE do_wrap(const struct cland_task *task)
{
	static const uint64_t ranks[] = { 0, UINT64_MAX, 1ULL << 63, 1 };

	return nr_calls % 5 == 4 ? task->clock_ns - UINT64_MAX / 2 : ranks[nr_calls % 4];
}

HARM MAYBE do_lease(const struct cland_task *task)
{
	return task->clock_ns;
}

/*
 * What the interface has no words for, past the host to the kernel: the same task twice, tasks that
 * are gone, slots that are not, more decisions than there is room for, requests of another's.
 */
HARM MAYBE do_decisions(const struct cland_task *task)
{
	struct cland_apply_args args = { .nr = nr_calls % 2 ? CLAND_BATCH_MAX : 1000000 };
	union bpf_attr attr = { 0 };
	uint32_t i;

	if (!page || !slots)
		abort();
	for (i = 0; i < CLAND_BATCH_MAX; i++) {
		const struct cland_slot *slot = &slots[i / 2 % NR_SLOTS];

		page->batch[i] = (struct cland_decision_msg){
			.seq = i % 7 ? slot->seq : slot->owner_seq + i,
			.slot = i % 5 ? i / 2 % NR_SLOTS : UINT32_MAX - i,
			.flags = i % 3 ? 0 : UINT32_MAX << (i % 2),
			.weight = i % 11 ? slot->weight : 0,
			.rank_ns = (uint64_t)i << 60,
			.lease = { .valid_ns = UINT64_MAX, .slice_ns = UINT64_MAX, .rate = 0,
				   .offset_ns = INT64_MIN, .credit_ns = UINT64_MAX,
				   .preempt_ns = UINT64_MAX, .flags = UINT32_MAX },
		};
	}
	attr.test.prog_fd = FD_APPLY;
	attr.test.ctx_in = (uint64_t)(uintptr_t)&args;
	attr.test.ctx_size_in = sizeof(args);
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr.test)) < 0)
		abort();
	return task->clock_ns;
}

/*
 * The memory shared with the kernel, whose descriptors are closed by now, is there to be found:
 * what may be written and is as large as the page of decisions, and what may only be read and is
 * the largest.
 */
static int create(const struct cland_host *host, const union cland_value *values, void **ret_policy)
{
	const size_t page_bytes = (sizeof(*page) + 4095) & ~(size_t)4095;
	FILE *maps = fopen("/proc/self/maps", "re");
	size_t largest = 0;
	char line[512];

	(void)host;
	(void)values;
	(void)ret_policy;
	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long begin, end;
		char rights[5];

		if (sscanf(line, "%lx-%lx %4s", &begin, &end, rights) != 3 || !strstr(line, "bpf-map"))
			continue;
		if (!strcmp(rights, "rw-s") && end - begin == page_bytes)
			page = (struct cland_agent_page *)begin;
		if (!strcmp(rights, "r--s") && end - begin > largest) {
			largest = end - begin;
			slots = (const struct cland_slot *)begin;
		}
	}
	if (maps)
		fclose(maps);
	return 0;
}

static uint64_t misbehave_rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	if (!task->pid) /* a rehearsal */
		return task->clock_ns;
	nr_calls++;
	return HOW(task);
}

#ifdef LEASES
static void misbehave_lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	static const struct cland_lease bad[] = {
		{ .slice_ns = 0, .rate = 0, .offset_ns = INT64_MIN, .flags = UINT32_MAX },
		{ .valid_ns = UINT64_MAX, .credit_ns = UINT64_MAX, .slice_ns = UINT64_MAX,
		  .preempt_ns = UINT64_MAX, .offset_ns = INT64_MAX, .rate = UINT32_MAX },
	};

	(void)policy;
	*lease = bad[(uint32_t)task->pid % 2];
}
#endif

CLAND_POLICY(.name = NAME, .summary = "does harm", .create = create, .rank = misbehave_rank,
#ifdef LEASES
	     .lease = misbehave_lease,
#endif
);
