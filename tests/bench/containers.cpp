/* SPDX-License-Identifier: GPL-2.0-only */
#include "containers.h"

#include <functional>
#include <queue>
#include <set>
#include <utility>
#include <vector>

namespace {

using entry = std::pair<uint64_t, uint32_t>;
using heap = std::priority_queue<entry, std::vector<entry>, std::greater<entry>>;
using tree = std::set<entry>;

void *heap_create(uint32_t nr_tasks)
{
	std::vector<entry> room;

	room.reserve(nr_tasks);
	return new heap(std::greater<entry>(), std::move(room));
}

void heap_insert(void *container, uint64_t rank, uint32_t task)
{
	static_cast<heap *>(container)->emplace(rank, task);
}

uint32_t heap_pop(void *container, uint64_t *ret_rank)
{
	heap *h = static_cast<heap *>(container);
	entry first = h->top();

	h->pop();
	*ret_rank = first.first;
	return first.second;
}

void heap_destroy(void *container)
{
	delete static_cast<heap *>(container);
}

void *tree_create(uint32_t)
{
	return new tree();
}

void tree_insert(void *container, uint64_t rank, uint32_t task)
{
	static_cast<tree *>(container)->emplace(rank, task);
}

uint32_t tree_pop(void *container, uint64_t *ret_rank)
{
	tree *t = static_cast<tree *>(container);
	entry first = *t->begin();

	t->erase(t->begin());
	*ret_rank = first.first;
	return first.second;
}

void tree_destroy(void *container)
{
	delete static_cast<tree *>(container);
}

} // namespace

extern const struct container_ops container_heap = {
	"heap", heap_create, heap_insert, heap_pop, heap_destroy,
};

extern const struct container_ops container_tree = {
	"tree", tree_create, tree_insert, tree_pop, tree_destroy,
};
