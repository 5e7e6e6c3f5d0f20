/* SPDX-License-Identifier: GPL-2.0-only */
#include "bursts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum live_state {
	ASLEEP,
	RUNNABLE,
	RUNNING,
};

/* What a task of the recording is doing. */
struct live {
	enum live_state state;
	uint64_t since_ns;	/* RUNNING: up to where burst_ns counts; ASLEEP: from when on */
	uint64_t burst_ns;	/* computed since it woke up, or since its last step */
	bool is_seen;		/* an event has told its state */
};

struct bursts {
	struct recording recording;
	struct live *live;	/* of each of its tasks */
	uint32_t room_live;
	uint32_t *by_pid;	/* index + 1; 0: nobody */
	uint32_t nr_pids;
	int32_t running[RECORD_CPUS_MAX]; /* pid, 0: nobody that is known */
	uint64_t start_ns, now_ns;
	int32_t left_out_tgid;
	int err;
};

struct bursts *bursts_new(uint64_t start_ns)
{
	struct bursts *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->start_ns = b->now_ns = start_ns;
	if (!recording_init(&b->recording))
		return b;
	free(b);
	return NULL;
}

void bursts_free(struct bursts *b)
{
	if (!b)
		return;
	recording_free(&b->recording);
	free(b->live);
	free(b->by_pid);
	free(b);
}

void bursts_leave_out(struct bursts *b, int32_t tgid)
{
	b->left_out_tgid = tgid;
}

/* ---- tasks ----------------------------------------------------------------------------------- */

