/* SPDX-License-Identifier: GPL-2.0-only */
#include "watch_stub.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cland_path.h"
#include "sched_ext_state.h"

#define MAPS_MAX 64	/* of a program; ours have less than 20 */

static const struct {
	const char *name;
	enum bpf_prog_type type;
} programs[WATCH_STUB_NR] = {
#define STRUCT_OPS(name) [WATCH_STUB_##name] = { "cland_" #name, BPF_PROG_TYPE_STRUCT_OPS }
#define SYSCALL(name) [WATCH_STUB_##name] = { "cland_" #name, BPF_PROG_TYPE_SYSCALL }
	STRUCT_OPS(select_cpu),
	STRUCT_OPS(enqueue),
	STRUCT_OPS(dispatch),
	STRUCT_OPS(init),
	SYSCALL(apply),
	SYSCALL(register),
#undef STRUCT_OPS
#undef SYSCALL
};

/* The kernel keeps as many bytes of a name. */
static bool is_named(const char *kept, const char *name)
{
	return !strncmp(kept, name, BPF_OBJ_NAME_LEN - 1);
}

/* The map that a link of struct_ops attaches; 0: none any more. Headers of before Linux 6.3 do not know it. */
static uint32_t map_of_link(const struct bpf_link_info *link)
{
	uint32_t id;

	memcpy(&id, &link->raw_tracepoint, sizeof(id)); /* the union's beginning */
	return id;
}

/*
 * The table of callbacks that has the machine, as the kernel shows it: with the numbers of programs
 * in place of functions. Returns it, the caller's to free, and its size in words, or NULL and
 * -errno.
 */
static uint64_t *read_table(size_t *ret_words, int *ret_err)
{
	struct bpf_link_info link = { 0 };
	struct bpf_map_info map = { 0 };
	uint32_t id = 0, map_id, size, zero = 0;
	uint64_t *table = NULL;
	int fd, err = -ENOENT;

	while (!table && !bpf_link_get_next_id(id, &id)) {
		fd = bpf_link_get_fd_by_id(id);
		if (fd < 0) {
			err = errno == EPERM ? -EPERM : err; /* else it is gone meanwhile, or about to be */
			continue;
		}
		size = sizeof(link);
		memset(&link, 0, size);
		map_id = 0;
		if (!bpf_link_get_info_by_fd(fd, &link, &size) && link.type == BPF_LINK_TYPE_STRUCT_OPS)
			map_id = map_of_link(&link);
		close(fd);
		fd = map_id ? bpf_map_get_fd_by_id(map_id) : -1;
		if (fd < 0)
			continue;
		size = sizeof(map);
		memset(&map, 0, size);
		if (!bpf_map_get_info_by_fd(fd, &map, &size) && is_named(map.name, SCHED_EXT_OPS)) {
			*ret_words = map.value_size / sizeof(uint64_t);
			table = calloc(*ret_words + 1, sizeof(*table));
			if (!table || bpf_map_lookup_elem(fd, &zero, table)) {
				err = table ? -errno : -ENOMEM;
				free(table);
				table = NULL;
			}
		}
		close(fd);
	}
	*ret_err = table ? 0 : err;
	return table;
}

static bool has(const uint64_t *words, size_t nr, uint64_t word)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (words[i] == word)
			return true;
	return false;
}

/* The map of the program that has the name. Returns its number or 0. */
static uint32_t find_map(const uint32_t *ids, uint32_t nr, const char *name)
{
	struct bpf_map_info info;
	uint32_t i, size, found = 0;

	for (i = 0; i < nr && !found; i++) {
		int fd = bpf_map_get_fd_by_id(ids[i]);

		if (fd < 0)
			continue;
		size = sizeof(info);
		memset(&info, 0, size);
		if (!bpf_map_get_info_by_fd(fd, &info, &size) && is_named(info.name, name))
			found = ids[i];
		close(fd);
	}
	return found;
}

static bool uses_map(const uint32_t *ids, uint32_t nr, uint32_t map)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		if (ids[i] == map)
			return true;
	return false;
}

/*
 * Those of one type among the programs that are loaded: callbacks are known by standing in the
 * table, others by a map of theirs, which each stub has its own of.
 */
