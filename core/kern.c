/* SPDX-License-Identifier: GPL-2.0-only */
#include "kern.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cland.skel.h"
#include "topology.h"

/* From the kernel's UAPI for sched_ext: an exit code's bit that asks for a restart. */
#define SCX_ECODE_ACT_RESTART (1LL << 48)
#define SCX_OPS_SWITCH_PARTIAL_BIT (1ULL << 3)

#define SYSFS_SCX "/sys/kernel/sched_ext"

struct kern {
	struct cland *skel;
	struct bpf_link *link;
	struct bpf_link *exit_watch;
	struct ring_buffer *exit_bell;
	uint32_t nr_cpus;
	char *dump;
};

/* One line of a sysfs file, without the newline. Returns 0 or -errno. */
static int read_line(const char *path, char *ret_line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, ret_line, size - 1);
	close(fd);
	if (n < 0)
		return -EIO;
	ret_line[n] = '\0';
	ret_line[strcspn(ret_line, "\n")] = '\0';
	return 0;
}

static int busy_diag(struct diag *diag)
{
	char ops[128] = "", state[64] = "";

	read_line(SYSFS_SCX "/root/ops", ops, sizeof(ops));
	read_line(SYSFS_SCX "/state", state, sizeof(state));
	return diag_set(diag, -EBUSY, "another sched_ext scheduler is %s: %s. Stop it first; there "
			"can be only one", state[0] ? state : "there", ops[0] ? ops : "(unnamed)");
}

int kern_check(struct diag *diag)
{
	char state[64];

	if (read_line(SYSFS_SCX "/state", state, sizeof(state)))
		return diag_set(diag, -ENOSYS, "this kernel has no sched_ext (no " SYSFS_SCX "/state). "
				"It takes Linux 6.14 or newer with CONFIG_SCHED_CLASS_EXT=y");
	if (geteuid() != 0)
		return diag_set(diag, -EPERM, "loading a scheduler into the kernel takes root: start "
				"it with sudo, or as a system service");
	if (strcmp(state, "disabled") != 0)
		return busy_diag(diag);
	return 0;
}

static bool libbpf_verbose;

__attribute__((format(printf, 2, 0))) static int libbpf_print(enum libbpf_print_level level,
							       const char *fmt, va_list args)
{
	/* Its debug messages are a thousand lines on relocations; a program's load log is a warning
	 * when it is refused, which is when it is wanted. */
	if (!libbpf_verbose || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, fmt, args);
}

static int exit_bell_heard(void *ctx, void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
	return 0;
}

/*
 * Older kernels count BPF memory against RLIMIT_MEMLOCK, and the agent locks all of its own.
 * Returns 0, or -ENOMEM when the limit cannot be raised.
 */
static int memlock_raise(struct diag *diag)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	if (!setrlimit(RLIMIT_MEMLOCK, &limit))
		return 0;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_max == RLIM_INFINITY) {
		limit.rlim_cur = RLIM_INFINITY;
		if (!setrlimit(RLIMIT_MEMLOCK, &limit))
			return 0;
	}
	return diag_set(diag, -ENOMEM, "the locked-memory limit is %llu KiB and cannot be raised: "
			"the scheduler must not be swapped out. Raise it with `ulimit -l unlimited` "
			"or LimitMEMLOCK=infinity in the unit",
			(unsigned long long)limit.rlim_max / 1024);
}

static void configure(struct kern *kern, const struct kern_options *options,
		      const struct topology *topology)
{
	struct cland *skel = kern->skel;
	uint32_t nr_queues = topology->nr_llcs + topology->nr_cpus;
	uint32_t dump_len = options->exit_dump_len ? options->exit_dump_len : 1;

	skel->rodata->nr_cpu_ids = topology->nr_cpus;
	skel->rodata->nr_llcs = topology->nr_llcs;
	skel->rodata->max_tasks = options->max_tasks;
	skel->rodata->rescue_ns = options->rescue_ms * 1000000ULL;
	skel->rodata->strict = options->strict;
	skel->rodata->exit_dump_len = dump_len;
	skel->struct_ops.cland->exit_dump_len = options->exit_dump_len;
	if (options->partial)
		skel->struct_ops.cland->flags |= SCX_OPS_SWITCH_PARTIAL_BIT;
	bpf_map__set_max_entries(skel->maps.cpus, topology->nr_cpus);
	bpf_map__set_max_entries(skel->maps.llc_of_cpu, topology->nr_cpus);
	bpf_map__set_max_entries(skel->maps.rings, topology->nr_cpus);
	bpf_map__set_max_entries(skel->maps.queues, nr_queues);
	bpf_map__set_max_entries(skel->maps.slots, options->max_tasks);
	bpf_map__set_max_entries(skel->maps.free_slots, options->max_tasks);
	bpf_map__set_value_size(skel->maps.exit_dump, dump_len);
}

static int write_topology(struct kern *kern, const struct topology *topology)
{
	uint32_t cpu;
	int err = 0;

	for (cpu = 0; cpu < topology->nr_cpus && !err; cpu++)
		err = bpf_map__update_elem(kern->skel->maps.llc_of_cpu, &cpu, sizeof(cpu),
					   &topology->llc_of_cpu[cpu], sizeof(uint32_t), BPF_ANY);
	return err;
}

