/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * no_kill.c - loaded into scx-cland by LD_PRELOAD: it may end no process, as where a security
 * module forbids it.
 */
#include <errno.h>
#include <signal.h>

int kill(pid_t pid, int signal_nr)
{
	(void)pid;
	(void)signal_nr;
	errno = EPERM;
	return -1;
}
