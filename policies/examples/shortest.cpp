/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shortest - shortest burst first, with a bounded lead: a policy in C++.
 *
 * An example, to show the language: classes, templates and lambdas are welcome, as long as what is
 * [hot] neither allocates nor throws. For a desktop it does what it says: who is expected to be
 * done soon goes ahead, by at most lead_us.
 *
 *	rank = max(vtime, clock - lead) - lead * max(0, 1 - burst average / slice)	[ns]
 *							lowest rank runs first
 *
 * Shares stay weighted fair in the long run, as vtime does. Shortest job first with an exponential
 * average of past bursts is as old as textbooks on operating systems.
 *
 * The table at the end gives its fields in the order of the struct, as C++20 wants it.
 */
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <new>

#include <scx-cland/policy.h>

namespace {

enum { PARAM_LEAD, PARAM_SLICE, NR_PARAMS };

constexpr cland_param params[] = {
	{ .name = "lead_us", .unit = "us", .help = "How far the shortest bursts go ahead.",
	  .min = 0, .max = 100000, .def = 10000, .type = CLAND_PARAM_U64 },
	{ .name = "slice_us", .unit = "us",
	  .help = "How long a task runs; bursts of this length and more have no lead.",
	  .min = 500, .max = 100000, .def = 4000, .type = CLAND_PARAM_U64 },
	{},
};
static_assert(std::size(params) == NR_PARAMS + 1, "each parameter has its number");

class Shortest {
public:
	explicit Shortest(const cland_value *values) noexcept
		: lead_ns(values[PARAM_LEAD].u64 * 1000), slice_ns(values[PARAM_SLICE].u64 * 1000)
	{
	}

	uint64_t rank(const cland_task &task) const noexcept
	{
		const uint64_t earliest_ns = task.clock_ns - lead_ns;
		uint64_t vtime_ns = task.vtime_ns;

		/* Virtual time may wrap: compare by the sign of the difference. */
		if ((task.flags & CLAND_TASK_WAKEUP) &&
		    static_cast<int64_t>(vtime_ns - earliest_ns) < 0)
			vtime_ns = earliest_ns;
		return vtime_ns - lead_of(task);
	}

	void lease(const cland_task &task, cland_lease &terms) const noexcept
	{
		terms.slice_ns = slice_ns;
		terms.credit_ns = lead_ns;
		terms.offset_ns = -static_cast<int64_t>(lead_of(task));
		terms.preempt_ns = slice_ns / 2;
	}

private:
	uint64_t lead_of(const cland_task &task) const noexcept
	{
		return lead_ns * (slice_ns - std::min(task.burst_avg_ns, slice_ns)) / slice_ns;
	}

	const uint64_t lead_ns, slice_ns;
};

int create(const cland_host *, const cland_value *values, void **ret_policy)
{
	auto *policy = new (std::nothrow) Shortest(values);

	if (!policy)
		return -ENOMEM;
	*ret_policy = policy;
	return 0;
}

void destroy(void *policy)
{
	delete static_cast<Shortest *>(policy);
}

uint64_t rank(void *policy, const cland_task *task)
{
	return static_cast<const Shortest *>(policy)->rank(*task);
}

void lease(void *policy, const cland_task *task, cland_lease *terms)
{
	static_cast<const Shortest *>(policy)->lease(*task, *terms);
}

} /* namespace */

CLAND_POLICY(.name = "shortest",
	     .summary = "shortest burst first, an example in C++", .version = "1.0",
	     .params = params, .create = create, .destroy = destroy, .rank = rank, .lease = lease);
