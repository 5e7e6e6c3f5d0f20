/* SPDX-License-Identifier: GPL-2.0-only */
#include "stub.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cland_msg.h"
#include "cland.skel.h"
#include "cland_6_12.skel.h"
#include "cland_6_13.skel.h"
#include "cpu_rouse.h"
#include "kernel_types.h"
#include "stub_layout.h"

/* From the kernel's header of sched_ext. */
#define SCX_OPS_SWITCH_PARTIAL_BIT (1ULL << 3)
#define SCX_OPS_ENQ_MIGRATION_DISABLED_BIT (1ULL << 4)

#define STUB_MAGIC 0x7374756264637863ULL

static const char *const part_names[STUB_NR] = {
#define STUB_PART_NAME(name) #name,
	STUB_PARTS(STUB_PART_NAME)
#undef STUB_PART_NAME
};

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

void stub_init(struct stub *stub)
{
	int i;

	*stub = (struct stub){ .skel = NULL };
	for (i = 0; i < STUB_NR; i++)
		stub->fds[i] = -1;
}

/* ---- a new one ------------------------------------------------------------------------------- */

/* What cland__open() does, with the stub for this kernel: they differ in what they call in it only. */
static struct cland *open_for(const struct kernel_types *kernel)
{
	struct cland *skel = calloc(1, sizeof(*skel));
	int err;

	if (!skel)
		return NULL;
	err = cland__create_skeleton(skel);
	if (!err && !kernel->has_kfuncs_6_13)
		skel->skeleton->data = cland_6_12__elf_bytes(&skel->skeleton->data_sz);
	else if (!err && !kernel->has_kfuncs_6_19)
		skel->skeleton->data = cland_6_13__elf_bytes(&skel->skeleton->data_sz);
	if (!err)
		err = bpf_object__open_skeleton(skel->skeleton, NULL);
	if (err) {
		cland__destroy(skel);
		errno = -err;
		return NULL;
	}
	skel->struct_ops.cland = bpf_map__initial_value(skel->maps.cland, NULL);
	return skel;
}

static void leave_out_cgroups(struct cland *skel)
{
	skel->struct_ops.cland->cgroup_init = NULL;
	skel->struct_ops.cland->cgroup_exit = NULL;
	skel->struct_ops.cland->cgroup_move = NULL;
	skel->struct_ops.cland->cgroup_set_weight = NULL;
	bpf_program__set_autoload(skel->progs.cland_cgroup_init, false);
	bpf_program__set_autoload(skel->progs.cland_cgroup_exit, false);
	bpf_program__set_autoload(skel->progs.cland_cgroup_move, false);
	bpf_program__set_autoload(skel->progs.cland_cgroup_set_weight, false);
}

/* Leave out what this kernel has not, which would refuse the whole. */
static void fit(struct cland *skel, const struct kernel_types *kernel)
{
	/* Older ones, without it, hand such tasks to ops.enqueue in any case. */
	if (!kernel->has_migration_disabled)
		skel->struct_ops.cland->flags &= ~SCX_OPS_ENQ_MIGRATION_DISABLED_BIT;
	/* See k_reenqueue_local(). */
	if (kernel->has_kfuncs_6_19) {
		skel->struct_ops.cland->cpu_release = NULL;
		bpf_program__set_autoload(skel->progs.cland_cpu_release, false);
	}
	/* One built without CONFIG_EXT_GROUP_SCHED: cgroups have no weights for anybody there. */
	if (!kernel->has_cgroup_init)
		leave_out_cgroups(skel);
}

static void set_constants(struct cland *skel, const struct kernel_types *kernel)
{
#define KERNEL_CONSTANT(type, name) skel->rodata->k_##name = kernel->constants[KERNEL_CONSTANT_##name];
	KERNEL_CONSTANTS(KERNEL_CONSTANT)
#undef KERNEL_CONSTANT
}

/* A section with an array of `from` in it is to have one of `to`. */
static void resize(struct bpf_map *section, uint32_t from, uint32_t to)
{
	bpf_map__set_value_size(section, bpf_map__value_size(section) / from * to);
}

