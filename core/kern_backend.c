/* SPDX-License-Identifier: GPL-2.0-only */
#include "kern_backend.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

_Static_assert(CLAND_TASK_WAKEUP == CLAND_SLOT_WAKEUP && CLAND_TASK_PINNED == CLAND_SLOT_PINNED &&
		       CLAND_TASK_KTHREAD == CLAND_SLOT_KTHREAD,
	       "slot flags are handed to the policy as they are");
_Static_assert(CLAND_LEASE_KEEP == CLAND_LM_KEEP && CLAND_RATE_ONE == CLAND_RATE_UNIT,
	       "lease terms are handed to the stub as they are");
_Static_assert(sizeof(((struct cland_task *)0)->comm) == sizeof(((struct cland_slot *)0)->comm),
	       "comm is copied whole");

struct kern_backend {
	const struct cland_slot *slots;	/* read-only */
	struct cland_ring *rings;	/* we write the tails */
	struct cland_agent_page *page;
	struct ring_buffer *doorbell;
	size_t slots_bytes, rings_bytes, page_bytes;
	uint32_t nr_cpus, max_tasks;
	uint32_t next_ring;		/* where to look first: no ring is favoured */
	int apply_fd;
};

static int doorbell_heard(void *ctx, void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
	return 0;
}

