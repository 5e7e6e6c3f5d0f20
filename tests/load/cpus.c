/* SPDX-License-Identifier: GPL-2.0-only */
#include "cpus.h"

#include <err.h>

void cpus_get(cpu_set_t *ret_cpus)
{
	if (sched_getaffinity(0, sizeof(*ret_cpus), ret_cpus))
		err(1, "which CPUs may be used");
}

void cpus_set(const cpu_set_t *cpus)
{
	if (sched_setaffinity(0, sizeof(*cpus), cpus))
		err(1, "the CPUs to be used cannot be set");
}

void cpus_pin_nth(const cpu_set_t *cpus, size_t n)
{
	cpu_set_t one;
	size_t cpu;

	n %= (size_t)CPU_COUNT(cpus);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, cpus) && n-- == 0)
			break;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	cpus_set(&one);
}
