/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rules - do tasks with a budget get it, and who over-runs no more than that and a fair share? For
 * policies with a parameter of rules.
 *
 * Usage: rules POLICY.so	Exit code: 0, 1 when a rule is broken, 2 when it cannot be tried
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_meta.h"
#include "subject.h"

#define SECOND_NS 1000000000ULL
#define MS 1000000ULL
#define NR_SLOTS 16u
#define MEASURE_S 20

static struct subject subject;
static int nr_broken;

static void expect(bool good, const char *what)
{
	printf("   %s: %s\n", what, good ? "yes" : "NO");
	nr_broken += !good;
}

static void add_rule(struct config *config, const char *name, const char *text)
{
	struct config_param *param = &config->params[config->nr_params++];

	snprintf(param->policy, sizeof(param->policy), "deadline");
	snprintf(param->key, sizeof(param->key), "rule.%s", name);
	snprintf(param->value, sizeof(param->value), "%s", text);
	snprintf(param->origin, sizeof(param->origin), "rules.ini:%zu", config->nr_params);
}

static uint32_t hog(const char *comm, uint32_t cgroup)
{
	uint32_t slot = machine_hog(&subject.machine, CLAND_WEIGHT_NICE_0, cgroup);
	struct cland_task *task = &subject.machine.fb.slots[slot].task;

	snprintf(task->comm, sizeof(task->comm), "%s", comm);
	return slot;
}

/* Runs, and returns the part of the CPU that the task has used. */
static double measure(uint32_t slot)
{
	const struct cland_task *task = &subject.machine.fb.slots[slot].task;
	uint64_t before_ns = task->used_ns;

	if (machine_run(&subject.machine, &subject.loop,
			subject.machine.fb.now_ns + MEASURE_S * SECOND_NS, UINT64_MAX)) {
		fprintf(stderr, "the loop failed\n");
		exit(2);
	}
	return (double)(task->used_ns - before_ns) / (MEASURE_S * SECOND_NS);
}

/* An over-running task beside three of equal weight; with a rule that matches it or not. */
static double over_run(const char *path, const char *rule, bool strict)
{
	struct config config = { 0 };
	uint32_t slot, i;
	double got;

	add_rule(&config, "greedy", rule);
	subject_open_set(&subject, path, &config, NR_SLOTS, 1, strict);
	slot = hog("greedy-one", 1);
	for (i = 0; i < 3; i++)
		hog("other", machine_cgroup(&subject.machine, 1, 100));
	got = measure(slot);
	printf("%s, %s: %.3f of the CPU\n", rule, strict ? "strict" : "leased", got);
	subject_close(&subject);
	return got;
}

static void try_budgets(const char *path, bool strict)
{
	double got = over_run(path, "comm=gr?edy* period_us=20000 budget_us=8000", strict);

	expect(got >= 0.39, "it has its budget, 0.4");
	expect(got <= 0.4 + 0.25 + 0.01, "it has no more than budget and share, 0.65");
	got = over_run(path, "comm=greedy* period_us=20000 budget_us=1000", strict);
	expect(got >= 0.24 && got <= 0.31, "a budget below its share leaves it its share, 0.25");
	got = over_run(path, "comm=greedy period_us=20000 budget_us=8000", strict);
	expect(got >= 0.24 && got <= 0.26, "a pattern that does not match: its share, 0.25");
	got = over_run(path, "nice=0 cgroup=1001 period_us=20000 budget_us=8000", strict);
	expect(got >= 0.39 && got <= 0.66, "by nice level and cgroup");
	got = over_run(path, "nice=-1 comm=greedy* period_us=20000 budget_us=8000", strict);
	expect(got >= 0.24 && got <= 0.26, "one of two does not match: its share");
}

/* Two tasks of one rule share its budget. */
static void try_shared(const char *path)
{
	struct config config = { 0 };
	const struct cland_task *second;
	uint64_t before_ns;
	uint32_t slot, i;
	double sum;

	add_rule(&config, "both", "comm=greedy* period_us=40000 budget_us=20000");
	subject_open_set(&subject, path, &config, NR_SLOTS, 1, false);
	slot = hog("greedy-one", 1);
	second = &subject.machine.fb.slots[hog("greedy-two", 1)].task;
	for (i = 0; i < 8; i++)
		hog("other", 1);
	before_ns = second->used_ns;
	sum = measure(slot) + (double)(second->used_ns - before_ns) / (MEASURE_S * SECOND_NS);
	printf("two of one rule: %.3f of the CPU\n", sum);
	expect(sum >= 0.49 && sum <= 0.5 + 0.1 + 0.02, "they share one budget");
	subject_close(&subject);
}