int kern_load(const struct kern_options *options, struct kern **ret_kern, struct diag *diag)
{
	struct kern *kern = calloc(1, sizeof(*kern));
	struct topology topology = { 0 };
	int err;

	if (!kern)
		return diag_set(diag, -ENOMEM, "out of memory");
	err = memlock_raise(diag);
	if (err)
		goto fail;
	err = topology_read("/sys/devices/system/cpu", &topology, diag);
	if (err)
		goto fail;
	kern->nr_cpus = topology.nr_cpus;
	libbpf_verbose = options->verbose;
	libbpf_set_print(libbpf_print);

	kern->skel = cland__open();
	if (!kern->skel) {
		err = diag_set(diag, -errno, "the BPF object cannot be opened: %s", strerror(errno));
		goto fail;
	}
	configure(kern, options, &topology);
	err = cland__load(kern->skel);
	if (err) {
		diag_set(diag, err, "the kernel does not take the scheduler: %s%s", strerror(-err),
			 err == -EPERM ? ". It takes CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN" :
			 err == -ENOMEM ? ". Memory is short, or the locked-memory limit too low" :
					  ". --verbose prints what it says");
		goto fail;
	}
	err = write_topology(kern, &topology);
	if (err) {
		diag_set(diag, err, "the CPU topology cannot be handed over: %s", strerror(-err));
		goto fail;
	}
	kern->exit_bell = ring_buffer__new(bpf_map__fd(kern->skel->maps.exit_bell),
					   exit_bell_heard, NULL, NULL);
	if (options->exit_dump_len)
		kern->dump = calloc(1, options->exit_dump_len + 1);
	if (!kern->exit_bell || (options->exit_dump_len && !kern->dump)) {
		err = diag_set(diag, -ENOMEM, "out of memory");
		goto fail;
	}
	kern->exit_watch = bpf_program__attach(kern->skel->progs.cland_process_exit);
	if (!kern->exit_watch) {
		err = diag_set(diag, -errno, "the kernel does not let us watch for the agent's end: %s",
			       strerror(errno));
		goto fail;
	}
	topology_destroy(&topology);
	*ret_kern = kern;
	return 0;
fail:
	topology_destroy(&topology);
	kern_free(kern);
	return err;
}

int kern_attach(struct kern *kern, struct diag *diag)
{
	char state[64] = "";
	int err;

	kern->link = bpf_map__attach_struct_ops(kern->skel->maps.cland);
	if (kern->link)
		return 0;
	err = -errno;
	read_line(SYSFS_SCX "/state", state, sizeof(state));
	if (err == -EBUSY || (strcmp(state, "disabled") != 0 && state[0]))
		return busy_diag(diag);
	return diag_set(diag, err, "the kernel refused the scheduler: %s%s%s", strerror(-err),
			kern->skel->bss->exit_info.msg[0] ? ": " : "",
			kern->skel->bss->exit_info.msg);
}

void kern_detach(struct kern *kern)
{
	bpf_link__destroy(kern->link);
	kern->link = NULL;
}

void kern_free(struct kern *kern)
{
	if (!kern)
		return;
	kern_detach(kern);
	bpf_link__destroy(kern->exit_watch);
	ring_buffer__free(kern->exit_bell);
	cland__destroy(kern->skel);
	free(kern->dump);
	free(kern);
}

struct kern_agent_fds kern_agent_fds(const struct kern *kern)
{
	return (struct kern_agent_fds){
		.slots = bpf_map__fd(kern->skel->maps.slots),
		.rings = bpf_map__fd(kern->skel->maps.rings),
		.page = bpf_map__fd(kern->skel->maps.agent_page),
		.doorbell = bpf_map__fd(kern->skel->maps.doorbell),
		.apply = bpf_program__fd(kern->skel->progs.cland_apply),
	};
}

int kern_register(const struct kern *kern, uint32_t role)
{
	struct cland_register_args args = { .role = role };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &args, .ctx_size_in = sizeof(args)); /* answers there, too */
	int err = bpf_prog_test_run_opts(bpf_program__fd(kern->skel->progs.cland_register), &opts);

	return err ? err : (int)opts.retval;
}

uint32_t kern_nr_cpus(const struct kern *kern)
{
	return kern->nr_cpus;
}

int kern_exit_fd(const struct kern *kern)
{
	return ring_buffer__epoll_fd(kern->exit_bell);
}

bool kern_has_exited(const struct kern *kern)
{
	return __atomic_load_n(&kern->skel->bss->exit_info.kind, __ATOMIC_ACQUIRE);
}

const struct cland_exit_info *kern_exit_info(const struct kern *kern, const char **ret_dump)
{
	uint32_t zero = 0;

	*ret_dump = "";
	if (kern->dump && !bpf_map__lookup_elem(kern->skel->maps.exit_dump, &zero, sizeof(zero),
						kern->dump,
						bpf_map__value_size(kern->skel->maps.exit_dump), 0))
		*ret_dump = kern->dump;
	return (const struct cland_exit_info *)&kern->skel->bss->exit_info;
}

bool kern_exit_wants_restart(const struct cland_exit_info *info)
{
	return info->exit_code & SCX_ECODE_ACT_RESTART;
}

bool kern_agent_is_silent(const struct kern *kern, uint64_t age_ns)
{
	struct timespec ts;
	uint64_t now_ns;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now_ns = (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
	return now_ns > kern->skel->bss->last_apply_ns + age_ns;
}

int kern_read_stats(const struct kern *kern, uint64_t ret_stats[CLAND_STAT_NR])
{
	int nr_possible = libbpf_num_possible_cpus();
	uint64_t *values;
	uint32_t stat;
	int err = 0, cpu;

	if (nr_possible < 0)
		return nr_possible;
	values = calloc((size_t)nr_possible, sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (stat = 0; stat < CLAND_STAT_NR && !err; stat++) {
		err = bpf_map__lookup_elem(kern->skel->maps.stats, &stat, sizeof(stat), values,
					   (size_t)nr_possible * sizeof(*values), 0);
		ret_stats[stat] = 0;
		for (cpu = 0; cpu < nr_possible && !err; cpu++)
			ret_stats[stat] += values[cpu];
	}
	free(values);
	return err;
}
