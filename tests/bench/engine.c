/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench-engine - what a decision costs without a kernel: a task leaves the queue, computes, asks,
 * and is queued again by its new rank, with so many others queued.
 *
 * For a policy that is the decision loop as the agent runs it (every request asks: strict), the
 * policy, and the queue by rank as the simulator has it. For "queue", "heap" and "tree" it is the
 * queue alone, ours and two of the C++ library, whose ranks grow as virtual times do.
 *
 * Contenders take turns; one line for each turn: NAME tasks=N operations=N ns=N, CPU time for one,
 * and instructions=N and cache_misses=N for one where the machine counts them.
 *
 * Usage: bench-engine TASKS OPERATIONS TURNS NAME...    NAME: queue, heap, tree, or a policy's file
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../load/clock.h"
#include "containers.h"
#include "dsq.h"
#include "subject.h"

#define NR_TASKS_MAX	  10000000
#define NR_OPERATIONS_MAX 1000000000
#define NR_TURNS_MAX	  1000
#define NR_CONTENDERS_MAX 16
/* Requests that the loop finds at a time. */
#define BATCH 32u
#define USED_MAX_NS 3000000u
/* A million requests a second, so that the loop's tick is there as often as with so busy an agent. */
#define REQUEST_NS 1000u
#define FIRST_PID 100

static uint64_t random_state = 88172645463325252ULL;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(((random_state >> 32) * limit) >> 32);
}

/* ---- our queue, as a container ---------------------------------------------------------------- */

struct queue {
	struct dsq dsq;
	struct dsq_node nodes[];
};

static void *queue_create(uint32_t nr_tasks)
{
	struct queue *queue = calloc(1, sizeof(*queue) + nr_tasks * sizeof(queue->nodes[0]));
	uint32_t i;

	if (!queue)
		err(1, "a queue of %u tasks", nr_tasks);
	for (i = 0; i < nr_tasks; i++)
		queue->nodes[i].priority = random_below(UINT32_MAX);
	return queue;
}

static void queue_insert(void *container, uint64_t rank, uint32_t task)
{
	struct queue *queue = container;

	dsq_insert(&queue->dsq, &queue->nodes[task], rank);
}

static uint32_t queue_pop(void *container, uint64_t *ret_rank)
{
	struct queue *queue = container;
	struct dsq_node *first = dsq_first(&queue->dsq);

	*ret_rank = first->key;
	dsq_remove(first);
	return (uint32_t)(first - queue->nodes);
}

static const struct container_ops container_queue = {
	"queue", queue_create, queue_insert, queue_pop, free,
};

/* ---- contenders ------------------------------------------------------------------------------- */

struct contender {
	const char *name;
	const struct container_ops *ops;
	void *container;
	bool has_policy;	/* else ranks grow by what was used, and nobody is asked */
	struct subject subject;
	uint64_t clock_ns;
};

static uint32_t nr_tasks;

static void answer(struct contender *c)
{
	struct fake_backend *fb = &c->subject.machine.fb;
	size_t i;

	while (fake_backend_queued(fb))
		if (loop_turn(&c->subject.loop) < 0)
			errx(1, "%s: the loop failed", c->name);
	for (i = 0; i < fb->nr_decisions; i++)
		if (!(fb->decisions[i].flags & CLAND_DECISION_LEASE_ONLY))
			c->ops->insert(c->container, fb->decisions[i].rank_ns, fb->decisions[i].slot);
	fake_backend_forget_decisions(fb);
}

/* A task that was taken out has computed, and either goes on or has slept. */
static void ask(struct contender *c, uint32_t slot)
{
	struct fake_backend *fb = &c->subject.machine.fb;
	struct cland_task *task = &fb->slots[slot].task;
	uint32_t used_ns = random_below(USED_MAX_NS);

	if (task->vtime_ns > c->clock_ns)
		c->clock_ns = task->vtime_ns;
	task->vtime_ns += used_ns;
	task->used_ns += used_ns;
	task->used_since_wakeup_ns += used_ns;
	task->clock_ns = c->clock_ns;
	task->flags = 0;
	if (used_ns & 1) {
		task->flags = CLAND_TASK_WAKEUP;
		task->burst_avg_ns = (task->burst_avg_ns * 3 + task->used_since_wakeup_ns) / 4;
		task->used_since_wakeup_ns = 0;
		task->nr_wakeups++;
		task->last_wakeup_ns = fb->now_ns;
	}
	fb->now_ns += REQUEST_NS;
	fake_backend_ask(fb, slot);
}

