/* SPDX-License-Identifier: GPL-2.0-only */
/* top_page.c - a task's page: why it ran when it did. */
#include <stdio.h>
#include <stdlib.h>

#include "path_text.h"
#include "top_drawing.h"

#define CAUSE_COLUMNS 26	/* of the reason why a task was runnable */

static void put_name(struct top_text *text, const struct top_name *name)
{
	if (name->pid)
		top_text_put(text, "%s %d", top_drawing_comm(name->comm), name->pid);
	else
		top_text_put(text, "idle");
}

static void format_cause(const struct top_run *run, char *ret_text, size_t size)
{
	static const char *const words[] = {
		[TOP_BY_TASK] = "woken by",
		[TOP_BY_INTERRUPT] = "woken by interrupt",
		[TOP_BY_FORK] = "started by",
		[TOP_BY_PUT_OFF] = "put off for",
		[TOP_BY_UNSEEN] = "?",
	};
	const char *by = top_drawing_comm(run->by.comm);
	int len;

	if (!run->by.pid) {
		snprintf(ret_text, size, "%s", run->cause == TOP_BY_PUT_OFF ? "put off" : words[run->cause]);
		return;
	}
	len = snprintf(ret_text, size, "%s %s %d", words[run->cause], by, run->by.pid);
	/* A number that is cut would be another one. */
	if (len > CAUSE_COLUMNS)
		snprintf(ret_text, size, "%s %s", words[run->cause], by);
}

static const char *end_word(enum top_end end)
{
	switch (end) {
	case TOP_END_NOT_YET:
		return "runs";
	case TOP_END_SLEPT:
		return "slept";
	case TOP_END_PUT_OFF:
		return "put off";
	case TOP_END_DIED:
		return "ended";
	default:
		return "?";
	}
}

static void put_column_ns(struct top_text *text, uint64_t ns, bool is_there)
{
	char value[TOP_SHORT_LEN];

	top_text_put(text, "%8s", top_drawing_short(ns, is_there, value));
}

static void put_holder(struct top_text *text, const char *before, uint64_t ns)
{
	char value[TOP_SHORT_LEN];

	top_text_put(text, "%s%s ", before, top_drawing_short(ns, true, value));
}

static void draw_run(struct top_drawing *d, const struct top_run *run, uint64_t now_ns)
{
	struct top_text text = top_drawing_line(d, TOP_STYLE_PLAIN);
	char cause[64];
	uint32_t i;

	put_column_ns(&text, now_ns - run->began_ns, true);
	put_column_ns(&text, run->waited_ns, run->cause != TOP_BY_UNSEEN);
	top_text_put(&text, " ");
	format_cause(run, cause, sizeof(cause));
	top_text_column(&text, cause, CAUSE_COLUMNS);
	top_text_put(&text, "%4u", run->cpu);
	put_column_ns(&text, run->ran_ns, true);
	top_text_put(&text, " ");
	top_text_column(&text, end_word(run->end), 8);
	for (i = 0; i < run->nr_holders; i++) {
		put_holder(&text, i ? ", " : "", run->holders[i].ns);
		put_name(&text, &run->holders[i].who);
	}
	if (run->others_ns) {
		put_holder(&text, i ? ", " : "", run->others_ns);
		top_text_put(&text, "others");
	}
	top_text_end(&text);
}

/* How far its place is from where the queue is served now, in virtual time: "+1.2ms". */
static void format_rank(const struct record_decision *decision, char *ret_text, size_t size)
{
	int64_t ahead_ns = (int64_t)(decision->rank_ns - decision->clock_ns);
	char value[TOP_SHORT_LEN];

	if (CLAND_PLACE_KIND(decision->place) != CLAND_PLACE_QUEUE) {
		snprintf(ret_text, size, "-");
		return;
	}
	top_drawing_short(ahead_ns < 0 ? 0 - (uint64_t)ahead_ns : (uint64_t)ahead_ns, true, value);
	snprintf(ret_text, size, "%c%.40s", ahead_ns < 0 ? '-' : '+', value);
}

/* Whether the policy has said where the task goes, and not only the stub. */
static bool is_policys(const struct record_decision *decision)
{
	return decision->path == CLAND_PATH_leased || decision->path == CLAND_PATH_decided ||
	       decision->path == CLAND_PATH_renewed;
}

