/* SPDX-License-Identifier: GPL-2.0-only */
#include "fake_backend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void fake_backend_init(struct fake_backend *fb, uint32_t nr_slots, size_t nr_max)
{
	memset(fb, 0, sizeof(*fb));
	fb->now_ns = 1000000000000ULL;
	fb->nr_slots = nr_slots;
	fb->slots = calloc(nr_slots, sizeof(*fb->slots));
	fb->requests = calloc(nr_max, sizeof(*fb->requests));
	fb->decisions = calloc(nr_max, sizeof(*fb->decisions));
	if (!fb->slots || !fb->requests || !fb->decisions)
		abort();
	fb->decisions_max = nr_max;
	fb->nr_readable = SIZE_MAX;
}

void fake_backend_destroy(struct fake_backend *fb)
{
	free(fb->slots);
	free(fb->requests);
	free(fb->decisions);
	memset(fb, 0, sizeof(*fb));
}

struct backend_task *fake_backend_arrive(struct fake_backend *fb, uint32_t slot, int32_t pid)
{
	struct backend_task *bt;

	if (slot >= fb->nr_slots)
		abort();
	bt = &fb->slots[slot];
	*bt = (struct backend_task){
		.seq = ++fb->last_seq,
		.owner_seq = fb->last_seq,
		.slot = slot,
		.task = {
			.now_ns = fb->now_ns,
			.vtime_ns = 1ULL << 42,
			.clock_ns = 1ULL << 42,
			.pid = pid,
			.tgid = pid,
			.weight = CLAND_WEIGHT_NICE_0,
			.nr_cpus_allowed = 1,
			.comm = "fake",
		},
		.kernel_weight = CLAND_WEIGHT_NICE_0,
	};
	return bt;
}

void fake_backend_leave(struct fake_backend *fb, uint32_t slot)
{
	fb->slots[slot].seq = ++fb->last_seq; /* what it asked is void now */
	fb->slots[slot].owner_seq = 0;
	fb->slots[slot].lease_until_ns = 0;
}

void fake_backend_hint(struct fake_backend *fb, uint32_t slot, const struct hint *hint)
{
	fb->slots[slot].hint = *hint;
	fb->hinted[fb->nr_hinted++ % FAKE_MAX_HINTED] = slot;
}

uint64_t fake_backend_ask(struct fake_backend *fb, uint32_t slot)
{
	struct backend_task *bt = &fb->slots[slot];

	/* Requests and decisions have the same room; a ring of requests is enough. */
	if (fake_backend_queued(fb) >= fb->decisions_max)
		abort();
	bt->seq = ++fb->last_seq;
	bt->task.now_ns = fb->now_ns;
	fb->requests[fb->nr_asked++ % fb->decisions_max] = (struct fake_request){ bt->seq, slot };
	return bt->seq;
}

size_t fake_backend_queued(const struct fake_backend *fb)
{
	return fb->nr_asked - fb->nr_read;
}

void fake_backend_forget_decisions(struct fake_backend *fb)
{
	fb->nr_decisions = 0;
}

static uint64_t fake_now_ns(void *backend)
{
	const struct fake_backend *fb = backend;

	return fb->now_ns;
}

static bool fake_next_task(void *backend, struct backend_task *ret_task)
{
	struct fake_backend *fb = backend;

	while (fb->nr_read < fb->nr_asked && fb->nr_read < fb->nr_readable) {
		struct fake_request *request = &fb->requests[fb->nr_read++ % fb->decisions_max];

		if (fb->slots[request->slot].seq != request->seq) {
			fb->nr_dropped++;
			continue;
		}
		fb->now_ns += fb->answer_ns;
		*ret_task = fb->slots[request->slot];
		if (fb->nr_asked < fb->ask_again_until)
			fake_backend_ask(fb, request->slot);
		return true;
	}
	return false;
}

static int fake_read_task(void *backend, uint32_t slot, struct backend_task *ret_task)
{
	struct fake_backend *fb = backend;

	if (slot >= fb->nr_slots)
		abort();
	if (!fb->slots[slot].seq)
		return -ENOENT;
	if (!fb->slots[slot].owner_seq)
		return 0;
	*ret_task = fb->slots[slot];
	return 1;
}

static int fake_next_hinted(void *backend, uint32_t *ret_slot)
{
	struct fake_backend *fb = backend;

	if (fb->nr_hinted_seen == fb->nr_hinted)
		return 0;
	if (fb->nr_hinted - fb->nr_hinted_seen > FAKE_MAX_HINTED) {
		fb->nr_hinted_seen = fb->nr_hinted;
		return -EOVERFLOW;
	}
	*ret_slot = fb->hinted[fb->nr_hinted_seen++ % FAKE_MAX_HINTED];
	return 1;
}

static int fake_push(void *backend, const struct cland_decision_msg *decisions, size_t nr)
{
	struct fake_backend *fb = backend;

	fb->nr_pushes++;
	if (!nr)
		fb->nr_empty_pushes++;
	if (nr > fb->largest_push)
		fb->largest_push = nr;
	if (fb->nr_pushes == fb->push_err_at)
		return fb->push_err;
	if (fb->nr_decisions + nr > fb->decisions_max)
		abort();
	if (nr)
		memcpy(&fb->decisions[fb->nr_decisions], decisions, nr * sizeof(*decisions));
	fb->nr_decisions += nr;
	return 0;
}

static int fake_wait(void *backend, uint64_t *now_ns, uint64_t until_ns)
{
	struct fake_backend *fb = backend;

	fb->wait_until_ns = until_ns;
	if (++fb->nr_waits == fb->wait_err_at)
		return fb->wait_err;
	if (!fake_backend_queued(fb) && fb->now_ns < until_ns)
		fb->now_ns = until_ns;
	*now_ns = fb->now_ns;
	return 0;
}

const struct backend_ops fake_backend_ops = {
	.now_ns = fake_now_ns,
	.next_task = fake_next_task,
	.read_task = fake_read_task,
	.next_hinted = fake_next_hinted,
	.push = fake_push,
	.wait = fake_wait,
};
