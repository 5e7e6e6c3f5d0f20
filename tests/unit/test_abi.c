/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layout of policy.h, which policies that were built earlier rely on. A figure here never
 * changes within one CLAND_POLICY_ABI_MAJOR: new fields come at the end, with new lines here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <scx-cland/policy.h>

#define SIZE(type, size)	    "sizeof(" #type ")", sizeof(type), size
#define OFFSET(type, field, offset) #type "." #field, offsetof(type, field), offset

static const struct {
	const char *what;
	size_t is, must_be;
} layout[] = {
	{ SIZE(struct cland_task, 168) },
	{ OFFSET(struct cland_task, now_ns, 0) },
	{ OFFSET(struct cland_task, vtime_ns, 8) },
	{ OFFSET(struct cland_task, clock_ns, 16) },
	{ OFFSET(struct cland_task, used_ns, 24) },
	{ OFFSET(struct cland_task, used_since_wakeup_ns, 32) },
	{ OFFSET(struct cland_task, burst_avg_ns, 40) },
	{ OFFSET(struct cland_task, nr_wakeups, 48) },
	{ OFFSET(struct cland_task, last_wakeup_ns, 56) },
	{ OFFSET(struct cland_task, priv, 64) },
	{ OFFSET(struct cland_task, pid, 72) },
	{ OFFSET(struct cland_task, tgid, 76) },
	{ OFFSET(struct cland_task, waker_pid, 80) },
	{ OFFSET(struct cland_task, weight, 84) },
	{ OFFSET(struct cland_task, cpu, 88) },
	{ OFFSET(struct cland_task, nr_cpus_allowed, 92) },
	{ OFFSET(struct cland_task, flags, 96) },
	{ OFFSET(struct cland_task, queue, 100) },
	{ OFFSET(struct cland_task, comm, 104) },
	{ OFFSET(struct cland_task, cgroup_id, 120) },
	{ OFFSET(struct cland_task, cgroup, 128) },
	{ OFFSET(struct cland_task, cgroup_weight, 132) },
	{ OFFSET(struct cland_task, hint_slice_ns, 136) },
	{ OFFSET(struct cland_task, hint_deadline_ns, 144) },
	{ OFFSET(struct cland_task, hint_boost, 152) },
	{ OFFSET(struct cland_task, hints, 156) },
	{ OFFSET(struct cland_task, kernel_weight, 160) },
	{ OFFSET(struct cland_task, reserved, 164) },
	{ SIZE(struct cland_cgroup, 48) },
	{ OFFSET(struct cland_cgroup, id, 0) },
	{ OFFSET(struct cland_cgroup, runnable_ns, 8) },
	{ OFFSET(struct cland_cgroup, runnable_weight_ns, 16) },
	{ OFFSET(struct cland_cgroup, weight_now, 24) },
	{ OFFSET(struct cland_cgroup, weight, 32) },
	{ OFFSET(struct cland_cgroup, parent, 36) },
	{ OFFSET(struct cland_cgroup, level, 40) },
	{ OFFSET(struct cland_cgroup, nr_now, 44) },
	{ SIZE(struct cland_lease, 48) },
	{ OFFSET(struct cland_lease, valid_ns, 0) },
	{ OFFSET(struct cland_lease, credit_ns, 8) },
	{ OFFSET(struct cland_lease, slice_ns, 16) },
	{ OFFSET(struct cland_lease, preempt_ns, 24) },
	{ OFFSET(struct cland_lease, offset_ns, 32) },
	{ OFFSET(struct cland_lease, rate, 40) },
	{ OFFSET(struct cland_lease, flags, 44) },
	{ SIZE(union cland_value, 8) },
	{ SIZE(struct cland_rule, 64) },
	{ OFFSET(struct cland_rule, name, 0) },
	{ OFFSET(struct cland_rule, comm, 16) },
	{ OFFSET(struct cland_rule, cgroup_id, 32) },
	{ OFFSET(struct cland_rule, weight, 40) },
	{ OFFSET(struct cland_rule, reserved, 44) },
	{ OFFSET(struct cland_rule, period_ns, 48) },
	{ OFFSET(struct cland_rule, budget_ns, 56) },
	{ SIZE(struct cland_rules, 16) },
	{ OFFSET(struct cland_rules, nr, 0) },
	{ OFFSET(struct cland_rules, rule_size, 4) },
	{ OFFSET(struct cland_rules, rule, 8) },
	{ SIZE(struct cland_param, 56) },
	{ OFFSET(struct cland_param, name, 0) },
	{ OFFSET(struct cland_param, unit, 8) },
	{ OFFSET(struct cland_param, help, 16) },
	{ OFFSET(struct cland_param, min, 24) },
	{ OFFSET(struct cland_param, max, 32) },
	{ OFFSET(struct cland_param, def, 40) },
	{ OFFSET(struct cland_param, type, 48) },
	{ OFFSET(struct cland_param, reserved, 52) },
	{ SIZE(struct cland_host, 40) },
	{ OFFSET(struct cland_host, struct_size, 0) },
	{ OFFSET(struct cland_host, nr_cpus, 4) },
	{ OFFSET(struct cland_host, max_tasks, 8) },
	{ OFFSET(struct cland_host, abi_minor, 12) },
	{ OFFSET(struct cland_host, log, 16) },
	{ OFFSET(struct cland_host, max_cgroups, 24) },
	{ OFFSET(struct cland_host, nr_cpus_online, 28) },
	{ OFFSET(struct cland_host, cgroup, 32) },
	{ SIZE(struct cland_policy_ops, 128) },
	{ OFFSET(struct cland_policy_ops, magic, 0) },
	{ OFFSET(struct cland_policy_ops, abi_major, 8) },
	{ OFFSET(struct cland_policy_ops, abi_minor, 12) },
	{ OFFSET(struct cland_policy_ops, struct_size, 16) },
	{ OFFSET(struct cland_policy_ops, task_priv_size, 20) },
	{ OFFSET(struct cland_policy_ops, capabilities, 24) },
	{ OFFSET(struct cland_policy_ops, name, 32) },
	{ OFFSET(struct cland_policy_ops, summary, 40) },
	{ OFFSET(struct cland_policy_ops, version, 48) },
	{ OFFSET(struct cland_policy_ops, params, 56) },
	{ OFFSET(struct cland_policy_ops, create, 64) },
	{ OFFSET(struct cland_policy_ops, destroy, 72) },
	{ OFFSET(struct cland_policy_ops, rank, 80) },
	{ OFFSET(struct cland_policy_ops, lease, 88) },
	{ OFFSET(struct cland_policy_ops, tick, 96) },
	{ OFFSET(struct cland_policy_ops, task_exit, 104) },
	{ OFFSET(struct cland_policy_ops, reasons, 112) },
	{ OFFSET(struct cland_policy_ops, reason, 120) },
};

