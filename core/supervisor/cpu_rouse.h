/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu_rouse.h - keeps every CPU looking for work while the kernel takes its tasks back.
 *
 * Up to 6.18 a CPU that a real-time task or a stopper gives up between "disabling" and "disabled"
 * goes idle beside runnable tasks of sched_ext: newidle balancing of the fair class says that there
 * is something to run (nr_running counts them, too), so the one of sched_ext is not asked, and the
 * kick that was meant to make up for it does nothing in bypass mode (kernel/sched:
 * sched_balance_newidle(), pick_task_scx(), scx_bpf_kick_cpu()). The thread that detaches is a
 * real-time one and sleeps for whole RCU grace periods, so each time a CPU or two are left like
 * that until something wakes up there. Here something does.
 */
#ifndef CLAND_CPU_ROUSE_H
#define CLAND_CPU_ROUSE_H

struct cpu_rouse;

/*
 * cpu_rouse_begin - from now on a thread wakes up on each CPU that we may use, every two
 * milliseconds.
 *
 * Any thread. Returns what cpu_rouse_end() takes; NULL without memory. A CPU whose thread cannot be
 * made is left out: this helps, and is no reason not to detach.
 */
struct cpu_rouse *cpu_rouse_begin(void);

/* cpu_rouse_end - the threads have ended when this returns. NULL is ignored. */
void cpu_rouse_end(struct cpu_rouse *rouse);

#endif