static void configure(struct cland *skel, const struct stub_options *options)
{
	uint32_t nr_queues = options->nr_llcs + options->nr_cpus;
	uint32_t dump_len = options->exit_dump_len ? options->exit_dump_len : 1;
	uint32_t nr_cpus_kept = 1, nr_queues_kept = 1;

	while (nr_cpus_kept < options->nr_cpus)
		nr_cpus_kept *= 2;
	while (nr_queues_kept < nr_queues)
		nr_queues_kept *= 2;
	skel->rodata->queue_mask = nr_queues_kept - 1;
	skel->rodata->nr_cpu_ids = options->nr_cpus;
	skel->rodata->cpu_mask = nr_cpus_kept - 1;
	skel->rodata->nr_llcs = options->nr_llcs;
	skel->rodata->nr_queues = nr_queues;
	skel->rodata->max_tasks = options->max_tasks;
	skel->rodata->rescue_ns = options->rescue_ms * 1000000ULL;
	skel->rodata->strict = options->strict;
	skel->rodata->exit_dump_len = dump_len;
	skel->struct_ops.cland->exit_dump_len = options->exit_dump_len;
	if (options->partial)
		skel->struct_ops.cland->flags |= SCX_OPS_SWITCH_PARTIAL_BIT;
	resize(skel->maps.bss_cpus, CLAND_CPUS_MAX, nr_cpus_kept);
	resize(skel->maps.bss_counts, CLAND_CPUS_MAX, nr_cpus_kept);
	resize(skel->maps.bss_queues, CLAND_QUEUES_MAX, nr_queues_kept);
	bpf_map__set_max_entries(skel->maps.llc_of_cpu, options->nr_cpus);
	bpf_map__set_max_entries(skel->maps.rings, options->nr_cpus);
	bpf_map__set_max_entries(skel->maps.slots, options->max_tasks);
	bpf_map__set_max_entries(skel->maps.free_slots, options->max_tasks);
	bpf_map__set_value_size(skel->maps.exit_dump, dump_len);
}

static int write_topology(const struct cland *skel, const struct topology *topology)
{
	uint32_t cpu;
	int err = 0;

	for (cpu = 0; cpu < topology->nr_cpus && !err; cpu++)
		err = bpf_map__update_elem(skel->maps.llc_of_cpu, &cpu, sizeof(cpu),
					   &topology->llc_of_cpu[cpu], sizeof(uint32_t), BPF_ANY);
	return err;
}

static int identity_make(struct stub *stub, const struct stub_options *options)
{
	struct stub_identity *identity = &stub->identity;
	uint32_t zero = 0;
	int fd, err;

	*identity = (struct stub_identity){
		.magic = STUB_MAGIC,
		.layout = stub_layout(bpf_object__btf(stub->skel->obj)),
		.options = *options,
	};
	snprintf(identity->version, sizeof(identity->version), "%s", CLAND_VERSION);
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "cland_identity", sizeof(zero), sizeof(*identity), 1,
			    NULL);
	if (fd < 0)
		return fd;
	stub->fds[STUB_map_identity] = fd;
	err = bpf_map_update_elem(fd, &zero, identity, BPF_ANY);
	return err;
}

/* Of our own, so that the skeleton, some megabytes of it, can go when it is attached. */
static int take_fds(struct stub *stub)
{
	const struct cland *skel = stub->skel;
	const int fds[STUB_NR] = {
		[STUB_map_slots] = bpf_map__fd(skel->maps.slots),
		[STUB_map_cgroups] = bpf_map__fd(skel->maps.cgroups),
		[STUB_map_rings] = bpf_map__fd(skel->maps.rings),
		[STUB_map_agent_page] = bpf_map__fd(skel->maps.agent_page),
		[STUB_map_doorbell] = bpf_map__fd(skel->maps.doorbell),
		[STUB_map_exit_bell] = bpf_map__fd(skel->maps.exit_bell),
		[STUB_map_news] = bpf_map__fd(skel->maps.news),
		[STUB_map_counts] = bpf_map__fd(skel->maps.bss_counts),
		[STUB_map_exit_dump] = bpf_map__fd(skel->maps.exit_dump),
		[STUB_map_timers] = bpf_map__fd(skel->maps.timers),
		[STUB_map_bss] = bpf_map__fd(skel->maps.bss),
		[STUB_map_identity] = -1, /* there already */
		[STUB_prog_apply] = bpf_program__fd(skel->progs.cland_apply),
		[STUB_prog_register] = bpf_program__fd(skel->progs.cland_register),
		[STUB_link_exit] = bpf_link__fd(skel->links.cland_process_exit),
		[STUB_link_rename] = bpf_link__fd(skel->links.cland_task_rename),
		[STUB_link_exec] = bpf_link__fd(skel->links.cland_process_exec),
		[STUB_link_hotplug_begins] = bpf_link__fd(skel->links.cland_cpuhp_enter),
		[STUB_link_hotplug_fails] = bpf_link__fd(skel->links.cland_cpuhp_exit),
		[STUB_link_ops] = -1,
	};
	int i;

	for (i = 0; i < STUB_NR; i++) {
		if (fds[i] < 0)
			continue;
		stub->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
		if (stub->fds[i] < 0)
			return -errno;
	}
	return 0;
}

