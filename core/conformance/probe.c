/* SPDX-License-Identifier: GPL-2.0-only */
#include "probe.h"

#include <string.h>

#include "alloc_count.h"
#include "clock.h"

/* Bytes before and behind a task's private ones, which stay as they are filled. */
#define GUARD 64u
#define GUARD_FILL 0xa5

#define NR_CPUS 4u /* what the made-up tasks' nr_cpus_allowed goes up to */

const char *probe_op_name(uint32_t op)
{
	static const char *const names[PROBE_NR_OPS] = {
		[PROBE_OP_NONE] = "no function of the policy",
		[PROBE_OP_LIBRARIES] = "the libraries it needs",
		[PROBE_OP_LOAD] = "its constructors or destructors",
		[PROBE_OP_CREATE] = "create()",
		[PROBE_OP_RANK] = "rank()",
		[PROBE_OP_LEASE] = "lease()",
		[PROBE_OP_REASON] = "reason()",
		[PROBE_OP_TICK] = "tick()",
		[PROBE_OP_TASK_EXIT] = "task_exit()",
		[PROBE_OP_DESTROY] = "destroy()",
	};

	return op < PROBE_NR_OPS ? names[op] : names[PROBE_OP_NONE];
}

/* ---- around each call ------------------------------------------------------------------------ */

static void enter(struct probe *probe, enum probe_op op)
{
	probe->shared->watch.context = op;
	probe->shared->last_op = op;
	probe->shared->nr_calls++;
	probe->allocs = alloc_count();
	if (probe->timed)
		probe->began_ns = monotonic_ns();
}

static void note_time(struct probe *probe, enum probe_op op)
{
	struct probe_timing *timing = &probe->shared->timing;
	uint64_t took_ns = monotonic_ns() - probe->began_ns;
	uint32_t i = probe->timed_calls++;

	if (i >= PROBE_CALLS_MAX)
		return;
	if (took_ns > UINT32_MAX)
		took_ns = UINT32_MAX;
	if (i == timing->nr_calls) {
		timing->calls[i].ns = (uint32_t)took_ns;
		timing->nr_calls++;
	} else if (took_ns < timing->calls[i].ns) {
		timing->calls[i].ns = (uint32_t)took_ns;
	}
	timing->calls[i].op = op;
}

static void leave(struct probe *probe, enum probe_op op)
{
	if (probe->timed)
		note_time(probe, op);
	if (!probe->rehearsing)
		probe->shared->nr_allocs[op] += alloc_count() - probe->allocs;
	probe->shared->watch.context = PROBE_OP_NONE;
}

/* ---- private bytes --------------------------------------------------------------------------- */

static unsigned char *guarded(const struct probe *probe, void *priv)
{
	return probe->real.ops.task_priv_size ? (unsigned char *)priv + GUARD : NULL;
}

static void guard_fill(const struct probe *probe, void *priv)
{
	memset(priv, GUARD_FILL, GUARD);
	memset((unsigned char *)priv + GUARD + probe->real.ops.task_priv_size, GUARD_FILL, GUARD);
}

static void guard_check(struct probe *probe, void *priv, enum probe_op op)
{
	const unsigned char *bytes = priv;
	size_t size = probe->real.ops.task_priv_size, i;
	bool broken = false;

	if (!size)
		return;
	for (i = 0; i < GUARD; i++) {
		if (bytes[i] != GUARD_FILL) {
			probe->shared->nr_underruns[op]++;
			broken = true;
			break;
		}
	}
	for (i = 0; i < GUARD; i++) {
		if (bytes[GUARD + size + i] != GUARD_FILL) {
			if (!probe->shared->nr_overruns[op]++)
				probe->shared->first_overrun = (int64_t)i + 1;
			broken = true;
			break;
		}
	}
	if (broken)
		guard_fill(probe, priv); /* so that each breach is counted once */
}

/* The task as the policy gets it: a copy, so that writes to it are seen and do no harm. */
static void task_lend(struct probe *probe, const struct cland_task *task, struct cland_task *ret)
{
	if (probe->real.ops.task_priv_size && (task->flags & CLAND_TASK_NEW))
		guard_fill(probe, task->priv);
	memcpy(ret, task, sizeof(*ret));
	ret->priv = guarded(probe, task->priv);
}

static void task_return(struct probe *probe, const struct cland_task *task,
			struct cland_task *lent, enum probe_op op)
{
	lent->priv = task->priv;
	if (memcmp(lent, task, sizeof(*lent)) != 0)
		probe->shared->nr_task_writes[op]++;
	guard_check(probe, task->priv, op);
}

/* ---- the policy as the loop sees it ---------------------------------------------------------- */

static uint64_t probe_rank(void *policy, const struct cland_task *task)
{
	struct probe *probe = policy;
	struct cland_task lent;
	uint64_t rank_ns;

	task_lend(probe, task, &lent);
	enter(probe, PROBE_OP_RANK);
	rank_ns = probe->real.ops.rank(probe->real.self, &lent);
	leave(probe, PROBE_OP_RANK);
	task_return(probe, task, &lent, PROBE_OP_RANK);
	return rank_ns;
}

