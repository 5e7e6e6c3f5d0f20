/* SPDX-License-Identifier: GPL-2.0-only */
#include "kern_memory.h"

#include <errno.h>
#include <string.h>

_Static_assert(CLAND_TASK_WAKEUP == CLAND_SLOT_WAKEUP && CLAND_TASK_PINNED == CLAND_SLOT_PINNED &&
		       CLAND_TASK_KTHREAD == CLAND_SLOT_KTHREAD,
	       "slot flags are handed to the policy as they are");
_Static_assert(CLAND_LEASE_KEEP == CLAND_LM_KEEP && CLAND_LEASE_CROWD == CLAND_LM_CROWD &&
		       CLAND_RATE_ONE == CLAND_RATE_UNIT,
	       "lease terms are handed to the stub as they are");
_Static_assert(sizeof(((struct cland_task *)0)->comm) == sizeof(((struct cland_slot *)0)->comm),
	       "comm is copied whole");

void kern_memory_serve(struct kern_memory *memory)
{
	/* Whoever serves writes the page. The agent before us may have wanted other things, or left some. */
	memory->page->wants_loads = memory->wants_loads;
	memory->page->nr_yielded = 0;
	memory->page->waits = CLAND_AGENT_AWAKE;
	/* Nor is it known what it has taken of asked and not read: look at each ring once. */
	memset(memory->unread, 0xff, sizeof(memory->unread));
	memory->serves = true;
}

/* The only place where a shared slot becomes the public struct cland_task. */
static void kern_slot_to_task(const struct kern_memory *memory, const struct cland_slot *slot,
			      uint32_t index, struct backend_task *ret_task)
{
	uint32_t cgroup = slot->cgroup < CLAND_CGROUPS_MAX ? slot->cgroup : CLAND_CGROUP_NONE;

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
			.cgroup_id = memory->cgroups[cgroup].id,
			.cgroup = cgroup,
			.cgroup_weight = memory->cgroups[cgroup].weight,
		},
	};
	memcpy(ret_task->task.comm, slot->comm, sizeof(ret_task->task.comm));
	ret_task->task.comm[sizeof(ret_task->task.comm) - 1] = '\0';
	/* The policy divides by it, and we cannot know that the copy is not a mixture. */
	if (!ret_task->task.weight)
		ret_task->task.weight = CLAND_WEIGHT_NICE_0;
	if (!ret_task->task.cgroup_weight)
		ret_task->task.cgroup_weight = CLAND_CGROUP_WEIGHT_DEFAULT;
	ret_task->kernel_weight = ret_task->task.weight;
	if (memory->hints)
		hint_table_get(memory->hints, index, ret_task->owner_seq, &ret_task->hint);
}

const struct cland_cgroup *kern_memory_cgroup(struct kern_memory *memory, uint32_t index,
					      uint64_t now_ns)
{
	const struct cland_cgroup_slot *slot = &memory->cgroups[index];
	struct cland_cgroup *cgroup = &memory->cgroup;
	int tries = 4; /* read in the middle of a change for so often: off by what one change is */
	uint64_t seq, since_ns;

	if (index >= CLAND_CGROUPS_MAX || (index != CLAND_CGROUP_NONE && !slot->weight))
		return NULL;
	memory->wants_loads = true;
	if (memory->serves)
		memory->page->wants_loads = 1;
	do {
		seq = __atomic_load_n(&slot->seq, __ATOMIC_ACQUIRE);
		*cgroup = (struct cland_cgroup){
			.id = slot->id,
			.runnable_ns = slot->runnable_ns,
			.runnable_weight_ns = slot->runnable_weight_ns,
			.weight_now = slot->weight_now,
			.weight = slot->weight,
			.parent = slot->parent < CLAND_CGROUPS_MAX ? slot->parent : CLAND_CGROUP_NONE,
			.level = slot->level,
			.nr_now = slot->nr_now,
		};
		since_ns = now_ns - slot->changed_ns;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (__atomic_load_n(&slot->seq_begin, __ATOMIC_RELAXED) != seq && --tries);
	/* The stub may have changed it after now_ns was read. */
	if ((int64_t)since_ns > 0) {
		cgroup->runnable_ns += since_ns * cgroup->nr_now;
		cgroup->runnable_weight_ns += since_ns * cgroup->weight_now;
	}
	return cgroup;
}

static bool ring_pop(struct cland_ring *ring, struct cland_request *ret_request)
{
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_SEQ_CST); /* not before take_unread() */
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
static bool ring_next(struct kern_memory *memory, uint32_t cpu, struct backend_task *ret_task)
{
	struct cland_request request;

	while (ring_pop(&memory->rings[cpu], &request)) {
		const struct cland_slot *slot;

		if (request.slot >= memory->max_tasks)
			continue;
		slot = &memory->slots[request.slot];
		if (__atomic_load_n(&slot->seq, __ATOMIC_ACQUIRE) != request.seq)
			continue;
		kern_slot_to_task(memory, slot, request.slot, ret_task);
		/* Written anew meanwhile: a mixture of two, and stale anyway. */
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&slot->seq_begin, __ATOMIC_RELAXED) == request.seq)
			return true;
	}
	return false;
}