static int map_bss(struct stub *stub)
{
	void *bss = mmap(NULL, sizeof(*stub->bss), PROT_READ | PROT_WRITE, MAP_SHARED,
			 stub->fds[STUB_map_bss], 0);

	if (bss == MAP_FAILED)
		return -errno;
	stub->bss = bss;
	return 0;
}

int stub_load(const struct stub_options *options, const struct topology *topology, bool verbose,
	      struct stub *stub, struct diag *diag)
{
	struct kernel_types kernel;
	struct cland *skel;
	int err;

	libbpf_verbose = verbose;
	libbpf_set_print(libbpf_print);
	err = kernel_types_read(KERNEL_TYPES_PATH, &kernel);
	if (err)
		return diag_set(diag, err == -ENOENT ? -ENOSYS : err,
				"the kernel's type information (" KERNEL_TYPES_PATH ") cannot be read: %s",
				strerror(-err));
	if (kernel.lacks)
		return diag_set(diag, -ENOSYS, "this kernel's sched_ext has no %s", kernel.lacks);
	skel = stub->skel = open_for(&kernel);
	if (!skel)
		return diag_set(diag, -errno, "the BPF object cannot be opened: %s", strerror(errno));
	configure(skel, options);
	fit(skel, &kernel);
	set_constants(skel, &kernel);
	err = cland__load(skel);
	if (err)
		return diag_set(diag, err, "the kernel does not take the scheduler: %s%s",
				strerror(-err),
				err == -EPERM ? ". It takes CAP_BPF and CAP_PERFMON" :
				err == -ENOMEM ? ". Memory is short, or the locked-memory limit too low" :
						 ". --verbose prints what it says");
	err = write_topology(skel, topology);
	if (err)
		return diag_set(diag, err, "the CPU topology cannot be handed over: %s",
				strerror(-err));
	skel->links.cland_process_exit = bpf_program__attach(skel->progs.cland_process_exit);
	skel->links.cland_task_rename = bpf_program__attach(skel->progs.cland_task_rename);
	skel->links.cland_process_exec = bpf_program__attach(skel->progs.cland_process_exec);
	skel->links.cland_cpuhp_enter = bpf_program__attach(skel->progs.cland_cpuhp_enter);
	skel->links.cland_cpuhp_exit = bpf_program__attach(skel->progs.cland_cpuhp_exit);
	if (!skel->links.cland_process_exit || !skel->links.cland_task_rename ||
	    !skel->links.cland_process_exec || !skel->links.cland_cpuhp_enter ||
	    !skel->links.cland_cpuhp_exit)
		return diag_set(diag, -errno, "the kernel does not let us watch tasks end, execute and "
				"take names, and CPUs go: %s", strerror(errno));
	err = identity_make(stub, options);
	if (!err)
		err = take_fds(stub);
	if (!err)
		err = map_bss(stub);
	if (err)
		return diag_set(diag, err, "the memory shared with the kernel cannot be mapped: %s",
				strerror(-err));
	return 0;
}

