/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched_ext_state.h - who schedules, as the kernel tells everybody. Any thread, non-logging.
 */
#ifndef CLAND_SCHED_EXT_STATE_H
#define CLAND_SCHED_EXT_STATE_H

#define SCHED_EXT_OPS "cland"	/* our own name, by bpf/cland.bpf.c */

struct sched_ext_state {
	char state[32];		/* "enabled", "disabled", ...; "" when the kernel has no sched_ext */
	char ops[128];		/* the scheduler's name; "" when there is none */
	char enable_seq[32];	/* a number, another one for each scheduler that has been attached */
};

/* sched_ext_state_read - from sysfs/kernel/sched_ext, sysfs being "/sys". What is not there is "". */
void sched_ext_state_read(const char *sysfs, struct sched_ext_state *ret_state);

#endif
