/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crash_record.h - what an agent leaves behind for whoever has to say why it has ended: memory of
 * its own that it shares with the supervisor. The agent writes (crash_catch.c), also from a signal
 * handler; the supervisor reads (crash_report.c), and believes nothing of it, as a policy may have
 * written it too. Addresses are the agent's.
 */
#ifndef CLAND_CRASH_RECORD_H
#define CLAND_CRASH_RECORD_H

#include <stdint.h>

#define CRASH_FRAMES_MAX 48
#define CRASH_MODULES_MAX 16

/* A program or library in the agent's memory. */
struct crash_module {
	uint64_t begin, end;	/* of its mapped bytes */
	uint64_t base;		/* what was added to the addresses in its file */
	uint32_t is_policy;	/* the policy's own file, */
	uint32_t is_program;	/* or scx-cland */
	char name[48];		/* the last part of its path */
};

struct crash_record {
	uint32_t call;		/* enum policy_call, at any time */
	int32_t loop_err;	/* -errno that ended the loop; 0 */
	/* Of the signal handler. signal is written first, then the rest in this order. */
	int32_t signal;		/* 0: no such signal has come */
	int32_t code;		/* si_code; of SIGSYS the system call's number */
	uint64_t address;	/* si_addr of a fault */
	uint32_t nr_frames;
	uint32_t nr_modules;
	uint64_t frames[CRASH_FRAMES_MAX]; /* innermost first; all but the first are returned to */
	struct crash_module modules[CRASH_MODULES_MAX];
};

/* crash_record_create - [supervisor] for one agent. Returns 0, the memory and its descriptor, which
 * the caller closes; or -errno. */
int crash_record_create(int *ret_fd, struct crash_record **ret_record);

/* crash_record_map - [agent] the same memory by its descriptor. Returns 0 or -errno. */
int crash_record_map(int fd, struct crash_record **ret_record);

/* crash_record_unmap - accepts NULL. */
void crash_record_unmap(struct crash_record *record);

#endif
