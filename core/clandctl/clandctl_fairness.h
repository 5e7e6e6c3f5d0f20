/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_fairness.h - how near what tasks get is to their shares by nice level, as the kernel's
 * own account of CPU time and waiting has it (/proc/PID/schedstat), whatever schedules.
 */
#ifndef CLAND_CLANDCTL_FAIRNESS_H
#define CLAND_CLANDCTL_FAIRNESS_H

#include <stdbool.h>

/*
 * clandctl_fairness - watch for so many seconds, until a signal that ends programs as well, and print
 * what was seen: a line for people, or JSON. Returns an EXIT_CODE_*, having said what went wrong.
 */
int clandctl_fairness(unsigned int seconds, bool json);

#endif