static void abi__layout_is_unchanged(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(layout) / sizeof(layout[0]); i++) {
		if (layout[i].is != layout[i].must_be)
			fail_msg("%s is %zu and must be %zu", layout[i].what, layout[i].is,
				 layout[i].must_be);
	}
}

static void abi__constants_are_unchanged(void **state)
{
	(void)state;
	assert_true(CLAND_POLICY_MAGIC == 0x594c4f50444e4c43ULL);
	assert_int_equal(CLAND_POLICY_ABI_MAJOR, 1);
	assert_string_equal(CLAND_POLICY_SYMBOL, "cland_policy");
	assert_int_equal(CLAND_RATE_ONE, 1u << 20);
	assert_int_equal(CLAND_WEIGHT_NICE_0, 1024);
	assert_int_equal(CLAND_TASK_WAKEUP, 1);
	assert_int_equal(CLAND_TASK_PINNED, 2);
	assert_int_equal(CLAND_TASK_KTHREAD, 4);
	assert_int_equal(CLAND_TASK_NEW, 8);
	assert_int_equal(CLAND_LEASE_KEEP, 1);
	assert_int_equal(CLAND_LEASE_CROWD, 2);
	assert_int_equal(CLAND_CGROUP_WEIGHT_DEFAULT, 100);
	assert_int_equal(CLAND_PARAM_U64, 1);
	assert_int_equal(CLAND_PARAM_BOOL, 2);
	assert_int_equal(CLAND_PARAM_RULES, 3);
	assert_int_equal(CLAND_RULES_MAX, 16);
	assert_int_equal(CLAND_REASONS_MAX, 255);
	assert_int_equal(CLAND_REASON_LEN, 64);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(abi__layout_is_unchanged),
		cmocka_unit_test(abi__constants_are_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
