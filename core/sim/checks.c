/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * checks.c - what must hold whatever the policy does (DESIGN 4): looked at every few milliseconds
 * of virtual time, and when all is over. What can be seen where it happens is checked there, in
 * sched.c and kfuncs.c: a lost task, one in two queues, one on a CPU that its affinity forbids.
 */
#include <stdio.h>
#include <string.h>

#include "sim.h"
#include "trace.h"

#define LOOK_NS 5000000ULL
#define LOOK_AT_ALL_NS 100000000ULL
/* The stub's timer for parked tasks, and how long the agent's silence takes to be noticed. */
#define PARK_SLACK_NS 15000000ULL
/* A queued task's turn comes within a second, or after a round of all (STARVED_MAX_NS, JANITOR_NS). */
#define STARVED_NS 2500000000ULL
#define ROUND_FACTOR 4.0

static unsigned long long ms(uint64_t ns)
{
	return ns / 1000000;
}

static void check_parked(struct sim *s)
{
	struct dsq *park = kfuncs_dsq(s, STUB_DSQ_PARK);
	struct dsq_node *first = park ? dsq_first(park) : NULL;
	struct sim_task *task;
	uint64_t limit_ns;

	if (!first)
		return;
	task = sim_task_of_node(first);
	/*
	 * Beside an agent that answers only the stub's timer rescues, so many at a time: it must
	 * not keep a CPU for as long as a hundred thousand tasks take. When that many ask at once,
	 * which an agent answers in a tenth of a second, the last of them are rescued as many
	 * rounds later as there were before them.
	 */
	limit_ns = s->options.rescue_ns + PARK_SLACK_NS + s->topo->tick_ns +
		   stub_rescue_rounds_ns(task->queued_behind);
	/* Not since it is runnable: a CPU that went away may have had it in its queue until now. */
	if (s->now_ns - task->queued_since_ns > limit_ns)
		sim_fail(s, "task %d (%s) has waited for user space for %llu ms: the limit is %llu ms "
			 "(rescue_ms, what noticing takes, and %u before it)", task->p.pid, task->p.comm,
			 ms(s->now_ns - task->queued_since_ns), ms(limit_ns), task->queued_behind);
}

/* A task that waits, beside a CPU that is free, for longer than it takes to be noticed. */
#define for_each_cpu_of(s, task, cpu)                                                              \
	for (cpu = cpuset_next_both(&(s)->online, (task)->cpus, 0); cpu != CPUSET_NONE;            \
	     cpu = cpuset_next_both(&(s)->online, (task)->cpus, cpu + 1))

static void check_idle_since(struct sim *s, const struct sim_task *task, uint64_t since_ns)
{
	uint64_t waits_ns = s->now_ns - since_ns;
	uint32_t cpu;

	if (waits_ns <= s->options.idle_limit_ns)
		return;
	for_each_cpu_of(s, task, cpu) {
		const struct sim_cpu *c = &s->cpus[cpu];

		if (c->curr || s->now_ns - c->idle_since_ns <= s->options.idle_limit_ns ||
		    !sched_may_run_on(s, task, cpu))
			continue;
		sim_fail(s, "CPU %u has been idle for %llu ms beside task %d (%s), which may run there "
			 "and has waited for %llu ms", cpu, ms(s->now_ns - c->idle_since_ns),
			 task->p.pid, task->p.comm, ms(waits_ns));
		return;
	}
}

static void check_idle(struct sim *s, const struct sim_task *task)
{
	uint64_t since_ns = task->runnable_since_ns;

	/* Who is parked may not run: for how long, check_parked() looks after. */
	if (task->parked_until_ns > since_ns)
		since_ns = task->parked_until_ns;
	/* Nor who was bound to a CPU that has gone, before that. */
	if (task->set_free_ns > since_ns)
		since_ns = task->set_free_ns;
	check_idle_since(s, task, since_ns);
}

/* An agent that rests waits when somebody asks. */
static void check_rest(struct sim *s)
{
	struct dsq *park = kfuncs_dsq(s, STUB_DSQ_PARK), *rest = kfuncs_dsq(s, STUB_DSQ_REST);
	struct dsq_node *first = park ? dsq_first(park) : NULL;

	if (first && rest && rest->nr)
		check_idle_since(s, sim_task_of_node(dsq_first(rest)),
				 sim_task_of_node(first)->queued_since_ns);
}

static float *crowd_of_look(struct sim *s, uint64_t look)
{
	return s->crowds + look % SIM_CROWD_LOOKS * s->topo->nr_cpus;
}

static void note_crowd(struct sim *s)
{
	float *crowd = crowd_of_look(s, ++s->nr_looks), everywhere = 0;
	uint32_t i, cpu, nr;

	memset(crowd, 0, s->topo->nr_cpus * sizeof(*crowd));
	for (i = 0; i < s->nr_pids; i++) {
		const struct sim_task *task = s->by_pid[i];

		if (!task || task == s->agent)
			continue;
		if (task->cpus->nr == s->topo->nr_cpus) {
			everywhere += 1.0f / (float)s->online.nr;
			continue;
		}
		nr = 0;
		for_each_cpu_of(s, task, cpu)
			nr++;
		for_each_cpu_of(s, task, cpu)
			crowd[cpu] += 1.0f / (float)nr;
	}
	for (cpu = 0; cpu < s->topo->nr_cpus; cpu++)
		crowd[cpu] += everywhere;
}