static char logged[512];

static void keep_line(const char *line)
{
	snprintf(logged, sizeof(logged), "%s", line);
}

static struct cland_host host = {
	.struct_size = sizeof(host),
	.nr_cpus = 1,
	.abi_minor = CLAND_POLICY_ABI_MINOR,
	.log = keep_line,
};

static int open_policy(const char *path, const struct config *config, struct policy *ret_policy)
{
	static struct policy_meta meta;
	uint64_t values[POLICY_META_MAX_PARAMS] = { 0 };
	struct diag diag;

	if (policy_meta_read(path, &meta, &diag) ||
	    policy_meta_values(&meta, config, values, &diag)) {
		fprintf(stderr, "%s\n", diag.text);
		exit(2);
	}
	logged[0] = '\0';
	return policy_open(path, &host, values, meta.nr_params, ret_policy, &diag);
}

/* Returns what policy_open() returns for two rules of that budget each on this many CPUs, so many online. */
static int open_with(const char *path, const char *text, uint32_t nr_cpus, uint32_t nr_online)
{
	struct config config = { 0 };
	struct policy policy;
	int err;

	add_rule(&config, "one", text);
	add_rule(&config, "two", text);
	host.nr_cpus = nr_cpus;
	host.nr_cpus_online = nr_online;
	err = open_policy(path, &config, &policy);
	if (!err)
		policy_close(&policy);
	return err;
}

static void try_refusal(const char *path)
{
	printf("two budgets of 0.47 CPUs\n");
	expect(open_with(path, "nice=0 period_us=10000 budget_us=4700", 1, 1) == -ERANGE,
	       "are too much for one CPU");
	printf("   %s\n", logged);
	expect(strstr(logged, "come to 0.94 CPUs, and 1 CPU has 0.90") != NULL, "it says why");
	expect(!open_with(path, "nice=0 period_us=10000 budget_us=4700", 2, 2), "are none for two");
	expect(open_with(path, "nice=0 period_us=10000 budget_us=4700", 16, 1) == -ERANGE,
	       "are too much for one that is online of 16");
	expect(!open_with(path, "nice=0 period_us=10000 budget_us=4700", 2, 0),
	       "are none for two of a host that does not say which are online");
}

/* ---- tasks by hand, for what a machine does not come to ---------------------------------------- */

static struct policy by_hand;
static uint64_t memory[64][64];

static void open_one(const char *path, const char *rule)
{
	struct config config = { 0 };

	add_rule(&config, "one", rule);
	memset(memory, 0, sizeof(memory));
	if (open_policy(path, &config, &by_hand)) {
		fprintf(stderr, "%s: %s\n", rule, logged);
		exit(2);
	}
}

static struct cland_task task_by_hand(int32_t pid)
{
	return (struct cland_task){
		.now_ns = SECOND_NS,
		.vtime_ns = 5 * SECOND_NS,
		.clock_ns = 5 * SECOND_NS,
		.priv = memory[pid],
		.pid = pid,
		.tgid = pid,
		.weight = CLAND_WEIGHT_NICE_0,
		.kernel_weight = CLAND_WEIGHT_NICE_0,
		.nr_cpus_allowed = 1,
		.flags = CLAND_TASK_WAKEUP,
		.comm = "hand",
	};
}

/* As the host does, then its lease; a renewal asks for a lease alone. Returns the rank. */
static uint64_t ask(const struct cland_task *task, struct cland_lease *ret_lease)
{
	uint64_t rank_ns = by_hand.ops.rank(by_hand.self, task);

	*ret_lease = (struct cland_lease){ .slice_ns = 3 * MS, .rate = CLAND_RATE_ONE };
	by_hand.ops.lease(by_hand.self, task, ret_lease);
	return rank_ns;
}

