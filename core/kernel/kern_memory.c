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
bool kern_memory_next(struct kern_memory *memory, struct backend_task *ret_task)
{
	struct cland_request request;
	uint32_t i;

	for (i = 0; i < memory->nr_cpus; i++) {
		uint32_t cpu = (memory->next_ring + i) % memory->nr_cpus;

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
			if (__atomic_load_n(&slot->seq_begin, __ATOMIC_RELAXED) != request.seq)
				continue;
			memory->next_ring = cpu + 1;
			return true;
		}
	}
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
	uint32_t cpu;

	for (cpu = 0; cpu < memory->nr_cpus; cpu++)
		if (__atomic_load_n(&memory->rings[cpu].head, __ATOMIC_SEQ_CST) != memory->rings[cpu].tail)
			return false;
	return true;
}
