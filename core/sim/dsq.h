/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dsq.h - a dispatch queue of sched_ext: tasks in the order put in, or in the order of a number of
 * theirs that wraps (the kernel's "vtime"). A queue is of one kind as long as it is not empty.
 *
 * By number it is a treap: a tree that is balanced because each node's priority is made of the
 * task's own number. Putting in, taking out and stepping on cost the logarithm of what is in it; by
 * arrival it is a list, and they cost nothing.
 */
#ifndef CLAND_SIM_DSQ_H
#define CLAND_SIM_DSQ_H

#include <stdbool.h>
#include <stdint.h>

/* A task's place in the queue it is in. */
struct dsq_node {
	struct dsq *dsq;	/* NULL: in none */
	struct dsq_node *parent, *left, *right; /* a list uses left for before, right for after */
	uint64_t key;		/* by which it is ordered */
	uint64_t seq;		/* when it was put in: counts what the queue has seen */
	uint32_t priority;	/* of the tree */
	bool by_key;
};

struct dsq {
	uint64_t id;
	uint64_t seq;		/* of the latest one put in */
	struct dsq_node *root;	/* tree */
	struct dsq_node *first, *last; /* list; of the tree the cached first */
	uint32_t nr;
	uint32_t traced_nr;	/* the length that a trace has last said */
};

/* dsq_is_mixed - whether putting in a task in this way would mix two orders. */
static inline bool dsq_is_mixed(const struct dsq *dsq, bool by_key)
{
	return dsq->nr && dsq->first->by_key != by_key;
}

void dsq_append(struct dsq *dsq, struct dsq_node *node, bool at_head);
void dsq_insert(struct dsq *dsq, struct dsq_node *node, uint64_t key);
/* dsq_remove - out of the queue it is in. */
void dsq_remove(struct dsq_node *node);

struct dsq_node *dsq_first(const struct dsq *dsq);
struct dsq_node *dsq_last(const struct dsq *dsq);
struct dsq_node *dsq_next(const struct dsq_node *node);
struct dsq_node *dsq_prev(const struct dsq_node *node);

#endif
