/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What cage_rights.h and cage_filter.h promise, each case in a child of its own: what is given up
 * is gone, what the agent needs goes on. A guest test (kernel/cage.sh) tries far more, in the
 * agent.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cage_filter.h"
#include "cage_rights.h"

static struct diag diag;

/* The line of the first check() that failed, in a child; 0: none. */
static int failed_line;

#define check(condition)                                                                           \
	do {                                                                                       \
		if (!failed_line && !(condition))                                                  \
			failed_line = __LINE__;                                                    \
	} while (0)
#define check_denied(call) check((call) < 0 && errno == EPERM)

/* Run it in a child. Returns how that has ended, as waitpid() says. */
static int status_of(void (*run)(void))
{
	int fds[2], line = 0, status;
	pid_t child;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		run();
		_exit(write(fds[1], &failed_line, sizeof(failed_line)) != sizeof(failed_line));
	}
	close(fds[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (read(fds[0], &line, sizeof(line)) == sizeof(line) && line)
		fail_msg("line %d", line);
	close(fds[0]);
	return status;
}

static void no_new_privs(void)
{
	check(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

/* What both lists leave. */
static void check_common(int event, int epoll)
{
	struct epoll_event ready;
	uint64_t one = 1;
	void *page;

	check(write(event, &one, sizeof(one)) == sizeof(one));
	check(epoll_wait(epoll, &ready, 1, 1000) == 1);
	check(read(event, &one, sizeof(one)) == sizeof(one));
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(page != MAP_FAILED && !munmap(page, 4096));
	page = malloc(1 << 20);
	check(page);
	free(page);
	check(signal(SIGSEGV, SIG_DFL) != SIG_ERR);
	check(!kill(getpid(), 0));
	check(!prctl(PR_SET_NAME, "caged"));

	check_denied(kill(getppid(), 0));
	check_denied(open("/dev/null", O_RDWR | O_CLOEXEC));
	check_denied(open("/tmp/test_cage", O_RDONLY | O_CREAT | O_CLOEXEC, 0600));
	check_denied(socket(AF_UNIX, SOCK_STREAM, 0));
	check_denied(fork());
	check_denied(eventfd(0, 0));
	check_denied(fcntl(event, F_SETFL, 0));
	check_denied(ftruncate(event, 0));
	check_denied(prctl(PR_SET_PDEATHSIG, 0));
	check_denied(read(STDERR_FILENO, &one, 0));
	check_denied(syscall(SYS_read, 1UL << 32 | STDERR_FILENO, &one, 0)); /* it takes the lower half */
	check(mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
	      errno == EPERM);
}

static void run_filters(void)
{
	int event = eventfd(0, EFD_CLOEXEC), epoll = epoll_create1(EPOLL_CLOEXEC), fd;
	struct epoll_event in = { .events = EPOLLIN };
	void *code;

	check(!epoll_ctl(epoll, EPOLL_CTL_ADD, event, &in));
	no_new_privs();
	check(!cage_filter_loading(&diag));
	check_common(event, epoll);
	fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	check(fd >= 0);
	code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(code != MAP_FAILED);

	check(!cage_filter_deciding(&diag));
	check_common(event, epoll);
	check_denied(open("/proc/self/maps", O_RDONLY | O_CLOEXEC));
	check_denied(mprotect(code, 4096, PROT_READ | PROT_EXEC));
	check(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EPERM);
}

static void cage_filter__leaves_what_the_agent_needs(void **state)
{
	(void)state;
	assert_int_equal(status_of(run_filters), 0);
}

static void run_abort(void)
{
	no_new_privs();
	check(!cage_filter_loading(&diag) && !cage_filter_deciding(&diag));
	if (!failed_line)
		abort();
}

static void cage_filter__lets_a_policy_crash(void **state)
{
	int status = status_of(run_abort);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void run_rights(void)
{
	int signal = 0;

	check(!cage_drop_rights(&diag));
	check(getuid() == CAGE_ID && geteuid() == CAGE_ID && getgid() == CAGE_ID);
	check(!getgroups(0, NULL));
	check_denied(setuid(0));
	check_denied(setgid(0));
	check(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	check(prctl(PR_CAPBSET_READ, 0, 0, 0, 0) == 0);
	check(!prctl(PR_GET_DUMPABLE));
	check(!prctl(PR_GET_PDEATHSIG, &signal) && signal == SIGKILL);
	check(fork() < 0 && errno == EAGAIN);
	check(open("/etc/shadow", O_RDONLY | O_CLOEXEC) < 0);
	check(getsid(0) == getpid());
	check(read(STDIN_FILENO, &signal, 1) == 0);
}

static void cage_rights__are_gone(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(status_of(run_rights), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cage_filter__leaves_what_the_agent_needs),
		cmocka_unit_test(cage_filter__lets_a_policy_crash),
		cmocka_unit_test(cage_rights__are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
