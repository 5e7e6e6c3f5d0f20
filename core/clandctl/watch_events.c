/* SPDX-License-Identifier: GPL-2.0-only */
#include "watch_events.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "record.skel.h"
#include "watch_stub.h"

struct watch_events {
	struct watch_events_options options;
	struct watch_events_about about;
	struct record *skel;
	struct ring_buffer *ring;
	int err;		/* of hear(); it hears of nothing more then */
	uint32_t take_left;	/* events of this watch_events_take() */
};

/* In one go: 800,000 events a second, every WATCH_EVENTS_LOOK_MS, are more than we can follow. */
#define TAKE_MAX 16384

static int be_quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

static int take(void *data, void *message, size_t size)
{
	struct watch_events *watch = data;
	const struct record_event *event = message;

	if (watch->err || size < sizeof(*event) ||
	    (event->kind == RECORD_FACTS && size < sizeof(struct record_facts)) ||
	    (event->kind == RECORD_DECISION && size < sizeof(struct record_decision)))
		return 0;
	watch->err = watch->options.hear(watch->options.data, event);
	/* Where more comes than we can follow, the ring is never empty: there are other things to look at. */
	return --watch->take_left ? 0 : -EAGAIN;
}

/* ---- what is loaded, and attached ------------------------------------------------------------ */

/* Those for the stub's programs, in the order of enum watch_stub_program. */
static void takes_programs(struct record *skel, struct bpf_program *ret_programs[WATCH_STUB_NR])
{
#define TAKES(name) ret_programs[WATCH_STUB_##name] = skel->progs.record_takes_##name;
	WATCH_STUB_PROGRAMS(TAKES)
#undef TAKES
}

/* Have those that attach to the stub loaded as well. Returns 0 or -errno. */
static int aim_at_stub(struct record *skel, const struct watch_stub *stub)
{
	struct bpf_program *takes[WATCH_STUB_NR];
	int i, err = bpf_map__reuse_fd(skel->maps.queues, stub->queues);

	takes_programs(skel, takes);
	for (i = 0; i < WATCH_STUB_NR && !err; i++) {
		bpf_program__set_autoload(takes[i], true);
		err = bpf_program__set_attach_target(takes[i], stub->programs[i], "cland_takes_way");
	}
	if (err)
		return err;
	bpf_program__set_autoload(skel->progs.record_policy, true);
	return bpf_program__set_attach_target(skel->progs.record_policy,
					      stub->programs[WATCH_STUB_register],
					      "cland_policy_begins");
}

/* The programs, in the kernel; for the stub, or NULL. Returns 0 or -errno. */
static int load(struct watch_events *watch, const struct watch_stub *stub)
{
	struct record *skel = watch->skel = record__open();
	size_t bytes = (watch->about.shape.nr_cpus + 63) / 64 * sizeof(uint64_t);

	if (!skel)
		return -errno;
	skel->rodata->cpus_bytes = (uint32_t)bytes;
	bpf_map__set_max_entries(skel->maps.ring, watch->options.ring_kib * 1024);
	if (stub) {
		int err = aim_at_stub(skel, stub);

		skel->rodata->queue_mask = stub->nr_queues - 1;
		if (err)
			return err;
	}
	return record__load(skel);
}

static int load_all(struct watch_events *watch, struct diag *diag)
{
	struct watch_stub stub;
	struct diag why;
	int err = -ENOENT;

	if (watch->options.wants_decisions && !watch_stub_find(&stub, &why)) {
		err = load(watch, &stub);
		watch->about.nr_cache_queues = stub.nr_cache_queues;
		watch_stub_close(&stub);
		if (err && err != -EPERM) {
			record__destroy(watch->skel);
			diag_set(&why, err, "this kernel, or a scx-cland as old as the one that runs, does not "
				 "let us see what it decides: %s", strerror(-err));
		}
	}
	watch->about.tells_decisions = !err;
	if (err && err != -EPERM) {
		if (watch->options.wants_decisions)
			snprintf(watch->about.no_decisions, sizeof(watch->about.no_decisions), "%.159s",
				 why.text);
		err = load(watch, NULL);
	}
	if (err == -EPERM)
		return diag_set(diag, err, "looking on while the kernel schedules takes root, or CAP_BPF and "
				"CAP_PERFMON");
	if (err)
		return diag_set(diag, err, "the kernel does not take the programs that look on: %s. It takes "
				"Linux 6.12 or newer with CONFIG_DEBUG_INFO_BTF=y", strerror(-err));
	return 0;
}

/* Returns whether all are. */
static bool attach_to_stub(struct record *skel)
{
#define ATTACH(name)                                                                               \
	skel->links.record_takes_##name = bpf_program__attach(skel->progs.record_takes_##name);    \
	if (!skel->links.record_takes_##name)                                                      \
		return false;
	WATCH_STUB_PROGRAMS(ATTACH)
#undef ATTACH
	skel->links.record_policy = bpf_program__attach(skel->progs.record_policy);
	return skel->links.record_policy != NULL;
}

/* On one CPU, or here. Returns what the program returns, or -errno. */
static int run_by_hand(const struct bpf_program *program, int cpu)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	int err;

	if (cpu >= 0) {
		options.flags = BPF_F_TEST_RUN_ON_CPU;
		options.cpu = (uint32_t)cpu;
	}
	err = bpf_prog_test_run_opts(bpf_program__fd(program), &options);
	return err ? err : (int)options.retval;
}

