/* SPDX-License-Identifier: GPL-2.0-only */
#include "cage_rights.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Those it has, its policy, and some for the libraries of that, which are opened one by one. There are things that are
 * scarce for the whole machine and that everybody may open, as terminals (/dev/ptmx). */
#define DESCRIPTORS_MAX 64

/* user 0 is nobody special any more, and none of this can be taken back */
#define SECURE_BITS (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_KEEP_CAPS_LOCKED |              \
		     SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED |            \
		     SECBIT_NO_SETUID_FIXUP_LOCKED)

static int set_limit(int resource, rlim_t value)
{
	const struct rlimit limit = { value, value };

	return setrlimit((__rlimit_resource_t)resource, &limit) ? -errno : 0;
}

/* The terminal that the supervisor was started from is none of a policy's business. */
static int leave_terminal(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = dup2(fd, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ? -errno : 0;
	close(fd);
	setsid(); /* fails only for who leads a session already */
	return err;
}

static int bounding_drop(void)
{
	unsigned long cap;

	/* the kernel may know more of them than its headers did when this was built */
	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			return -errno;
	return 0;
}

static int capabilities_drop(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capset, &header, none) ? -errno : 0;
}

/* In this order: each step takes what the next ones leave. */
static int drop(const char **ret_step)
{
	pid_t parent = getppid();
	int err;

#define STEP(name, call)                                                                           \
	do {                                                                                       \
		*ret_step = name;                                                                  \
		err = (call);                                                                      \
		if (err)                                                                           \
			return err;                                                                \
	} while (0)
#define ERRNO(call) ((call) ? -errno : 0)
	STEP("stdin", leave_terminal());
	STEP("the limit on core dumps", set_limit(RLIMIT_CORE, 0));
	STEP("the limit on processes", set_limit(RLIMIT_NPROC, 0));
	STEP("the limit on descriptors", set_limit(RLIMIT_NOFILE, DESCRIPTORS_MAX));
	STEP("the bounding set", bounding_drop());
	STEP("ambient capabilities",
	     ERRNO(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)));
	STEP("secure bits", ERRNO(prctl(PR_SET_SECUREBITS, SECURE_BITS, 0, 0, 0)));
	STEP("groups", ERRNO(setgroups(0, NULL)));
	STEP("the group", ERRNO(setresgid(CAGE_ID, CAGE_ID, CAGE_ID)));
	STEP("the user", ERRNO(setresuid(CAGE_ID, CAGE_ID, CAGE_ID)));
	STEP("capabilities", capabilities_drop());
	STEP("no new privileges", ERRNO(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)));
	/* Other agents are of the same user. */
	STEP("being dumpable", ERRNO(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)));
	/* Lost by the change of user. */
	STEP("the end with its parent", ERRNO(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)));
	STEP("its parent", getppid() == parent ? 0 : -ESRCH);
#undef ERRNO
#undef STEP
	return 0;
}

int cage_drop_rights(struct diag *diag)
{
	const char *step = "";
	int err = drop(&step);

	if (!err)
		return 0;
	return diag_set(diag, err, "the agent cannot give up its rights (%s: %s), and loads no policy "
			"with them. If the policy is to be trusted, --sandbox=no does without", step,
			strerror(-err));
}
