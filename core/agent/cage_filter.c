/* SPDX-License-Identifier: GPL-2.0-only */
#include "cage_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Where files are opened: not to write, to make or to cut short. O_TMPFILE has to write, too. */
#define OPEN_WRITES (O_ACCMODE | O_CREAT | O_TRUNC)

/* Of the arguments of mmap(). */
#define MAP_KIND 0x0f /* MAP_TYPE of the kernel */

/* No matter with which arguments. Those that an architecture does not have are passed over. */
static const int always[] = {
	/* the loop: look at the time, wait; a policy that waits is silent, and is ended for it */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2), SCMP_SYS(poll),
	SCMP_SYS(ppoll), SCMP_SYS(sched_yield), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(pause), SCMP_SYS(restart_syscall), SCMP_SYS(futex),
	/* descriptors that are there; the control socket's other end believes nothing */
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(close),
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	/* signals, a handler for crashes among them, which limits its own time */
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack), SCMP_SYS(alarm),
	/* about itself */
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrusage), SCMP_SYS(getrlimit),
	SCMP_SYS(getcpu), SCMP_SYS(sched_getaffinity), SCMP_SYS(uname), SCMP_SYS(getrandom),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
};

static const int loading[] = {
	SCMP_SYS(fstat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(getdents64), SCMP_SYS(lseek),
	SCMP_SYS(mprotect), SCMP_SYS(mlockall), SCMP_SYS(sysinfo), SCMP_SYS(setrlimit),
};

/* One more way in which a call may be made. Returns 0 or -errno. */
#define ALLOW(filter, call, ...)                                                                   \
	do {                                                                                       \
		const struct scmp_arg_cmp args[] = { __VA_ARGS__ };                                \
		int allow_err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(call),     \
						       ARRAY_LEN(args), args);                     \
                                                                                                   \
		if (allow_err)                                                                     \
			return allow_err;                                                          \
	} while (0)

/* Of argument nr, these bits are value. */
static struct scmp_arg_cmp bits(unsigned int nr, uint32_t mask, uint32_t value)
{
	return (struct scmp_arg_cmp){ nr, SCMP_CMP_MASKED_EQ, mask, value };
}

/* Argument nr is an int, of which the upper half of a register is no part, and it is value. */
static struct scmp_arg_cmp is(unsigned int nr, int value)
{
	return bits(nr, UINT32_MAX, (uint32_t)value);
}

/* Argument nr is a pointer to nothing. */
static struct scmp_arg_cmp null(unsigned int nr)
{
	return (struct scmp_arg_cmp){ nr, SCMP_CMP_EQ, 0, 0 };
}

static int allow_all(scmp_filter_ctx filter, const int *calls, size_t nr)
{
	size_t i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return err;
}

/*
 * Allow a call whose first argument is a descriptor but for those of stdio: stderr may be a
 * terminal that can be read. By bits, as a comparison would look at all of the register, of which
 * the kernel takes the lower half.
 */
static int allow_not_stdio(scmp_filter_ctx filter, int call)
{
	const struct scmp_arg_cmp first = is(0, STDERR_FILENO + 1);
	unsigned int bit;
	int err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &first);

	_Static_assert(STDERR_FILENO + 1 == 3, "all greater ones have one of the bits above");
	for (bit = 2; bit < 32 && !err; bit++) {
		const struct scmp_arg_cmp greater = bits(0, 1u << bit, 1u << bit);

		err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &greater);
	}
	return err;
}

static int add_common(scmp_filter_ctx filter)
{
	int err = allow_all(filter, always, ARRAY_LEN(always));

	if (err)
		return err;
	/* Running a program by its descriptor; all other uses of BPF are the supervisor's. */
	ALLOW(filter, bpf, is(0, BPF_PROG_TEST_RUN));
	err = allow_not_stdio(filter, SCMP_SYS(read));
	if (err)
		return err;
	ALLOW(filter, kill, is(0, getpid()));
	ALLOW(filter, tgkill, is(0, getpid()));
	ALLOW(filter, fcntl, is(1, F_GETFD));
	ALLOW(filter, fcntl, is(1, F_GETFL));
	ALLOW(filter, prctl, is(0, PR_SET_NAME));
	ALLOW(filter, prctl, is(0, PR_GET_NAME));
	/* To read its limits, and as long as files may be opened to lower them. */
	ALLOW(filter, prlimit64, is(0, 0), null(2));
	/* Memory of its own that holds no code. */
	ALLOW(filter, mmap, bits(2, PROT_EXEC, 0),
	      bits(3, MAP_KIND | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS));
	ALLOW(filter, mprotect, bits(2, PROT_EXEC, 0));
	return 0;
}

static int add_loading(scmp_filter_ctx filter)
{
	int err = allow_all(filter, loading, ARRAY_LEN(loading));

	if (err)
		return err;
	ALLOW(filter, openat, bits(2, OPEN_WRITES, O_RDONLY));
	ALLOW(filter, open, bits(1, OPEN_WRITES, O_RDONLY));
	err = allow_not_stdio(filter, SCMP_SYS(pread64));
	if (err)
		return err;
	/* Never shared: the descriptors it has are of memory that it may not write. */
	ALLOW(filter, mmap, bits(3, MAP_KIND, MAP_PRIVATE));
	ALLOW(filter, prctl, is(0, PR_SET_THP_DISABLE));
	/* `clandctl policy check` has a look at the clock fault; whom it harms is the process itself. */
	ALLOW(filter, prctl, is(0, PR_SET_TSC));
	ALLOW(filter, prlimit64, is(0, 0));
	/* cage_filter_deciding(). Whoever adds another filter can only take from itself. */
	ALLOW(filter, seccomp, is(0, SECCOMP_SET_MODE_FILTER));
	return 0;
}

static int load(bool is_loading)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = filter ? 0 : -ENOMEM;

	/* The process has no_new_privs, and may not set it once there is a filter. */
	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	/* A tree rather than a list: each system call of the loop goes through it. */
	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!err)
		err = add_common(filter);
	if (!err && is_loading)
		err = add_loading(filter);
	if (!err)
		err = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return err;
}

static int loaded(int err, struct diag *diag)
{
	if (!err)
		return 0;
	return diag_set(diag, err, "the agent's system calls cannot be limited: %s. It takes a kernel with "
			"CONFIG_SECCOMP_FILTER; --sandbox=no does without, for a policy that is to be "
			"trusted", strerror(-err));
}

int cage_filter_loading(struct diag *diag)
{
	return loaded(load(true), diag);
}

int cage_filter_deciding(struct diag *diag)
{
	return loaded(load(false), diag);
}
