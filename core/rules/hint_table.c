/* SPDX-License-Identifier: GPL-2.0-only */
#include "hint_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Changes that a reader may be behind before it has to look at every slot. A power of two. */
#define NR_CHANGED 1024u

/* owner_seq is 0 while the hint is being written. */
struct entry {
	uint64_t owner_seq;
	struct hint hint;
	uint32_t reserved;
};

struct page {
	uint64_t nr_changes;	/* made so far */
	uint32_t changed[NR_CHANGED];
	struct entry entries[];
};

struct hint_table {
	struct page *page;
	size_t bytes;
	uint32_t max_tasks;
	uint64_t nr_seen;	/* changes that this reader has been told of */
};

static int map(int fd, int prot, uint32_t max_tasks, struct hint_table **ret_table)
{
	struct hint_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->max_tasks = max_tasks;
	table->bytes = sizeof(struct page) + max_tasks * sizeof(struct entry);
	table->page = mmap(NULL, table->bytes, prot, MAP_SHARED, fd, 0);
	if (table->page == MAP_FAILED) {
		int err = -errno;

		free(table);
		return err;
	}
	*ret_table = table;
	return 0;
}

int hint_table_create(uint32_t max_tasks, struct hint_table **ret_table, int *ret_fd)
{
	int fd = memfd_create("scx-cland-hints", MFD_CLOEXEC | MFD_ALLOW_SEALING), err = 0;
	size_t bytes = sizeof(struct page) + max_tasks * sizeof(struct entry);
	struct hint_table *table = NULL;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)bytes))
		err = -errno;
	if (!err)
		err = map(fd, PROT_READ | PROT_WRITE, max_tasks, &table);
	/* From here on it cannot be written but through this mapping. */
	if (!err && fcntl(fd, F_ADD_SEALS,
			  F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL))
		err = -errno;
	if (err) {
		hint_table_close(table);
		close(fd);
		return err;
	}
	*ret_table = table;
	*ret_fd = fd;
	return 0;
}

int hint_table_open(int fd, uint32_t max_tasks, struct hint_table **ret_table)
{
	int err = map(fd, PROT_READ, max_tasks, ret_table);

	if (!err)
		(*ret_table)->nr_seen = __atomic_load_n(&(*ret_table)->page->nr_changes,
							__ATOMIC_ACQUIRE);
	return err;
}

void hint_table_close(struct hint_table *table)
{
	if (!table)
		return;
	munmap(table->page, table->bytes);
	free(table);
}

bool hint_table_set(struct hint_table *table, uint32_t slot, uint64_t owner_seq,
		    const struct hint *hint)
{
	struct page *page = table->page;
	struct entry *entry;

	if (slot >= table->max_tasks)
		return false;
	entry = &page->entries[slot];
	/* Of most tasks there is nothing to say. */
	if (entry->owner_seq == owner_seq ? !memcmp(&entry->hint, hint, sizeof(*hint)) :
					    !hint->given)
		return false;
	__atomic_store_n(&entry->owner_seq, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	entry->hint = *hint;
	__atomic_store_n(&entry->owner_seq, owner_seq, __ATOMIC_RELEASE);
	page->changed[page->nr_changes & (NR_CHANGED - 1)] = slot;
	__atomic_store_n(&page->nr_changes, page->nr_changes + 1, __ATOMIC_RELEASE);
	return true;
}

void hint_table_get(const struct hint_table *table, uint32_t slot, uint64_t owner_seq,
		    struct hint *ret_hint)
{
	const struct entry *entry;

	memset(ret_hint, 0, sizeof(*ret_hint));
	if (slot >= table->max_tasks)
		return;
	entry = &table->page->entries[slot];
	if (__atomic_load_n(&entry->owner_seq, __ATOMIC_ACQUIRE) != owner_seq)
		return;
	*ret_hint = entry->hint;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	/* Written anew meanwhile: it is among the changed ones then, and looked at again. */
	if (__atomic_load_n(&entry->owner_seq, __ATOMIC_RELAXED) != owner_seq)
		memset(ret_hint, 0, sizeof(*ret_hint));
}

int hint_table_next_changed(struct hint_table *table, uint32_t *ret_slot)
{
	const struct page *page = table->page;
	uint64_t nr_changes = __atomic_load_n(&page->nr_changes, __ATOMIC_ACQUIRE);

	if (table->nr_seen == nr_changes)
		return 0;
	*ret_slot = page->changed[table->nr_seen & (NR_CHANGED - 1)];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	nr_changes = __atomic_load_n(&page->nr_changes, __ATOMIC_RELAXED);
	/* One less than there is room for: the oldest is being written over. */
	if (nr_changes - table->nr_seen >= NR_CHANGED) {
		table->nr_seen = nr_changes;
		return -EOVERFLOW;
	}
	table->nr_seen++;
	return 1;
}
