/* SPDX-License-Identifier: GPL-2.0-only */
#include "../../bpf/cland.bpf.c"

#include "stub.h"

#include <stdio.h>

_Static_assert(STUB_DSQ_PARK == DSQ_PARK && STUB_DSQ_REST == DSQ_REST, "others look at these");

int stub_open(const struct stub_options *options, struct stub_shared *ret_shared)
{
	uint32_t nr_cpus = options->nr_cpus, i;
	int err;

	nr_cpu_ids = nr_cpus;
	cpu_mask = CLAND_CPUS_MAX - 1;
	__builtin_memset(cpus, 0, nr_cpus * sizeof(cpus[0]));
	__builtin_memset(counts, 0, nr_cpus * sizeof(counts[0]));
	nr_llcs = options->nr_llcs;
	queue_mask = CLAND_QUEUES_MAX - 1;
	nr_queues = nr_llcs + nr_cpus;
	__builtin_memset(queues, 0, nr_queues * sizeof(queues[0]));
	max_tasks = options->max_tasks;
	rescue_ns = options->rescue_ns;
	strict = options->strict;
#define ARRAY(name, nr) stub_map_array(&(name).map, sizeof(*(name).value), nr)
	err = ARRAY(llc_of_cpu, nr_cpus) ||
	      ARRAY(slots, options->max_tasks) ||
	      ARRAY(rings, nr_cpus) || ARRAY(agent_page, 1) || ARRAY(cgroups, CLAND_CGROUPS_MAX) ||
	      ARRAY(cgroup_locks, CLAND_CGROUPS_MAX) ||
	      ARRAY(timers, 2) || stub_map_array(&exit_dump.map, 1, 1) ||
	      stub_map_queue(&free_slots.map, options->max_tasks) ||
	      stub_map_queue(&free_cgroups.map, CLAND_CGROUPS_MAX) ||
	      stub_map_hash(&cgroup_of_id.map, CLAND_CGROUPS_MAX);
#undef ARRAY
	if (err)
		return -12; /* ENOMEM */
	__builtin_memcpy(llc_of_cpu.map.data, options->llc_of_cpu, nr_cpus * sizeof(uint32_t));
	for (i = 0; i < options->nr_slots; i++)
		stub_map_push(&free_slots.map, &options->slots[i]);
	nr_slots_used = options->nr_slots;
	*ret_shared = (struct stub_shared){
		.slots = (const void *)slots.map.data,
		.cgroups = (const void *)cgroups.map.data,
		.rings = (void *)rings.map.data,
		.page = (void *)agent_page.map.data,
	};
	return 0;
}

void stub_close(void)
{
	struct stub_map *const maps[] = {
		&llc_of_cpu.map, &slots.map, &rings.map, &agent_page.map,
		&cgroups.map, &cgroup_locks.map, &timers.map, &exit_dump.map,
		&free_slots.map, &free_cgroups.map, &cgroup_of_id.map,
	};
	size_t i;

	for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		stub_map_free(maps[i]);
}

int stub_apply(struct cland_apply_args *args)
{
	return cland_apply(args);
}

int stub_register(struct cland_register_args *args)
{
	return cland_register(args);
}

void stub_process_exit(struct task_struct *p)
{
	cland_process_exit(p);
}

uint64_t stub_rescue_rounds_ns(uint32_t nr_ahead)
{
	return nr_ahead / RESCUE_TIMER_MAX * PARK_TIMER_NS;
}

bool stub_rests(struct task_struct *p)
{
	return is_at_rest(p);
}

void stub_timer_fired(void (*fn)(void), struct bpf_timer *timer)
{
	/* The callbacks that the stub sets take the element that the timer is in. */
	((int (*)(void *, int *, struct timer *))fn)(NULL, NULL, (struct timer *)(void *)timer);
}

size_t stub_storage_size(void)
{
	return sizeof(struct task_ctx);
}

bool stub_is_doorbell(const struct stub_map *map)
{
	return map == &doorbell.map;
}

uint64_t stub_queue_name(uint64_t dsq_id, char *ret_name, size_t size)
{
	u64 queue = (dsq_id - DSQ_QUEUE_0) / 2;

	if (dsq_id == DSQ_PARK)
		snprintf(ret_name, size, "for the policy");
	else if (dsq_id == DSQ_EXPRESS)
		snprintf(ret_name, size, "express");
	else if (dsq_id == DSQ_STARVED)
		snprintf(ret_name, size, "starved");
	else if (dsq_id == DSQ_REST)
		snprintf(ret_name, size, "resting agent");
	else if (dsq_id < DSQ_QUEUE_0)
		snprintf(ret_name, size, "queue %llu", (unsigned long long)dsq_id);
	else if (queue < nr_llcs)
		snprintf(ret_name, size, "cache %llu", (unsigned long long)queue);
	else
		snprintf(ret_name, size, "only CPU %llu", (unsigned long long)(queue - nr_llcs));
	return dsq_id < DSQ_QUEUE_0 ? dsq_id : DSQ_QUEUE_0 + queue;
}

uint64_t stub_stat(enum cland_stat stat)
{
	u64 sum = 0;
	u32 cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		sum += counts[cpu].stats[stat];
	return sum;
}

const struct cland_histogram *stub_timed(enum cland_histogram_id id)
{
	static struct cland_histogram sum;
	u32 cpu, i;

	__builtin_memset(&sum, 0, sizeof(sum));
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		const struct cland_histogram *h = &counts[cpu].histograms[id];

		sum.sum_ns += h->sum_ns;
		for (i = 0; i < CLAND_HISTOGRAM_BUCKETS; i++)
			sum.counts[i] += h->counts[i];
	}
	return &sum;
}

uint64_t stub_nr_timed(enum cland_histogram_id id)
{
	const struct cland_histogram *h = stub_timed(id);
	u64 nr = 0;
	u32 i;

	for (i = 0; i < CLAND_HISTOGRAM_BUCKETS; i++)
		nr += h->counts[i];
	return nr;
}

bool stub_view(struct task_struct *p, struct stub_task_view *ret_view)
{
	struct task_ctx *t = task_get(p);
	struct queue *q = t ? queue_get(t->queue) : NULL;

	if (!t || !q)
		return false;
	*ret_view = (struct stub_task_view){
		.vtime_ns = t->vtime_ns,
		.clock_ns = q->clock_ns,
		.queued_ns = t->queued_ns,
		.offset_ns = (u64)t->lease.offset_ns,
		.slice_ns = t->lease.slice_ns,
		.preempt_ns = t->lease.preempt_ns,
		.lease_until_ns = t->lease.until_ns,
		.rate = t->lease.rate,
		.queue = t->queue,
		.slot = t->slot,
		.parked = t->seq != t->answered_seq,
	};
	return true;
}