/* Why it was decided so: what the policy says, where it was for the policy to say. */
static const char *why(const struct record_decision *decision, const struct policy_reasons *reasons)
{
	const char *text = is_policys(decision) ? policy_reasons_text(reasons, decision->reason) : NULL;

	return text ? text : path_text_means(decision->path);
}

static void draw_decision(struct top_drawing *d, const struct record_decision *decision,
			  const struct top_machine *machine, uint64_t now_ns)
{
	struct top_text text = top_drawing_line(d, TOP_STYLE_PLAIN);
	char rank[48], place[PATH_TEXT_PLACE_LEN];

	format_rank(decision, rank, sizeof(rank));
	put_column_ns(&text, now_ns > decision->event.when_ns ? now_ns - decision->event.when_ns : 0, true);
	top_text_put(&text, " ");
	top_text_column(&text, path_text_name(decision->path), 9);
	top_text_put(&text, "%9s", rank);
	put_column_ns(&text, decision->slice_ns, decision->slice_ns);
	top_text_put(&text, " ");
	top_text_column(&text, path_text_place_short(decision->place, machine->nr_cache_queues, place), 11);
	top_text_put(&text, " %s", why(decision, &machine->reasons));
	top_text_end(&text);
}

static uint32_t weight_of(const struct top_task *task)
{
	static const uint32_t weights[] = CLAND_NICE_WEIGHTS;

	return task->class == RECORDING_IDLE ? 3 : weights[task->nice + 20];
}

static const char *class_of(enum recording_class class)
{
	switch (class) {
	case RECORDING_FIFO:
		return "real-time (FIFO)";
	case RECORDING_RR:
		return "real-time (RR)";
	case RECORDING_DEADLINE:
		return "deadline";
	case RECORDING_IDLE:
		return "idle class";
	case RECORDING_BATCH:
		return "batch";
	case RECORDING_EXT:
		return "SCHED_EXT";
	default:
		return "ordinary";
	}
}

static void put_state(struct top_text *text, const struct top_task *task, uint64_t now_ns)
{
	uint64_t ns = now_ns > task->since_ns ? now_ns - task->since_ns : 0;

	switch (task->state) {
	case TOP_RUNS_NOW:
		top_text_put(text, "runs on CPU %u", task->cpu);
		break;
	case TOP_WAITS:
		top_text_put(text, "waits for a CPU");
		break;
	case TOP_SLEEPS:
		top_text_put(text, task->has_died ? "has ended" : "sleeps");
		break;
	default:
		top_text_put(text, "not seen");
	}
	top_drawing_ns(text, task->has_died ? ", ago: " : " for ", ns);
}

static void draw_facts(struct top_drawing *d, const struct top_task *task, uint64_t now_ns)
{
	struct top_text text = top_drawing_line(d, TOP_STYLE_TITLE);
	char nice[16];

	top_text_put(&text, "%s %d", top_drawing_comm(task->comm), task->pid);
	if (task->tgid != task->pid)
		top_text_put(&text, ", a thread of process %d", task->tgid);
	top_text_put(&text, task->is_kthread ? ", kernel thread" : "");
	top_text_put(&text, ": %s", class_of(task->class));
	if (task->class != RECORDING_FIFO && task->class != RECORDING_RR &&
	    task->class != RECORDING_DEADLINE)
		top_text_put(&text, ", nice %s, weight %u", top_drawing_nice(task, nice),
			     weight_of(task));
	text = top_drawing_line(d, TOP_STYLE_PLAIN);
	top_text_put(&text, "cgroup ");
	top_text_tail(&text, task->cgroup, d->width - text.at);
	top_text_end(&text);
	text = top_drawing_line(d, TOP_STYLE_PLAIN);
	put_state(&text, task, now_ns);
	top_text_put(&text, "; %.1f %% CPU, %.1f runs/s, woken %.1f/s", task->cpu_pct, task->runs_per_s,
		     task->wakes_per_s);
	text = top_drawing_line(d, TOP_STYLE_PLAIN);
	if (task->nr_waits) {
		top_text_put(&text, "waits for a CPU: %llu", (unsigned long long)task->nr_waits);
		top_drawing_ns(&text, ", p50 ", task->wait_p50_ns);
		top_drawing_ns(&text, " p99 ", task->wait_p99_ns);
	} else {
		top_text_put(&text, "no waits for a CPU lately");
	}
}