int stub_attach(struct stub *stub)
{
	struct bpf_link *link = bpf_map__attach_struct_ops(stub->skel->maps.cland);
	int err;

	if (!link)
		return -errno;
	stub->fds[STUB_link_ops] = fcntl(bpf_link__fd(link), F_DUPFD_CLOEXEC, 0);
	err = stub->fds[STUB_link_ops] < 0 ? -errno : 0;
	bpf_link__destroy(link);
	if (err)
		return err;
	cland__destroy(stub->skel);
	stub->skel = NULL;
	return 0;
}

/* ---- one that is there ----------------------------------------------------------------------- */

static void pin_path(int part, char *ret_path, size_t size)
{
	snprintf(ret_path, size, "%s/%s", STUB_PINS, part_names[part]);
}

/* Whoever may write there could make us take his maps for ours. */
static int check_folder(struct diag *diag)
{
	struct stat st;

	if (lstat(STUB_PINS, &st))
		return -errno;
	if (S_ISDIR(st.st_mode) && !st.st_uid && !(st.st_mode & 022))
		return 0;
	return diag_set(diag, -EPERM, STUB_PINS " is not root's own folder, and is left alone: remove "
			"it");
}

/* Another build may have left another kind of identity, or none. */
static void read_identity(struct stub *stub)
{
	struct bpf_map_info info = { .value_size = 0 };
	uint32_t size = sizeof(info), zero = 0;
	int fd = stub->fds[STUB_map_identity];

	if (fd < 0 || bpf_map_get_info_by_fd(fd, &info, &size) ||
	    info.value_size != sizeof(stub->identity) ||
	    bpf_map_lookup_elem(fd, &zero, &stub->identity) || stub->identity.magic != STUB_MAGIC)
		stub->identity = (struct stub_identity){ .version = "unknown" };
	stub->identity.version[sizeof(stub->identity.version) - 1] = '\0';
}

int stub_find(struct stub *stub, struct diag *diag)
{
	char path[128];
	int i, err = check_folder(diag);

	if (err)
		return err == -EPERM ? err : -ENOENT;
	for (i = 0; i < STUB_NR; i++) {
		pin_path(i, path, sizeof(path));
		stub->fds[i] = bpf_obj_get(path);
	}
	if (stub->fds[STUB_link_ops] < 0) {
		stub_close(stub);
		return -ENOENT;
	}
	read_identity(stub);
	return 0;
}

/*
 * A number of what the parts are, by the kernel's own: whatever bears the name of one. 0: they
 * cannot be looked at.
 */
static uint32_t parts_number(const struct stub *stub)
{
	struct { uint32_t type, id; } info; /* how those of maps, programs and links begin, all three */
	uint32_t number = 2166136261u; /* FNV-1a, by words */
	int i;

	for (i = 0; i < STUB_NR; i++) {
		uint32_t size = sizeof(info);

		if (bpf_obj_get_info_by_fd(stub->fds[i], &info, &size))
			return 0;
		number = (number ^ info.type) * 16777619u;
		number = (number ^ info.id) * 16777619u;
	}
	return number ? number : 1;
}

static bool is_whole(const struct stub *stub)
{
	int i;

	for (i = 0; i < STUB_NR; i++)
		if (stub->fds[i] < 0)
			return false;
	return true;
}

/* The stub's variables may be in other places in another build: only then may they be looked at. */
int stub_share(struct stub *stub, struct diag *diag)
{
	struct cland *skel = cland__open();
	uint64_t layout;
	int err;

	if (!skel)
		return diag_set(diag, -errno, "cannot be compared with this program's own: %s",
				strerror(errno));
	layout = stub_layout(bpf_object__btf(skel->obj));
	cland__destroy(skel);
	if (!is_whole(stub) || stub->identity.layout != layout)
		return diag_set(diag, -ESTALE, "was loaded by another build of scx-cland, version %s, "
				"and this one, version " CLAND_VERSION ", speaks another language",
				stub->identity.version);
	if (stub->identity.parts && stub->identity.parts != parts_number(stub))
		return diag_set(diag, -ESTALE, "has other things in " STUB_PINS " than were put there");
	err = map_bss(stub);
	if (err)
		return diag_set(diag, err, "cannot be mapped: %s", strerror(-err));
	return 0;
}

