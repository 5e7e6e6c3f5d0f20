/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent_task.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "clock.h"
#include "guard.h"
#include "kern_memory.h"
#include "loop.h"
#include "resting.h"
#include "target.h"
#include "trace.h"

/* AddressSanitizer must be told of each change of stack. */
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

#define STACK_BYTES (1024 * 1024)
#define READ_NS 20	/* to look at a slot, in the loop's sweeps over all of them */
#define LOG_LINES_PER_SECOND 10

const char *const policy_call_names[POLICY_CALL_NR] = {
	[POLICY_CALL_RANK] = "rank()",
	[POLICY_CALL_LEASE] = "lease()",
	[POLICY_CALL_TICK] = "tick()",
	[POLICY_CALL_TASK_EXIT] = "task_exit()",
	[POLICY_CALL_REASON] = "reason()",
};

enum wish { WISH_COMPUTE, WISH_YIELD, WISH_SLEEP, WISH_END };

struct agent_task {
	struct sim *s;
	struct kern_memory memory;
	struct resting resting;
	struct policy real, watched;	/* the policy; what the loop calls, which calls it */
	struct cland_host host;
	struct loop loop;
	char name[32];

	ucontext_t outside, inside;
	void *stack;
	const void *outside_stack;
	size_t outside_size;
	enum wish wish;
	uint64_t wish_ns;		/* how long to compute; when to wake up */
	int err;			/* with which the loop ended */
	bool sleeps;			/* in epoll_wait(), as it were */
	uint64_t debt_ns;		/* has been used and is to be computed yet */

	bool with_times;
	struct agent_task_times times;
	uint64_t log_second;
	uint32_t nr_lines;
};

/* The host's functions and the coroutine's first one take no argument for it. */
static struct agent_task *the_agent;

/* ---- the two stacks -------------------------------------------------------------------------- */

static void to_outside(struct agent_task *a)
{
#ifdef WITH_ASAN
	void *fake = NULL;

	__sanitizer_start_switch_fiber(&fake, a->outside_stack, a->outside_size);
	swapcontext(&a->inside, &a->outside);
	__sanitizer_finish_switch_fiber(fake, &a->outside_stack, &a->outside_size);
#else
	swapcontext(&a->inside, &a->outside);
#endif
}

static void to_inside(struct agent_task *a)
{
#ifdef WITH_ASAN
	void *fake = NULL;

	__sanitizer_start_switch_fiber(&fake, a->stack, STACK_BYTES);
	swapcontext(&a->outside, &a->inside);
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
#else
	swapcontext(&a->outside, &a->inside);
#endif
}

static void compute(struct agent_task *a, uint64_t ns)
{
	a->wish = WISH_COMPUTE;
	a->wish_ns = ns + a->debt_ns;
	a->debt_ns = 0;
	if (a->wish_ns)
		to_outside(a);
}

static bool never(void *ctx)
{
	(void)ctx;
	return false;
}

static void run_inside(void)
{
	struct agent_task *a = the_agent;

#ifdef WITH_ASAN
	__sanitizer_finish_switch_fiber(NULL, &a->outside_stack, &a->outside_size);
#endif
	a->err = loop_run(&a->loop, never, NULL);
	a->wish = WISH_END;
	to_outside(a);
}

enum task_verdict agent_task_advance(struct sim *s)
{
	struct agent_task *a = s->agent_task;

	to_inside(a);
	switch (a->wish) {
	case WISH_COMPUTE:
		s->agent->work_left_ns = a->wish_ns;
		return TASK_COMPUTES;
	case WISH_YIELD:
		return TASK_YIELDS;
	case WISH_SLEEP:
		a->sleeps = true;
		event_set(&s->events, &s->agent->wake, a->wish_ns);
		return TASK_BLOCKS;
	default:
		sim_fail(s, "the agent's loop has ended: %s", strerror(-a->err));
		return TASK_BLOCKS;
	}
}

void agent_task_ring(struct sim *s)
{
	struct agent_task *a = s->agent_task;

	if (!a || !a->sleeps || s->agent->state != TASK_BLOCKED)
		return;
	a->sleeps = false;
	s->totals.agent_wakeups++;
	sched_wake(s, s->agent, false);
}

/* ---- the backend ----------------------------------------------------------------------------- */

static uint64_t sim_now_ns(void *backend)
{
	const struct agent_task *a = backend;

	return a->s->now_ns + a->debt_ns;
}

/* Of the user's rules; tasks keep their names here, so a hint does not change. */
static void add_hint(const struct agent_task *a, struct backend_task *bt)
{
	const struct sim_task *task = tasks_find(a->s, bt->task.pid);

	if (task && task->program)
		bt->hint = a->s->groups[task->group].hint;
}

static bool sim_next_task(void *backend, struct backend_task *ret_task)
{
	struct agent_task *a = backend;

	if (!kern_memory_next(&a->memory, ret_task)) {
		if (!a->debt_ns)
			return false;
		/* More may have come by the time that those before have been answered. */
		compute(a, 0);
		if (!kern_memory_next(&a->memory, ret_task))
			return false;
	}
	add_hint(a, ret_task);
	a->debt_ns += a->s->topo->agent_request_ns;
	return true;
}

