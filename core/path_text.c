/* SPDX-License-Identifier: GPL-2.0-only */
#include "path_text.h"

#include <stdio.h>

#include "cland_path.h"

static const struct {
	const char *name, *means;
} paths[CLAND_PATH_NR] = {
#define PATH_TEXT(name, help) [CLAND_PATH_##name] = { #name, help },
	CLAND_PATHS(PATH_TEXT)
#undef PATH_TEXT
};

const char *path_text_name(uint32_t path)
{
	return path < CLAND_PATH_NR ? paths[path].name : "?";
}

const char *path_text_means(uint32_t path)
{
	return path < CLAND_PATH_NR ? paths[path].means :
				      "a way that this clandctl does not know: scx-cland is newer";
}

static const char *put_place(uint32_t place, uint32_t nr_cache_queues, const char *cache_queue,
			     const char *cpu_queue, char *text)
{
	uint32_t number = CLAND_PLACE_NUMBER(place);

	switch (CLAND_PLACE_KIND(place)) {
	case CLAND_PLACE_QUEUE:
		if (number < nr_cache_queues)
			snprintf(text, PATH_TEXT_PLACE_LEN, "%s %u", cache_queue, number);
		else
			snprintf(text, PATH_TEXT_PLACE_LEN, "%s %u", cpu_queue, number - nr_cache_queues);
		break;
	case CLAND_PLACE_CPU:
		snprintf(text, PATH_TEXT_PLACE_LEN, "CPU %u", number);
		break;
	case CLAND_PLACE_EXPRESS:
		snprintf(text, PATH_TEXT_PLACE_LEN, "EXPRESS");
		break;
	case CLAND_PLACE_STARVED:
		snprintf(text, PATH_TEXT_PLACE_LEN, "STARVED");
		break;
	case CLAND_PLACE_UNHURRIED:
		snprintf(text, PATH_TEXT_PLACE_LEN, "UNHURRIED");
		break;
	case CLAND_PLACE_PARK:
		snprintf(text, PATH_TEXT_PLACE_LEN, "PARK");
		break;
	case CLAND_PLACE_REST:
		snprintf(text, PATH_TEXT_PLACE_LEN, "REST");
		break;
	case CLAND_PLACE_NONE:
		snprintf(text, PATH_TEXT_PLACE_LEN, "where it is");
		break;
	default:
		snprintf(text, PATH_TEXT_PLACE_LEN, "?");
	}
	return text;
}

const char *path_text_place(uint32_t place, uint32_t nr_cache_queues, char *text)
{
	return put_place(place, nr_cache_queues, "queue of cache", "queue of CPU", text);
}

const char *path_text_place_short(uint32_t place, uint32_t nr_cache_queues, char *text)
{
	return put_place(place, nr_cache_queues, "cache", "only CPU", text);
}
