/* SPDX-License-Identifier: GPL-2.0-only */
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A lease is renewed when it would end before the tick after next. */
#define RENEW_BEFORE_NS (2 * LOOP_TICK_NS)
#define LEASE_VALID_NS (4 * LOOP_TICK_NS)
/* A decision waits no longer than this for others to share its push: parked tasks wait for it. */
#define PUSH_AFTER_NS 1000000ULL
/* Requests answered before the clock is looked at: they may come as fast as they are answered. */
#define TURN_MAX (4 * CLAND_BATCH_MAX)

int loop_init(struct loop *loop, const struct backend_ops *backend_ops, void *backend,
	      struct policy *policy, uint32_t max_tasks, bool strict)
{
	size_t align = _Alignof(max_align_t);

	memset(loop, 0, sizeof(*loop));
	loop->backend_ops = backend_ops;
	loop->backend = backend;
	loop->policy = policy;
	loop->max_tasks = max_tasks;
	loop->strict = strict;
	loop->priv_stride = (policy->ops.task_priv_size + align - 1) / align * align;
	loop->tasks = calloc(max_tasks, sizeof(*loop->tasks));
	if (!loop->tasks)
		return -ENOMEM;
	if (loop->priv_stride) {
		loop->privs = calloc(max_tasks, loop->priv_stride);
		if (!loop->privs) {
			loop_destroy(loop);
			return -ENOMEM;
		}
	}
	return 0;
}

void loop_destroy(struct loop *loop)
{
	free(loop->tasks);
	free(loop->privs);
	loop->tasks = NULL;
	loop->privs = NULL;
}

static void *task_priv(struct loop *loop, uint32_t slot)
{
	return loop->privs ? loop->privs + slot * loop->priv_stride : NULL;
}

/* The slot's owner has gone: tell the policy, and wipe what it kept of the task. */
static void task_forget(struct loop *loop, uint32_t slot)
{
	struct loop_task *known = &loop->tasks[slot];
	void *priv = task_priv(loop, slot);

	if (!known->owner_seq)
		return;
	if (loop->policy->ops.task_exit)
		loop->policy->ops.task_exit(loop->policy->self, known->pid, priv);
	if (priv)
		memset(priv, 0, loop->priv_stride);
	memset(known, 0, sizeof(*known));
}

/* Complete what the backend read with what the loop keeps, and note the owner. */
static void task_meet(struct loop *loop, struct backend_task *bt)
{
	struct loop_task *known = &loop->tasks[bt->slot];

	bt->task.priv = task_priv(loop, bt->slot);
	if (known->owner_seq == bt->owner_seq)
		return;
	task_forget(loop, bt->slot);
	known->owner_seq = bt->owner_seq;
	known->pid = bt->task.pid;
	bt->task.flags |= CLAND_TASK_NEW;
}

/* The weighted-fair lease, which the policy then adjusts. */
static void lease_of(struct loop *loop, const struct cland_task *task,
		     struct cland_lease_msg *ret_lease)
{
	struct cland_lease lease = {
		.valid_ns = LEASE_VALID_NS,
		.credit_ns = CLAND_SLICE_DEFAULT_NS,
		.slice_ns = CLAND_SLICE_DEFAULT_NS,
		.rate = (uint32_t)(((uint64_t)CLAND_WEIGHT_NICE_0 << CLAND_RATE_SHIFT) /
				   (task->weight ? task->weight : CLAND_WEIGHT_NICE_0)),
		.flags = CLAND_LEASE_KEEP,
	};

	if (loop->policy->ops.lease)
		loop->policy->ops.lease(loop->policy->self, task, &lease);
	else
		lease.valid_ns = 0; /* it gives ranks only: the kernel cannot know its order */
	*ret_lease = (struct cland_lease_msg){
		.valid_ns = loop->strict ? 0 : lease.valid_ns,
		.credit_ns = lease.credit_ns,
		.slice_ns = lease.slice_ns,
		.preempt_ns = lease.preempt_ns,
		.offset_ns = lease.offset_ns,
		.rate = lease.rate,
		.flags = lease.flags,
	};
}

static int push(struct loop *loop)
{
	struct backend_push_result result;
	size_t nr = loop->nr_batch;

	loop->nr_batch = 0;
	return loop->backend_ops->push(loop->backend, loop->batch, nr, &result);
}

/* Room for one more decision; pushes a full batch first. */
static int batch_next(struct loop *loop, struct cland_decision_msg **ret_decision)
{
	if (loop->nr_batch == CLAND_BATCH_MAX) {
		int err = push(loop);

		if (err)
			return err;
	}
	*ret_decision = &loop->batch[loop->nr_batch++];
	return 0;
}

