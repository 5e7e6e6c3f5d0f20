/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpus.h - the CPUs that the calling process may use. What fails ends the program.
 */
#ifndef LOAD_CPUS_H
#define LOAD_CPUS_H

#include <sched.h>
#include <stddef.h>

void cpus_get(cpu_set_t *ret_cpus);
void cpus_set(const cpu_set_t *cpus);

/* Only one CPU from now on: the n-th of cpus, beginning again after the last. */
void cpus_pin_nth(const cpu_set_t *cpus, size_t n);

#endif
