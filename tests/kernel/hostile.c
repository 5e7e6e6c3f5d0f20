/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile.c - tries to do what a policy must not be able to, in its constructor, in create() and in
 * rank(), and tells on stderr, which is the log: a line "hostile: WHEN: WHAT" for each thing that
 * went through, then "hostile: WHEN: tried". Each is chosen to do little harm where nothing stops
 * it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <scx-cland/policy.h>

#define FDS 64

static const char *when;

static void say(const char *what)
{
	char line[128];
	int len = snprintf(line, sizeof(line), "hostile: %s: %s\n", when, what);

	if (write(STDERR_FILENO, line, (size_t)len) < 0)
		return;
}

static void check(const char *what, bool went_through)
{
	if (went_through)
		say(what);
}

/* A descriptor that should not be had. */
static void check_fd(const char *what, int fd)
{
	check(what, fd >= 0);
	if (fd >= 0)
		close(fd);
}

static void try_files(void)
{
	check_fd("open /etc/shadow", open("/etc/shadow", O_RDONLY | O_CLOEXEC));
	check_fd("create a file", open("/tmp/hostile", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	check_fd("open /dev/mem", open("/dev/mem", O_RDWR | O_CLOEXEC));
	check_fd("open a sysctl to write",
		 open("/proc/sys/kernel/hostname", O_WRONLY | O_CLOEXEC));
	check("mount", !mount("none", "/mnt", "tmpfs", 0, NULL));
	check("chroot", !chroot("/"));
	check("unshare", !syscall(SYS_unshare, 0x00020000 /* CLONE_NEWNS */));
}

/* Of what there are few of on a machine, and everybody may open: terminals. */
static void try_many(void)
{
	const struct rlimit more = { FDS * 4, FDS * 4 };
	int fds[FDS * 2], nr = 0, i;

	setrlimit(RLIMIT_NOFILE, &more);
	while (nr < FDS * 2 && (fds[nr] = open("/dev/ptmx", O_RDONLY | O_NOCTTY | O_CLOEXEC)) >= 0)
		nr++;
	check("hold many terminals", nr > FDS);
	for (i = 0; i < nr; i++)
		close(fds[i]);
}

static void try_processes(void)
{
	pid_t parent = getppid(), child;
	char *const argv[] = { (char *)"no", NULL };
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)0x1000, 1 };

	child = fork();
	if (!child)
		_exit(0);
	check("fork", child > 0);
	if (child > 0)
		waitpid(child, NULL, 0);
	/* it has not been stopped for being execve() if the file is what is missing */
	check("execve", execve("/nonexistent", argv, argv) && errno == ENOENT);
	check("signal the supervisor", !kill(parent, 0));
	check("signal process 1", !kill(1, 0));
	/* that it is not traced can be the only obstacle */
	errno = 0;
	ptrace(PTRACE_PEEKDATA, parent, NULL, NULL);
	check("trace the supervisor", errno != EPERM);
	check("read the supervisor's memory",
	      process_vm_readv(parent, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT);
	check_fd("hold the supervisor", (int)syscall(SYS_pidfd_open, parent, 0));
	check("become real-time", !syscall(SYS_sched_setscheduler, 0, 1, &(int){ 1 }));
	check("outlive the supervisor", !prctl(PR_SET_PDEATHSIG, 0));
}

static void try_rights(void)
{
	const struct rlimit more = { 1024, 1024 };

	check("be root", !geteuid());
	check("setuid(0)", !setuid(0));
	check("setgid(0)", !setgid(0));
	check("raise a limit", !setrlimit(RLIMIT_NPROC, &more));
	check("be dumpable", !prctl(PR_SET_DUMPABLE, 1));
}

static int bpf(int cmd, void *attr, size_t size)
{
	return (int)syscall(SYS_bpf, cmd, attr, size);
}

static void try_kernel(void)
{
	union bpf_attr next = { .start_id = 0 };
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
			       .max_entries = 1 };
	union bpf_attr info = { 0 };
	uint32_t data[64] = { 0 };
	int fd;

	check("list BPF programs", !bpf(BPF_PROG_GET_NEXT_ID, &next, sizeof(next)));
	check_fd("make a BPF map", bpf(BPF_MAP_CREATE, &map, sizeof(map)));
	for (fd = 3; fd < FDS; fd++) {
		info.info.bpf_fd = (uint32_t)fd;
		info.info.info_len = sizeof(data);
		info.info.info = (uintptr_t)data;
		check("ask about a BPF object",
		      !bpf(BPF_OBJ_GET_INFO_BY_FD, &info, sizeof(info)));
	}
	check_fd("a socket", socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	check_fd("a netlink socket", socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
	check_fd("an event descriptor", eventfd(0, EFD_CLOEXEC));
	check_fd("perf", (int)syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
	check_fd("a userfaultfd", (int)syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */));
	check_fd("io_uring", (int)syscall(SYS_io_uring_setup, 1, data));
	check("the kernel's log", syscall(SYS_syslog, 3, data, 4) >= 0);
}

/* What it was given for one use is not to be good for another. */
static void try_descriptors(void)
{
	char byte, text[32];
	void *page;
	int fd;

	for (fd = 3; fd < FDS; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			continue;
		snprintf(text, sizeof(text), "map descriptor %d", fd);
		page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		check(text, page != MAP_FAILED);
		if (page != MAP_FAILED)
			munmap(page, 4096);
		snprintf(text, sizeof(text), "flags of descriptor %d", fd);
		check(text, !fcntl(fd, F_SETFL, O_NONBLOCK));
		snprintf(text, sizeof(text), "ioctl of descriptor %d", fd);
		check(text, !ioctl(fd, FIONBIO, &(int){ 1 }));
		snprintf(text, sizeof(text), "cut descriptor %d", fd);
		check(text, !ftruncate(fd, 0));
	}
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	check_fd("open /dev/null to write", fd);
	check("read stderr", read(STDERR_FILENO, &byte, 0) >= 0);
	check("read stderr by half a register", syscall(SYS_read, 1UL << 32 | STDERR_FILENO, &byte, 0) >= 0);
	check("write stdin", write(STDIN_FILENO, &byte, 1) > 0);
}

/* Only while it decides: until then, files may be read. */
static void try_late(void)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check_fd("read a file", open("/etc/passwd", O_RDONLY | O_CLOEXEC));
	check("executable memory", code != MAP_FAILED);
	if (code != MAP_FAILED)
		munmap(code, 4096);
}

static void try_all(const char *now)
{
	when = now;
	try_files();
	try_many();
	try_processes();
	try_rights();
	try_kernel();
	try_descriptors();
	if (!strcmp(now, "rank"))
		try_late();
	say("tried");
}

__attribute__((constructor)) static void hostile_loaded(void)
{
	try_all("constructor");
}

static int hostile_create(const struct cland_host *host, const union cland_value *values,
			  void **ret_policy)
{
	(void)host;
	(void)values;
	(void)ret_policy;
	try_all("create");
	return 0;
}

static uint64_t hostile_rank(void *policy, const struct cland_task *task)
{
	static unsigned int nr;

	(void)policy;
	/* the rehearsal and the tasks that are there come before it decides */
	if (strcmp(task->comm, "rehearsal") != 0 && ++nr == 3)
		try_all("rank");
	return task->clock_ns;
}

CLAND_POLICY(.name = "hostile", .summary = "tries what it must not", .create = hostile_create,
	     .rank = hostile_rank);
