/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * path_text.h - what the stub tells of a decision (struct record_decision), in words for people.
 * Pure; any thread.
 */
#ifndef CLAND_PATH_TEXT_H
#define CLAND_PATH_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define PATH_TEXT_PLACE_LEN 32

/* path_text_name - "leased" and the like; "?" for one that only a newer stub has. Static text. */
const char *path_text_name(uint32_t path);

/* path_text_means - half a sentence on it. Static text. */
const char *path_text_means(uint32_t path);

/*
 * path_text_place - where the task was put, "queue of cache 0" or "CPU 3"; nr_cache_queues is that
 * of struct watch_events_about. Returns text, which has at least PATH_TEXT_PLACE_LEN bytes.
 */
const char *path_text_place(uint32_t place, uint32_t nr_cache_queues, char *text);

/*
 * path_text_place_short - the same where there is little room, in at most 13 columns: "cache 0",
 * "only CPU 3" for that CPU's queue, or "CPU 3". Returns text, likewise.
 */
const char *path_text_place_short(uint32_t place, uint32_t nr_cache_queues, char *text);

#endif
