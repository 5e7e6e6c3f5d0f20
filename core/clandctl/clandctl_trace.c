/* SPDX-License-Identifier: GPL-2.0-only */
/* clandctl_trace.c - `clandctl trace`: from the command line to a file with a timeline of this machine in it. */
#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clandctl.h"
#include "clandctl_client.h"
#include "clandctl_look.h"
#include "clandctl_out.h"
#include "clandctl_reasons.h"
#include "clock.h"
#include "exit_codes.h"
#include "live_trace.h"
#include "stats.h"
#include "watch_events.h"

/* In s: the ring goes on filling while we wait for the daemon, which answers at once if it lives. */
#define ASK_S 1

struct tracing {
	struct watch_events *watch;
	struct trace_writer *writer;
	struct live_trace *trace;
	struct policy_reasons reasons; /* of the policy that decides */
	bool is_alone;		/* nobody answers at the control socket: names of policies stay unknown */
};

static int hear(void *data, const struct record_event *event)
{
	struct tracing *tracing = data;

	return live_trace_event(tracing->trace, event);
}

/* The name of the policy that decides, and its reasons, if the daemon says that it is sure. */
static void ask_policy(struct tracing *tracing)
{
	const char *name;
	struct json_object *answer;
	struct diag diag;

	if (tracing->is_alone || client_ask("status", NULL, ASK_S, &answer, &diag)) {
		tracing->is_alone = true;
		return;
	}
	if (clandctl_reasons_of(answer, &tracing->reasons)) {
		name = client_text(client_object(answer, "applied"), "policy");
		live_trace_policy(tracing->trace, name);
	}
	json_object_put(answer);
}

/* Returns 0 or -errno of the trace. */
static int look_on(struct tracing *tracing, const struct clandctl_look *look)
{
	uint64_t end_ns = monotonic_ns() + look->duration_ns, now_ns;
	struct pollfd stop = { .fd = look->stop_fd, .events = POLLIN };
	int err = 0;

	if (watch_events_about(tracing->watch)->tells_decisions)
		ask_policy(tracing);
	for (now_ns = monotonic_ns(); !err && now_ns < end_ns; now_ns = monotonic_ns()) {
		if (poll(&stop, 1, WATCH_EVENTS_LOOK_MS) > 0)
			break;
		err = watch_events_take(tracing->watch);
		if (live_trace_asks_policy(tracing->trace))
			ask_policy(tracing);
	}
	return err;
}

/* Beginning, middle and end of the trace. Returns EXIT_CODE_*, having said what went wrong. */
static int write_trace(struct tracing *tracing, const struct clandctl_look *look,
		       struct live_trace_counts *ret_counts, uint64_t *ret_duration_ns)
{
	const struct watch_events_about *about = watch_events_about(tracing->watch);
	uint64_t end_ns;
	int err;

	tracing->writer = trace_writer_new(look->file);
	if (tracing->writer)
		tracing->trace = live_trace_new(tracing->writer, about->shape.nr_cpus,
						about->nr_cache_queues, about->began_ns);
	if (!tracing->trace)
		return clandctl_error(EXIT_CODE_FAILED, "no memory for a trace");
	live_trace_reasons(tracing->trace, &tracing->reasons);
	err = look_on(tracing, look);
	end_ns = monotonic_ns();
	if (!err)
		err = watch_events_end(tracing->watch);
	if (live_trace_asks_policy(tracing->trace))
		ask_policy(tracing);
	live_trace_end(tracing->trace, end_ns);
	*ret_counts = live_trace_counts(tracing->trace);
	*ret_duration_ns = end_ns - about->began_ns;
	if (err == -ENOMEM)
		return clandctl_error(EXIT_CODE_FAILED, "no memory for a trace");
	err = trace_writer_end(tracing->writer);
	tracing->writer = NULL;
	return err ? clandctl_look_failed(look, err) : EXIT_CODE_OK;
}

static void print_result(const char *path, const struct watch_events_about *about,
			 const struct live_trace_counts *counts,
			 const struct watch_events_counts *events, uint64_t own_ns,
			 uint64_t duration_ns)
{
	char took[32];

	stats_format_ns(duration_ns, took, sizeof(took));
	out_text(path);
	printf(": %s on %u CPUs: tasks=%llu runs=%llu decisions=%llu policies=%llu events=%llu dropped=%llu\n",
	       took, about->shape.nr_cpus, (unsigned long long)counts->nr_tasks,
	       (unsigned long long)counts->nr_runs, (unsigned long long)counts->nr_decisions,
	       (unsigned long long)counts->nr_policies, (unsigned long long)events->nr_events,
	       (unsigned long long)events->nr_dropped);
	clandctl_look_print_cost("tracing", events->kernel_ns, own_ns, duration_ns, about->shape.nr_cpus);
	puts("open it at ui.perfetto.dev, which keeps it in your browser");
	if (!about->tells_decisions)
		clandctl_error(0, "note: no decisions are in it: %s", about->no_decisions);
	if (events->nr_dropped)
		clandctl_error(0, "note: where events are missing, so is what they would have told; a larger "
			       "--buffer holds more of them");
	if (!about->tells_interrupts)
		clandctl_error(0, "note: this kernel does not tell interrupts from the tasks that they "
			       "interrupt; these are taken for wakers");
}

int clandctl_trace(int argc, char *argv[])
{
	struct tracing tracing = { 0 };
	struct watch_events_options options = {
		.wants_decisions = true,
		.hear = hear,
		.data = &tracing,
	};
	struct watch_events_counts events;
	struct live_trace_counts counts;
	struct clandctl_look look;
	uint64_t duration_ns = 0, own_ns;
	struct diag diag;
	int err, code = clandctl_look_begin(argc, argv, &look);

	if (code)
		return code;
	options.ring_kib = look.ring_kib;
	err = watch_events_open(&options, &tracing.watch, &diag);
	if (err) {
		code = clandctl_error(err == -EPERM ? EXIT_CODE_NO_PRIVILEGE : EXIT_CODE_FAILED, "%s",
				      diag.text);
		return clandctl_look_end(&look, code);
	}
	own_ns = process_cpu_ns();
	code = write_trace(&tracing, &look, &counts, &duration_ns);
	own_ns = process_cpu_ns() - own_ns;
	if (!code && watch_events_counts(tracing.watch, &events, &diag))
		code = clandctl_error(EXIT_CODE_FAILED, "%s", diag.text);
	live_trace_free(tracing.trace);
	trace_writer_end(tracing.writer);
	code = clandctl_look_end(&look, code);
	if (!code)
		print_result(look.path, watch_events_about(tracing.watch), &counts, &events, own_ns,
			     duration_ns);
	watch_events_close(tracing.watch);
	return code;
}
