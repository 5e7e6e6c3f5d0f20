/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_backend.h - a backend without a kernel: its owner (the made-up machine, or a test) says who
 * arrives, asks and leaves, the loop's decisions are kept for it to look at, and time passes only
 * when the owner, or wait(), says so.
 *
 * After fake_backend_init() nothing here allocates, so that a test can count what the loop
 * allocates. Requests whose task has moved on are dropped as the kernel's backend drops them.
 */
#ifndef CLAND_FAKE_BACKEND_H
#define CLAND_FAKE_BACKEND_H

#include "backend.h"

struct fake_request {
	uint64_t seq;
	uint32_t slot;
};

#define FAKE_MAX_HINTED 4

struct fake_backend {
	uint64_t now_ns;

	/* Slots: seq 0 was never used, owner_seq 0 is free. Tests may change the tasks. */
	struct backend_task *slots;
	uint32_t nr_slots;
	uint64_t last_seq;

	/* Requests: read from nr_read, written at nr_asked; both only grow. */
	struct fake_request *requests;
	size_t nr_asked, nr_read, nr_dropped;
	size_t nr_readable;	/* next_task() has nothing more once nr_read reaches it */
	size_t ask_again_until;	/* who has been read asks anew, until nr_asked reaches this */
	uint64_t answer_ns;	/* what each next_task() takes */

	/* Slots whose hints have changed: read from nr_hinted_seen on. */
	uint32_t hinted[FAKE_MAX_HINTED];
	size_t nr_hinted, nr_hinted_seen;

	/* What was pushed. */
	struct cland_decision_msg *decisions;
	size_t nr_decisions, decisions_max;
	size_t nr_pushes, nr_empty_pushes, largest_push;
	size_t push_err_at;	/* the push with this number, counted from 1, fails ... */
	int push_err;		/* ... with this */

	size_t nr_waits;
	size_t wait_err_at;	/* likewise */
	int wait_err;
	uint64_t wait_until_ns;	/* what the last wait() was asked for */
};

extern const struct backend_ops fake_backend_ops;

/* fake_backend_init - room for slots below nr_slots, and for nr_max requests and decisions. */
void fake_backend_init(struct fake_backend *fb, uint32_t nr_slots, size_t nr_max);

void fake_backend_destroy(struct fake_backend *fb);

/* fake_backend_arrive - a new task takes the slot, whoever had it. Returns it, to be filled in. */
struct backend_task *fake_backend_arrive(struct fake_backend *fb, uint32_t slot, int32_t pid);

/* fake_backend_hint - the user's rules say this of the slot's owner from now on. */
void fake_backend_hint(struct fake_backend *fb, uint32_t slot, const struct hint *hint);

/* fake_backend_leave - the slot's owner exits. */
void fake_backend_leave(struct fake_backend *fb, uint32_t slot);

/* fake_backend_ask - the slot's owner became runnable and asks. Returns the request's seq. */
uint64_t fake_backend_ask(struct fake_backend *fb, uint32_t slot);

/* fake_backend_queued - requests that nobody has read or dropped yet. */
size_t fake_backend_queued(const struct fake_backend *fb);

/* fake_backend_forget_decisions - make room for new ones. */
void fake_backend_forget_decisions(struct fake_backend *fb);

#endif
