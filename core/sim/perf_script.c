/* SPDX-License-Identifier: GPL-2.0-only */
/*
 *            bash  1000 [001]  5213.402117:       sched:sched_switch: prev_comm=bash prev_pid=1000 ...
 *            bash  1000 [001]  5213.402117:       sched:sched_switch: bash:1000 [120] S ==> ...
 *
 * Names may have anything in them, spaces and brackets as well: so all is looked for from the end.
 */
#include "perf_script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bursts.h"

#define PRIO_REAL_TIME_END 100
#define PRIO_NICE_0 120
#define PRIO_END 140

/* A part of a line. */
struct span {
	const char *at, *end;
};

/* perf script may print events of two CPUs a little out of order, and no more. */
#define BACK_MAX_NS 1000000ULL

struct importer {
	const char *path;
	unsigned int line;
	struct diag *diag;
	struct bursts *bursts;	/* NULL: before the first event */
	uint64_t last_ns, nr_lost;
	uint32_t nr_cpus, nr_switches;
};

/* Who an event names. */
struct who {
	struct span comm;
	int32_t pid, prio;
};

static int bad(const struct importer *in, const char *what)
{
	return diag_set(in->diag, -EINVAL, "%s:%u: %s", in->path, in->line, what);
}

/* Where the text stands for the last time in the span, or NULL. */
static const char *find_last(struct span in, const char *text)
{
	size_t len = strlen(text);
	size_t left = (size_t)(in.end - in.at);

	for (; left >= len; left--)
		if (!memcmp(in.at + left - len, text, len))
			return in.at + left - len;
	return NULL;
}

static struct span trim(struct span in)
{
	while (in.at < in.end && in.at[0] == ' ')
		in.at++;
	while (in.at < in.end && (in.end[-1] == ' ' || in.end[-1] == '\r'))
		in.end--;
	return in;
}

/* The number that the span begins with; what is behind it does not count. */
static bool number(struct span in, int64_t max, int64_t *ret)
{
	bool negative = in.at < in.end && *in.at == '-';
	const char *at = in.at + negative;
	int64_t value = 0;

	if (at == in.end || *at < '0' || *at > '9')
		return false;
	for (; at < in.end && *at >= '0' && *at <= '9'; at++) {
		value = value * 10 + (*at - '0');
		if (value > max)
			return false;
	}
	*ret = negative ? -value : value;
	return true;
}

/* The same behind the last "NAME=". */
static bool field(struct span in, const char *name, int64_t max, int64_t *ret)
{
	const char *at = find_last(in, name);

	return at && number((struct span){ at + strlen(name), in.end }, max, ret);
}

/* "prev_comm=NAME prev_pid=N prev_prio=N", and the like; prio may be missing. */
static bool who_by_fields(struct span in, const char *comm, const char *pid, const char *prio,
			  struct who *ret)
{
	const char *name = find_last(in, pid);
	size_t len = strlen(comm);
	int64_t value, prio_value = PRIO_NICE_0;

	in = trim(in);
	if (!name || (size_t)(in.end - in.at) < len || memcmp(in.at, comm, len) != 0 ||
	    !field(in, pid, RECORD_PIDS_MAX - 1, &value) || value < 0)
		return false;
	if (prio && !field(in, prio, PRIO_END - 1, &prio_value))
		return false;
	*ret = (struct who){ { in.at + len, name }, (int32_t)value, (int32_t)prio_value };
	return ret->comm.at <= name;
}

/* "NAME:N [PRIO]", as plugins print it, and something behind it. */
static bool who_by_plugin(struct span in, struct who *ret)
{
	const char *prio = find_last(in, " ["), *pid;
	int64_t pid_value, prio_value;

	in = trim(in);
	if (!prio || prio < in.at)
		return false;
	pid = find_last((struct span){ in.at, prio }, ":");
	if (!pid || !number((struct span){ pid + 1, prio }, RECORD_PIDS_MAX - 1, &pid_value) ||
	    pid_value < 0 || !number((struct span){ prio + 2, in.end }, PRIO_END - 1, &prio_value))
		return false;
	*ret = (struct who){ { in.at, pid }, (int32_t)pid_value, (int32_t)prio_value };
	return true;
}

