/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * containers.h - queues by rank made of what the C++ standard library has: a binary heap
 * (std::priority_queue) and a red-black tree (std::set, whose nodes it allocates). Equal ranks
 * leave in the order of their numbers.
 */
#ifndef BENCH_CONTAINERS_H
#define BENCH_CONTAINERS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A queue of tasks, by number. pop() of an empty one is a mistake. */
struct container_ops {
	const char *name;
	void *(*create)(uint32_t nr_tasks);
	void (*insert)(void *container, uint64_t rank, uint32_t task);
	/* take out the task of the lowest rank; *ret_rank: which that was */
	uint32_t (*pop)(void *container, uint64_t *ret_rank);
	void (*destroy)(void *container);
};

extern const struct container_ops container_heap, container_tree;

#ifdef __cplusplus
}
#endif

#endif