static size_t page_align(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

static int map_shared(int fd, int prot, size_t bytes, void **ret_addr)
{
	void *addr = mmap(NULL, bytes, prot, MAP_SHARED, fd, 0);

	if (addr == MAP_FAILED)
		return -errno;
	*ret_addr = addr;
	return 0;
}

int kern_backend_open(const struct kern_agent_fds *fds, uint32_t nr_cpus, uint32_t max_tasks,
		      struct kern_backend **ret_backend, struct diag *diag)
{
	struct kern_backend *kb = calloc(1, sizeof(*kb));
	void *slots = NULL, *rings = NULL, *page = NULL;
	uint32_t cpu;
	int err = -ENOMEM;

	if (!kb)
		goto fail;
	kb->nr_cpus = nr_cpus;
	kb->max_tasks = max_tasks;
	kb->apply_fd = fds->apply;
	kb->slots_bytes = page_align(max_tasks * sizeof(struct cland_slot));
	kb->rings_bytes = page_align(nr_cpus * sizeof(struct cland_ring));
	kb->page_bytes = page_align(sizeof(struct cland_agent_page));
	err = map_shared(fds->slots, PROT_READ, kb->slots_bytes, &slots);
	kb->slots = slots;
	if (err)
		goto fail;
	err = map_shared(fds->rings, PROT_READ | PROT_WRITE, kb->rings_bytes, &rings);
	kb->rings = rings;
	if (err)
		goto fail;
	err = map_shared(fds->page, PROT_READ | PROT_WRITE, kb->page_bytes, &page);
	kb->page = page;
	if (err)
		goto fail;
	/* What an agent before us has left unread is rescued, or stale by now. */
	for (cpu = 0; cpu < nr_cpus; cpu++)
		kb->rings[cpu].tail = kb->rings[cpu].head;
	kb->doorbell = ring_buffer__new(fds->doorbell, doorbell_heard, NULL, NULL);
	if (!kb->doorbell) {
		err = -errno;
		goto fail;
	}
	*ret_backend = kb;
	return 0;
fail:
	kern_backend_close(kb);
	return diag_set(diag, err, "the memory shared with the kernel cannot be mapped: %s",
			strerror(-err));
}

void kern_backend_close(struct kern_backend *kb)
{
	if (!kb)
		return;
	ring_buffer__free(kb->doorbell);
	if (kb->slots)
		munmap((void *)(uintptr_t)kb->slots, kb->slots_bytes);
	if (kb->rings)
		munmap(kb->rings, kb->rings_bytes);
	if (kb->page)
		munmap(kb->page, kb->page_bytes);
	free(kb);
}

static uint64_t kern_now_ns(void *backend)
{
	struct timespec ts;

	(void)backend;
	clock_gettime(CLOCK_MONOTONIC, &ts); /* the vDSO: no system call */
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

/* The only place where a shared slot becomes the public struct cland_task. */
static void kern_slot_to_task(const struct cland_slot *slot, uint32_t index,
			      struct backend_task *ret_task)
{
	*ret_task = (struct backend_task){
		.seq = slot->seq,
		.owner_seq = slot->owner_seq,
		.lease_until_ns = slot->lease_until_ns,
		.slot = index,
		.task = {
			.now_ns = slot->now_ns,
			.vtime_ns = slot->vtime_ns,
			.clock_ns = slot->clock_ns,
			.used_ns = slot->used_ns,
			.used_since_wakeup_ns = slot->used_since_wakeup_ns,
			.burst_avg_ns = slot->burst_avg_ns,
			.nr_wakeups = slot->nr_wakeups,
			.last_wakeup_ns = slot->last_wakeup_ns,
			.pid = slot->pid,
			.tgid = slot->tgid,
			.waker_pid = slot->waker_pid,
			.weight = slot->weight,
			.cpu = slot->cpu,
			.nr_cpus_allowed = slot->nr_cpus_allowed,
			.flags = slot->flags,
			.queue = slot->queue,
		},
	};
	memcpy(ret_task->task.comm, slot->comm, sizeof(ret_task->task.comm));
	ret_task->task.comm[sizeof(ret_task->task.comm) - 1] = '\0';
	/* The policy divides by it, and we cannot know that the copy is not a mixture. */
	if (!ret_task->task.weight)
		ret_task->task.weight = CLAND_WEIGHT_NICE_0;
}

static bool ring_pop(struct cland_ring *ring, struct cland_request *ret_request)
{
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	uint64_t tail = ring->tail;

	if (head == tail)
		return false;
	if (head - tail > CLAND_RING_ENTRIES) {
		ring->tail = head; /* somebody has written over it: start anew */
		return false;
	}
	*ret_request = ring->req[tail & (CLAND_RING_ENTRIES - 1)];
	__atomic_store_n(&ring->tail, tail + 1, __ATOMIC_RELEASE);
	return true;
}

/* A request whose task has moved on is not worth a question: its decision would be stale. */
static bool kern_next_task(void *backend, struct backend_task *ret_task)
{
	struct kern_backend *kb = backend;
	struct cland_request request;
	uint32_t i;

	for (i = 0; i < kb->nr_cpus; i++) {
		uint32_t cpu = (kb->next_ring + i) % kb->nr_cpus;

		while (ring_pop(&kb->rings[cpu], &request)) {
			const struct cland_slot *slot;

			if (request.slot >= kb->max_tasks)
				continue;
			slot = &kb->slots[request.slot];
			if (__atomic_load_n(&slot->seq, __ATOMIC_ACQUIRE) != request.seq)
				continue;
			kern_slot_to_task(slot, request.slot, ret_task);
			/* Written anew meanwhile: a mixture of two, and stale anyway. */
			__atomic_thread_fence(__ATOMIC_ACQUIRE);
			if (__atomic_load_n(&slot->seq_begin, __ATOMIC_RELAXED) != request.seq)
				continue;
			kb->next_ring = cpu + 1;
			return true;
		}
	}
	return false;
}

static int kern_read_task(void *backend, uint32_t index, struct backend_task *ret_task)
{
	struct kern_backend *kb = backend;
	const struct cland_slot *slot = &kb->slots[index];

	if (!__atomic_load_n(&slot->seq, __ATOMIC_ACQUIRE))
		return -ENOENT;
	if (!slot->owner_seq)
		return 0;
	kern_slot_to_task(slot, index, ret_task);
	return 1;
}

static int kern_push(void *backend, const struct cland_decision_msg *decisions, size_t nr,
		     struct backend_push_result *ret_result)
{
	struct kern_backend *kb = backend;
	struct cland_apply_args args = { .nr = (uint32_t)nr };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &args, .ctx_size_in = sizeof(args)); /* answers there, too */
	int err;

	memcpy(kb->page->batch, decisions, nr * sizeof(*decisions));
	err = bpf_prog_test_run_opts(kb->apply_fd, &opts);
	if (err)
		return err;
	*ret_result = (struct backend_push_result){
		.nr_applied = args.nr_applied,
		.nr_stale = args.nr_stale,
		.nr_bad = args.nr_bad,
	};
	return 0;
}

static bool rings_empty(struct kern_backend *kb)
{
	uint32_t cpu;

	for (cpu = 0; cpu < kb->nr_cpus; cpu++)
		if (__atomic_load_n(&kb->rings[cpu].head, __ATOMIC_SEQ_CST) != kb->rings[cpu].tail)
			return false;
	return true;
}

static int kern_wait(void *backend, uint64_t until_ns)
{
	struct kern_backend *kb = backend;
	uint64_t now_ns = kern_now_ns(kb);
	struct epoll_event event;
	int timeout_ms, n;

	if (now_ns >= until_ns)
		return 0;
	timeout_ms = (int)((until_ns - now_ns + 999999) / 1000000);
	/* First say that we sleep, then look once more: the stub does the reverse. */
	__atomic_store_n(&kb->page->asleep, 1, __ATOMIC_SEQ_CST);
	if (rings_empty(kb)) {
		n = epoll_wait(ring_buffer__epoll_fd(kb->doorbell), &event, 1, timeout_ms);
		if (n < 0 && errno != EINTR)
			return -errno;
	}
	__atomic_store_n(&kb->page->asleep, 0, __ATOMIC_RELAXED);
	n = ring_buffer__consume(kb->doorbell);
	return n < 0 ? n : 0;
}

const struct backend_ops kern_backend_ops = {
	.now_ns = kern_now_ns,
	.next_task = kern_next_task,
	.read_task = kern_read_task,
	.push = kern_push,
	.wait = kern_wait,
};
