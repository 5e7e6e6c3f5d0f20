/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fifo - first come, first served, a slice at a time: the shortest policy there is.
 *
 * For teaching and for comparison: whoever becomes runnable, by waking up or because its slice is
 * over, goes to the tail. Nice levels do not count, and nobody is interrupted.
 *
 *	rank = clock + 1 s [ns]				lowest rank runs first
 *
 * The clock never goes back, so ranks come in the order of the requests. A lease has no term for
 * the time of arrival; the order comes from the window of one second in which ranks are kept:
 *
 *	rank = min(vtime + 1 s, clock + 1 s)		vtime += CPU time used [ns]
 *
 * A sleeper has no credit and a slice takes its user past the clock, so vtime is at the clock or
 * beyond it, and the rank is clock + 1 s. Only a task that has had less than its slice when it goes
 * to the tail, such as one that yields, can be behind the clock, and is ahead of the tail by as
 * much as it lags: the price of not being asked. With --decisions=strict the order is exact.
 *
 * First come, first served is as old as queues are; with slices it is the round robin of the first
 * time-sharing systems (CTSS: Corbato, Merwin-Daggett, Daley 1962).
 */
#include <scx-cland/policy.h>

#define TAIL_NS 1000000000 /* the far end of the window */
#define SLICE_NS 10000000

static uint64_t fifo_rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->clock_ns + TAIL_NS;
}

static void fifo_lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	(void)policy;
	(void)task;
	lease->offset_ns = TAIL_NS;
	lease->credit_ns = 0;
	lease->slice_ns = SLICE_NS;
	lease->rate = CLAND_RATE_ONE;
	lease->flags = 0; /* when the slice is over, to the tail */
}

static const char *const reasons[] = { "at the tail of the queue, as everybody", NULL };

static uint32_t fifo_reason(void *policy, const struct cland_task *task)
{
	(void)policy;
	(void)task;
	return 0;
}

CLAND_POLICY(.name = "fifo",
	     .summary = "first come, first served, 10 ms at a time",
	     .version = "1.1",
	     .rank = fifo_rank,
	     .lease = fifo_lease,
	     .reasons = reasons,
	     .reason = fifo_reason);
