/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * scx-cland/policy.h - the whole interface between scx-cland and a scheduling policy.
 *
 * A policy is a shared object that exports one constant, CLAND_POLICY(...), a
 * struct cland_policy_ops. The smallest one gives a name and rank():
 *
 *	static uint64_t fifo_rank(void *policy, const struct cland_task *task)
 *	{
 *		return task->clock_ns;
 *	}
 *	CLAND_POLICY(.name = "fifo", .summary = "first come, first served", .rank = fifo_rank);
 *
 * Licence: this header alone may also be used under the MIT licence (LICENSES/MIT.txt), so that a
 * policy that includes it, and nothing else of scx-cland, may carry any licence.
 *
 * Threads. Every function below runs in the agent process, never in the supervisor. Tags:
 *	[main]	before the policy decides anything, or after its last decision; may allocate,
 *		open files, take its time (within start-up limits).
 *	[hot]	in the decision loop. Must not allocate, lock, sleep, do I/O or call the system;
 *		the machine's tasks wait for the return.
 * Calls are never concurrent: a policy needs no locks.
 *
 * Time and units. All times are nanoseconds. "Virtual time" grows by CPU time used, scaled by the
 * task's rate; "the clock" is the virtual time at which the queue that the task waits in is being
 * served now. Lower ranks run first.
 */
#ifndef SCX_CLAND_POLICY_H
#define SCX_CLAND_POLICY_H

#include <stddef.h>
#include <stdint.h>