int stub_suits(struct stub *stub, const struct stub_options *options, struct diag *diag)
{
	struct stub_options ours = *options;
	int err = stub_share(stub, diag);

	/* How many caches there are is seen at online CPUs, which may be others by now; it has its own map. */
	ours.nr_llcs = stub->identity.options.nr_llcs;
	if (!err && memcmp(&stub->identity.options, &ours, sizeof(ours)) != 0)
		err = diag_set(diag, -ESTALE, "was loaded with other options, of those that count from "
			       "the next start");
	return err;
}

bool stub_is_attached(const struct stub *stub)
{
	return stub->fds[STUB_link_ops] >= 0 &&
	       !__atomic_load_n(&stub->bss->exit_info.kind, __ATOMIC_ACQUIRE);
}

/* ---- pins ------------------------------------------------------------------------------------ */

/* True, too, where /proc does not say. */
static bool is_in_mount_ns_of_init(void)
{
	struct stat ours, inits;

	return stat("/proc/self/ns/mnt", &ours) || stat("/proc/1/ns/mnt", &inits) || ours.st_ino == inits.st_ino;
}

static int bpffs_mount(struct diag *diag)
{
	struct statfs fs;

	if (!statfs(STUB_BPFFS, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC)
		return 0;
	if (!is_in_mount_ns_of_init())
		return diag_set(diag, -EXDEV, "bpffs is not mounted at " STUB_BPFFS ", and one that is mounted in this "
				"mount namespace ends with it: mount it on the host");
	if (!mount("bpf", STUB_BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return 0;
	return diag_set(diag, -errno, "bpffs is not mounted at " STUB_BPFFS ", and cannot be: %s",
			strerror(errno));
}

int stub_pin(struct stub *stub, struct diag *diag)
{
	uint32_t zero = 0;
	char path[128];
	int i, err = bpffs_mount(diag);

	if (err)
		return err;
	if (mkdir(STUB_PINS, 0700) && errno != EEXIST)
		return diag_set(diag, -errno, STUB_PINS " cannot be made: %s", strerror(errno));
	err = check_folder(diag);
	if (err)
		return err;
	stub_unpin();
	if (mkdir(STUB_PINS, 0700))
		return diag_set(diag, -errno, STUB_PINS " cannot be made: %s", strerror(errno));
	stub->identity.parts = parts_number(stub);
	/* cannot fail; without, they are not looked at */
	bpf_map_update_elem(stub->fds[STUB_map_identity], &zero, &stub->identity, BPF_ANY);
	for (i = 0; i < STUB_NR; i++) {
		pin_path(i, path, sizeof(path));
		err = bpf_obj_pin(stub->fds[i], path);
		if (err) {
			stub_unpin();
			return diag_set(diag, err, "%s cannot be made: %s", path, strerror(-err));
		}
	}
	return 0;
}

bool stub_is_pinned(void)
{
	char path[128];

	pin_path(STUB_link_ops, path, sizeof(path));
	return !access(path, F_OK);
}

void stub_unpin(void)
{
	const struct dirent *entry;
	struct diag diag;
	char path[512];
	DIR *dir;

	if (check_folder(&diag))
		return;
	pin_path(STUB_link_ops, path, sizeof(path));
	unlink(path);
	dir = opendir(STUB_PINS);
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", STUB_PINS, entry->d_name);
		unlink(path);
	}
	if (dir)
		closedir(dir);
	rmdir(STUB_PINS);
}

/* ---- the end --------------------------------------------------------------------------------- */

void stub_detach(struct stub *stub)
{
	struct cpu_rouse *rouse;

	if (stub->fds[STUB_link_ops] < 0)
		return;
	rouse = cpu_rouse_begin();
	/* Before 6.11 it cannot be detached: it ends with its last descriptor and pin. */
	bpf_link_detach(stub->fds[STUB_link_ops]);
	close(stub->fds[STUB_link_ops]);
	stub->fds[STUB_link_ops] = -1;
	cpu_rouse_end(rouse);
}

void stub_close(struct stub *stub)
{
	int i;

	for (i = 0; i < STUB_NR; i++)
		if (stub->fds[i] >= 0)
			close(stub->fds[i]);
	if (stub->bss)
		munmap(stub->bss, sizeof(*stub->bss));
	cland__destroy(stub->skel);
	stub_init(stub);
}
