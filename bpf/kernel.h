/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel.h - the kernel types, constants and kfuncs that the stub uses, declared by us.
 *
 * Types hold only the fields we touch; CO-RE relocates them on load. Kinds must match the kernel's
 * (struct cpumask stays a full struct) or libbpf finds no candidate. Each type with a field that is
 * looked at costs a search through all types of the kernel. Constants that may change value between
 * kernels are those of kernel_constants.h. kfuncs that have been renamed are hidden behind the
 * wrappers at the end; nothing outside this file knows kernel versions.
 */
#ifndef CLAND_KERNEL_H
#define CLAND_KERNEL_H

/* Newer headers, Debian 13's, declare it themselves; older ones do not. Ours is further down. */
#define bpf_iter_num uapi_bpf_iter_num
#include <linux/bpf.h>
#undef bpf_iter_num
#include <linux/types.h>

typedef __u8 u8;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;
typedef __s64 s64;

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#ifndef __weak
#define __weak __attribute__((weak))
#endif
#ifndef bool
#define bool _Bool
#define true 1
#define false 0
#endif
#ifndef NULL
#define NULL ((void *)0)
#endif

/* A constant that the supervisor sets before load. The simulator builds the stub natively, without. */
#ifndef KNOB
#define KNOB const volatile
#endif

#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000
#define SCHED_POLICY_IDLE 5
#define STATIC_PRIO_NICE_0 120

#ifdef __bpf__
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#endif

struct cpumask {
	unsigned long bits[1];
};

struct sched_ext_entity {
	u32 flags;
	u64 slice;
	u64 dsq_vtime;
};

struct sched_entity {
	u64 sum_exec_runtime;
};

struct kernfs_node {
	u64 id;
};

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	int level;
	struct kernfs_node *kn;
};

typedef struct {
	u64 val;
} kernel_cap_t;

struct cred {
	kernel_cap_t cap_effective;
};

struct thread_info {
	u32 cpu;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int static_prio;
	unsigned int policy;
	int nr_cpus_allowed;
	const struct cpumask *cpus_ptr;
	int pid;
	int tgid;
	char comm[16];
	struct task_struct *group_leader;
	const struct cred *cred;
	struct sched_entity se;
	struct sched_ext_entity scx;
};

enum scx_exit_kind {
	SCX_EXIT_NONE,
};

struct scx_exit_info {
	enum scx_exit_kind kind;
	s64 exit_code;
	const char *reason;
	char *msg;
	char *dump;
};

struct scx_init_task_args {
	bool fork;
	struct cgroup *cgroup;
};

struct scx_cgroup_init_args {
	u32 weight;
};

struct scx_exit_task_args {
	bool cancelled;
};

struct scx_cpu_release_args;

struct scx_dump_ctx;

/* Up to Linux 6.14, on x86. */
struct pcpu_hot {
	int preempt_count;
};

#ifdef __bpf__
#pragma clang attribute pop
#endif

/* A kfunc's arguments: the kernel has them in this form, or does not take them. */
struct scx_bpf_dsq_insert_vtime_args {
	u64 dsq_id;
	u64 slice;
	u64 vtime;
	u64 enq_flags;
};

struct sched_ext_ops {
	s32 (*select_cpu)(struct task_struct *p, s32 prev_cpu, u64 wake_flags);
	void (*enqueue)(struct task_struct *p, u64 enq_flags);
	void (*dispatch)(s32 cpu, struct task_struct *prev);
	void (*tick)(struct task_struct *p);
	void (*running)(struct task_struct *p);
	void (*stopping)(struct task_struct *p, bool runnable);
	bool (*yield)(struct task_struct *from, struct task_struct *to);
	void (*enable)(struct task_struct *p);
	void (*disable)(struct task_struct *p);
	void (*set_weight)(struct task_struct *p, u32 weight);
	s32 (*init_task)(struct task_struct *p, struct scx_init_task_args *args);
	void (*exit_task)(struct task_struct *p, struct scx_exit_task_args *args);
	void (*dump)(struct scx_dump_ctx *ctx);
	void (*dump_task)(struct scx_dump_ctx *ctx, struct task_struct *p);
	s32 (*cgroup_init)(struct cgroup *cgrp, struct scx_cgroup_init_args *args);
	void (*cgroup_exit)(struct cgroup *cgrp);
	void (*cgroup_move)(struct task_struct *p, struct cgroup *from, struct cgroup *to);
	void (*cgroup_set_weight)(struct cgroup *cgrp, u32 weight);
	void (*cpu_release)(s32 cpu, struct scx_cpu_release_args *args);
	void (*cpu_online)(s32 cpu);
	void (*cpu_offline)(s32 cpu);
	s32 (*init)(void);
	void (*exit)(struct scx_exit_info *info);
	u64 flags;
	u32 timeout_ms;
	u32 exit_dump_len;
	char name[128];
};

