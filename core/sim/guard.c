/* SPDX-License-Identifier: GPL-2.0-only */
#include "guard.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "exit_codes.h"

#define ALT_STACK_BYTES 65536
#define LOOKS_PER_S 4
#define WAIT_FACTOR 4	/* times as long as it may compute a policy may wait: the machine may be busy */

static struct {
	const struct guard_place *place; /* NULL: not on */
	const char *volatile op;	/* of the policy that runs; NULL: none */
	volatile uint64_t nr_calls;
	uint64_t seen_calls, seen_events;
	unsigned int nr_looks, limit_looks;
	uint64_t waited_calls;
	clock_t waited_used;
	unsigned int nr_waits;
} guard;

/* ---- words, in a signal handler -------------------------------------------------------------- */

struct words {
	char text[640];
	size_t len;
};

static void say(struct words *words, const char *text)
{
	size_t len = strlen(text);

	if (len > sizeof(words->text) - words->len)
		len = sizeof(words->text) - words->len;
	memcpy(words->text + words->len, text, len);
	words->len += len;
}

static void say_number(struct words *words, uint64_t number, unsigned int digits)
{
	char text[24], *at = text + sizeof(text) - 1;

	*at = '\0';
	while (number || digits) {
		*--at = (char)('0' + number % 10);
		number /= 10;
		digits -= digits > 0;
	}
	say(words, at);
}

__attribute__((noreturn)) static void end(const char *what, const char *detail, int code)
{
	const struct guard_place *place = guard.place;
	struct words words = { .len = 0 };
	ssize_t written;

	say(&words, "clandsim: ");
	if (guard.op) {
		say(&words, "the policy ");
		say(&words, place->policy);
		say(&words, what);
		say(&words, guard.op);
	} else {
		say(&words, "an error of clandsim's own");
	}
	say(&words, detail);
	say(&words, ", seed ");
	say_number(&words, place->seed, 1);
	say(&words, ", virtual time ");
	say_number(&words, *place->now_ns / 1000000000, 1);
	say(&words, ".");
	say_number(&words, *place->now_ns % 1000000000, 9);
	say(&words, " s, event ");
	say_number(&words, *place->nr_events, 1);
	say(&words, ". There is no result. To look at it: the same command under gdb with --no-guard\n");
	written = write(STDERR_FILENO, words.text, words.len);
	(void)written;
	_exit(guard.op ? code : EXIT_CODE_FAILED);
}

static void crashed(int signo)
{
	const char *name = signo == SIGSEGV ? " (SIGSEGV)" :
			   signo == SIGBUS  ? " (SIGBUS)" :
			   signo == SIGFPE  ? " (SIGFPE)" :
			   signo == SIGILL  ? " (SIGILL)" : " (SIGABRT)";

	end(" has crashed in ", name, EXIT_CODE_POLICY_CRASHED);
}

/* By the clock on the wall: for a policy that waits for something, and uses no CPU time. */
static void waited_for(int signo)
{
	clock_t used = clock(); /* one that computes, on a machine that is busy, is looked_at()'s */

	(void)signo;
	if (!guard.op || guard.nr_calls != guard.waited_calls || used - guard.waited_used > CLOCKS_PER_SEC / 1000) {
		guard.waited_calls = guard.nr_calls;
		guard.waited_used = used;
		guard.nr_waits = 0;
		return;
	}
	if (++guard.nr_waits >= guard.limit_looks * WAIT_FACTOR)
		end(" waits without end in ", "", EXIT_CODE_POLICY_SLOW);
}

static void looked_at(int signo)
{
	(void)signo;
	if (guard.nr_calls != guard.seen_calls || *guard.place->nr_events != guard.seen_events) {
		guard.seen_calls = guard.nr_calls;
		guard.seen_events = *guard.place->nr_events;
		guard.nr_looks = 0;
		return;
	}
	if (++guard.nr_looks >= guard.limit_looks)
		end(" hangs in ", "", EXIT_CODE_POLICY_SLOW);
}

static void at_exit(void)
{
	if (guard.place && guard.op)
		end(" has ended the process in ", "", EXIT_CODE_POLICY_CRASHED);
}

void guard_open(const struct guard_place *place, unsigned int limit_s)
{
	static char alt_stack[ALT_STACK_BYTES];
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	static bool registered;
	const stack_t stack = { .ss_sp = alt_stack, .ss_size = sizeof(alt_stack) };
	struct sigaction action = { .sa_handler = crashed, .sa_flags = SA_ONSTACK };
	struct itimerval timer = {
		.it_interval.tv_usec = 1000000 / LOOKS_PER_S,
		.it_value.tv_usec = 1000000 / LOOKS_PER_S,
	};
	size_t i;

	guard.place = place;
	sigaltstack(&stack, NULL);
	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &action, NULL);
	if (!registered)
		atexit(at_exit);
	registered = true;
	if (!limit_s)
		return;
	guard.limit_looks = limit_s * LOOKS_PER_S;
	action.sa_handler = looked_at;
	action.sa_flags |= SA_RESTART;
	sigaction(SIGPROF, &action, NULL);
	setitimer(ITIMER_PROF, &timer, NULL);
	action.sa_handler = waited_for;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

void guard_close(void)
{
	const struct itimerval none = { .it_value.tv_sec = 0 };

	setitimer(ITIMER_PROF, &none, NULL);
	setitimer(ITIMER_REAL, &none, NULL);
	guard.op = NULL;
	guard.place = NULL;
}

void guard_enter(const char *op)
{
	guard.op = op;
	guard.nr_calls++;
}

void guard_leave(void)
{
	guard.op = NULL;
}
