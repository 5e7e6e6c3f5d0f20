/* SPDX-License-Identifier: GPL-2.0-only */
#include "crash_catch.h"

#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "policy_call.h"
#include "policy_host.h"

/* The unwinder of libgcc wants some 10 KiB. */
#define STACK_BYTES (64 * 1024)
/* A record not complete after this stays as it is: the unwinder hangs in what the policy has left. */
#define RECORD_MAX_S 1

static struct crash_record *crash_record;
static const char *crash_policy_path;
static pid_t crash_pid;

static int note_module(struct dl_phdr_info *info, size_t size, void *data)
{
	struct crash_module *module;
	const char *path = info->dlpi_name ? info->dlpi_name : "";
	const char *name = strrchr(path, '/');
	int i;

	(void)size;
	(void)data;
	if (crash_record->nr_modules >= CRASH_MODULES_MAX)
		return 1;
	module = &crash_record->modules[crash_record->nr_modules];
	memset(module, 0, sizeof(*module));
	module->base = info->dlpi_addr;
	module->begin = UINT64_MAX;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *phdr = &info->dlpi_phdr[i];

		if (phdr->p_type != PT_LOAD)
			continue;
		if (module->base + phdr->p_vaddr < module->begin)
			module->begin = module->base + phdr->p_vaddr;
		if (module->base + phdr->p_vaddr + phdr->p_memsz > module->end)
			module->end = module->base + phdr->p_vaddr + phdr->p_memsz;
	}
	module->is_program = !crash_record->nr_modules; /* the first is */
	/* It alone is loaded by its descriptor (policy_open_fd()), so that its own name is not told here. */
	module->is_policy = !strncmp(path, POLICY_FD_FOLDER, strlen(POLICY_FD_FOLDER));
	if (module->is_policy)
		name = strrchr(crash_policy_path, '/');
	strncpy(module->name, module->is_program ? "scx-cland" : name ? name + 1 : path,
		sizeof(module->name) - 1);
	crash_record->nr_modules++;
	return 0;
}

static uint64_t pc_of(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (uint64_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return context->uc_mcontext.pc;
#else
#error "crash_catch.c does not know where this machine keeps its program counter"
#endif
}

/* pc: where the signal came, 0 for who called this. skip: frames of our own if pc is not found. */
static void note_frames(uint64_t pc, int skip)
{
	void *stack[CRASH_FRAMES_MAX];
	int nr = backtrace(stack, CRASH_FRAMES_MAX), i, from = nr < skip ? nr : skip;

	for (i = 0; pc && i < nr; i++)
		if ((uint64_t)(uintptr_t)stack[i] == pc)
			from = i;
	if (pc && (from >= nr || (uint64_t)(uintptr_t)stack[from] != pc))
		crash_record->frames[crash_record->nr_frames++] = pc;
	for (i = from; i < nr && crash_record->nr_frames < CRASH_FRAMES_MAX; i++)
		crash_record->frames[crash_record->nr_frames++] = (uint64_t)(uintptr_t)stack[i];
}

/*
 * A second fault in here ends the process by its default action (SA_RESETHAND, SA_NODEFER), with as
 * much of the record as there is.
 */
static void on_signal(int signal_nr, siginfo_t *info, void *context)
{
	if (getpid() == crash_pid && !crash_record->signal) {
		crash_record->signal = signal_nr;
		crash_record->code = signal_nr == SIGSYS ? info->si_syscall : info->si_code;
		crash_record->address = (uint64_t)(uintptr_t)info->si_addr;
		alarm(RECORD_MAX_S);
		note_frames(pc_of(context), 2);
		dl_iterate_phdr(note_module, NULL);
		alarm(0);
	}
	/* By default now. One that an instruction has caused comes again by itself. */
	if (info->si_code <= 0 || signal_nr == SIGSYS || signal_nr == SIGTRAP)
		raise(signal_nr);
}

static void on_exit_of_policy(void)
{
	if (getpid() != crash_pid || crash_record->call == POLICY_CALL_NONE || crash_record->signal)
		return;
	note_frames(0, 2);
	dl_iterate_phdr(note_module, NULL);
}

__attribute__((noreturn)) static void on_fork(void)
{
	_exit(0);
}

void crash_catch_install(struct crash_record *record, const char *policy_path)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT };
	static unsigned char stack[STACK_BYTES];
	const stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND | SA_NODEFER),
	};
	void *frames[4];
	size_t i;

	crash_record = record;
	crash_policy_path = policy_path;
	crash_pid = getpid();
	/* The first call loads libgcc, which a signal handler cannot. */
	backtrace(frames, 4);
	sigaltstack(&alternative, NULL); /* where the stack itself has overflowed */
	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	atexit(on_exit_of_policy);
	pthread_atfork(NULL, NULL, on_fork);
}
