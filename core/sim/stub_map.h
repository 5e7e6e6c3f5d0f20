/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stub_map.h - the BPF maps of the stub, natively: arrays, queues of numbers, and one small hash.
 * Used by the stub through the macros of native/bpf/bpf_helpers.h; core/sim/stub.c makes them.
 */
#ifndef CLAND_SIM_STUB_MAP_H
#define CLAND_SIM_STUB_MAP_H

#include <stddef.h>
#include <stdint.h>

struct stub_map {
	unsigned char *data;	/* array: nr values; queue: nr numbers; hash: keys, then values */
	size_t value_size;
	uint32_t nr;
	uint32_t head, used;	/* queue */
};

/* stub_map_array - nr zeroed values. Returns 0 or -ENOMEM. */
int stub_map_array(struct stub_map *map, size_t value_size, uint32_t nr);
/* stub_map_queue - room for nr numbers of 32 bits. Returns 0 or -ENOMEM. */
int stub_map_queue(struct stub_map *map, uint32_t nr);
/* stub_map_hash - room for nr numbers of 32 bits under keys of 64, none of which is 0. */
int stub_map_hash(struct stub_map *map, uint32_t nr);
void stub_map_free(struct stub_map *map);

long stub_map_update(struct stub_map *map, const void *key, const void *value);
long stub_map_delete(struct stub_map *map, const void *key);
long stub_map_push(struct stub_map *map, const void *value);
long stub_map_pop(struct stub_map *map, void *ret_value);
void *stub_map_find(const struct stub_map *map, const void *key);

static inline void *stub_map_at(const struct stub_map *map, const void *key)
{
	uint32_t index = *(const uint32_t *)key;

	return index < map->nr ? map->data + index * map->value_size : NULL;
}

#endif