static int sim_read_task(void *backend, uint32_t slot, struct backend_task *ret_task)
{
	struct agent_task *a = backend;
	int ret = kern_memory_read(&a->memory, slot, ret_task);

	a->debt_ns += READ_NS;
	if (ret == 1)
		add_hint(a, ret_task);
	return ret;
}

/* A hint is there from a task's beginning on. */
static int sim_next_hinted(void *backend, uint32_t *ret_slot)
{
	(void)backend;
	(void)ret_slot;
	return 0;
}

static int sim_apply(void *backend, uint32_t nr)
{
	struct agent_task *a = backend;
	struct cland_apply_args args = { .nr = nr };

	/* The kernel runs a BPF program so. */
	a->s->agent->migration_disabled = true;
	compute(a, a->s->topo->agent_push_ns + nr * a->s->topo->agent_decision_ns);
	a->s->agent->migration_disabled = false;
	stub_apply(&args);
	return 0;
}

static void sim_yield(void *backend)
{
	struct agent_task *a = backend;
	uint64_t ns = a->s->topo->agent_yield_ns +
		      a->memory.page->nr_yielded * a->s->topo->agent_decision_ns;

	/* Not free even if [machine] says so: one that is not let rest would yield for ever at one moment. */
	compute(a, ns ? ns : 1);
	a->wish = WISH_YIELD;
	to_outside(a);
}

static int sim_sleep(void *backend, uint64_t ns)
{
	struct agent_task *a = backend;
	uint64_t until_ns = sim_now_ns(a) + ns;

	compute(a, a->s->topo->agent_wait_ns);
	/* The doorbell may have rung meanwhile, and lets epoll_wait() return at once. */
	if (kern_memory_is_read(&a->memory) && a->memory.page->waits && a->s->now_ns < until_ns) {
		a->wish = WISH_SLEEP;
		a->wish_ns = until_ns;
		to_outside(a);
		a->sleeps = false;
	}
	return 0;
}

static const struct resting_ops sim_resting_ops = {
	.now_ns = sim_now_ns,
	.apply = sim_apply,
	.yield = sim_yield,
	.sleep = sim_sleep,
};

/* NULL: the policy gives none. */
static const char *reason_text(const struct agent_task *a, uint32_t reason)
{
	return reason && reason <= a->real.nr_reasons ? a->real.ops.reasons[reason - 1] : NULL;
}

static int sim_push(void *backend, const struct cland_decision_msg *decisions, size_t nr)
{
	struct agent_task *a = backend;
	size_t i;

	for (i = 0; i < nr && a->s->trace; i++)
		trace_decision(a->s, &decisions[i], reason_text(a, decisions[i].reserved));
	return resting_push(&a->resting, decisions, nr);
}

static int sim_wait(void *backend, uint64_t *now_ns, uint64_t until_ns)
{
	struct agent_task *a = backend;

	return resting_wait(&a->resting, now_ns, until_ns);
}

static const struct backend_ops sim_backend_ops = {
	.now_ns = sim_now_ns,
	.next_task = sim_next_task,
	.read_task = sim_read_task,
	.next_hinted = sim_next_hinted,
	.push = sim_push,
	.wait = sim_wait,
};

/* ---- the policy, watched --------------------------------------------------------------------- */

static uint64_t enter(struct agent_task *a, enum policy_call call)
{
	a->times.nr[call]++;
	guard_enter(GUARD_CALL + (uint32_t)call);
	return a->with_times ? monotonic_ns() : 0;
}

static void leave(struct agent_task *a, enum policy_call call, uint64_t since_ns)
{
	if (a->with_times)
		histogram_add(&a->times.calls[call], monotonic_ns() - since_ns);
	guard_leave();
}

static uint64_t watched_rank(void *policy, const struct cland_task *task)
{
	struct agent_task *a = policy;
	uint64_t since_ns = enter(a, POLICY_CALL_RANK), rank_ns;

	rank_ns = a->real.ops.rank(a->real.self, task);
	leave(a, POLICY_CALL_RANK, since_ns);
	return rank_ns;
}

static void watched_lease(void *policy, const struct cland_task *task, struct cland_lease *lease)
{
	struct agent_task *a = policy;
	uint64_t since_ns = enter(a, POLICY_CALL_LEASE);

	a->real.ops.lease(a->real.self, task, lease);
	leave(a, POLICY_CALL_LEASE, since_ns);
}

static uint32_t watched_reason(void *policy, const struct cland_task *task)
{
	struct agent_task *a = policy;
	uint64_t since_ns = enter(a, POLICY_CALL_REASON);
	uint32_t index;

	index = a->real.ops.reason(a->real.self, task);
	leave(a, POLICY_CALL_REASON, since_ns);
	return index;
}

static void watched_tick(void *policy, uint64_t now_ns)
{
	struct agent_task *a = policy;
	uint64_t since_ns = enter(a, POLICY_CALL_TICK);

	a->real.ops.tick(a->real.self, now_ns);
	leave(a, POLICY_CALL_TICK, since_ns);
}