static void contender_init(struct contender *c, const char *name)
{
	static const struct container_ops *const containers[] = {
		&container_queue, &container_heap, &container_tree,
	};
	uint32_t i;

	c->name = name;
	c->ops = &container_queue;
	c->has_policy = true;
	for (i = 0; i < sizeof(containers) / sizeof(containers[0]); i++)
		if (!strcmp(name, containers[i]->name)) {
			c->ops = containers[i];
			c->has_policy = false;
		}
	c->container = c->ops->create(nr_tasks);
	if (!c->has_policy) {
		for (i = 0; i < nr_tasks; i++)
			c->ops->insert(c->container, random_below(USED_MAX_NS), i);
		return;
	}
	subject_open(&c->subject, name, nr_tasks, 1, true);
	for (i = 0; i < nr_tasks; i++) {
		c->clock_ns = fake_backend_arrive(&c->subject.machine.fb, i, FIRST_PID + (int32_t)i)
				      ->task.clock_ns;
		ask(c, i);
		if (i % BATCH == BATCH - 1 || i == nr_tasks - 1)
			answer(c);
	}
}

static void contender_destroy(struct contender *c)
{
	c->ops->destroy(c->container);
	if (c->has_policy)
		subject_close(&c->subject);
}

/* A function of its own, for callgrind's --toggle-collect. */
static void __attribute__((noinline)) operate(struct contender *c, uint64_t nr_operations)
{
	uint32_t batch = nr_tasks < BATCH ? nr_tasks : BATCH, i;
	uint64_t rank;

	for (; nr_operations; nr_operations -= batch) {
		if (batch > nr_operations)
			batch = (uint32_t)nr_operations;
		for (i = 0; i < batch; i++) {
			uint32_t task = c->ops->pop(c->container, &rank);

			if (c->has_policy)
				ask(c, task);
			else
				c->ops->insert(c->container, rank + random_below(USED_MAX_NS), task);
		}
		if (c->has_policy)
			answer(c);
	}
}

/* ---- counters --------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint64_t config;
} counters[] = {
	{ "instructions", PERF_COUNT_HW_INSTRUCTIONS },
	{ "cache_misses", PERF_COUNT_HW_CACHE_MISSES },
};

#define NR_COUNTERS (sizeof(counters) / sizeof(counters[0]))

/* A descriptor, or -1 where the machine does not count that. */
static int counter_open(uint64_t config)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_HARDWARE,
		.config = config,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.disabled = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static void measure(struct contender *c, uint64_t nr_operations, const int *counter_fds)
{
	uint64_t begin_ns, took_ns, number;
	size_t i;

	for (i = 0; i < NR_COUNTERS; i++)
		if (counter_fds[i] >= 0) {
			ioctl(counter_fds[i], PERF_EVENT_IOC_RESET, 0);
			ioctl(counter_fds[i], PERF_EVENT_IOC_ENABLE, 0);
		}
	begin_ns = cpu_ns();
	operate(c, nr_operations);
	took_ns = cpu_ns() - begin_ns;
	printf("%s tasks=%u operations=%" PRIu64 " ns=%.1f", c->name, nr_tasks, nr_operations,
	       (double)took_ns / (double)nr_operations);
	for (i = 0; i < NR_COUNTERS; i++)
		if (counter_fds[i] >= 0) {
			ioctl(counter_fds[i], PERF_EVENT_IOC_DISABLE, 0);
			if (read(counter_fds[i], &number, sizeof(number)) == sizeof(number))
				printf(" %s=%.2f", counters[i].name,
				       (double)number / (double)nr_operations);
		}
	printf("\n");
	fflush(stdout);
}

/* Returns: the number in text, 1..max. */
static uint64_t argument(const char *what, const char *text, uint64_t max)
{
	char *end;
	uint64_t number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || *end || !number || number > max)
		errx(2, "%s: %s is not 1 to %" PRIu64, what, text, max);
	return number;
}

int main(int argc, char *argv[])
{
	static struct contender contenders[NR_CONTENDERS_MAX];
	int counter_fds[NR_COUNTERS], nr = argc - 4, i;
	uint64_t nr_operations, nr_turns;

	if (nr < 1 || nr > NR_CONTENDERS_MAX)
		errx(2, "usage: bench-engine TASKS OPERATIONS TURNS NAME... (%d names at most)",
		     NR_CONTENDERS_MAX);
	nr_tasks = (uint32_t)argument("TASKS", argv[1], NR_TASKS_MAX);
	nr_operations = argument("OPERATIONS", argv[2], NR_OPERATIONS_MAX);
	nr_turns = argument("TURNS", argv[3], NR_TURNS_MAX);
	for (i = 0; i < (int)NR_COUNTERS; i++)
		counter_fds[i] = counter_open(counters[i].config);
	for (i = 0; i < nr; i++)
		contender_init(&contenders[i], argv[i + 4]);
	while (nr_turns--)
		for (i = 0; i < nr; i++)
			measure(&contenders[i], nr_operations, counter_fds);
	for (i = 0; i < nr; i++)
		contender_destroy(&contenders[i]);
	return 0;
}