static int renew(struct loop *loop, struct backend_task *bt)
{
	struct cland_decision_msg *decision;
	int err = batch_next(loop, &decision);

	if (err)
		return err;
	*decision = (struct cland_decision_msg){
		.seq = bt->seq,
		.slot = bt->slot,
		.weight = bt->task.weight,
		.flags = CLAND_DECISION_LEASE_ONLY,
	};
	lease_of(loop, &bt->task, &decision->lease);
	return 0;
}

/* Once a second: who has gone, whose lease ends soon, the policy's own tick, a sign of life. */
static int tick(struct loop *loop, uint64_t now_ns)
{
	struct backend_task bt;
	uint32_t slot;
	int ret, err;

	for (slot = 0; slot < loop->max_tasks; slot++) {
		struct loop_task *known = &loop->tasks[slot];
		bool ran;

		ret = loop->backend_ops->read_task(loop->backend, slot, &bt);
		if (ret == -ENOENT)
			break;
		if (!ret) {
			task_forget(loop, slot);
			continue;
		}
		if (known->owner_seq && known->owner_seq != bt.owner_seq)
			task_forget(loop, slot);
		ran = bt.task.used_ns != known->used_ns;
		known->used_ns = bt.task.used_ns;
		if (loop->strict || !ran || !bt.lease_until_ns ||
		    bt.lease_until_ns > now_ns + RENEW_BEFORE_NS)
			continue;
		task_meet(loop, &bt);
		err = renew(loop, &bt);
		if (err)
			return err;
	}
	if (loop->policy->ops.tick)
		loop->policy->ops.tick(loop->policy->self, now_ns);
	return push(loop);
}

int loop_turn(struct loop *loop)
{
	const struct cland_policy_ops *ops = &loop->policy->ops;
	struct cland_decision_msg *decision;
	struct backend_task bt;
	uint64_t now_ns;
	int nr = 0, err;

	while (nr < TURN_MAX && loop->backend_ops->next_task(loop->backend, &bt)) {
		if (bt.slot >= loop->max_tasks)
			continue;
		task_meet(loop, &bt);
		err = batch_next(loop, &decision);
		if (err)
			return err;
		*decision = (struct cland_decision_msg){
			.seq = bt.seq,
			.slot = bt.slot,
			.weight = bt.task.weight,
			.rank_ns = ops->rank(loop->policy->self, &bt.task),
		};
		lease_of(loop, &bt.task, &decision->lease);
		nr++;
		now_ns = loop->backend_ops->now_ns(loop->backend);
		if (loop->nr_batch == 1)
			loop->batch_since_ns = now_ns;
		if (loop->nr_batch == CLAND_BATCH_MAX ||
		    now_ns - loop->batch_since_ns >= PUSH_AFTER_NS) {
			err = push(loop);
			if (err)
				return err;
		}
	}
	if (loop->nr_batch) {
		err = push(loop);
		if (err)
			return err;
	}
	now_ns = loop->backend_ops->now_ns(loop->backend);
	if (now_ns >= loop->next_tick_ns) {
		err = tick(loop, now_ns);
		if (err)
			return err;
		loop->next_tick_ns = now_ns + LOOP_TICK_NS;
	}
	return nr;
}

int loop_run(struct loop *loop)
{
	for (;;) {
		int ret = loop_turn(loop);

		if (ret < 0)
			return ret;
		if (ret)
			continue; /* more may have come meanwhile */
		ret = loop->backend_ops->wait(loop->backend, loop->next_tick_ns);
		if (ret < 0)
			return ret;
	}
}

void loop_rehearse(struct loop *loop)
{
	struct cland_lease_msg lease;
	struct cland_task task = {
		.now_ns = 1,
		.vtime_ns = 1ULL << 42,
		.clock_ns = 1ULL << 42,
		.weight = CLAND_WEIGHT_NICE_0,
		.nr_cpus_allowed = 1,
		.flags = CLAND_TASK_NEW,
		.comm = "rehearsal",
		.priv = task_priv(loop, 0),
	};

	loop->policy->ops.rank(loop->policy->self, &task);
	lease_of(loop, &task, &lease);
	if (loop->policy->ops.task_exit)
		loop->policy->ops.task_exit(loop->policy->self, 0, task.priv);
	if (task.priv)
		memset(task.priv, 0, loop->priv_stride);
}