static int begin(struct watch_events *watch, struct diag *diag)
{
	struct record *skel;
	uint32_t cpu;
	int err;

	err = topology_shape_read("/sys/devices/system", &watch->about.shape, diag);
	if (err)
		return err;
	err = load_all(watch, diag);
	if (err)
		return err;
	skel = watch->skel;
	watch->ring = ring_buffer__new(bpf_map__fd(skel->maps.ring), take, watch, NULL);
	if (!watch->ring)
		return diag_set(diag, -ENOMEM, "no memory to look on");
	watch->about.own_tgid = run_by_hand(skel->progs.record_self, -1);
	watch->about.tells_interrupts = run_by_hand(skel->progs.record_tells_interrupts, -1) > 0;
	if (watch->about.tells_decisions && !attach_to_stub(skel))
		return diag_set(diag, -errno, "the kernel does not let us see what scx-cland decides: %s",
				strerror(errno));
	skel->links.record_fork = bpf_program__attach(skel->progs.record_fork);
	skel->links.record_exec = bpf_program__attach(skel->progs.record_exec);
	skel->links.record_rename = bpf_program__attach(skel->progs.record_rename);
	skel->links.record_waking = bpf_program__attach(skel->progs.record_waking);
	skel->links.record_switch = bpf_program__attach(skel->progs.record_switch);
	if (!skel->links.record_fork || !skel->links.record_exec || !skel->links.record_rename ||
	    !skel->links.record_waking || !skel->links.record_switch)
		return diag_set(diag, -errno, "the kernel does not let us watch what it schedules: %s",
				strerror(errno));
	watch->about.began_ns = monotonic_ns();
	skel->bss->looks_on = true;
	/* A CPU that is offline has nothing to tell. */
	for (cpu = 0; cpu < watch->about.shape.nr_cpus; cpu++)
		(void)run_by_hand(skel->progs.record_runs, (int)cpu);
	return 0;
}

/* Events that came while the program that tells them told another one, on the same CPU. */
static uint64_t count_missed(const struct record *skel)
{
	struct bpf_program *program;
	struct bpf_prog_info info;
	uint64_t nr = 0;
	uint32_t size;

	bpf_object__for_each_program(program, skel->obj) {
		size = sizeof(info);
		memset(&info, 0, size);
		if (bpf_program__fd(program) >= 0 &&
		    !bpf_prog_get_info_by_fd(bpf_program__fd(program), &info, &size))
			nr += info.recursion_misses;
	}
	return nr;
}

/* ---- the public part ------------------------------------------------------------------------- */

int watch_events_open(const struct watch_events_options *options, struct watch_events **ret_watch,
		      struct diag *diag)
{
	struct watch_events *watch = calloc(1, sizeof(*watch));
	int err;

	if (!watch)
		return diag_set(diag, -ENOMEM, "no memory to look on");
	watch->options = *options;
	libbpf_set_print(be_quiet);
	err = begin(watch, diag);
	if (err)
		watch_events_close(watch);
	else
		*ret_watch = watch;
	return err;
}

const struct watch_events_about *watch_events_about(const struct watch_events *watch)
{
	return &watch->about;
}

int watch_events_take(struct watch_events *watch)
{
	watch->take_left = TAKE_MAX;
	if (!watch->err)
		ring_buffer__consume(watch->ring);
	return watch->err;
}

int watch_events_run(struct watch_events *watch, uint64_t end_ns, int stop_fd)
{
	struct pollfd stop = { .fd = stop_fd, .events = POLLIN };

	while (!watch->err && monotonic_ns() < end_ns) {
		if (poll(&stop, 1, WATCH_EVENTS_LOOK_MS) > 0)
			break;
		watch_events_take(watch);
	}
	return watch->err;
}

void watch_events_ask_facts(struct watch_events *watch)
{
	memset(watch->skel->bss->told, 0, sizeof(watch->skel->bss->told));
}

int watch_events_end(struct watch_events *watch)
{
	watch->skel->bss->looks_on = false;
	record__detach(watch->skel);
	/* Nothing comes any more. */
	do {
		watch_events_take(watch);
	} while (!watch->err && !watch->take_left);
	return watch->err;
}

int watch_events_counts(const struct watch_events *watch, struct watch_events_counts *ret_counts,
			struct diag *diag)
{
	int nr_cpus = libbpf_num_possible_cpus(), i, err;
	struct record_counts *counts, sum = { 0 };
	const uint32_t zero = 0;
	uint64_t missed;

	counts = nr_cpus > 0 ? calloc((size_t)nr_cpus, sizeof(*counts)) : NULL;
	if (!counts)
		return diag_set(diag, -ENOMEM, "no memory to look on");
	err = bpf_map__lookup_elem(watch->skel->maps.counts, &zero, sizeof(zero), counts,
				   (size_t)nr_cpus * sizeof(*counts), 0);
	for (i = 0; i < nr_cpus; i++) {
		sum.nr_events += counts[i].nr_events;
		sum.nr_dropped += counts[i].nr_dropped;
		sum.nr_timed += counts[i].nr_timed;
		sum.timed_ns += counts[i].timed_ns;
	}
	free(counts);
	if (err)
		return diag_set(diag, err, "the counters of the programs that look on cannot be read: %s",
				strerror(-err));
	missed = count_missed(watch->skel);
	ret_counts->nr_events = sum.nr_events + missed;
	ret_counts->nr_dropped = sum.nr_dropped + missed;
	ret_counts->kernel_ns = sum.nr_timed ? (uint64_t)((double)sum.timed_ns * (double)sum.nr_events /
							  (double)sum.nr_timed) : 0;
	return 0;
}

void watch_events_close(struct watch_events *watch)
{
	if (!watch)
		return;
	ring_buffer__free(watch->ring);
	record__destroy(watch->skel);
	free(watch);
}