/* The latest decision that tells what the task gets by its lease; NULL: none. */
static const struct record_decision *find_terms(const struct top_kept *kept)
{
	const struct record_decision *decision;
	uint32_t i;

	for (i = 0; i < kept->nr_decisions; i++) {
		decision = &kept->decisions[i];
		if (decision->slice_ns && decision->path != CLAND_PATH_starved &&
		    (decision->lease_until_ns || decision->lead_us || decision->reason))
			return decision;
	}
	return NULL;
}

/* What it holds of the policy, and in full why the latest decision is as it is: the table may have to cut that. */
static void draw_terms(struct top_drawing *d, const struct top_kept *kept, const struct top_machine *machine)
{
	const struct record_decision *last = &kept->decisions[0], *terms = find_terms(kept);
	const char *reason = terms ? policy_reasons_text(&machine->reasons, terms->reason) : NULL;
	struct top_text text;

	/* One that has ended holds nothing. */
	if (terms && !kept->task.has_died) {
		text = top_drawing_line(d, TOP_STYLE_PLAIN);
		top_drawing_ns(&text, "lease: slice ", terms->slice_ns);
		if (terms->lead_us)
			top_drawing_ns(&text, terms->lead_us > 0 ? ", lead " : ", behind by ",
				       1000 * (uint64_t)llabs(terms->lead_us));
		if (terms->lease_until_ns > kept->taken_ns)
			top_drawing_ns(&text, ", ends in ", terms->lease_until_ns - kept->taken_ns);
		else
			top_text_put(&text, "; next time it asks the policy");
	}
	if (!kept->nr_decisions)
		return;
	text = top_drawing_line(d, TOP_STYLE_PLAIN);
	top_text_put(&text, "why (%s): %s", path_text_name(last->path), why(last, &machine->reasons));
	if (!reason || is_policys(last))
		return;
	text = top_drawing_line(d, TOP_STYLE_PLAIN);
	top_text_put(&text, "the policy: %s", reason);
}

static void draw_runs(struct top_drawing *d, const struct top_kept *kept, uint32_t most)
{
	struct top_text text;
	uint32_t i;

	text = top_drawing_line(d, TOP_STYLE_TITLE);
	top_text_put(&text, "     AGO  WAITED WHY IT WAS RUNNABLE        CPU     RAN THEN    MEANWHILE ON CPU");
	for (i = 0; i < kept->nr_runs && i < most; i++)
		draw_run(d, &kept->runs[i], kept->taken_ns);
	if (!kept->nr_runs) {
		text = top_drawing_line(d, TOP_STYLE_PLAIN);
		top_text_put(&text, "it has not run since we look");
	}
}

static void draw_decisions(struct top_drawing *d, const struct top_kept *kept,
			   const struct top_machine *machine, uint32_t most)
{
	struct top_text text;
	uint32_t i;

	text = top_drawing_line(d, TOP_STYLE_TITLE);
	top_text_put(&text, "     AGO PATH          RANK   SLICE TO          WHY");
	for (i = 0; i < kept->nr_decisions && i < most; i++)
		draw_decision(d, &kept->decisions[i], machine, kept->taken_ns);
	if (!kept->nr_decisions) {
		text = top_drawing_line(d, TOP_STYLE_PLAIN);
		top_text_put(&text, "%s", machine->no_decisions[0] ? machine->no_decisions :
					   "no decision about it since we look");
	}
}

void top_page_draw(struct top_drawing *d, const struct top_kept *kept, const struct top_machine *machine)
{
	uint32_t left, runs, decisions = kept->nr_decisions ? kept->nr_decisions : 1;

	draw_facts(d, &kept->task, kept->taken_ns);
	draw_terms(d, kept, machine);
	top_drawing_line(d, TOP_STYLE_PLAIN);
	/* Two tables, with their titles and a line between them. */
	left = d->height ? top_drawing_left(d) : UINT32_MAX;
	if (left < 6)
		return;
	left -= 3;
	/* Runs have three fifths of the room, or what decisions leave of it. */
	runs = (uint32_t)(3ull * left / 5);
	if (left - runs > decisions)
		runs = left - decisions;
	draw_runs(d, kept, runs);
	top_drawing_line(d, TOP_STYLE_PLAIN);
	draw_decisions(d, kept, machine, d->height ? top_drawing_left(d) - 1 : UINT32_MAX);
}
