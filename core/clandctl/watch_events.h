/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch_events.h - look on while this machine's kernel schedules: every switch, wake-up and fork,
 * what the tasks are, and, where scx-cland has the machine, what it decided about them, one event
 * after the other (bpf/record_msg.h). It takes root and Linux 6.12 or newer, and works beside any
 * scheduler, the kernel's own as well. Events wait in a ring until they are taken; what does not
 * fit is counted.
 *
 * The main thread of a process, one at a time. Non-logging. In a build without the BPF tools
 * watch_events_without_bpf.c stands in for it.
 */
#ifndef CLAND_WATCH_EVENTS_H
#define CLAND_WATCH_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "record_msg.h"
#include "topology.h"

/*
 * How often to take what has come, in ms. The ring wakes nobody up, as that would be an event
 * again; with RECORD_RING_KIB it holds some 500,000 events.
 */
#define WATCH_EVENTS_LOOK_MS 20

struct watch_events;

struct watch_events_options {
	uint32_t ring_kib;	/* a power of two */
	bool wants_decisions;	/* RECORD_DECISION and RECORD_POLICY as well */

	/*
	 * Hears of each event, in the kernel's order, while one of the functions below runs. A
	 * task's RECORD_FACTS (a struct record_facts) come before its first event but its fork, and
	 * again when it has executed another program or taken another name; a RECORD_DECISION is a
	 * struct record_decision. Valid during the call only. Returns 0, or -errno: then it hears
	 * of nothing more.
	 */
	int (*hear)(void *data, const struct record_event *event);
	void *data;
};

/* What does not change while we look on. */
struct watch_events_about {
	struct topology_shape shape;	/* the machine's */
	bool tells_interrupts;	/* RECORD_INTERRUPT is set where it is to be; so far on x86 */
	bool tells_decisions;	/* scx-cland was there when we began, and they were wanted */
	char no_decisions[160];	/* a sentence: why not, though they were wanted; else "" */
	uint32_t nr_cache_queues; /* then: ranked queues below this are caches', those from there on CPUs' */
	int32_t own_tgid;	/* this process as the kernel numbers it in events */
	uint64_t began_ns;	/* by the monotonic clock, as all events */
};

struct watch_events_counts {
	uint64_t nr_events;
	uint64_t nr_dropped;	/* of them: they did not fit into the ring, or came within another one */
	uint64_t kernel_ns;	/* CPU time of the programs in the kernel, estimated from every 64th event */
};

/*
 * watch_events_open - begin to look on; hear() is not called yet. Returns 0; -EPERM, -ENOSYS
 * (clandctl was built without), -ENOMEM, or another -errno, with a sentence. *ret_watch is the
 * caller's to watch_events_close().
 */
int watch_events_open(const struct watch_events_options *options, struct watch_events **ret_watch,
		      struct diag *diag);

/* watch_events_about - valid until watch_events_close(). */
const struct watch_events_about *watch_events_about(const struct watch_events *watch);

/*
 * watch_events_take - let hear() hear of what has come since, without waiting, or of a part of it
 * if that is a lot. For those who wait for other things as well, at least every
 * WATCH_EVENTS_LOOK_MS. Returns 0, or what hear() has returned.
 */
int watch_events_take(struct watch_events *watch);

/*
 * watch_events_run - take what comes until end_ns of the monotonic clock, or until stop_fd can be
 * read (-1: nobody stops us). Returns 0, or what hear() has returned.
 */
int watch_events_run(struct watch_events *watch, uint64_t end_ns, int stop_fd);

/*
 * watch_events_ask_facts - each task's RECORD_FACTS come anew before its next event: nice levels,
 * names and cgroups change without one.
 */
void watch_events_ask_facts(struct watch_events *watch);

/* watch_events_end - look on no longer, and take what is left. Returns 0, or what hear() has returned. */
int watch_events_end(struct watch_events *watch);

/* watch_events_counts - until now. Returns 0 or -errno with a sentence. */
int watch_events_counts(const struct watch_events *watch, struct watch_events_counts *ret_counts,
			struct diag *diag);

/* watch_events_close - accepts NULL. */
void watch_events_close(struct watch_events *watch);

#endif