static void try_account_used_up(const char *path)
{
	struct cland_task one = task_by_hand(0), two = task_by_hand(1);
	struct cland_lease lease;

	open_one(path, "comm=hand period_us=16000 budget_us=4000");
	ask(&one, &lease);
	ask(&two, &lease);
	two.used_ns = 10 * MS;
	two.now_ns += 5 * MS;
	ask(&two, &lease);
	by_hand.ops.lease(by_hand.self, &one, &lease);
	printf("an account that another one has over-run, renewal: slice_ns=%" PRIu64 "\n", lease.slice_ns);
	expect(lease.slice_ns >= MS / 10 && lease.slice_ns <= 100 * MS, "the slice is one");
	policy_close(&by_hand);
}

/* Tasks of one rule that all ask before one of them has run have one budget, not each its own. */
static void try_crowd(const char *path)
{
	uint32_t nr_ahead = 0, i;
	struct cland_lease lease;
	uint64_t granted_ns = 0;

	open_one(path, "comm=hand period_us=100000 budget_us=10000");
	for (i = 0; i < 50; i++) {
		struct cland_task task = task_by_hand((int32_t)i);

		if (ask(&task, &lease) >= task.clock_ns - SECOND_NS / 2)
			continue;
		nr_ahead++;
		granted_ns += lease.slice_ns;
	}
	printf("50 at once with 10 ms for all: %u ahead of the others, for %" PRIu64 " us\n", nr_ahead,
	       granted_ns / 1000);
	expect(nr_ahead >= 3 && granted_ns >= 10 * MS && granted_ns < 11 * MS, "they have the budget");
	policy_close(&by_hand);
}

/* A longer slice that a [rule NAME] gives is for what a task does on its own account, not on the budget's. */
static void try_hinted_slice(const char *path)
{
	struct cland_task task = task_by_hand(0), other = task_by_hand(1);
	struct cland_lease lease;

	open_one(path, "comm=hand period_us=100000 budget_us=1000");
	task.hints = other.hints = CLAND_HINT_SLICE;
	task.hint_slice_ns = other.hint_slice_ns = 50 * MS;
	strcpy(other.comm, "foot");
	ask(&task, &lease);
	printf("slices of 50 ms by a hint: slice_ns=%" PRIu64 " with 1 ms of budget\n", lease.slice_ns);
	expect(lease.slice_ns <= 1 * MS, "the budget is the limit");
	ask(&other, &lease);
	expect(lease.slice_ns == 50 * MS, "without a budget the hint is obeyed");
	policy_close(&by_hand);
}

/* A rule of the configuration's gives a factor to weights: that is not a nice level. */
static void try_factor(const char *path)
{
	struct cland_task task = task_by_hand(0);
	struct cland_lease lease;

	printf("nice=0, with a factor to the weight\n");
	open_one(path, "nice=0 period_us=16000 budget_us=4000");
	task.weight = 2 * CLAND_WEIGHT_NICE_0;
	task.hints = CLAND_HINT_WEIGHT;
	expect(ask(&task, &lease) < task.clock_ns - SECOND_NS / 2, "nice 0 times 2 has its budget");
	task.weight = CLAND_WEIGHT_NICE_0;
	task.kernel_weight = CLAND_WEIGHT_NICE_0 / 2;
	expect(ask(&task, &lease) >= task.clock_ns, "half of it, times 2, has none");
	policy_close(&by_hand);
	host.abi_minor = 2;
	open_one(path, "nice=0 period_us=16000 budget_us=4000");
	task.kernel_weight = 0;
	expect(ask(&task, &lease) < task.clock_ns - SECOND_NS / 2, "a host that does not say: by its weight");
	policy_close(&by_hand);
	host.abi_minor = CLAND_POLICY_ABI_MINOR;
}

int main(int argc, char **argv)
{
	int strict;

	if (argc != 2) {
		fprintf(stderr, "Usage: rules POLICY.so\n");
		return 2;
	}
	for (strict = 0; strict <= 1; strict++)
		try_budgets(argv[1], strict);
	try_shared(argv[1]);
	try_refusal(argv[1]);
	try_account_used_up(argv[1]);
	try_crowd(argv[1]);
	try_hinted_slice(argv[1]);
	try_factor(argv[1]);
	return nr_broken ? 1 : 0;
}
