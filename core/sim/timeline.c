/* SPDX-License-Identifier: GPL-2.0-only */
#include "timeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPANS_MIN 4096u
#define SPANS_MAX 262144u
#define SPANS_PER_CPU 64u
/* Where nobody says how long the run is to be. */
#define COLUMN_FIRST_NS 1000u
/* A close-up shows so much of its wait's length before and behind it. */
#define CLOSE_MARGIN 8u

/* 1, 2 or 5 times a power of ten, not below ns: numbers that people can add up. */
static uint64_t round_ns(uint64_t ns)
{
	uint64_t power = 1;

	while (power * 10 <= ns)
		power *= 10;
	if (power >= ns)
		return power;
	if (2 * power >= ns)
		return 2 * power;
	return 5 * power >= ns ? 5 * power : 10 * power;
}

int timeline_open(struct sim *s)
{
	struct timeline *t = calloc(1, sizeof(*t));
	uint32_t nr_cpus = s->topo->nr_cpus, i;

	if (!t)
		return -ENOMEM;
	s->timeline = t;
	t->cpus_per_row = (nr_cpus + TIMELINE_ROWS_MAX - 1) / TIMELINE_ROWS_MAX;
	t->nr_rows = (nr_cpus + t->cpus_per_row - 1) / t->cpus_per_row;
	t->nr_columns = TIMELINE_CELLS_MAX / t->nr_rows;
	if (t->nr_columns > TIMELINE_COLUMNS_MAX)
		t->nr_columns = TIMELINE_COLUMNS_MAX;
	t->column_ns = s->options.duration_ns ?
		       round_ns((s->options.duration_ns + t->nr_columns - 1) / t->nr_columns) :
		       COLUMN_FIRST_NS;
	t->room_spans = nr_cpus * SPANS_PER_CPU;
	if (t->room_spans < SPANS_MIN)
		t->room_spans = SPANS_MIN;
	if (t->room_spans > SPANS_MAX)
		t->room_spans = SPANS_MAX;
	t->columns = calloc(t->nr_columns, sizeof(*t->columns));
	t->run_ns = calloc((size_t)t->nr_rows * t->nr_columns * TIMELINE_CLASSES, sizeof(*t->run_ns));
	t->spans = calloc(t->room_spans, sizeof(*t->spans));
	for (i = 0; i < TIMELINE_CLOSE_NR; i++)
		t->closes[i].spans = calloc(TIMELINE_CLOSE_SPANS, sizeof(*t->closes[i].spans));
	/* Those of before: the agent. */
	t->waiting_since_ns = s->now_ns;
	snprintf(t->queues[TIMELINE_QUEUE_LOCAL].name, sizeof(t->queues[0].name), "the CPUs' own");
	t->nr_queues = 1;
	for (i = 0; i < s->nr_pids; i++)
		t->nr_waiting += s->by_pid[i] && s->by_pid[i]->state == TASK_WAITING;
	if (t->columns && t->run_ns && t->spans && t->closes[0].spans && t->closes[1].spans)
		return 0;
	timeline_close(s);
	return -ENOMEM;
}

void timeline_close(struct sim *s)
{
	struct timeline *t = s->timeline;
	uint32_t i;

	if (!t)
		return;
	for (i = 0; i < TIMELINE_CLOSE_NR; i++)
		free(t->closes[i].spans);
	free(t->columns);
	free(t->run_ns);
	free(t->spans);
	free(t);
	s->timeline = NULL;
}

/* ---- columns --------------------------------------------------------------------------------- */

