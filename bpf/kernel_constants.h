/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_constants.h - constants that the kernel has renumbered, or may: never compiled in. The
 * supervisor reads them from the kernel's type information and sets them between open and load;
 * left to libbpf, each enum costs a search through all types of the kernel. KERNEL_CONSTANTS(X) is
 * X(the enum, the constant)..., of which those of LATER are 0 where the kernel is older than they
 * are.
 */
#ifndef CLAND_KERNEL_CONSTANTS_H
#define CLAND_KERNEL_CONSTANTS_H

#define KERNEL_CONSTANTS(X) KERNEL_CONSTANTS_ALWAYS(X) KERNEL_CONSTANTS_LATER(X)

#define KERNEL_CONSTANTS_ALWAYS(X)                                                                 \
	X(scx_enq_flags, SCX_ENQ_WAKEUP)                                                           \
	X(scx_enq_flags, SCX_ENQ_HEAD)                                                             \
	X(scx_enq_flags, SCX_ENQ_PREEMPT)                                                          \
	X(scx_enq_flags, SCX_ENQ_REENQ)                                                            \
	X(scx_enq_flags, SCX_ENQ_LAST)                                                             \
	X(scx_wake_flags, SCX_WAKE_SYNC)                                                           \
	X(scx_kick_flags, SCX_KICK_IDLE)                                                           \
	X(scx_kick_flags, SCX_KICK_PREEMPT)                                                        \
	X(scx_ent_flags, SCX_TASK_QUEUED)                                                          \
	X(scx_dsq_iter_flags, SCX_DSQ_ITER_REV)                                                    \
	X(cpuhp_state, CPUHP_AP_ACTIVE)

#define KERNEL_CONSTANTS_LATER(X) X(scx_enq_flags, SCX_ENQ_IMMED) /* 7.1 */

#endif
