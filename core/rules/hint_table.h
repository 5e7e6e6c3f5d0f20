/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hint_table.h - the hints on all tasks, by slot: written by the supervisor, read by agents.
 *
 * Shared memory that only the supervisor can write. An entry is for one owner of the slot
 * (owner_seq of struct cland_slot): whoever has the slot next has none. Outlives agents, so that
 * the next one knows all at once. Readers never lock and never call the system. Non-logging.
 */
#ifndef CLAND_HINT_TABLE_H
#define CLAND_HINT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "hint.h"

struct hint_table;

/*
 * hint_table_create - [supervisor] for slots below max_tasks; all empty. Returns 0, the table, and
 * in *ret_fd a descriptor for hint_table_open() that cannot be written through (the caller's to
 * close); or -errno.
 */
int hint_table_create(uint32_t max_tasks, struct hint_table **ret_table, int *ret_fd);

/* hint_table_open - [agent] Returns 0, or -errno. */
int hint_table_open(int fd, uint32_t max_tasks, struct hint_table **ret_table);

/* hint_table_close - unmap. Accepts NULL. */
void hint_table_close(struct hint_table *table);

/* hint_table_set - [supervisor] Returns whether the reader has to learn of it. */
bool hint_table_set(struct hint_table *table, uint32_t slot, uint64_t owner_seq,
		    const struct hint *hint);

/* hint_table_get - [hot] the hint on the slot's owner; all zero: there is none. */
void hint_table_get(const struct hint_table *table, uint32_t slot, uint64_t owner_seq,
		    struct hint *ret_hint);

/*
 * hint_table_next_changed - [agent; hot] a slot whose hint has changed since the last call (or the
 * open). Returns 1, 0 when there is no more, -EOVERFLOW: too many to say which.
 */
int hint_table_next_changed(struct hint_table *table, uint32_t *ret_slot);

#endif
