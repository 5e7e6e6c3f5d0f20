/* SPDX-License-Identifier: GPL-2.0-only */
#include "calibrate.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

#include "children.h"
#include "clock.h"
#include "cpus.h"
#include "work.h"

#define CALIBRATE_NS (500 * NS_PER_MS)
#define LOOPS_PER_READING 16
#define WARM_UP_NS (50 * NS_PER_MS)	/* until the others have started */

uint64_t calibrate(uint64_t work_ns)
{
	static pid_t pids[CPU_SETSIZE];
	uint64_t begin_cpu_ns, used_ns, end_ns, loops = 0;
	cpu_set_t cpus;
	size_t nr_cpus, i;

	cpus_get(&cpus);
	nr_cpus = (size_t)CPU_COUNT(&cpus);
	for (i = 1; i < nr_cpus; i++) {
		pids[i] = children_fork();
		if (pids[i] == 0) {
			cpus_pin_nth(&cpus, i);
			for (;;)
				work_loop();
		}
	}
	cpus_pin_nth(&cpus, 0);
	for (end_ns = now_ns() + WARM_UP_NS; now_ns() < end_ns; )
		work_loop();
	begin_cpu_ns = cpu_ns();
	/* Reading a clock takes its time, too. */
	for (end_ns = now_ns() + CALIBRATE_NS; now_ns() < end_ns; loops += LOOPS_PER_READING)
		work_loops(LOOPS_PER_READING);
	used_ns = cpu_ns() - begin_cpu_ns;
	for (i = 1; i < nr_cpus; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	cpus_set(&cpus);
	return loops * work_ns / used_ns;
}
