/* SPDX-License-Identifier: GPL-2.0-only */
#include "hint.h"

#define LEAD_NS 3000000ULL	/* for each level of boost: the default slice */
#define SOON_NS 10000000ULL	/* deadlines below this go ahead by what they are below it */
#define INTERRUPT_NS 1000000ULL
#define OFFSET_MIN_NS (-1000000000LL) /* of a lease */

static uint64_t lead_of(const struct hint *hint, uint64_t obeys)
{
	uint64_t lead_ns = 0, deadline_ns = hint->deadline_us * 1000ULL;

	if ((hint->given & CLAND_HINT_BOOST) && !(obeys & CLAND_OBEYS_BOOST))
		lead_ns = hint->boost * LEAD_NS;
	if ((hint->given & CLAND_HINT_DEADLINE) && !(obeys & CLAND_OBEYS_DEADLINE) &&
	    deadline_ns + lead_ns < SOON_NS)
		lead_ns = SOON_NS - deadline_ns;
	return lead_ns;
}

void hint_show(const struct hint *hint, struct cland_task *task)
{
	uint64_t weight = task->weight;

	task->kernel_weight = task->weight;
	task->hints = hint->given;
	task->hint_boost = hint->boost;
	task->hint_slice_ns = hint->slice_us * 1000ULL;
	task->hint_deadline_ns = hint->deadline_us * 1000ULL;
	if (!(hint->given & CLAND_HINT_WEIGHT))
		return;
	weight = weight * hint->weight_pct / 100;
	if (weight < 1)
		weight = 1;
	if (weight > CLAND_WEIGHT_MAX)
		weight = CLAND_WEIGHT_MAX;
	task->weight = (uint32_t)weight;
}

uint64_t hint_rank(const struct hint *hint, uint64_t obeys, uint64_t rank_ns)
{
	return hint->given ? rank_ns - lead_of(hint, obeys) : rank_ns;
}

void hint_lease(const struct hint *hint, uint64_t obeys, struct cland_lease *lease)
{
	uint64_t lead_ns;

	if (!hint->given)
		return;
	if ((hint->given & CLAND_HINT_SLICE) && !(obeys & CLAND_OBEYS_SLICE)) {
		lease->slice_ns = hint->slice_us * 1000ULL;
		lease->flags &= ~CLAND_LEASE_CROWD;
	}
	lead_ns = lead_of(hint, obeys);
	if (!lead_ns)
		return;
	/* What is out of range stays so: it is counted against the policy. */
	if (lease->offset_ns >= OFFSET_MIN_NS) {
		lease->offset_ns -= (int64_t)lead_ns;
		if (lease->offset_ns < OFFSET_MIN_NS)
			lease->offset_ns = OFFSET_MIN_NS;
	}
	lease->flags &= ~CLAND_LEASE_CROWD;
	if (!lease->preempt_ns || lease->preempt_ns > INTERRUPT_NS)
		lease->preempt_ns = INTERRUPT_NS;
}