/* See kernel_constants.h. These values are the simulator's. */
enum scx_enq_flags {
	SCX_ENQ_WAKEUP = 1ULL,
	SCX_ENQ_HEAD = 1ULL << 4,
	SCX_ENQ_PREEMPT = 1ULL << 32,
	SCX_ENQ_REENQ = 1ULL << 40,
	SCX_ENQ_LAST = 1ULL << 41,
	SCX_ENQ_IMMED = 0,
};
enum scx_wake_flags {
	SCX_WAKE_SYNC = 16,
};
enum scx_kick_flags {
	SCX_KICK_IDLE = 1,
	SCX_KICK_PREEMPT = 2,
};
/* Stable. A kernel that lacks one refuses it: configure() in core/kernel/stub.c takes it away there. */
enum scx_ops_flags {
	SCX_OPS_ENQ_LAST = 1 << 1,
	SCX_OPS_ENQ_MIGRATION_DISABLED = 1 << 4,
};
enum cpuhp_state {
	CPUHP_AP_ACTIVE = 1,
};
enum scx_ent_flags {
	SCX_TASK_QUEUED = 1,
};
enum scx_dsq_iter_flags {
	SCX_DSQ_ITER_REV = 1 << 16,
};

/* DSQ constants are part of the kernel's stable interface for schedulers. */
#define DSQ_LOCAL 0x8000000000000002ULL
#define DSQ_LOCAL_ON 0xC000000000000000ULL

struct bpf_iter_scx_dsq {
	u64 opaque[6];
} __attribute__((aligned(8)));

struct bpf_iter_num {
	u64 opaque[1];
} __attribute__((aligned(8)));

extern int bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq *it, u64 dsq_id, u64 flags) __ksym;
extern struct task_struct *bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq *it) __ksym;
extern void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it) __ksym;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern bool bpf_cpumask_test_cpu(u32 cpu, const struct cpumask *cpumask) __ksym;

extern s32 scx_bpf_create_dsq(u64 dsq_id, s32 node) __ksym;
extern s32 scx_bpf_dsq_nr_queued(u64 dsq_id) __ksym;
extern s32 scx_bpf_select_cpu_dfl(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
				  bool *is_idle) __ksym;
extern s32 scx_bpf_pick_idle_cpu(const struct cpumask *cpus_allowed, u64 flags) __ksym;
extern bool scx_bpf_test_and_clear_cpu_idle(s32 cpu) __ksym;
extern const struct cpumask *scx_bpf_get_online_cpumask(void) __ksym;
extern void scx_bpf_put_cpumask(const struct cpumask *cpumask) __ksym;
extern void scx_bpf_kick_cpu(s32 cpu, u64 flags) __ksym;
extern s32 scx_bpf_task_cpu(const struct task_struct *p) __ksym;
extern void scx_bpf_dump_bstr(char *fmt, unsigned long long *data, u32 data_sz) __ksym;

/*
 * Those of 6.12 have other names, and 6.19 has given some other arguments. An object for any kernel
 * looks for each of them; libbpf goes through the names of all types of the kernel for that, and of
 * all its modules for one that is not there. Where that counts, CLAND_KFUNCS is 612, 613 or 619,
 * the oldest kernel that the object is for.
 */
#if !defined(CLAND_KFUNCS)
#define of_619(kfunc) bpf_ksym_exists(kfunc)
#else
#define of_619(kfunc) (CLAND_KFUNCS >= 619)
#endif

