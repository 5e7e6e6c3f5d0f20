/* SPDX-License-Identifier: GPL-2.0-only */
#include "watch.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || \
	defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct watch *watch;

/* Handlers have no argument for it: what the kernel's clock pages are mapped at. */
static struct {
	uintptr_t from, to;
} clock_pages[4];
static size_t nr_clock_pages;

static void note(int syscall_nr)
{
	uint32_t i, context = watch->context;

	for (i = 0; i < watch->nr; i++) {
		if (watch->seen[i].context == context && watch->seen[i].syscall_nr == syscall_nr)
			return;
	}
	if (i == WATCH_MAX)
		return;
	watch->seen[i].context = context;
	watch->seen[i].syscall_nr = syscall_nr;
	watch->nr = i + 1;
}

/* ---- calls to the system --------------------------------------------------------------------- */

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signal;
	note(info->si_syscall);
#if defined(__x86_64__)
	uc->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
#elif defined(__aarch64__)
	uc->uc_mcontext.regs[0] = (unsigned long long)-ENOSYS;
#endif
}

int watch_syscalls(struct watch *to)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_exit_group, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_rt_sigreturn, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	struct sock_fprog prog = { .len = ARRAY_LEN(filter), .filter = filter };
	struct sigaction action = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };

	if (SANITIZED)
		return -ENOTSUP;
	watch = to;
	/* fails in the cage, where it is set already */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (sigaction(SIGSYS, &action, NULL) ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog))
		return -errno;
	return 0;
}

const char *watch_syscall_name(int nr, char *buffer, size_t size)
{
	static const struct {
		int nr;
		const char *name;
	} names[] = {
		{ SYS_brk, "brk" },
		{ SYS_clock_gettime, "clock_gettime" },
		{ SYS_clock_nanosleep, "clock_nanosleep" },
		{ SYS_clone3, "clone3" },
		{ SYS_close, "close" },
		{ SYS_futex, "futex" },
		{ SYS_getcpu, "getcpu" },
		{ SYS_getpid, "getpid" },
		{ SYS_getrandom, "getrandom" },
		{ SYS_gettid, "gettid" },
		{ SYS_gettimeofday, "gettimeofday" },
		{ SYS_ioctl, "ioctl" },
		{ SYS_kill, "kill" },
		{ SYS_lseek, "lseek" },
		{ SYS_madvise, "madvise" },
		{ SYS_mmap, "mmap" },
		{ SYS_mprotect, "mprotect" },
		{ SYS_munmap, "munmap" },
		{ SYS_nanosleep, "nanosleep" },
		{ SYS_newfstatat, "newfstatat" },
		{ SYS_openat, "openat" },
		{ SYS_ppoll, "ppoll" },
		{ SYS_read, "read" },
		{ SYS_rt_sigprocmask, "rt_sigprocmask" },
		{ SYS_sched_getaffinity, "sched_getaffinity" },
		{ SYS_sched_setaffinity, "sched_setaffinity" },
		{ SYS_sched_yield, "sched_yield" },
		{ SYS_sendto, "sendto" },
		{ SYS_socket, "socket" },
		{ SYS_tgkill, "tgkill" },
		{ SYS_write, "write" },
		{ SYS_writev, "writev" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].nr == nr)
			return names[i].name;
	}
	snprintf(buffer, size, "number %d", nr);
	return buffer;
}

/* ---- the clock ------------------------------------------------------------------------------- */

static int protect_clock(int protection)
{
	size_t i;

	for (i = 0; i < nr_clock_pages; i++) {
		if (mprotect((void *)clock_pages[i].from,
			     clock_pages[i].to - clock_pages[i].from, protection))
			return -errno;
	}
	return 0;
}

/* Is it the instruction that reads the CPU's counter? */
static int is_counter_read(const ucontext_t *uc)
{
#if defined(__x86_64__)
	const unsigned char *at = (const unsigned char *)uc->uc_mcontext.gregs[REG_RIP];

	return (at[0] == 0x0f && at[1] == 0x31) || (at[0] == 0x0f && at[1] == 0x01 && at[2] == 0xf9);
#else
	(void)uc;
	return 0;
#endif
}

/* Whatever it was, the instruction is tried again: allowed now, or the fault that it is. */
static void on_sigsegv(int nr, siginfo_t *info, void *context)
{
	uintptr_t addr = (uintptr_t)info->si_addr;
	int is_clock = 0;
	size_t i;

	for (i = 0; i < nr_clock_pages; i++)
		is_clock |= addr >= clock_pages[i].from && addr < clock_pages[i].to;
	/* a general protection fault has no address, and only then was an instruction fetched */
	if (!is_clock && info->si_code == SI_KERNEL)
		is_clock = is_counter_read(context);
	if (!is_clock) {
		signal(nr, SIG_DFL);
		return;
	}
	note(-1);
	protect_clock(PROT_READ);
#ifdef PR_SET_TSC
	prctl(PR_SET_TSC, PR_TSC_ENABLE, 0, 0, 0);
#endif
}

static int find_clock_pages(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	char line[512];

	if (!maps)
		return -errno;
	nr_clock_pages = 0;
	while (fgets(line, sizeof(line), maps) && nr_clock_pages < ARRAY_LEN(clock_pages)) {
		/* one mapping or several, as kernels go: [vvar], [vvar_vclock] */
		if (!strstr(line, "[vvar") || sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		clock_pages[nr_clock_pages].from = from;
		clock_pages[nr_clock_pages].to = to;
		nr_clock_pages++;
	}
	fclose(maps);
	return nr_clock_pages ? 0 : -ENOTSUP;
}

int watch_clock(struct watch *to)
{
	struct sigaction action = { .sa_sigaction = on_sigsegv, .sa_flags = SA_SIGINFO };
	int err;

	if (SANITIZED)
		return -ENOTSUP;
	watch = to;
	err = find_clock_pages();
	if (err)
		return err;
	if (sigaction(SIGSEGV, &action, NULL))
		return -errno;
	err = protect_clock(PROT_NONE);
	if (err)
		return -ENOTSUP;
#ifdef PR_SET_TSC
	prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0);
#endif
	return 0;
}