/* What may stay out of an initializer: C++ compilers warn of fields without a default. */
#ifdef __cplusplus
#define CLAND_OPTIONAL {}
extern "C" {
#else
#define CLAND_OPTIONAL
#endif

/* "CLNDPOLY", so that a wrong symbol is told from a wrong version. */
#define CLAND_POLICY_MAGIC 0x594c4f50444e4c43ULL
/* A different major is refused. A higher minor appends fields and stays compatible. */
#define CLAND_POLICY_ABI_MAJOR 1
#define CLAND_POLICY_ABI_MINOR 5

/* A task of nice 0. Nice -20 is 88761, nice 19 is 15 (the kernel's sched_prio_to_weight). */
#define CLAND_WEIGHT_NICE_0 1024u
/* The largest that a rule's weight_factor_pct makes of a weight; the smallest is 1 (since 1.2). */
#define CLAND_WEIGHT_MAX 8876100u
/* A lease's rate at which virtual time passes like CPU time. */
#define CLAND_RATE_ONE (1u << 20)

/* A cgroup's cpu.weight when nobody has set it; in the hierarchy it is worth a task of nice 0. */
#define CLAND_CGROUP_WEIGHT_DEFAULT 100u

#define CLAND_COMM_LEN 16
/* Reasons that a policy may have, and bytes that each may take with its NUL (since 1.4). */
#define CLAND_REASONS_MAX 255u
#define CLAND_REASON_LEN 64
#define CLAND_TASK_PRIV_MAX 4096u

/* struct cland_task.flags */
#define CLAND_TASK_WAKEUP (1u << 0)	/* became runnable by waking up; else its slice ended */
#define CLAND_TASK_PINNED (1u << 1)	/* may run on one CPU only */
#define CLAND_TASK_KTHREAD (1u << 2)	/* a kernel thread */
#define CLAND_TASK_NEW (1u << 3)	/* first time this policy sees it, in rank() or, when it first
					 * meets the task renewing a lease, in lease(); priv is zero */

/*
 * struct cland_task.hints (since 1.2): what a user's rules say of the task. The host obeys them by
 * itself, so that no policy has to know of them: it has put the factor into weight, sets the slice
 * of leases, and ranks boosted tasks and those with a deadline sooner. A policy that does better
 * says so in struct cland_policy_ops.capabilities, and the host leaves that hint to it.
 */
#define CLAND_HINT_WEIGHT (1u << 0)
#define CLAND_HINT_SLICE (1u << 1)
#define CLAND_HINT_DEADLINE (1u << 2)
#define CLAND_HINT_BOOST (1u << 3)

/* struct cland_policy_ops.capabilities (since 1.2) */
#define CLAND_OBEYS_SLICE (1ull << 1)
#define CLAND_OBEYS_DEADLINE (1ull << 2)
#define CLAND_OBEYS_BOOST (1ull << 3)

/*
 * struct cland_task - one runnable task as the kernel saw it when it asked.
 *
 * Owned by the host, constant, valid until the function it was given to returns. Fields are only
 * appended; a policy built against an older header sees a prefix.
 */
struct cland_task {
	uint64_t now_ns;	/* CLOCK_MONOTONIC when the kernel asked */
	uint64_t vtime_ns;	/* its virtual time: CPU time used times its rate, moved with queues */
	uint64_t clock_ns;	/* the clock of the queue it will wait in */
	uint64_t used_ns;	/* CPU time since it started or scx-cland attached */
	uint64_t used_since_wakeup_ns;
	uint64_t burst_avg_ns;	/* moving average (1/4 new) of CPU time between wake-up and sleep */
	uint64_t nr_wakeups;
	uint64_t last_wakeup_ns; /* CLOCK_MONOTONIC; 0: not yet */
	void *priv;		/* ops.task_priv_size zeroed bytes of the policy's, kept with the task,
				 * aligned as malloc() does; NULL if that size is 0 */
	int32_t pid, tgid;	/* in the initial pid namespace */
	int32_t waker_pid;	/* the task that last woke it; 0: none known */
	uint32_t weight;	/* CLAND_WEIGHT_NICE_0 scale: 15 to 88761 (idle policy: 3), times the
				 * factor of a rule: 1 to CLAND_WEIGHT_MAX */
	int32_t cpu;		/* where it ran last */
	uint32_t nr_cpus_allowed;
	uint32_t flags;		/* CLAND_TASK_* */
	uint32_t queue;		/* where it will wait: virtual times compare within one queue only */
	char comm[CLAND_COMM_LEN]; /* NUL-terminated */
	/* since 1.1 */
	uint64_t cgroup_id;	/* of the cgroup with the cpu controller that it is in: the inode number
				 * of its folder. 0: none known */
	uint32_t cgroup;	/* the same cgroup for cland_host.cgroup(): below max_cgroups, and
				 * used anew after the cgroup's end, which an id is not. 0: none known */
	uint32_t cgroup_weight;	/* its cpu.weight: 1 to 10000, CLAND_CGROUP_WEIGHT_DEFAULT */
	/* since 1.2: what the configuration's [rule NAME] say of it; 0 if hints has no bit for it */
	uint64_t hint_slice_ns;	/* CLAND_HINT_SLICE: how long it should run at a time; 100 us to 100 ms */
	uint64_t hint_deadline_ns; /* CLAND_HINT_DEADLINE: within which time of becoming runnable it
				 * should have run; 100 us to 1 s */
	uint32_t hint_boost;	/* CLAND_HINT_BOOST: how much sooner than others, 0 (no sooner) to 3 */
	uint32_t hints;		/* CLAND_HINT_*: which are given */
	/* since 1.3: look at cland_host.abi_minor before using what follows */
	uint32_t kernel_weight;	/* weight without the factor of a rule: the nice level's */
	uint32_t reserved;	/* 0 */
};

/*
 * struct cland_cgroup - a cgroup with the cpu controller, as it is now (since 1.1).
 *
 * Owned by the host, constant, valid until the next call of cland_host.cgroup(). Fields are only
 * appended. The two sums are of tasks directly in the cgroup, not in those below it; they start at
 * any value and wrap, so that only the difference of two says something. They stand still until the
 * policy has called cgroup() for the first time.
 */
struct cland_cgroup {
	uint64_t id;		/* as cland_task.cgroup_id; 0: nobody's, look at nothing else */
	uint64_t runnable_ns;	/* sum of the times that its tasks were runnable or ran: twice as
				 * much as the time between two calls is two tasks all the time */
	uint64_t runnable_weight_ns; /* the same, times each task's weight (cland_task.weight) */
	uint64_t weight_now;	/* sum of the weights of its tasks that are runnable or run */
	uint32_t weight;	/* its cpu.weight: 1 to 10000; the root's means nothing */
	uint32_t parent;	/* index of the cgroup above it; 0: it is the root */
	uint32_t level;		/* 0: the root */
	uint32_t nr_now;	/* tasks that are runnable or run */
};

/* struct cland_lease.flags */
#define CLAND_LEASE_KEEP (1u << 0) /* runs on past its slice while no waiting task ranks before it */
/*
 * Since 1.5 (look at cland_host.abi_minor): where more than two tasks wait for each CPU of the queue,
 * slice_ns, up to 20 ms, and preempt_ns with it grow in proportion to their number, for less switches
 * of the same work; as far as a round of all that wait takes 400 ms.
 */
#define CLAND_LEASE_CROWD (1u << 1)

/*
 * struct cland_lease - how the kernel stub ranks a task by itself until the lease ends:
 *
 *	rank = max(vtime, clock - credit_ns) + offset_ns, vtime grows by used * rate / CLAND_RATE_ONE
 *
 * The host fills in the weighted-fair lease before it calls lease(), so a policy changes only what
 * it means to change. A value out of range is not obeyed, the weighted-fair one stands in its place
 * (valid_ns: is cut to its limit), and it is counted against the policy.
 */
struct cland_lease {
	uint64_t valid_ns;	/* from now; 0: ask me at every enqueue. At most 60 s */
	uint64_t credit_ns;	/* what a sleeper may lag behind the clock. At most 1 s */
	uint64_t slice_ns;	/* 100 us to 100 ms */
	uint64_t preempt_ns;	/* on wake-up, preempt a task ranked later by more than this, or a fourth
				 * of it where an interrupt wakes this one up, and that one has computed
				 * for longer than its slice since it slept; 0: never. At most 1 s */
	int64_t offset_ns;	/* +- 1 s: negative runs sooner */
	uint32_t rate;		/* 1 to 1024 * CLAND_RATE_ONE */
	uint32_t flags;		/* CLAND_LEASE_* */
};

/* What a parameter's value is, and which member of union cland_value holds it. */
#define CLAND_PARAM_U64 1u
#define CLAND_PARAM_BOOL 2u	/* yes/no, true/false, on/off, 1/0: .u64 is 1 or 0 */
#define CLAND_PARAM_RULES 3u	/* since 1.1, see struct cland_rules; min, max and def are 0 */

/*
 * struct cland_rule - a period and a budget for tasks that match all of what it names (since 1.1):
 * one line of [policy.NAME], "rule.NAME = comm=mpv period_us=16667 budget_us=4000". The host has
 * parsed and checked it: it names something, and 0 < budget_ns <= period_ns.
 */
struct cland_rule {
	char name[16];		/* NUL-terminated, as is comm */
	char comm[CLAND_COMM_LEN]; /* pattern for cland_task.comm: * any characters, ? one; "": any */
	uint64_t cgroup_id;	/* 0: any */
	uint32_t weight;	/* of the nice level; 0: any */
	uint32_t reserved;
	uint64_t period_ns;	/* 1 ms to 1 s */
	uint64_t budget_ns;	/* CPU time in each period; 100 us or more */
};

/* Owned by the host, valid during create(). */
struct cland_rules {
	uint32_t nr;		/* at most CLAND_RULES_MAX */
	uint32_t rule_size;	/* sizeof(struct cland_rule) in the host */
	const struct cland_rule *rule; /* in the order of the configuration */
};
#define CLAND_RULES_MAX 16u

union cland_value {
	uint64_t u64;
	const struct cland_rules *rules; /* never NULL */
};

/*
 * struct cland_param - one key of [policy.NAME]; one of type CLAND_PARAM_RULES, of which a table
 * has one at most, is any number of keys. The host parses, checks and documents it; a policy never
 * reads text. Tables end with an entry whose name is NULL.
 */
struct cland_param {
	const char *name CLAND_OPTIONAL;
	const char *unit CLAND_OPTIONAL; /* "us", "ms", "%", "" ... */
	const char *help CLAND_OPTIONAL; /* one sentence */
	uint64_t min CLAND_OPTIONAL, max CLAND_OPTIONAL, def CLAND_OPTIONAL;
	uint32_t type CLAND_OPTIONAL; /* CLAND_PARAM_* */
	uint32_t reserved CLAND_OPTIONAL; /* 0 */
};

/*
 * struct cland_host - what the host offers. Constant, valid until destroy() returns.
 */
struct cland_host {
	uint32_t struct_size;	/* sizeof in the host: do not read beyond it */
	uint32_t nr_cpus;	/* CPU indices are below this */
	uint32_t max_tasks;	/* tasks the host can tell apart at one time */
	uint32_t abi_minor;	/* the host's: fields appended later are not filled in */
	/*
	 * log() - one line in the daemon's log, under the policy's name. Callable everywhere, also
	 * in [hot]; rate-limited to 10 lines a second, the rest is counted.
	 */
	void (*log)(const char *line);
	/* since 1.1: look at abi_minor or struct_size before using what follows */
	uint32_t max_cgroups;	/* cgroup indices are below this */
	uint32_t nr_cpus_online; /* CPUs that could run tasks when the policy was created: for shares of
				 * the machine. Since 1.3; 0: the host is older, take nr_cpus */
	/*
	 * cgroup() [hot], not before create() has returned - the cgroup with this index as it is at
	 * now_ns (CLOCK_MONOTONIC, as in tick() and cland_task.now_ns). Returns NULL for an index
	 * that was never used: no higher one is. Index 0 is nobody's. Costs a few memory reads.
	 */
	const struct cland_cgroup *(*cgroup)(uint32_t index, uint64_t now_ns);
};

/*
 * struct cland_policy_ops - a policy. Constant, in the shared object's read-only data, exported as
 * "cland_policy" by CLAND_POLICY(). The first four fields never move.
 */
struct cland_policy_ops {
	uint64_t magic;
	uint32_t abi_major, abi_minor;
	uint32_t struct_size;	/* sizeof when the policy was built: the host reads no further */
	uint32_t task_priv_size CLAND_OPTIONAL; /* bytes of struct cland_task.priv; at most CLAND_TASK_PRIV_MAX */
	uint64_t capabilities CLAND_OPTIONAL; /* CLAND_OBEYS_*. The host refuses bits it does not know */
	const char *name;	/* required, [a-z0-9-], at most 31 bytes */
	const char *summary;	/* required, one sentence */
	const char *version CLAND_OPTIONAL;
	const struct cland_param *params CLAND_OPTIONAL;

	/*
	 * create() [main], optional. values[i] belongs to params[i] and is valid during the call.
	 * Returns 0 and sets *ret_policy (handed to every other function; may stay NULL), or
	 * -errno: the policy is then not used and destroy() not called.
	 */
	int (*create)(const struct cland_host *host, const union cland_value *values,
		      void **ret_policy) CLAND_OPTIONAL;
	/* destroy() [main], optional: the last call. */
	void (*destroy)(void *policy) CLAND_OPTIONAL;
	/*
	 * rank() [hot], required: where the task goes in the order, on the scale of task->clock_ns;
	 * lower runs first, equal ranks in the order asked. The host keeps ranks within one second
	 * of the clock on either side; one off by more than two is not obeyed, and counted against
	 * the policy.
	 */
	uint64_t (*rank)(void *policy, const struct cland_task *task);
	/*
	 * lease() [hot], optional: adjust the terms on which the kernel stub ranks the task itself.
	 * Called after rank() and, while a lease runs, about once a second to renew it. With
	 * --decisions=strict the host sets valid_ns to 0 afterwards; slice and the rest still
	 * apply.
	 */
	void (*lease)(void *policy, const struct cland_task *task, struct cland_lease *lease)
		CLAND_OPTIONAL;
	/* tick() [hot], optional: about once a second. now_ns is CLOCK_MONOTONIC. */
	void (*tick)(void *policy, uint64_t now_ns) CLAND_OPTIONAL;
	/*
	 * task_exit() [hot], optional: the task has gone; priv is still readable, and is zeroed
	 * after the return. May come late, and does not come for tasks still alive at destroy().
	 */
	void (*task_exit)(void *policy, int32_t pid, void *priv) CLAND_OPTIONAL;
	/* since 1.4; both of these or neither */
	/*
	 * Why a task is ranked as it is: half a sentence each, without control characters, that
	 * people read in clandctl top and in traces. NULL ends them. They are read from the file,
	 * so nothing may change them while the policy runs.
	 */
	const char *const *reasons CLAND_OPTIONAL;
	/*
	 * reason() [hot]: which of reasons[] was behind the answer that rank() and lease() have
	 * just given of the task; where a lease is renewed, lease() alone. An index that reasons[]
	 * does not have tells nobody anything, and is counted against the policy.
	 */
	uint32_t (*reason)(void *policy, const struct cland_task *task) CLAND_OPTIONAL;
};

#define CLAND_POLICY_SYMBOL "cland_policy"

#define CLAND_EXPORT __attribute__((visibility("default")))

#ifdef __cplusplus
#define CLAND_POLICY_LINKAGE extern "C" CLAND_EXPORT
#else
#define CLAND_POLICY_LINKAGE extern const struct cland_policy_ops cland_policy; CLAND_EXPORT
#endif

/* Defines and exports the policy: designated initializers, in the order of the struct for C++. */
#define CLAND_POLICY(...)                                                                          \
	CLAND_POLICY_LINKAGE const struct cland_policy_ops cland_policy = {                        \
		.magic = CLAND_POLICY_MAGIC,                                                       \
		.abi_major = CLAND_POLICY_ABI_MAJOR,                                               \
		.abi_minor = CLAND_POLICY_ABI_MINOR,                                               \
		.struct_size = sizeof(struct cland_policy_ops),                                    \
		__VA_ARGS__                                                                        \
	}

#ifdef __cplusplus
}
#endif

#endif