/* What is told of a task is noted. */
static void meet(const struct importer *in, const struct who *who)
{
	struct recording_task *task = who->pid ? bursts_task(in->bursts, who->pid) : NULL;
	size_t len = (size_t)(who->comm.end - who->comm.at);

	if (!task)
		return;
	/* Later ones may be somebody else's, lent. */
	if (!strcmp(task->comm, "?")) {
		if (who->prio >= PRIO_REAL_TIME_END)
			task->nice = who->prio - PRIO_NICE_0;
		else
			task->class = who->prio < 0 ? RECORDING_DEADLINE : RECORDING_FIFO;
	}
	if (!len)
		return;
	if (len >= sizeof(task->comm))
		len = sizeof(task->comm) - 1;
	memcpy(task->comm, who->comm.at, len);
	task->comm[len] = '\0';
}

static int read_switch(struct importer *in, struct span text, struct record_event *event)
{
	const char *arrow = find_last(text, "==>");
	struct span left, right, state;
	struct who prev, next;
	const char *at;

	if (!arrow)
		return bad(in, "sched_switch: '==>' is missing");
	left = trim((struct span){ text.at, arrow });
	right = trim((struct span){ arrow + 3, text.end });
	at = find_last(left, " prev_state=");
	if (at && who_by_fields((struct span){ left.at, at }, "prev_comm=", " prev_pid=", " prev_prio=",
				&prev)) {
		state = (struct span){ at + strlen(" prev_state="), left.end };
		if (!who_by_fields(right, "next_comm=", " next_pid=", " next_prio=", &next))
			return bad(in, "sched_switch: next_comm, next_pid or next_prio is not what it "
				   "should be");
	} else {
		at = find_last(left, "] ");
		if (!at || !who_by_plugin(left, &prev) || !who_by_plugin(right, &next))
			return bad(in, "sched_switch: neither fields nor 'NAME:PID [PRIO] STATE' are in it");
		state = (struct span){ at + 2, left.end };
	}
	if (state.at >= state.end)
		return bad(in, "sched_switch: the state is missing");
	meet(in, &prev);
	meet(in, &next);
	event->pid = prev.pid;
	event->other = next.pid;
	if (*state.at == 'X' || *state.at == 'Z' || *state.at == 'x')
		event->flags = RECORD_DIES;
	else if (*state.at != 'R')
		event->flags = RECORD_SLEEPS;
	event->kind = RECORD_SWITCH;
	in->nr_switches++;
	return 0;
}

static int read_waking(struct importer *in, struct span text, int32_t current, struct record_event *event)
{
	struct who who;

	if (!who_by_fields(text, "comm=", " pid=", " prio=", &who) && !who_by_plugin(text, &who))
		return bad(in, "sched_waking: neither comm, pid and prio nor 'NAME:PID [PRIO]' are in it");
	meet(in, &who);
	event->pid = who.pid;
	event->other = current;
	event->kind = RECORD_WAKING;
	return 0;
}

static int read_fork(struct importer *in, struct span text, struct record_event *event)
{
	struct who parent, child;
	const char *at = find_last(text, " child_comm=");

	if (!at || !who_by_fields((struct span){ text.at, at }, "comm=", " pid=", NULL, &parent) ||
	    !who_by_fields((struct span){ at + 1, text.end }, "child_comm=", " child_pid=", NULL, &child))
		return bad(in, "sched_process_fork: comm, pid, child_comm and child_pid are not all in it");
	event->pid = parent.pid;
	event->other = child.pid;
	event->kind = RECORD_FORK;
	return 0;
}

/* "COMM PID [CPU] SECONDS.FRACTION", from its end. */
static int read_head(struct importer *in, struct span head, struct record_event *event,
		     int32_t *ret_current)
{
	const char *cpu_at, *cpu_end, *pid_at;
	int64_t seconds, fraction, cpu, pid;
	const char *dot = find_last(head, "."), *space = find_last(head, " ");
	struct span time = { space ? space + 1 : head.at, head.end };
	size_t digits;

	if (!dot || dot < time.at || !number((struct span){ time.at, dot }, 9000000000LL, &seconds) ||
	    !number((struct span){ dot + 1, head.end }, 999999999, &fraction))
		return bad(in, "the time is not what it should be: expected SECONDS.MICROSECONDS");
	digits = (size_t)(head.end - dot - 1);
	if (digits != 6 && digits != 9)
		return bad(in, "the time has neither six nor nine digits behind the point");
	cpu_end = find_last((struct span){ head.at, time.at }, "]");
	cpu_at = cpu_end ? find_last((struct span){ head.at, cpu_end }, "[") : NULL;
	if (!cpu_at || !number((struct span){ cpu_at + 1, cpu_end }, RECORD_CPUS_MAX - 1, &cpu) || cpu < 0)
		return bad(in, "the CPU in brackets is not what it should be");
	/* "PID", or "PID/TID". */
	pid_at = trim((struct span){ head.at, cpu_at }).end;
	head.end = pid_at;
	while (pid_at > head.at && pid_at[-1] >= '0' && pid_at[-1] <= '9')
		pid_at--;
	if (!number((struct span){ pid_at, head.end }, RECORD_PIDS_MAX - 1, &pid))
		return bad(in, "the pid before the CPU is not what it should be");
	event->when_ns = (uint64_t)seconds * 1000000000 +
			 (uint64_t)fraction * (digits == 6 ? 1000 : 1);
	event->cpu = (uint32_t)cpu;
	*ret_current = (int32_t)pid;
	return 0;
}