static void watched_task_exit(void *policy, int32_t pid, void *priv)
{
	struct agent_task *a = policy;
	uint64_t since_ns = enter(a, POLICY_CALL_TASK_EXIT);

	a->real.ops.task_exit(a->real.self, pid, priv);
	leave(a, POLICY_CALL_TASK_EXIT, since_ns);
}

/* host->log, with the virtual time and the daemon's limit. */
static void policy_log(const char *line)
{
	struct agent_task *a = the_agent;
	uint64_t now_ns = a->s->now_ns, second = now_ns / 1000000000ULL;

	if (second != a->log_second)
		a->nr_lines = 0;
	a->log_second = second;
	if (a->nr_lines++ < LOG_LINES_PER_SECOND)
		fprintf(stderr, "clandsim: [%llu.%06llu] policy %s: %s\n", (unsigned long long)second,
			(unsigned long long)(now_ns % 1000000000ULL / 1000), a->name, line);
}

static const struct cland_cgroup *policy_cgroup(uint32_t index, uint64_t now_ns)
{
	return kern_memory_cgroup(&the_agent->memory, index, now_ns);
}

/* ---- coming and going ------------------------------------------------------------------------ */

static int make_stack(struct agent_task *a)
{
	/* A page that may not be touched at its end: a policy that needs more is found out. */
	char *stack = mmap(NULL, STACK_BYTES + 4096, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED)
		return -errno;
	if (mprotect(stack, 4096, PROT_NONE)) {
		munmap(stack, STACK_BYTES + 4096);
		return -errno;
	}
	a->stack = stack + 4096;
	getcontext(&a->inside);
	a->inside.uc_stack.ss_sp = a->stack;
	a->inside.uc_stack.ss_size = STACK_BYTES;
	a->inside.uc_link = NULL;
	makecontext(&a->inside, run_inside, 0);
	return 0;
}

static void watch(struct agent_task *a)
{
	struct cland_policy_ops *ops = &a->watched.ops;

	*ops = a->real.ops;
	a->watched.self = a;
	ops->create = NULL;
	ops->destroy = NULL;
	ops->rank = watched_rank;
	ops->lease = ops->lease ? watched_lease : NULL;
	ops->reason = ops->reason ? watched_reason : NULL;
	a->watched.nr_reasons = a->real.nr_reasons;
	ops->tick = ops->tick ? watched_tick : NULL;
	ops->task_exit = ops->task_exit ? watched_task_exit : NULL;
}

int agent_task_open(struct sim *s, const struct target *target, const struct stub_shared *shared,
		    bool with_times, struct diag *diag)
{
	struct agent_task *a = calloc(1, sizeof(*a));
	int err;

	if (!a)
		return diag_set(diag, -ENOMEM, "no memory for the agent");
	a->s = s;
	a->with_times = with_times;
	a->memory = (struct kern_memory){
		.slots = shared->slots,
		.cgroups = shared->cgroups,
		.rings = shared->rings,
		.page = shared->page,
		.nr_cpus = s->topo->nr_cpus,
		.max_tasks = s->options.max_tasks,
	};
	a->resting = (struct resting){ .ops = &sim_resting_ops, .ctx = a, .memory = &a->memory };
	a->host = (struct cland_host){
		.struct_size = sizeof(a->host),
		.nr_cpus = s->topo->nr_cpus,
		.max_tasks = s->options.max_tasks,
		.abi_minor = CLAND_POLICY_ABI_MINOR,
		.log = policy_log,
		.max_cgroups = CLAND_CGROUPS_MAX,
		.nr_cpus_online = s->online.nr,
		.cgroup = policy_cgroup,
	};
	snprintf(a->name, sizeof(a->name), "%s", target->policy_name);
	the_agent = a;
	s->agent_task = a;
	guard_enter(GUARD_LOADING);
	err = policy_open(target->policy_path, &a->host, target->values, target->nr_values, &a->real,
			  diag);
	guard_leave();
	if (err)
		goto fail;
	watch(a);
	err = loop_init(&a->loop, &sim_backend_ops, a, &a->watched, s->options.max_tasks,
			s->options.strict);
	if (!err)
		err = make_stack(a);
	if (err) {
		diag_set(diag, err, "no memory for an agent with %u tasks", s->options.max_tasks);
		goto fail;
	}
	loop_rehearse(&a->loop);
	memset(&a->times, 0, sizeof(a->times));
	kern_memory_serve(&a->memory);
	return 0;
fail:
	agent_task_close(s);
	return err;
}

void agent_task_unload(struct sim *s)
{
	struct agent_task *a = s->agent_task;

	guard_enter(GUARD_UNLOADING);
	policy_close(&a->real);
	guard_leave();
}

void agent_task_close(struct sim *s)
{
	struct agent_task *a = s->agent_task;

	if (!a)
		return;
	agent_task_unload(s);
	loop_destroy(&a->loop);
	if (a->stack)
		munmap((char *)a->stack - 4096, STACK_BYTES + 4096);
	free(a);
	s->agent_task = NULL;
	the_agent = NULL;
}

const struct agent_task_times *agent_task_times(const struct sim *s)
{
	return &s->agent_task->times;
}
