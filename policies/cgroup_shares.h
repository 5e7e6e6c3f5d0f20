/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cgroup_shares.h - what a task's weight is worth in the whole hierarchy of cgroups.
 *
 * The hierarchy is flattened: the weight of a cgroup is divided among its members that want the
 * CPU, from the root down to the task, and the task then competes with all others by what it gets.
 *
 *	worth(c)    = cpu.weight(c) * 1024 / 100			c directly below the root
 *	            = worth(p) * claim(c) / claims(p)			c below p
 *	worth(task) = weight						the task is in the root
 *	            = worth(c) * weight / claims(c)			the task is in c
 *
 *	claims(c)   = sum of the weights of c's runnable tasks, averaged
 *	              + sum of claim(d) * activity(d) over the cgroups d below c
 *	claim(d)    = cpu.weight(d) * 1024 / 100
 *	activity(d) = number of runnable tasks in and below d, averaged, at most 1
 *
 * Whoever is asked about counts as active all the time, so the claims are at least its own.
 * A task of nice 0 in a cgroup with others is a member like a cgroup of cpu.weight 100.
 *
 * The rule of shares is that of cpu.weight in the kernel's documentation of control group v2; the
 * flattening is that of scx_flatcg (Heo 2022), which does it inside of the kernel at every change.
 */
#ifndef CLAND_CGROUP_SHARES_H
#define CLAND_CGROUP_SHARES_H

#include <stdbool.h>
#include <stdint.h>

#include <scx-cland/policy.h>

struct cgroup_shares;

/* cgroup_shares_new - [main] NULL: out of memory, or *ret_old_host: the host knows no cgroups. */
struct cgroup_shares *cgroup_shares_new(const struct cland_host *host, bool *ret_old_host);

/* cgroup_shares_free - [main] Accepts NULL. */
void cgroup_shares_free(struct cgroup_shares *shares);

/* cgroup_shares_update - [hot] Look at all cgroups; from tick(). */
void cgroup_shares_update(struct cgroup_shares *shares, uint64_t now_ns);

/*
 * cgroup_shares_worth - [hot] What the task's weight is worth, on the scale of task->weight, in
 * 1/1024. *ret_settled: it will be much the same at the next update.
 */
uint64_t cgroup_shares_worth(struct cgroup_shares *shares, const struct cland_task *task,
			     bool *ret_settled);

#endif