static uint32_t more(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

void timeline_add_column(struct timeline_column *to, const struct timeline_column *from)
{
	uint32_t class, queue;

	to->waiting_ns += from->waiting_ns;
	to->waiting_max = more(to->waiting_max, from->waiting_max);
	to->nr_preempted += from->nr_preempted;
	to->nr_migrated += from->nr_migrated;
	to->nr_llc_migrated += from->nr_llc_migrated;
	for (class = 0; class < TIMELINE_CLASSES; class++)
		to->nr_missed[class] += from->nr_missed[class];
	if (from->longest_wakeup_ns > to->longest_wakeup_ns)
		to->longest_wakeup_ns = from->longest_wakeup_ns;
	to->nr_looks += from->nr_looks;
	for (queue = 0; queue < TIMELINE_QUEUES; queue++) {
		to->nr_queued[queue] += from->nr_queued[queue];
		to->most_queued[queue] = more(to->most_queued[queue], from->most_queued[queue]);
	}
}

static uint64_t *cell(struct timeline *t, uint32_t row, uint32_t column)
{
	return t->run_ns + ((size_t)row * t->nr_columns + column) * TIMELINE_CLASSES;
}

static void fold_row(struct timeline *t, uint32_t row, uint32_t nr)
{
	uint32_t column, class;

	for (column = 0; column < t->nr_columns; column++) {
		uint64_t *to = cell(t, row, column / nr), *from = cell(t, row, column), sum;

		for (class = 0; class < TIMELINE_CLASSES; class++) {
			sum = from[class];
			from[class] = 0;
			to[class] += sum;
		}
	}
}

/* From 1 to 2, from 2 to 10 ...: so many columns become one, whose length is a round number again. */
static void fold(struct timeline *t)
{
	uint64_t digit = t->column_ns;
	uint32_t nr, i;

	while (digit % 10 == 0)
		digit /= 10;
	nr = digit == 2 ? 5 : 2;
	for (i = 0; i < t->nr_columns; i++) {
		struct timeline_column column = t->columns[i];

		memset(&t->columns[i], 0, sizeof(t->columns[i]));
		timeline_add_column(&t->columns[i / nr], &column);
	}
	for (i = 0; i < t->nr_rows; i++)
		fold_row(t, i, nr);
	t->column_ns *= nr;
}

/* The column of a moment; columns become longer until there is one. */
static uint32_t column_of(struct timeline *t, uint64_t when_ns)
{
	while (when_ns > t->nr_columns * t->column_ns)
		fold(t);
	/* The very end belongs to what has been. */
	return when_ns == t->nr_columns * t->column_ns ? t->nr_columns - 1 :
							 (uint32_t)(when_ns / t->column_ns);
}

/* How much of start_ns to end_ns is in the column. */
static uint64_t part_ns(const struct timeline *t, uint32_t column, uint64_t start_ns,
			uint64_t end_ns)
{
	uint64_t from_ns = column * t->column_ns, to_ns = from_ns + t->column_ns;

	if (from_ns < start_ns)
		from_ns = start_ns;
	if (to_ns > end_ns)
		to_ns = end_ns;
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

static void count_waiting(struct timeline *t, uint64_t now_ns)
{
	uint32_t last = column_of(t, now_ns);
	uint32_t column = column_of(t, t->waiting_since_ns);

	for (; column <= last; column++) {
		uint64_t ns = part_ns(t, column, t->waiting_since_ns, now_ns);

		t->columns[column].waiting_ns += ns * t->nr_waiting;
		if (ns)
			t->columns[column].waiting_max =
				more(t->columns[column].waiting_max, t->nr_waiting);
	}
	t->waiting_since_ns = now_ns;
}

static void count_run(struct timeline *t, const struct timeline_span *span)
{
	uint32_t last = column_of(t, span->end_ns), row = span->cpu / t->cpus_per_row;
	uint32_t column = column_of(t, span->start_ns);

	for (; column <= last; column++)
		cell(t, row, column)[span->class] += part_ns(t, column, span->start_ns, span->end_ns);
}

/* ---- close-ups ------------------------------------------------------------------------------- */

static uint8_t class_of(const struct sim_task *task)
{
	return (uint8_t)(task->program ? timeline_class(task->group) : TIMELINE_AGENT);
}

static struct timeline_span make_span(const struct sim *s, const struct sim_task *task, uint32_t cpu,
				      enum stop_reason why)
{
	struct timeline_span span = {
		.start_ns = task->started_ns,
		.end_ns = s->now_ns,
		.cpu = cpu,
		.pid = task->p.pid,
		.class = class_of(task),
		.why = (uint8_t)why,
	};

	memcpy(span.comm, task->p.comm, sizeof(span.comm));
	return span;
}

static bool is_in(const struct timeline_close *close, const struct timeline_span *span)
{
	return span->cpu >= close->first_cpu && span->cpu < close->first_cpu + close->nr_cpus &&
	       span->end_ns > close->from_ns && span->end_ns > span->start_ns;
}

/* The spans that it shows, which have just happened. */
static void take(struct sim *s, struct timeline_close *close, bool is_over)
{
	const struct timeline *t = s->timeline;
	uint64_t first = t->nr_spans > t->room_spans ? t->nr_spans - t->room_spans : 0, i;
	uint32_t nr = 0, cpu;

	close->is_due = false;
	close->to_ns = s->now_ns;
	if (close->from_ns < t->lost_until_ns) {
		close->from_ns = t->lost_until_ns;
		close->is_cut = true;
	}
	for (i = first; i < t->nr_spans; i++)
		nr += is_in(close, &t->spans[i % t->room_spans]);
	close->nr_spans = 0;
	for (i = first; i < t->nr_spans; i++) {
		const struct timeline_span *span = &t->spans[i % t->room_spans];

		if (!is_in(close, span))
			continue;
		/* Of too many, the last ones. */
		if (nr-- > TIMELINE_CLOSE_SPANS - TIMELINE_CLOSE_CPUS) {
			close->from_ns = span->end_ns;
			close->is_cut = true;
			continue;
		}
		close->spans[close->nr_spans++] = *span;
	}
	for (cpu = close->first_cpu; cpu < close->first_cpu + close->nr_cpus && !is_over; cpu++)
		if (s->cpus[cpu].curr)
			close->spans[close->nr_spans++] =
				make_span(s, s->cpus[cpu].curr, cpu, STOP_RUN_ENDS);
}

static void take_due(struct sim *s)
{
	uint32_t i;

	for (i = 0; i < TIMELINE_CLOSE_NR; i++)
		if (s->timeline->closes[i].is_due && s->now_ns >= s->timeline->closes[i].to_ns)
			take(s, &s->timeline->closes[i], false);
}

static bool has_deadlines(const struct sim_task *task)
{
	uint32_t i;

	for (i = 0; i < task->program->nr; i++)
		if (task->program->steps[i].kind == STEP_TIMER && task->program->steps[i].other)
			return true;
	return false;
}

static bool is_longest(const struct timeline_close *close, uint64_t wait_ns)
{
	return wait_ns > close->until_ns - close->since_ns;
}

/* The longest wait up to now has ended: what ran around it is taken when that is over, too. */
static void begin_close(struct sim *s, struct timeline_close *close, const struct sim_task *task,
			const struct sim_cpu *cpu)
{
	uint64_t wait_ns = measure_wait_ns(task, cpu);
	uint64_t margin_ns = wait_ns / CLOSE_MARGIN + 1;

	close->since_ns = task->runnable_since_ns;
	close->until_ns = close->since_ns + wait_ns;
	close->pid = task->p.pid;
	close->cpu = cpu->id;
	close->group = task->group;
	memcpy(close->comm, task->p.comm, sizeof(close->comm));
	close->from_ns = close->since_ns > margin_ns ? close->since_ns - margin_ns : 0;
	close->to_ns = s->now_ns + margin_ns;
	close->first_cpu = cpu->id / TIMELINE_CLOSE_CPUS * TIMELINE_CLOSE_CPUS;
	close->nr_cpus = s->topo->nr_cpus - close->first_cpu;
	if (close->nr_cpus > TIMELINE_CLOSE_CPUS)
		close->nr_cpus = TIMELINE_CLOSE_CPUS;
	close->is_cut = false;
	close->is_due = true;
}

/* ---- what happens ---------------------------------------------------------------------------- */

void timeline_waits(struct sim *s)
{
	count_waiting(s->timeline, s->now_ns);
	s->timeline->nr_waiting++;
}

void timeline_rests(struct sim *s)
{
	count_waiting(s->timeline, s->now_ns);
	s->timeline->nr_waiting--;
}

void timeline_runs(struct sim *s, const struct sim_task *task, const struct sim_cpu *cpu)
{
	struct timeline *t = s->timeline;
	struct timeline_column *column;
	uint64_t wait_ns = measure_wait_ns(task, cpu);

	count_waiting(t, s->now_ns);
	t->nr_waiting--;
	column = &t->columns[column_of(t, s->now_ns)];
	if (task->ran_on != CPUSET_NONE && task->ran_on != cpu->id) {
		column->nr_migrated++;
		column->nr_llc_migrated += s->cpus[task->ran_on].llc != cpu->llc;
	}
	if (!task->program || !task->just_woken)
		return;
	if (wait_ns > column->longest_wakeup_ns)
		column->longest_wakeup_ns = wait_ns;
	if (is_longest(&t->closes[TIMELINE_CLOSE_ANY], wait_ns))
		begin_close(s, &t->closes[TIMELINE_CLOSE_ANY], task, cpu);
	if (is_longest(&t->closes[TIMELINE_CLOSE_JOBS], wait_ns) && has_deadlines(task))
		begin_close(s, &t->closes[TIMELINE_CLOSE_JOBS], task, cpu);
}

void timeline_stops(struct sim *s, const struct sim_task *task, const struct sim_cpu *cpu,
		    enum stop_reason why)
{
	struct timeline *t = s->timeline;
	struct timeline_span *span = &t->spans[t->nr_spans % t->room_spans];

	if (why != STOP_RUN_ENDS)
		take_due(s);
	if (t->nr_spans++ >= t->room_spans)
		t->lost_until_ns = span->end_ns;
	*span = make_span(s, task, cpu->id, why);
	count_run(t, span);
	if (why == STOP_PREEMPTED)
		t->columns[column_of(t, s->now_ns)].nr_preempted++;
}

void timeline_missed(struct sim *s, const struct sim_task *task, uint64_t nr)
{
	struct timeline *t = s->timeline;

	t->columns[column_of(t, s->now_ns)].nr_missed[class_of(task)] += (uint32_t)nr;
}

/* ---- queues ---------------------------------------------------------------------------------- */

static uint32_t queue_of(struct timeline *t, uint64_t dsq_id)
{
	struct timeline_queue queue;
	uint32_t i;

	queue.key = stub_queue_name(dsq_id, queue.name, sizeof(queue.name));
	for (i = TIMELINE_QUEUE_LOCAL + 1; i < t->nr_queues; i++)
		if (t->queues[i].key == queue.key)
			return i;
	if (t->nr_queues == TIMELINE_QUEUE_OTHERS) {
		t->has_others = true;
		return TIMELINE_QUEUE_OTHERS;
	}
	t->queues[t->nr_queues] = queue;
	return t->nr_queues++;
}

void timeline_queues(struct sim *s)
{
	struct timeline *t = s->timeline;
	uint32_t nr[TIMELINE_QUEUES] = { 0 }, i;
	struct timeline_column *column;

	if (!t)
		return;
	for (i = 0; i < s->topo->nr_cpus; i++)
		nr[TIMELINE_QUEUE_LOCAL] += s->cpus[i].local.nr;
	for (i = 0; i < s->dsq_places; i++)
		if (s->dsqs[i] && s->dsqs[i]->nr)
			nr[queue_of(t, s->dsqs[i]->id)] += s->dsqs[i]->nr;
	column = &t->columns[column_of(t, s->now_ns)];
	column->nr_looks++;
	for (i = 0; i < TIMELINE_QUEUES; i++) {
		column->nr_queued[i] += nr[i];
		column->most_queued[i] = more(column->most_queued[i], nr[i]);
	}
}

void timeline_end(struct sim *s)
{
	uint32_t i;

	count_waiting(s->timeline, s->now_ns);
	for (i = 0; i < TIMELINE_CLOSE_NR; i++)
		if (s->timeline->closes[i].is_due)
			take(s, &s->timeline->closes[i], true);
}