#if defined(CLAND_KFUNCS) && CLAND_KFUNCS < 613
#define scx_bpf_dsq_insert___v1 scx_bpf_dispatch
#define scx_bpf_dsq_insert_vtime___v1 scx_bpf_dispatch_vtime
#define scx_bpf_dsq_move_to_local___v1 scx_bpf_consume
#define scx_bpf_dsq_move_set_slice scx_bpf_dispatch_from_dsq_set_slice
#define scx_bpf_dsq_move_set_vtime scx_bpf_dispatch_from_dsq_set_vtime
#define scx_bpf_dsq_move scx_bpf_dispatch_from_dsq
#define scx_bpf_dsq_move_vtime scx_bpf_dispatch_vtime_from_dsq
#endif

extern void scx_bpf_dsq_move_set_slice(struct bpf_iter_scx_dsq *it, u64 slice) __ksym;
extern void scx_bpf_dsq_move_set_vtime(struct bpf_iter_scx_dsq *it, u64 vtime) __ksym;
extern bool scx_bpf_dsq_move(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id,
			     u64 enq_flags) __ksym;
extern bool scx_bpf_dsq_move_vtime(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id,
				   u64 enq_flags) __ksym;

/* The suffix behind the last ___ is ours, libbpf drops it. */
extern void scx_bpf_dsq_insert___v1(struct task_struct *p, u64 dsq_id, u64 slice,
				    u64 enq_flags) __weak __ksym;
extern bool scx_bpf_dsq_insert___v2___cland(struct task_struct *p, u64 dsq_id, u64 slice,
					    u64 enq_flags) __weak __ksym;
extern void scx_bpf_dsq_insert_vtime___v1(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
					  u64 enq_flags) __weak __ksym;
extern bool __scx_bpf_dsq_insert_vtime(struct task_struct *p,
				       struct scx_bpf_dsq_insert_vtime_args *args) __weak __ksym;
extern bool scx_bpf_dsq_move_to_local___v1(u64 dsq_id) __weak __ksym;
extern bool scx_bpf_dsq_move_to_local___v2___cland(u64 dsq_id, u64 enq_flags) __weak __ksym;
extern u32 scx_bpf_reenqueue_local___v1(void) __weak __ksym;
extern void scx_bpf_reenqueue_local___v2___cland(void) __weak __ksym;
extern bool scx_bpf_task_set_slice(struct task_struct *p, u64 slice) __weak __ksym;

static __always_inline void k_dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice_ns,
					 u64 enq_flags)
{
	if (of_619(scx_bpf_dsq_insert___v2___cland))
		scx_bpf_dsq_insert___v2___cland(p, dsq_id, slice_ns, enq_flags);
	else
		scx_bpf_dsq_insert___v1(p, dsq_id, slice_ns, enq_flags);
}

static __always_inline void k_dsq_insert_vtime(struct task_struct *p, u64 dsq_id, u64 slice_ns,
					       u64 vtime, u64 enq_flags)
{
	if (of_619(__scx_bpf_dsq_insert_vtime)) {
		struct scx_bpf_dsq_insert_vtime_args args = {
			.dsq_id = dsq_id,
			.slice = slice_ns,
			.vtime = vtime,
			.enq_flags = enq_flags,
		};

		__scx_bpf_dsq_insert_vtime(p, &args);
	} else {
		scx_bpf_dsq_insert_vtime___v1(p, dsq_id, slice_ns, vtime, enq_flags);
	}
}

/* Returns whether a task was moved to this CPU's local queue. Only from ops.dispatch. */
static __always_inline bool k_dsq_move_to_local(u64 dsq_id)
{
	/* Younger than the others of its kind. */
	if (of_619(scx_bpf_dsq_move_to_local___v2___cland) &&
	    bpf_ksym_exists(scx_bpf_dsq_move_to_local___v2___cland))
		return scx_bpf_dsq_move_to_local___v2___cland(dsq_id, 0);
	return scx_bpf_dsq_move_to_local___v1(dsq_id);
}

/*
 * Move the task, which is in the iterator's DSQ, to another one. Returns whether it did: the task
 * may have left, or not have arrived yet.
 */
static __always_inline bool k_dsq_move(struct bpf_iter_scx_dsq *it, struct task_struct *p,
				       u64 dsq_id)
{
	return scx_bpf_dsq_move(it, p, dsq_id, 0);
}

