/* SPDX-License-Identifier: GPL-2.0-only */
#include "resting.h"

#include <string.h>

/* Within so long the next request comes when one has: not worth going to sleep for. */
#define REST_WORTH_NS 1000000ULL
/* So often is no chance: the stub does not schedule the agent, as in partial mode. */
#define UNHEEDED_MAX 8

/* What was left to the next rest, and has not been carried out by it. */
static int apply_left(struct resting *resting)
{
	struct cland_agent_page *page = resting->memory->page;
	uint32_t nr = page->nr_yielded;

	if (!nr)
		return 0;
	page->nr_yielded = 0;
	return resting->ops->apply(resting->ctx, nr);
}

int resting_push(struct resting *resting, const struct cland_decision_msg *decisions, size_t nr)
{
	struct cland_agent_page *page = resting->memory->page;
	int err = apply_left(resting);

	if (err)
		return err;
	if (nr)
		memcpy(page->batch, decisions, nr * sizeof(*decisions));
	if (!resting->soon || !nr || nr > CLAND_YIELD_MAX || !kern_memory_is_read(resting->memory))
		return resting->ops->apply(resting->ctx, (uint32_t)nr);
	/* Nobody has asked meanwhile: it rests in a moment, which is call enough. */
	page->nr_yielded = (uint32_t)nr;
	return 0;
}

/* At rest: until the stub has a CPU for us, as it has when somebody asks. */
static void rest(struct resting *resting)
{
	const struct cland_agent_page *page = resting->memory->page;
	bool left = page->nr_yielded;

	resting->ops->yield(resting->ctx);
	if (left)
		resting->nr_unheeded = page->nr_yielded ? resting->nr_unheeded + 1 : 0;
}

int resting_wait(struct resting *resting, uint64_t *now_ns, uint64_t until_ns)
{
	struct cland_agent_page *page = resting->memory->page;
	uint64_t since_ns = *now_ns;
	uint32_t waits = resting->soon ? CLAND_AGENT_AT_REST : CLAND_AGENT_ASLEEP;
	int err = 0;

	if (since_ns >= until_ns)
		return apply_left(resting);
	/* First say that we wait, then look once more: the stub does the reverse. */
	__atomic_store_n(&page->waits, waits, __ATOMIC_SEQ_CST);
	if (kern_memory_is_read(resting->memory)) {
		if (waits == CLAND_AGENT_AT_REST)
			rest(resting);
		else
			err = resting->ops->sleep(resting->ctx, until_ns - since_ns);
	}
	__atomic_store_n(&page->waits, CLAND_AGENT_AWAKE, __ATOMIC_RELAXED);
	*now_ns = resting->ops->now_ns(resting->ctx);
	resting->soon = *now_ns - since_ns < REST_WORTH_NS &&
			resting->nr_unheeded < UNHEEDED_MAX && !kern_memory_is_read(resting->memory);
	return err ? err : apply_left(resting);
}
