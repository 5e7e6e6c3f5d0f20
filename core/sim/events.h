/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * events.h - what is to happen, in the order of virtual time; of events at the same time the one
 * that was set first, or, to try other orders, whichever a salt says. A heap: setting, changing and
 * taking cost the logarithm of their number.
 *
 * An event lives in what it belongs to, and is in the queue once or not at all.
 */
#ifndef CLAND_SIM_EVENTS_H
#define CLAND_SIM_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

enum event_kind {
	EVENT_RESCHED,	/* a CPU looks for what to run */
	EVENT_TICK,	/* a CPU's timer tick */
	EVENT_BURST,	/* the running task has done what it had to compute */
	EVENT_WAKE,	/* a task's sleep ends */
	EVENT_START,	/* tasks of a group begin */
	EVENT_STOP,	/* ... and are ended */
	EVENT_TIMER,	/* a timer of the stub's */
	EVENT_HOTPLUG,
	EVENT_CHECK,	/* look whether all is as it must be */
	EVENT_NR,
};

struct event {
	uint32_t at;	/* place in the heap, 1 and up; 0: not set */
	enum event_kind kind;
	void *owner;
};

struct event_entry {
	uint64_t when_ns;
	uint64_t turn;		/* among those at the same time; no two have the same */
	struct event *event;
};

struct events {
	struct event_entry *heap;	/* from 1 on */
	uint32_t nr, room;
	uint64_t seq;			/* of the next one set */
	uint64_t salt;			/* decides the turns; 0: they are as set */
};

/* events_free - accepts a zeroed queue. */
void events_free(struct events *events);

/* event_set - let it happen at when_ns, in place of when it was to happen. Ends the program when
 * there is no memory. */
void event_set(struct events *events, struct event *event, uint64_t when_ns);
void event_cancel(struct events *events, struct event *event);

static inline bool event_is_set(const struct event *event)
{
	return event->at;
}

static inline uint64_t event_when(const struct events *events, const struct event *event)
{
	return events->heap[event->at].when_ns;
}

/* events_take - the first one, out of the queue, or NULL. */
struct event *events_take(struct events *events, uint64_t *ret_when_ns);

#endif