/* Lost events, which perf script tells of with --show-lost-events. */
static void count_lost(struct importer *in, struct span line)
{
	int64_t lost;

	if (find_last(line, "PERF_RECORD_LOST") && field(line, " lost ", 1LL << 40, &lost) && lost > 0)
		in->nr_lost += (uint64_t)lost;
}

static int read_line(struct importer *in, struct span line)
{
	static const char mark[] = " sched:sched_";
	struct record_event event = { .when_ns = 0 };
	const char *at = find_last(line, mark), *colon;
	struct span head, name, text;
	int32_t current = 0;
	int err;

	if (!at || line.at[0] == '#') {
		count_lost(in, line);
		return 0;
	}
	head = trim((struct span){ line.at, at });
	name.at = at + sizeof(mark) - 1;
	colon = memchr(name.at, ':', (size_t)(line.end - name.at));
	if (!colon || head.at == head.end || head.end[-1] != ':')
		return 0;
	head.end--;
	name.end = colon;
	text = trim((struct span){ colon + 1, line.end });
#define IS(word) ((size_t)(name.end - name.at) == strlen(word) && \
		  !memcmp(name.at, word, strlen(word)))
	if (!IS("switch") && !IS("waking") && !IS("wakeup") && !IS("process_fork"))
		return 0;
	err = read_head(in, head, &event, &current);
	if (err)
		return err;
	if (!in->bursts) {
		in->bursts = bursts_new(event.when_ns);
		if (!in->bursts)
			return diag_set(in->diag, -ENOMEM, "%s: no memory", in->path);
		in->last_ns = event.when_ns;
	}
	if (IS("switch"))
		err = read_switch(in, text, &event);
	else if (IS("process_fork"))
		err = read_fork(in, text, &event);
	else
		err = read_waking(in, text, current, &event);
#undef IS
	if (err)
		return err;
	if (event.cpu >= in->nr_cpus)
		in->nr_cpus = event.cpu + 1;
	if (event.when_ns + BACK_MAX_NS < in->last_ns)
		return bad(in, "the time goes back by more than a millisecond; expected the events in the order of "
			   "their times, as perf script prints them");
	if (event.when_ns > in->last_ns)
		in->last_ns = event.when_ns;
	err = bursts_event(in->bursts, &event);
	if (err == -E2BIG)
		return bad(in, "there are more tasks or bursts than a recording may have");
	return err ? diag_set(in->diag, err, "%s: no memory", in->path) : 0;
}

int perf_script_parse(const char *path, const char *text, size_t size,
		      struct recording *ret_recording, struct diag *diag)
{
	struct importer in = { .path = path, .diag = diag };
	const char *at = text, *end = text + size, *newline;
	int err = 0;

	while (at < end && !err) {
		newline = memchr(at, '\n', (size_t)(end - at));
		in.line++;
		err = read_line(&in, (struct span){ at, newline ? newline : end });
		at = newline ? newline + 1 : end;
	}
	if (!err && !in.nr_switches)
		err = diag_set(diag, -EINVAL, "%s: there is no event sched:sched_switch in it; expected what "
			       "perf script prints of a perf sched record", path);
	if (!err) {
		err = bursts_end(in.bursts, in.last_ns, ret_recording);
		if (err)
			diag_set(diag, err, "%s: no memory", path);
	}
	bursts_free(in.bursts);
	if (err)
		return err;
	memcpy(ret_recording->source, "perf", sizeof("perf"));
	ret_recording->nr_cpus = in.nr_cpus;
	ret_recording->nr_dropped = in.nr_lost;
	if (!ret_recording->nr_tasks) {
		recording_free(ret_recording);
		return diag_set(diag, -EINVAL, "%s: there are no tasks in it", path);
	}
	return 0;
}
