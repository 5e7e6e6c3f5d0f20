/* SPDX-License-Identifier: GPL-2.0-only */
#include "stub_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int stub_map_array(struct stub_map *map, size_t value_size, uint32_t nr)
{
	*map = (struct stub_map){
		.data = calloc(nr, value_size), .value_size = value_size, .nr = nr,
	};
	return map->data ? 0 : -ENOMEM;
}

int stub_map_queue(struct stub_map *map, uint32_t nr)
{
	return stub_map_array(map, sizeof(uint32_t), nr);
}

/* Open addressing in a table of twice as many places, a power of two; key 0 is a free one. */
int stub_map_hash(struct stub_map *map, uint32_t nr)
{
	uint32_t places = 2;

	while (places < 2 * nr)
		places *= 2;
	*map = (struct stub_map){
		.data = calloc(places, sizeof(uint64_t) + sizeof(uint32_t)), .nr = places,
	};
	return map->data ? 0 : -ENOMEM;
}

void stub_map_free(struct stub_map *map)
{
	free(map->data);
	memset(map, 0, sizeof(*map));
}

static uint64_t *keys_of(const struct stub_map *map)
{
	return (uint64_t *)(void *)map->data;
}

static uint32_t *values_of(const struct stub_map *map)
{
	return (uint32_t *)(void *)(map->data + map->nr * sizeof(uint64_t));
}

/* Where the key is, or the free place where it would be. */
static uint32_t place_of(const struct stub_map *map, uint64_t key)
{
	uint32_t place = (uint32_t)(key * 0x9e3779b97f4a7c15ULL >> 32) & (map->nr - 1);

	while (keys_of(map)[place] && keys_of(map)[place] != key)
		place = (place + 1) & (map->nr - 1);
	return place;
}

void *stub_map_find(const struct stub_map *map, const void *key)
{
	uint32_t place = place_of(map, *(const uint64_t *)key);

	return keys_of(map)[place] ? &values_of(map)[place] : NULL;
}

long stub_map_update(struct stub_map *map, const void *key, const void *value)
{
	uint64_t k = *(const uint64_t *)key;
	uint32_t place;

	if (!k)
		return -EINVAL;
	place = place_of(map, k);
	if (!keys_of(map)[place]) {
		if (map->used >= map->nr / 2)
			return -E2BIG;
		map->used++;
	}
	keys_of(map)[place] = k;
	memcpy(&values_of(map)[place], value, sizeof(uint32_t));
	return 0;
}

long stub_map_delete(struct stub_map *map, const void *key)
{
	uint32_t place = place_of(map, *(const uint64_t *)key);

	if (!keys_of(map)[place])
		return -ENOENT;
	keys_of(map)[place] = 0;
	map->used--;
	/* Those behind it may have been pushed on by it: put them in anew. */
	for (place = (place + 1) & (map->nr - 1); keys_of(map)[place];
	     place = (place + 1) & (map->nr - 1)) {
		uint64_t key_moved = keys_of(map)[place];
		uint32_t value = values_of(map)[place];

		keys_of(map)[place] = 0;
		map->used--;
		stub_map_update(map, &key_moved, &value);
	}
	return 0;
}

long stub_map_push(struct stub_map *map, const void *value)
{
	uint32_t at;

	if (map->used == map->nr)
		return -E2BIG;
	at = (uint32_t)(((uint64_t)map->head + map->used++) % map->nr);
	memcpy(map->data + at * sizeof(uint32_t), value, sizeof(uint32_t));
	return 0;
}

long stub_map_pop(struct stub_map *map, void *ret_value)
{
	if (!map->used)
		return -ENOENT;
	memcpy(ret_value, map->data + map->head * sizeof(uint32_t), sizeof(uint32_t));
	map->head = (map->head + 1) % map->nr;
	map->used--;
	return 0;
}
