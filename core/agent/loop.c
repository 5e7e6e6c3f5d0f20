/* SPDX-License-Identifier: GPL-2.0-only */
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_call.h"

/* A lease is renewed when it would end before the tick after next. */
#define RENEW_BEFORE_NS (2 * LOOP_TICK_NS)
#define LEASE_VALID_NS (4 * LOOP_TICK_NS)
/* A decision waits no longer than this for others to share its push: parked tasks wait for it. */
#define PUSH_AFTER_NS 1000000ULL
/* Requests answered before the clock is looked at: they may come as fast as they are answered. */
#define TURN_MAX (4 * CLAND_BATCH_MAX)
/* Slots looked at in one turn when leases are replaced: it must not delay those who ask. */
#define SWEEP_MAX (4 * CLAND_BATCH_MAX)

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
	loop->call = &loop->own_call;
	loop->sweep_slot = max_tasks;
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

/* ---- the policy's functions; whoever finds us dead wants to know which one it was ---- */

static uint64_t call_rank(struct loop *loop, const struct cland_task *task)
{
	uint64_t rank;

	*loop->call = POLICY_CALL_RANK;
	rank = loop->policy->ops.rank(loop->policy->self, task);
	*loop->call = POLICY_CALL_NONE;
	return rank;
}

static void call_lease(struct loop *loop, const struct cland_task *task, struct cland_lease *lease)
{
	*loop->call = POLICY_CALL_LEASE;
	loop->policy->ops.lease(loop->policy->self, task, lease);
	*loop->call = POLICY_CALL_NONE;
}

static uint32_t call_reason(struct loop *loop, const struct cland_task *task)
{
	uint32_t index;

	*loop->call = POLICY_CALL_REASON;
	index = loop->policy->ops.reason(loop->policy->self, task);
	*loop->call = POLICY_CALL_NONE;
	return index;
}

static void call_tick(struct loop *loop, uint64_t now_ns)
{
	*loop->call = POLICY_CALL_TICK;
	loop->policy->ops.tick(loop->policy->self, now_ns);
	*loop->call = POLICY_CALL_NONE;
}

static void call_task_exit(struct loop *loop, int32_t pid, void *priv)
{
	*loop->call = POLICY_CALL_TASK_EXIT;
	loop->policy->ops.task_exit(loop->policy->self, pid, priv);
	*loop->call = POLICY_CALL_NONE;
}

/* The slot's owner has gone: tell the policy, and wipe what it kept of the task. */
static void task_forget(struct loop *loop, uint32_t slot)
{
	struct loop_task *known = &loop->tasks[slot];
	void *priv = task_priv(loop, slot);

	if (!known->owner_seq)
		return;
	if (loop->policy->ops.task_exit)
		call_task_exit(loop, known->pid, priv);
	if (priv)
		memset(priv, 0, loop->priv_stride);
	memset(known, 0, sizeof(*known));
}

/* Complete what the backend read with what the loop keeps, and note the owner. */
static void task_meet(struct loop *loop, struct backend_task *bt)
{
	struct loop_task *known = &loop->tasks[bt->slot];

	bt->task.priv = task_priv(loop, bt->slot);
	hint_show(&bt->hint, &bt->task);
	if (known->owner_seq == bt->owner_seq)
		return;
	task_forget(loop, bt->slot);
	known->owner_seq = bt->owner_seq;
	known->pid = bt->task.pid;
	bt->task.flags |= CLAND_TASK_NEW;
}

/* The weighted-fair lease, which the policy then adjusts. */
static void lease_of(struct loop *loop, const struct cland_task *task, const struct hint *hint,
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
		call_lease(loop, task, &lease);
	else
		lease.valid_ns = 0; /* it gives ranks only: the kernel cannot know its order */
	hint_lease(hint, loop->policy->ops.capabilities, &lease);
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

/* Why the policy has answered so, as in struct cland_decision_msg. */
static uint32_t reason_of(struct loop *loop, const struct cland_task *task)
{
	uint32_t index;

	if (!loop->policy->nr_reasons)
		return 0;
	index = call_reason(loop, task);
	return index < loop->policy->nr_reasons ? CLAND_REASON(index) : index | CLAND_REASON_BAD;
}

static int push(struct loop *loop)
{
	size_t nr = loop->nr_batch;

	loop->nr_batch = 0;
	return loop->backend_ops->push(loop->backend, loop->batch, nr);
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
		.weight = bt->kernel_weight,
		.flags = CLAND_DECISION_LEASE_ONLY,
	};
	lease_of(loop, &bt->task, &bt->hint, &decision->lease);
	decision->reserved = reason_of(loop, &bt->task);
	return 0;
}

/* Whoever holds a lease gets a new one: the terms are other ones now. */
static int renew_running(struct loop *loop, struct backend_task *bt, uint64_t now_ns)
{
	if (bt->lease_until_ns <= now_ns)
		return 0;
	task_meet(loop, bt);
	return renew(loop, bt);
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
		call_tick(loop, now_ns);
	return push(loop);
}