/* Room for the pid in by_pid. Returns 0 or -errno. */
static int reach_pid(struct bursts *b, int32_t pid)
{
	uint32_t wanted = b->nr_pids ? b->nr_pids : 4096;
	uint32_t *grown;

	if (pid <= 0 || pid >= RECORD_PIDS_MAX)
		return -EINVAL;
	while (wanted <= (uint32_t)pid)
		wanted *= 2;
	if (wanted == b->nr_pids)
		return 0;
	grown = realloc(b->by_pid, wanted * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memset(grown + b->nr_pids, 0, (wanted - b->nr_pids) * sizeof(*grown));
	b->by_pid = grown;
	b->nr_pids = wanted;
	return 0;
}

/* The task's index, or RECORDING_NONE: a pid that there cannot be, or b->err says why. */
static uint32_t find(struct bursts *b, int32_t pid)
{
	struct live *grown;
	uint32_t index;
	int err = reach_pid(b, pid);

	if (err == -EINVAL)
		return RECORDING_NONE;
	if (err) {
		b->err = err;
		return RECORDING_NONE;
	}
	if (b->by_pid[pid])
		return b->by_pid[pid] - 1;
	index = recording_add_task(&b->recording, pid);
	if (index == RECORDING_NONE) {
		b->err = b->recording.nr_tasks == RECORDING_TASKS_MAX ? -E2BIG : -ENOMEM;
		return RECORDING_NONE;
	}
	if (index >= b->room_live) {
		grown = realloc(b->live, b->recording.room_tasks * sizeof(*grown));
		if (!grown) {
			b->err = -ENOMEM;
			return RECORDING_NONE;
		}
		b->live = grown;
		b->room_live = b->recording.room_tasks;
	}
	/* Asleep since the beginning until an event says otherwise. */
	b->live[index] = (struct live){ .since_ns = b->start_ns };
	b->by_pid[pid] = index + 1;
	return index;
}

struct recording_task *bursts_task(struct bursts *b, int32_t pid)
{
	uint32_t index = find(b, pid);

	return index == RECORDING_NONE ? NULL : &b->recording.tasks[index];
}

static bool is_left_out(const struct bursts *b, uint32_t index)
{
	return b->left_out_tgid && b->recording.tasks[index].tgid == b->left_out_tgid;
}

static void add(struct bursts *b, uint32_t index, enum recording_kind kind, uint64_t ns, uint32_t other)
{
	int err = recording_add_step(&b->recording, index, kind, ns, other);

	if (err && !b->err)
		b->err = err;
}

static uint64_t since(const struct bursts *b, const struct live *live)
{
	return b->now_ns > live->since_ns ? b->now_ns - live->since_ns : 0;
}

/* What it has computed becomes a step. */
static void flush(struct bursts *b, uint32_t index)
{
	struct live *live = &b->live[index];

	if (live->state == RUNNING) {
		live->burst_ns += since(b, live);
		live->since_ns = b->now_ns;
	}
	if (live->burst_ns)
		add(b, index, RECORDING_RUN, live->burst_ns, RECORDING_NONE);
	live->burst_ns = 0;
}

/* Awake, by waker or, where that is RECORDING_NONE, by the time. */
static void wake(struct bursts *b, uint32_t index, uint32_t waker)
{
	struct live *live = &b->live[index];
	uint64_t slept_ns = since(b, live);

	live->state = RUNNABLE;
	live->is_seen = true;
	if (waker == RECORDING_NONE) {
		add(b, index, RECORDING_SLEEP, slept_ns, RECORDING_NONE);
		return;
	}
	flush(b, waker);
	add(b, waker, RECORDING_WAKE, 0, index);
	add(b, index, RECORDING_WAIT, slept_ns, waker);
}

/* ---- events ---------------------------------------------------------------------------------- */

static void leaves(struct bursts *b, int32_t pid, uint32_t flags)
{
	uint32_t index = find(b, pid);
	struct live *live;

	if (index == RECORDING_NONE)
		return;
	live = &b->live[index];
	if (!live->is_seen)
		live->state = RUNNING; /* since the beginning */
	live->is_seen = true;
	if (live->state == RUNNING)
		live->burst_ns += since(b, live);
	live->state = RUNNABLE;
	if (!(flags & (RECORD_SLEEPS | RECORD_DIES)))
		return;
	flush(b, index);
	live->state = ASLEEP;
	live->since_ns = b->now_ns;
	if (!(flags & RECORD_DIES))
		return;
	b->recording.tasks[index].has_exited = true;
	b->by_pid[pid] = 0; /* the next one with this pid is another one */
}

static void comes(struct bursts *b, int32_t pid)
{
	uint32_t index = find(b, pid);
	struct live *live;

	if (index == RECORDING_NONE)
		return;
	live = &b->live[index];
	/* Nobody has told of the wake-up: it has waited for a CPU since the beginning, or that got lost. */
	if (live->is_seen && live->state == ASLEEP)
		wake(b, index, RECORDING_NONE);
	live->is_seen = true;
	live->state = RUNNING;
	live->since_ns = b->now_ns;
}

static void switched(struct bursts *b, const struct record_event *event)
{
	int32_t *running = &b->running[event->cpu];

	/* A switch has been lost: who was here is somewhere. */
	if (*running && *running != event->pid)
		leaves(b, *running, 0);
	if (event->pid)
		leaves(b, event->pid, event->flags);
	if (event->other)
		comes(b, event->other);
	*running = event->other;
}

/* Who has the CPU while it wakes up or starts another one: it does, whatever has been told so far. */
static uint32_t find_current(struct bursts *b, int32_t pid, uint32_t cpu)
{
	uint32_t index = find(b, pid);

	if (index == RECORDING_NONE || b->live[index].is_seen || b->running[cpu])
		return index;
	b->running[cpu] = pid;
	b->live[index].is_seen = true;
	b->live[index].state = RUNNING;
	return index;
}

static void woken(struct bursts *b, const struct record_event *event)
{
	uint32_t waker = RECORDING_NONE, index = find(b, event->pid);

	/* Awake already: it was about to sleep. */
	if (index == RECORDING_NONE || b->live[index].state != ASLEEP)
		return;
	if (event->other && event->other != event->pid && !(event->flags & RECORD_INTERRUPT))
		waker = find_current(b, event->other, event->cpu);
	/* If it is not running, something has been lost. */
	if (waker != RECORDING_NONE &&
	    (b->live[waker].state != RUNNING || is_left_out(b, waker) || is_left_out(b, index)))
		waker = RECORDING_NONE;
	wake(b, index, waker);
}

static void forked(struct bursts *b, const struct record_event *event)
{
	uint32_t parent = find_current(b, event->pid, event->cpu), child;

	if (event->other > 0 && (uint32_t)event->other < b->nr_pids)
		b->by_pid[event->other] = 0; /* the end of the one before it got lost */
	child = find(b, event->other);
	if (parent == RECORDING_NONE || child == RECORDING_NONE)
		return;
	b->live[child].is_seen = true;
	b->live[child].state = RUNNABLE;
	b->recording.tasks[child].start_ns = b->now_ns - b->start_ns;
	if (b->live[parent].state != RUNNING || is_left_out(b, parent))
		return;
	flush(b, parent);
	add(b, parent, RECORDING_FORK, 0, child);
}

static void runs(struct bursts *b, const struct record_event *event)
{
	if (event->pid)
		find_current(b, event->pid, event->cpu);
}

int bursts_event(struct bursts *b, const struct record_event *event)
{
	if (event->cpu >= RECORD_CPUS_MAX)
		return b->err;
	if (event->when_ns > b->now_ns)
		b->now_ns = event->when_ns;
	b->recording.nr_events++;
	switch ((enum record_kind)event->kind) {
	case RECORD_SWITCH:
		switched(b, event);
		break;
	case RECORD_WAKING:
		woken(b, event);
		break;
	case RECORD_FORK:
		forked(b, event);
		break;
	case RECORD_RUNS:
		runs(b, event);
		break;
	default:
		break;
	}
	return b->err;
}

/* ---- the end --------------------------------------------------------------------------------- */

/* Take out who was left out: nobody else's steps name them. */
static int compact(struct bursts *b)
{
	struct recording *r = &b->recording;
	uint32_t *place = calloc(r->nr_tasks + 1, sizeof(*place));
	uint32_t i, at, nr = 0;

	if (!place)
		return -ENOMEM;
	for (i = 0; i < r->nr_tasks; i++) {
		struct recording_task *task = &r->tasks[i];

		if (is_left_out(b, i)) {
			r->nr_steps -= task->nr_steps;
			free(task->cpus);
			free(task->steps);
			continue;
		}
		place[i] = nr;
		r->tasks[nr++] = *task;
	}
	r->nr_tasks = nr;
	for (i = 0; i < r->nr_tasks; i++)
		for (at = 0; at < r->tasks[i].nr_steps; at++)
			if (r->tasks[i].steps[at].task != RECORDING_NONE)
				r->tasks[i].steps[at].task = place[r->tasks[i].steps[at].task];
	free(place);
	return 0;
}

int bursts_end(struct bursts *b, uint64_t end_ns, struct recording *ret_recording)
{
	uint32_t i;
	int err;

	if (b->err)
		return b->err;
	if (end_ns > b->now_ns)
		b->now_ns = end_ns;
	for (i = 0; i < b->recording.nr_tasks; i++) {
		struct live *live = &b->live[i];

		if (b->recording.tasks[i].has_exited)
			continue;
		flush(b, i);
		if (live->state == ASLEEP && since(b, live))
			add(b, i, RECORDING_SLEEP, since(b, live), RECORDING_NONE);
	}
	err = b->err ? b->err : compact(b);
	if (err)
		return err;
	b->recording.start_ns = b->start_ns;
	b->recording.duration_ns = b->now_ns > b->start_ns ? b->now_ns - b->start_ns : 1;
	*ret_recording = b->recording;
	memset(&b->recording, 0, sizeof(b->recording));
	return 0;
}
