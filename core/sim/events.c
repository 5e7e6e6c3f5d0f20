/* SPDX-License-Identifier: GPL-2.0-only */
#include "events.h"

#include <stdio.h>
#include <stdlib.h>

#include "draw.h"

void events_free(struct events *events)
{
	free(events->heap);
	*events = (struct events){ 0 };
}

static bool is_before(const struct event_entry *a, const struct event_entry *b)
{
	return a->when_ns != b->when_ns ? a->when_ns < b->when_ns : a->turn < b->turn;
}

static void put(struct events *events, uint32_t at, const struct event_entry *entry)
{
	events->heap[at] = *entry;
	entry->event->at = at;
}

static void move_up(struct events *events, uint32_t at, const struct event_entry *entry)
{
	while (at > 1 && is_before(entry, &events->heap[at / 2])) {
		put(events, at, &events->heap[at / 2]);
		at /= 2;
	}
	put(events, at, entry);
}

static void move_down(struct events *events, uint32_t at, const struct event_entry *entry)
{
	for (;;) {
		uint32_t child = 2 * at;

		if (child > events->nr)
			break;
		if (child < events->nr &&
		    is_before(&events->heap[child + 1], &events->heap[child]))
			child++;
		if (!is_before(&events->heap[child], entry))
			break;
		put(events, at, &events->heap[child]);
		at = child;
	}
	put(events, at, entry);
}

static void place(struct events *events, uint32_t at, const struct event_entry *entry)
{
	if (at > 1 && is_before(entry, &events->heap[at / 2]))
		move_up(events, at, entry);
	else
		move_down(events, at, entry);
}

static void make_room(struct events *events)
{
	uint32_t room = events->room ? 2 * events->room : 256;
	struct event_entry *heap = realloc(events->heap, room * sizeof(*heap));

	if (!heap) {
		fputs("clandsim: no memory for more events\n", stderr);
		exit(1);
	}
	events->heap = heap;
	events->room = room;
}

/*
 * Events at the same nanosecond are of different CPUs, timers and tasks, or of one CPU that two
 * things come to: on a real machine either may be the first one. What follows from an event is set
 * when that one has been taken, so it stays behind it.
 */
static uint64_t next_turn(struct events *events)
{
	uint64_t state = events->seq++;

	if (!events->salt)
		return state;
	state += events->salt;
	return draw_splitmix(&state); /* another number for each state */
}

void event_set(struct events *events, struct event *event, uint64_t when_ns)
{
	struct event_entry entry = { .when_ns = when_ns, .turn = next_turn(events), .event = event };

	if (event->at) {
		place(events, event->at, &entry);
		return;
	}
	if (events->nr + 2 > events->room)
		make_room(events);
	events->nr++;
	move_up(events, events->nr, &entry);
}

void event_cancel(struct events *events, struct event *event)
{
	uint32_t at = event->at;
	struct event_entry last;

	if (!at)
		return;
	event->at = 0;
	last = events->heap[events->nr--];
	if (at <= events->nr)
		place(events, at, &last);
}

struct event *events_take(struct events *events, uint64_t *ret_when_ns)
{
	struct event *event;

	if (!events->nr)
		return NULL;
	event = events->heap[1].event;
	*ret_when_ns = events->heap[1].when_ns;
	event_cancel(events, event);
	return event;
}