static void probe_lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	struct probe *probe = policy;
	struct cland_task lent;

	task_lend(probe, task, &lent);
	enter(probe, PROBE_OP_LEASE);
	probe->real.ops.lease(probe->real.self, &lent, lease);
	leave(probe, PROBE_OP_LEASE);
	task_return(probe, task, &lent, PROBE_OP_LEASE);
}

static uint32_t probe_reason(void *policy, const struct cland_task *task)
{
	struct probe *probe = policy;
	struct cland_task lent;
	uint32_t index;

	task_lend(probe, task, &lent);
	enter(probe, PROBE_OP_REASON);
	index = probe->real.ops.reason(probe->real.self, &lent);
	leave(probe, PROBE_OP_REASON);
	task_return(probe, task, &lent, PROBE_OP_REASON);
	return index;
}

static void probe_tick(void *policy, uint64_t now_ns)
{
	struct probe *probe = policy;

	enter(probe, PROBE_OP_TICK);
	probe->real.ops.tick(probe->real.self, now_ns);
	leave(probe, PROBE_OP_TICK);
}

static void probe_task_exit(void *policy, int32_t pid, void *priv)
{
	struct probe *probe = policy;

	enter(probe, PROBE_OP_TASK_EXIT);
	probe->real.ops.task_exit(probe->real.self, pid, guarded(probe, priv));
	leave(probe, PROBE_OP_TASK_EXIT);
	guard_check(probe, priv, PROBE_OP_TASK_EXIT);
}

static void log_line(const char *line)
{
	(void)line; /* a policy may say what it likes */
}

/* The host's functions know no probe; there is one at a time. NULL: create() has not returned. */
static const struct machine *machine;

static const struct cland_cgroup *read_cgroup(uint32_t index, uint64_t now_ns)
{
	static struct cland_cgroup cgroup;

	if (!machine || index >= machine->nr_cgroups)
		return NULL;
	cgroup = machine_read_cgroup(machine, index, now_ns);
	return &cgroup;
}

/* Below the root a heavy one, one that is nested, and one of the least weight. */
static void make_cgroups(struct machine *m)
{
	machine_cgroup(m, machine_cgroup(m, 1, 10000), CLAND_CGROUP_WEIGHT_DEFAULT);
	machine_cgroup(m, 1, 1);
}

int probe_open(struct probe *probe, struct probe_shared *shared, const struct policy_meta *meta,
	       const uint64_t *values, uint32_t nr_slots, uint64_t seed, uint64_t clock_ns,
	       bool strict, struct diag *diag)
{
	struct cland_policy_ops *ops = &probe->watched.ops;
	int err;

	memset(probe, 0, sizeof(*probe));
	probe->shared = shared;
	probe->host = (struct cland_host){
		.struct_size = sizeof(probe->host),
		.nr_cpus = NR_CPUS,
		.max_tasks = nr_slots,
		.abi_minor = CLAND_POLICY_ABI_MINOR,
		.log = log_line,
		.max_cgroups = MACHINE_CGROUPS_MAX,
		.nr_cpus_online = NR_CPUS,
		.cgroup = read_cgroup,
	};
	machine = NULL;
	enter(probe, PROBE_OP_CREATE);
	err = policy_open(meta->path, &probe->host, values, meta->nr_params, &probe->real, diag);
	leave(probe, PROBE_OP_CREATE);
	if (err)
		return err;
	*ops = probe->real.ops;
	probe->watched.self = probe;
	ops->create = NULL;
	ops->destroy = NULL;
	ops->rank = probe_rank;
	ops->lease = ops->lease ? probe_lease : NULL;
	ops->reason = ops->reason ? probe_reason : NULL;
	probe->watched.nr_reasons = probe->real.nr_reasons;
	ops->tick = ops->tick ? probe_tick : NULL;
	ops->task_exit = ops->task_exit ? probe_task_exit : NULL;
	if (ops->task_priv_size)
		ops->task_priv_size += 2 * GUARD;
	machine_init(&probe->machine, nr_slots, seed);
	machine_set_clock(&probe->machine, clock_ns);
	make_cgroups(&probe->machine);
	machine = &probe->machine;
	err = loop_init(&probe->loop, &fake_backend_ops, &probe->machine.fb, &probe->watched,
			nr_slots, strict);
	if (err) {
		probe_close(probe);
		return diag_set(diag, err, "no memory for %u tasks", nr_slots);
	}
	probe->rehearsing = true;
	loop_rehearse(&probe->loop);
	probe->rehearsing = false;
	return 0;
}

void probe_time(struct probe *probe)
{
	probe->timed = true;
	probe->timed_calls = 0;
}

void probe_close(struct probe *probe)
{
	probe->timed = false;
	probe->rehearsing = true;
	enter(probe, PROBE_OP_DESTROY);
	policy_close(&probe->real);
	machine = NULL;
	leave(probe, PROBE_OP_DESTROY);
	loop_destroy(&probe->loop);
	machine_destroy(&probe->machine);
}
