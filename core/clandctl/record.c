/* SPDX-License-Identifier: GPL-2.0-only */
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "bursts.h"
#include "clock.h"
#include "record_cgroups.h"
#include "watch_events.h"

#define PF_KTHREAD 0x00200000u
#define PRIO_NICE_0 120
#define NICE_MIN (-20)
#define NICE_MAX 19
#define LIST_LEN 20480	/* a list of all CPUs, every other of them one by one */

struct record_session {
	struct watch_events *watch;
	struct bursts *bursts;
	struct record_cgroups cgroups;
};

/* ---- what the programs tell ------------------------------------------------------------------ */

/* "0-3,8"; NULL: all, or no memory. */
static char *list_cpus(const __u64 *words, uint32_t nr_cpus)
{
	uint32_t cpu, last, nr = 0;
	char *text = malloc(LIST_LEN);
	size_t len = 0;

	if (!text)
		return NULL;
#define HAS(cpu) ((cpu) < nr_cpus && (words[(cpu) / 64] >> ((cpu) % 64) & 1))
	for (cpu = 0; cpu < nr_cpus && len + 16 < LIST_LEN; cpu = last + 1) {
		last = cpu;
		if (!HAS(cpu))
			continue;
		while (HAS(last + 1))
			last++;
		nr += last - cpu + 1;
		len += (size_t)snprintf(text + len, LIST_LEN - len, last > cpu ? "%s%u-%u" : "%s%u",
					len ? "," : "", cpu, last);
	}
#undef HAS
	/* None: those it is bound to are offline. */
	if (nr && nr < nr_cpus)
		return text;
	free(text);
	return NULL;
}

static int take_facts(struct record_session *session, const struct record_facts *facts)
{
	struct recording_task *task = bursts_task(session->bursts, facts->event.pid);
	int32_t nice = facts->static_prio - PRIO_NICE_0;

	if (!task)
		return 0;
	task->tgid = facts->tgid;
	task->nice = nice < NICE_MIN || nice > NICE_MAX ? 0 : nice;
	task->class = facts->policy <= RECORDING_EXT ? (enum recording_class)facts->policy :
						       RECORDING_OTHER;
	task->is_kthread = facts->flags & PF_KTHREAD;
	task->cgroup = record_cgroups_note(&session->cgroups, facts->cgroup);
	memcpy(task->comm, facts->comm, sizeof(task->comm) - 1);
	if (!task->comm[0])
		memcpy(task->comm, "?", sizeof("?"));
	free(task->cpus);
	task->cpus = list_cpus(facts->cpus, watch_events_about(session->watch)->shape.nr_cpus);
	return 0;
}

static int hear(void *data, const struct record_event *event)
{
	struct record_session *session = data;

	if (event->kind == RECORD_FACTS)
		return take_facts(session, (const struct record_facts *)event);
	return bursts_event(session->bursts, event);
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static void describe(const struct watch_events_about *about, struct recording *recording)
{
	struct utsname name;

	memcpy(recording->source, "clandctl", sizeof("clandctl"));
	if (!uname(&name))
		snprintf(recording->kernel, sizeof(recording->kernel), "%.63s", name.release);
	recording->nr_cpus = about->shape.nr_cpus;
	recording->smt = about->shape.smt;
	recording->nr_llcs = about->shape.nr_llcs;
	recording->nr_nodes = about->shape.nr_nodes;
	recording->tells_interrupts = about->tells_interrupts;
}

static int record(struct record_session *session, const struct record_options *options,
		  struct recording *ret_recording, struct record_costs *ret_costs, struct diag *diag)
{
	const struct watch_events_options look = {
		.ring_kib = options->ring_kib,
		.hear = hear,
		.data = session,
	};
	struct watch_events_counts counts;
	const struct watch_events_about *about;
	uint64_t began_ns, end_ns;
	int err, heard_err;

	err = watch_events_open(&look, &session->watch, diag);
	if (err)
		return err;
	about = watch_events_about(session->watch);
	session->bursts = bursts_new(about->began_ns);
	if (!session->bursts)
		return diag_set(diag, -ENOMEM, "no memory to record");
	if (about->own_tgid > 0)
		bursts_leave_out(session->bursts, about->own_tgid);
	began_ns = process_cpu_ns();
	watch_events_run(session->watch, monotonic_ns() + options->duration_ns, options->stop_fd);
	end_ns = monotonic_ns();
	heard_err = watch_events_end(session->watch);
	ret_costs->own_ns = process_cpu_ns() - began_ns;
	err = watch_events_counts(session->watch, &counts, diag);
	if (err)
		return err;
	ret_costs->kernel_ns = counts.kernel_ns;
	err = heard_err ? heard_err : bursts_end(session->bursts, end_ns, ret_recording);
	if (err == -E2BIG)
		return diag_set(diag, err, "the recording has become too large: %u tasks, or %u bursts, is the "
				"most; record for a shorter time", RECORDING_TASKS_MAX, RECORDING_STEPS_MAX);
	if (err)
		return diag_set(diag, err, "no memory to record");
	ret_recording->nr_dropped = counts.nr_dropped;
	describe(about, ret_recording);
	record_cgroups_resolve(&session->cgroups, "/sys/fs/cgroup", ret_recording);
	return 0;
}

int record_run(const struct record_options *options, struct recording *ret_recording,
	       struct record_costs *ret_costs, struct diag *diag)
{
	struct record_session session = { 0 };
	int err = record(&session, options, ret_recording, ret_costs, diag);

	watch_events_close(session.watch);
	bursts_free(session.bursts);
	record_cgroups_free(&session.cgroups);
	return err;
}