/*
 * How many tasks there were at most to each of the task's CPUs while it waited. Who has waited for
 * longer than is known has all of that.
 */
static float crowd_beside(struct sim *s, const struct sim_task *task, uint64_t waits_ns)
{
	uint64_t looks = waits_ns / LOOK_AT_ALL_NS + 1, i;
	float most = 0;

	for (i = 0; i < looks && i < SIM_CROWD_LOOKS && i < s->nr_looks; i++) {
		const float *crowd = crowd_of_look(s, s->nr_looks - i);
		uint32_t cpu, nr = 0;
		float sum = 0;

		for_each_cpu_of(s, task, cpu) {
			sum += crowd[cpu];
			nr++;
		}
		if (nr && sum / (float)nr > most)
			most = sum / (float)nr;
	}
	return most;
}

static void check_starved(struct sim *s, const struct sim_task *task)
{
	uint64_t waits_ns = s->now_ns - task->runnable_since_ns;
	float crowd;

	if (waits_ns <= STARVED_NS)
		return;
	crowd = crowd_beside(s, task, waits_ns);
	if ((double)waits_ns > ROUND_FACTOR * crowd * (double)s->topo->tick_ns)
		sim_fail(s, "task %d (%s) is runnable and has not run for %llu ms, %.0f tasks being there to "
			 "each of its CPUs", task->p.pid, task->p.comm, ms(waits_ns), crowd);
}

static void for_each_waiting(struct sim *s,
			     void (*with)(struct sim *s, const struct sim_task *task))
{
	struct dsq_node *node;
	uint32_t i;

	for (i = 0; i < s->dsq_places; i++) {
		if (!s->dsqs[i] || s->dsqs[i]->id == STUB_DSQ_PARK || s->dsqs[i]->id == STUB_DSQ_REST)
			continue;
		for (node = dsq_first(s->dsqs[i]); node; node = dsq_next(node))
			with(s, sim_task_of_node(node));
	}
	for (i = 0; i < s->topo->nr_cpus; i++)
		for (node = dsq_first(&s->cpus[i].local); node; node = dsq_next(node))
			check_starved(s, sim_task_of_node(node));
}

/* Each task is in one place, and all of them are somewhere. */
static void check_places(struct sim *s)
{
	uint32_t i;

	for (i = 0; i < s->nr_pids; i++) {
		const struct sim_task *task = s->by_pid[i];
		const char *wrong = NULL;

		if (!task)
			continue;
		if (task->state == TASK_WAITING && !task->node.dsq)
			wrong = "is runnable and in no queue";
		else if (task->state != TASK_WAITING && task->node.dsq)
			wrong = "is in a queue and does not wait";
		else if (task->state == TASK_RUNNING && s->cpus[task->cpu].curr != task)
			wrong = "runs and is on no CPU";
		if (wrong)
			sim_fail(s, "task %d (%s) %s", task->p.pid, task->p.comm, wrong);
	}
}

/* Every enqueue ends in one of the stub's ways, and every question in an answer or a rescue. */
static void check_sums(struct sim *s)
{
	static const enum cland_stat ways[] = {
		CLAND_STAT_direct, CLAND_STAT_leased, CLAND_STAT_requests, CLAND_STAT_fallback,
		CLAND_STAT_kthread, CLAND_STAT_ours, CLAND_STAT_no_ctx,
	};
	const struct dsq *park = kfuncs_dsq(s, STUB_DSQ_PARK);
	uint64_t sum = 0, answered;
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		sum += stub_stat(ways[i]);
	if (sum != s->totals.nr_enqueues + s->totals.nr_selected)
		sim_fail(s, "%llu enqueues, and the stub has counted %llu",
			 (unsigned long long)(s->totals.nr_enqueues + s->totals.nr_selected),
			 (unsigned long long)sum);
	answered = stub_stat(CLAND_STAT_decided) + stub_stat(CLAND_STAT_rescued) +
		   s->totals.nr_left_parked + (park ? park->nr : 0);
	if (stub_stat(CLAND_STAT_requests) != answered)
		sim_fail(s, "%llu requests, and %llu were decided, rescued or are parked",
			 (unsigned long long)stub_stat(CLAND_STAT_requests),
			 (unsigned long long)answered);
	if (stub_nr_timed(CLAND_HISTOGRAM_request_to_decision) != stub_stat(CLAND_STAT_decided))
		sim_fail(s, "%llu decisions, and the time of %llu was taken",
			 (unsigned long long)stub_stat(CLAND_STAT_decided),
			 (unsigned long long)stub_nr_timed(CLAND_HISTOGRAM_request_to_decision));
}

void checks_event(struct sim *s)
{
	event_set(&s->events, &s->check, s->now_ns + LOOK_NS);
	check_parked(s);
	check_rest(s);
	if (s->idle.nr || s->now_ns - s->checked_all_ns >= LOOK_AT_ALL_NS)
		for_each_waiting(s, check_idle);
	if (s->now_ns - s->checked_all_ns < LOOK_AT_ALL_NS)
		return;
	s->checked_all_ns = s->now_ns;
	note_crowd(s);
	for_each_waiting(s, check_starved);
	check_places(s);
	check_sums(s);
}

void checks_end(struct sim *s)
{
	check_parked(s);
	check_places(s);
	check_sums(s);
}
