/* SPDX-License-Identifier: GPL-2.0-only */
#include "dsq.h"

#include <stddef.h>

void dsq_append(struct dsq *dsq, struct dsq_node *node, bool at_head)
{
	node->dsq = dsq;
	node->seq = ++dsq->seq;
	node->by_key = false;
	node->left = at_head ? NULL : dsq->last;
	node->right = at_head ? dsq->first : NULL;
	if (node->left)
		node->left->right = node;
	else
		dsq->first = node;
	if (node->right)
		node->right->left = node;
	else
		dsq->last = node;
	dsq->nr++;
}

static void list_remove(struct dsq *dsq, struct dsq_node *node)
{
	if (node->left)
		node->left->right = node->right;
	else
		dsq->first = node->right;
	if (node->right)
		node->right->left = node->left;
	else
		dsq->last = node->left;
}

/* Put other in the place of node below node's parent. */
static void replace_child(struct dsq *dsq, struct dsq_node *node, struct dsq_node *other)
{
	struct dsq_node *parent = node->parent;

	if (!parent)
		dsq->root = other;
	else if (parent->left == node)
		parent->left = other;
	else
		parent->right = other;
	if (other)
		other->parent = parent;
}

/* The child takes the place of its parent, which becomes its child. */
static void rotate_up(struct dsq *dsq, struct dsq_node *child)
{
	struct dsq_node *parent = child->parent, *moved;

	replace_child(dsq, parent, child);
	if (parent->left == child) {
		moved = child->right;
		child->right = parent;
		parent->left = moved;
	} else {
		moved = child->left;
		child->left = parent;
		parent->right = moved;
	}
	parent->parent = child;
	if (moved)
		moved->parent = parent;
}

void dsq_insert(struct dsq *dsq, struct dsq_node *node, uint64_t key)
{
	struct dsq_node **link = &dsq->root, *parent = NULL;
	bool is_first = true;

	node->dsq = dsq;
	node->seq = ++dsq->seq;
	node->by_key = true;
	node->key = key;
	node->left = node->right = NULL;
	while (*link) {
		parent = *link;
		/* The key wraps: order is the sign of the difference. Equal ones in turn. */
		if ((int64_t)(key - parent->key) < 0) {
			link = &parent->left;
		} else {
			link = &parent->right;
			is_first = false;
		}
	}
	node->parent = parent;
	*link = node;
	while (node->parent && node->parent->priority < node->priority)
		rotate_up(dsq, node);
	if (is_first)
		dsq->first = node;
	dsq->nr++;
}

static void tree_remove(struct dsq *dsq, struct dsq_node *node)
{
	if (dsq->first == node)
		dsq->first = dsq_next(node);
	while (node->left && node->right)
		rotate_up(dsq, node->left->priority < node->right->priority ? node->right :
									      node->left);
	replace_child(dsq, node, node->left ? node->left : node->right);
}

void dsq_remove(struct dsq_node *node)
{
	struct dsq *dsq = node->dsq;

	if (node->by_key)
		tree_remove(dsq, node);
	else
		list_remove(dsq, node);
	dsq->nr--;
	node->dsq = NULL;
}

struct dsq_node *dsq_first(const struct dsq *dsq)
{
	return dsq->nr ? dsq->first : NULL;
}

struct dsq_node *dsq_last(const struct dsq *dsq)
{
	struct dsq_node *node = dsq->root;

	if (!dsq->nr)
		return NULL;
	if (!dsq->first->by_key)
		return dsq->last;
	while (node->right)
		node = node->right;
	return node;
}

struct dsq_node *dsq_next(const struct dsq_node *node)
{
	struct dsq_node *at = node->right;

	if (!node->by_key)
		return at;
	if (at) {
		while (at->left)
			at = at->left;
		return at;
	}
	while (node->parent && node->parent->right == node)
		node = node->parent;
	return node->parent;
}

struct dsq_node *dsq_prev(const struct dsq_node *node)
{
	struct dsq_node *at = node->left;

	if (!node->by_key)
		return at;
	if (at) {
		while (at->right)
			at = at->right;
		return at;
	}
	while (node->parent && node->parent->left == node)
		node = node->parent;
	return node->parent;
}