static void find_programs(enum bpf_prog_type type, const uint64_t *table, size_t nr_words,
			  uint32_t *map, struct watch_stub *stub)
{
	uint32_t id = 0, size, ids[MAPS_MAX], i;
	struct bpf_prog_info info;
	int fd;

	while (!bpf_prog_get_next_id(id, &id)) {
		fd = bpf_prog_get_fd_by_id(id);
		if (fd < 0)
			continue;
		size = sizeof(info);
		memset(&info, 0, size);
		info.nr_map_ids = MAPS_MAX;
		info.map_ids = (uintptr_t)ids;
		if (bpf_prog_get_info_by_fd(fd, &info, &size) || info.type != type ||
		    info.nr_map_ids > MAPS_MAX)
			info.type = BPF_PROG_TYPE_UNSPEC;
		for (i = 0; i < WATCH_STUB_NR; i++) {
			if (info.type != programs[i].type || stub->programs[i] >= 0 ||
			    !is_named(info.name, programs[i].name))
				continue;
			if (type == BPF_PROG_TYPE_STRUCT_OPS ? !has(table, nr_words, id) :
							       !uses_map(ids, info.nr_map_ids, *map))
				continue;
			if (!*map)
				*map = find_map(ids, info.nr_map_ids, CLAND_QUEUES_MAP);
			stub->programs[i] = fd;
			fd = -1;
			break;
		}
		if (fd >= 0)
			close(fd);
	}
}

static void count_queues(struct watch_stub *stub)
{
	uint32_t size = sizeof(struct bpf_map_info), zero = 0;
	struct bpf_map_info info = { 0 };
	struct cland_queue_head head;
	unsigned char *queues;

	if (bpf_map_get_info_by_fd(stub->queues, &info, &size))
		return;
	queues = calloc(1, info.value_size);
	if (!queues)
		return;
	if (!bpf_map_lookup_elem(stub->queues, &zero, queues))
		stub->nr_queues = info.value_size / CLAND_QUEUE_BYTES;
	while (stub->nr_cache_queues < stub->nr_queues) {
		memcpy(&head, queues + stub->nr_cache_queues * CLAND_QUEUE_BYTES, sizeof(head));
		if (!head.is_cache)
			break;
		stub->nr_cache_queues++;
	}
	free(queues);
}

int watch_stub_find(struct watch_stub *ret_stub, struct diag *diag)
{
	uint32_t map = 0, i;
	uint64_t *table;
	size_t nr_words = 0;
	int err;

	ret_stub->queues = -1;
	ret_stub->nr_queues = ret_stub->nr_cache_queues = 0;
	for (i = 0; i < WATCH_STUB_NR; i++)
		ret_stub->programs[i] = -1;
	table = read_table(&nr_words, &err);
	if (err == -ENOENT)
		return diag_set(diag, err, "scx-cland does not schedule this machine");
	if (err)
		return diag_set(diag, err, "the programs of scx-cland cannot be looked for: %s",
				strerror(-err));
	find_programs(BPF_PROG_TYPE_STRUCT_OPS, table, nr_words, &map, ret_stub);
	if (map) {
		find_programs(BPF_PROG_TYPE_SYSCALL, table, nr_words, &map, ret_stub);
		ret_stub->queues = bpf_map_get_fd_by_id(map);
		count_queues(ret_stub);
	}
	free(table);
	for (i = 0; i < WATCH_STUB_NR; i++) {
		if (ret_stub->programs[i] >= 0 && ret_stub->nr_queues)
			continue;
		watch_stub_close(ret_stub);
		return diag_set(diag, -ESRCH, "the program %s of the scx-cland that runs cannot be found",
				programs[i].name);
	}
	return 0;
}

void watch_stub_close(struct watch_stub *stub)
{
	uint32_t i;

	for (i = 0; i < WATCH_STUB_NR; i++) {
		if (stub->programs[i] >= 0)
			close(stub->programs[i]);
		stub->programs[i] = -1;
	}
	if (stub->queues >= 0)
		close(stub->queues);
	stub->queues = -1;
}