/* One step of loop_replace_leases(). */
static int sweep(struct loop *loop, uint64_t now_ns)
{
	uint32_t end = loop->max_tasks - loop->sweep_slot > SWEEP_MAX ?
			       loop->sweep_slot + SWEEP_MAX : loop->max_tasks;
	struct backend_task bt;
	int ret, err;

	for (; loop->sweep_slot < end; loop->sweep_slot++) {
		ret = loop->backend_ops->read_task(loop->backend, loop->sweep_slot, &bt);
		if (ret == -ENOENT) {
			loop->sweep_slot = loop->max_tasks;
			break;
		}
		err = ret ? renew_running(loop, &bt, now_ns) : 0;
		if (err)
			return err;
	}
	return loop->nr_batch ? push(loop) : 0;
}

/* The rules say something new of tasks. Without leases they ask anyway. */
static int renew_hinted(struct loop *loop, uint64_t now_ns)
{
	struct backend_task bt;
	uint32_t slot;
	int ret, err, nr = 0;

	while (nr++ < SWEEP_MAX &&
	       (ret = loop->backend_ops->next_hinted(loop->backend, &slot)) != 0) {
		if (ret < 0) {
			loop_replace_leases(loop);
			break;
		}
		if (loop->strict || slot >= loop->max_tasks ||
		    loop->backend_ops->read_task(loop->backend, slot, &bt) != 1)
			continue;
		err = renew_running(loop, &bt, now_ns);
		if (err)
			return err;
	}
	return loop->nr_batch ? push(loop) : 0;
}

/* What there is to do beside the requests. */
static int look_after(struct loop *loop)
{
	uint64_t now_ns = loop->now_ns = loop->backend_ops->now_ns(loop->backend);
	int err = renew_hinted(loop, now_ns);

	if (err)
		return err;
	if (loop->sweep_slot < loop->max_tasks) {
		err = sweep(loop, now_ns);
		if (err)
			return err;
	}
	if (now_ns >= loop->next_tick_ns) {
		err = tick(loop, now_ns);
		if (err)
			return err;
		loop->next_tick_ns = now_ns + LOOP_TICK_NS;
	}
	return 0;
}

int loop_turn(struct loop *loop)
{
	const struct cland_policy_ops *ops = &loop->policy->ops;
	struct cland_decision_msg *decision;
	bool has_waited = loop->has_waited;
	struct backend_task bt;
	int nr = 0, err;

	loop->has_waited = false;
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
			.weight = bt.kernel_weight,
			.rank_ns = hint_rank(&bt.hint, ops->capabilities,
					     call_rank(loop, &bt.task)),
		};
		lease_of(loop, &bt.task, &bt.hint, &decision->lease);
		decision->reserved = reason_of(loop, &bt.task);
		nr++;
		/* Of the first one the clock need not be looked at: it began at most a decision ago. */
		if (loop->nr_batch == 1) {
			loop->batch_since_ns = loop->now_ns;
			continue;
		}
		loop->now_ns = loop->backend_ops->now_ns(loop->backend);
		if (loop->nr_batch == CLAND_BATCH_MAX ||
		    loop->now_ns - loop->batch_since_ns >= PUSH_AFTER_NS) {
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
	/* The next turn comes before the next wait, and with time to look at the clock. */
	if (nr && has_waited)
		return nr;
	err = look_after(loop);
	return err ? err : nr;
}

int loop_run(struct loop *loop, bool (*is_over)(void *ctx), void *ctx)
{
	loop->now_ns = loop->backend_ops->now_ns(loop->backend);
	for (;;) {
		int ret = loop_turn(loop);

		if (ret < 0)
			return ret;
		if (is_over(ctx))
			return 0;
		if (ret || loop->sweep_slot < loop->max_tasks)
			continue; /* more may have come meanwhile, or is to be done */
		ret = loop->backend_ops->wait(loop->backend, &loop->now_ns, loop->next_tick_ns);
		if (ret < 0)
			return ret;
		loop->has_waited = true;
	}
}

uint32_t loop_adopt(struct loop *loop)
{
	struct cland_lease_msg lease;
	struct backend_task bt;
	uint32_t slot, nr = 0;
	int ret;

	for (slot = 0; slot < loop->max_tasks; slot++) {
		ret = loop->backend_ops->read_task(loop->backend, slot, &bt);
		if (ret == -ENOENT)
			break;
		if (!ret)
			continue;
		nr++;
		if (!loop->policy->ops.lease)
			continue; /* it meets the task when that asks */
		task_meet(loop, &bt);
		lease_of(loop, &bt.task, &bt.hint, &lease);
	}
	return nr;
}

void loop_replace_leases(struct loop *loop)
{
	if (!loop->strict)
		loop->sweep_slot = 0;
}

void loop_rehearse(struct loop *loop)
{
	const struct hint hint = { 0 };
	struct cland_lease_msg lease;
	struct cland_task task = {
		.now_ns = 1,
		.vtime_ns = 1ULL << 42,
		.clock_ns = 1ULL << 42,
		.weight = CLAND_WEIGHT_NICE_0,
		.kernel_weight = CLAND_WEIGHT_NICE_0,
		.nr_cpus_allowed = 1,
		.flags = CLAND_TASK_NEW,
		.comm = "rehearsal",
		.priv = task_priv(loop, 0),
	};

	/* The page that it is read from is the kernel's, which mlockall() leaves out. */
	(void)loop->backend_ops->now_ns(loop->backend);
	call_rank(loop, &task);
	lease_of(loop, &task, &hint, &lease);
	(void)reason_of(loop, &task);
	if (loop->policy->ops.task_exit)
		call_task_exit(loop, 0, task.priv);
	if (task.priv)
		memset(task.priv, 0, loop->priv_stride);
}