/* The same to a place by vtime, with another slice. */
static __always_inline bool k_dsq_move_vtime(struct bpf_iter_scx_dsq *it, struct task_struct *p,
					     u64 dsq_id, u64 slice_ns, u64 vtime)
{
	scx_bpf_dsq_move_set_slice(it, slice_ns);
	scx_bpf_dsq_move_set_vtime(it, vtime);
	return scx_bpf_dsq_move_vtime(it, p, dsq_id, 0);
}

/*
 * Hand what waits in this CPU's local queue to ops.enqueue once more. Up to 6.18 only
 * ops.cpu_release may do that; later kernels warn of a scheduler that has that op, and let any op
 * do it.
 */
static __always_inline bool k_reenqueues_anywhere(void)
{
	return of_619(scx_bpf_reenqueue_local___v2___cland);
}

static __always_inline void k_reenqueue_local(void)
{
	if (k_reenqueues_anywhere())
		scx_bpf_reenqueue_local___v2___cland();
}

static __always_inline void k_reenqueue_local_on_release(void)
{
	if (!k_reenqueues_anywhere())
		scx_bpf_reenqueue_local___v1();
}

/*
 * In an interrupt or NMI, and in a softirq that is being served; as linux/preempt.h has it. Linux 7
 * has moved the first two up by a byte, which up to 6.18 was not used.
 */
#define IN_HARD_INTERRUPT (0x0f000000 | 0x00f00000 | 0x000f0000)
#define IN_SOFTIRQ 0x00000100

/*
 * x86: in each CPU's own memory; up to Linux 6.14 as a part of what is used most there. The stub
 * looks for one of them, as to find out that there is none takes time at each start: on 6.13 and
 * 6.14 it does not know.
 */
extern const int __preempt_count __ksym __weak;
extern const struct pcpu_hot pcpu_hot __ksym __weak;

/* 0 where it cannot be told. */
static __always_inline int k_preempt_count(void)
{
	int count = 0;

#if !defined(CLAND_KFUNCS) || CLAND_KFUNCS >= 613
	if (&__preempt_count)
		count = *(const int *)bpf_this_cpu_ptr(&__preempt_count);
#endif
#if !defined(CLAND_KFUNCS) || CLAND_KFUNCS < 613
	if (!count && &pcpu_hot)
		count = ((const struct pcpu_hot *)bpf_this_cpu_ptr(&pcpu_hot))->preempt_count;
#endif
	return count;
}

/*
 * Whether an interrupt has brought us here, and not what a task does; no where that cannot be told.
 * A softirq may be the task's doing all the same: what it sends to a socket of this machine arrives
 * before its call returns.
 */
static __always_inline bool k_in_interrupt(void)
{
	return k_preempt_count() & (IN_HARD_INTERRUPT | IN_SOFTIRQ);
}

/* Whether that has nothing to do with the task that runs on the CPU. */
static __always_inline bool k_in_interrupt_of_others(s32 cpu)
{
	int count = k_preempt_count();

	return count & IN_HARD_INTERRUPT || (count & IN_SOFTIRQ && cpu != (s32)bpf_get_smp_processor_id());
}

/* The kernel's number of a cgroup, the inode number of its folder. */
static __always_inline u64 k_cgroup_id(const struct cgroup *cgrp)
{
	return cgrp->kn->id;
}

/* 0: it is the root. */
static __always_inline u64 k_cgroup_parent_id(const struct cgroup *cgrp)
{
	struct cgroup_subsys_state *parent = cgrp->self.parent;

	return parent ? parent->cgroup->kn->id : 0;
}

/* The cgroup of a task that is being made known to us, or NULL on a kernel without group scheduling. */
static __always_inline struct cgroup *k_init_task_cgroup(struct scx_init_task_args *args)
{
	return bpf_core_field_exists(args->cgroup) ? args->cgroup : NULL;
}

/*
 * x86, as most others, has it in the task, where a look is a sixth of a call; the simulator in a
 * structure of its own.
 */
static __always_inline s32 k_task_cpu(const struct task_struct *p)
{
#ifdef __bpf__
	if (bpf_core_field_exists(p->thread_info.cpu))
		return p->thread_info.cpu;
#endif
	return scx_bpf_task_cpu(p);
}

static __always_inline void k_set_slice(struct task_struct *p, u64 slice_ns)
{
	if (of_619(scx_bpf_task_set_slice))
		scx_bpf_task_set_slice(p, slice_ns);
	else
		p->scx.slice = slice_ns;
}

#endif