static bool ring_is_read(const struct cland_ring *ring)
{
	return __atomic_load_n(&ring->head, __ATOMIC_SEQ_CST) == ring->tail;
}

static uint32_t nr_words(const struct kern_memory *memory)
{
	return (memory->nr_cpus + CLAND_ASKED_BITS - 1) / CLAND_ASKED_BITS;
}

static uint32_t first_cpu(uint32_t word, uint64_t bits)
{
	return word * CLAND_ASKED_BITS + (uint32_t)__builtin_ctzll(bits);
}

/* The rings of a word that may hold something. */
static uint64_t unread_in(const struct kern_memory *memory, uint32_t word)
{
	return memory->unread[word] | __atomic_load_n(&memory->page->asked[word], __ATOMIC_SEQ_CST);
}

/* The same, to be read: what the stub says is taken before, and it says so again of what comes later. */
static uint64_t take_unread(struct kern_memory *memory, uint32_t word)
{
	__u64 *asked = &memory->page->asked[word];

	if (__atomic_load_n(asked, __ATOMIC_RELAXED))
		memory->unread[word] |= __atomic_exchange_n(asked, 0, __ATOMIC_SEQ_CST);
	return memory->unread[word];
}

/* The next request of these CPUs of a word, the lowest first. */
static bool word_next(struct kern_memory *memory, uint32_t word, uint64_t among,
		      struct backend_task *ret_task)
{
	uint64_t bits = take_unread(memory, word) & among;

	for (; bits; bits &= bits - 1) {
		uint32_t cpu = first_cpu(word, bits);
		bool found = cpu < memory->nr_cpus && ring_next(memory, cpu, ret_task);

		if (!found || ring_is_read(&memory->rings[cpu]))
			memory->unread[word] &= ~(bits & -bits);
		if (!found)
			continue;
		memory->next_ring = cpu + 1 < memory->nr_cpus ? cpu + 1 : 0;
		return true;
	}
	return false;
}

/* The next request, from the ring on whose turn it is. */
static bool next_in_turn(struct kern_memory *memory, struct backend_task *ret_task)
{
	uint32_t nr = nr_words(memory), first = memory->next_ring / CLAND_ASKED_BITS, word, i;
	uint64_t from_next = ~0ULL << memory->next_ring % CLAND_ASKED_BITS;

	if (word_next(memory, first, from_next, ret_task))
		return true;
	for (i = 1; i < nr; i++) {
		word = first + i < nr ? first + i : first + i - nr;
		if (word_next(memory, word, ~0ULL, ret_task))
			return true;
	}
	return word_next(memory, first, ~from_next, ret_task);
}

bool kern_memory_next(struct kern_memory *memory, struct backend_task *ret_task)
{
	uint32_t word, nr = nr_words(memory);

	/* Most looks find nobody, and are over here. */
	for (word = 0; word < nr; word++)
		if (unread_in(memory, word))
			return next_in_turn(memory, ret_task);
	return false;
}

int kern_memory_read(struct kern_memory *memory, uint32_t index, struct backend_task *ret_task)
{
	const struct cland_slot *slot = &memory->slots[index];

	if (!__atomic_load_n(&slot->seq, __ATOMIC_ACQUIRE))
		return -ENOENT;
	if (!slot->owner_seq)
		return 0;
	kern_slot_to_task(memory, slot, index, ret_task);
	return 1;
}

bool kern_memory_is_read(const struct kern_memory *memory)
{
	uint32_t word, nr = nr_words(memory);
	uint64_t bits;

	for (word = 0; word < nr; word++)
		/* It may have been read since it was said. */
		for (bits = unread_in(memory, word); bits; bits &= bits - 1) {
			uint32_t cpu = first_cpu(word, bits);

			if (cpu < memory->nr_cpus && !ring_is_read(&memory->rings[cpu]))
				return false;
		}
	return true;
}
