/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_types.h: what kernels have is found in their type information, whatever else is there, by
 * names and not by places; what is not type information is refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "kernel_types.h"

/* A kernel, made up below. */
struct kernel {
	bool kfuncs_6_13, kfuncs_6_19;
	bool half_of_6_19;	/* all of those but one */
	bool migration_disabled;
	bool groups;
	bool no_kick;		/* lacks SCX_KICK_IDLE */
};

static void add_kfunc(struct btf *btf, int proto, const char *name)
{
	assert_true(btf__add_func(btf, name, BTF_FUNC_GLOBAL, proto) > 0);
}

static void add_enums(struct btf *btf, const struct kernel *kernel)
{
	assert_true(btf__add_enum(btf, "scx_ops_flags", 4) > 0);
	assert_int_equal(btf__add_enum_value(btf, "SCX_OPS_ENQ_LAST", 2), 0);
	if (kernel->migration_disabled)
		assert_int_equal(btf__add_enum_value(btf, "SCX_OPS_ENQ_MIGRATION_DISABLED", 16), 0);
	assert_true(btf__add_enum64(btf, "scx_enq_flags", 8, false) > 0);
	assert_int_equal(btf__add_enum64_value(btf, "SCX_ENQ_WAKEUP", 1), 0);
	assert_int_equal(btf__add_enum64_value(btf, "SCX_ENQ_HEAD", 0x10000), 0);
	assert_int_equal(btf__add_enum64_value(btf, "SCX_ENQ_PREEMPT", 1ULL << 32), 0);
	assert_int_equal(btf__add_enum64_value(btf, "SCX_ENQ_REENQ", 1ULL << 40), 0);
	assert_int_equal(btf__add_enum64_value(btf, "SCX_ENQ_LAST", 1ULL << 41), 0);
	assert_true(btf__add_enum(btf, "scx_wake_flags", 4) > 0);
	assert_int_equal(btf__add_enum_value(btf, "SCX_WAKE_SYNC", 16), 0);
	/* Another enum's constant of that name is another constant. */
	assert_true(btf__add_enum(btf, "others", 4) > 0);
	assert_int_equal(btf__add_enum_value(btf, "SCX_KICK_IDLE", 99), 0);
	assert_true(btf__add_enum(btf, "scx_kick_flags", 4) > 0);
	if (!kernel->no_kick)
		assert_int_equal(btf__add_enum_value(btf, "SCX_KICK_IDLE", 1), 0);
	assert_int_equal(btf__add_enum_value(btf, "SCX_KICK_PREEMPT", 2), 0);
	assert_true(btf__add_enum(btf, "scx_ent_flags", 4) > 0);
	assert_int_equal(btf__add_enum_value(btf, "SCX_TASK_QUEUED", 1), 0);
	assert_true(btf__add_enum(btf, "scx_dsq_iter_flags", 4) > 0);
	assert_int_equal(btf__add_enum_value(btf, "SCX_DSQ_ITER_REV", 1 << 16), 0);
	assert_true(btf__add_enum(btf, "cpuhp_state", 4) > 0);
	assert_int_equal(btf__add_enum_value(btf, "CPUHP_INVALID", -1), 0);
	assert_int_equal(btf__add_enum_value(btf, "CPUHP_AP_ACTIVE", 234), 0);
}

/* One type of each kind, and in between what is looked for. The caller frees it. */
static struct btf *made_up(const struct kernel *kernel)
{
	struct btf *btf = btf__new_empty();
	int number, proto, var;

	assert_non_null(btf);
	number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	assert_true(btf__add_ptr(btf, number) > 0);
	assert_true(btf__add_array(btf, number, number, 5) > 0);
	proto = btf__add_func_proto(btf, number);
	assert_int_equal(btf__add_func_param(btf, "p", number), 0);
	assert_int_equal(btf__add_func_param(btf, "q", number), 0);
	assert_true(btf__add_union(btf, "sc", 4) > 0);
	assert_int_equal(btf__add_field(btf, "member", number, 0, 0), 0);
	assert_true(btf__add_fwd(btf, "sched_ext_ops", BTF_FWD_STRUCT) > 0);
	assert_true(btf__add_typedef(btf, "s32", number) > 0);
	assert_true(btf__add_volatile(btf, number) > 0);
	assert_true(btf__add_const(btf, number) > 0);
	assert_true(btf__add_restrict(btf, number) > 0);
	assert_true(btf__add_float(btf, "float", 4) > 0);
	assert_true(btf__add_type_tag(btf, "rcu", number) > 0);
	var = btf__add_var(btf, "jiffies", BTF_VAR_GLOBAL_ALLOCATED, number);
	assert_true(btf__add_datasec(btf, ".data", 4) > 0);
	assert_int_equal(btf__add_datasec_var_info(btf, var, 0, 4), 0);
	assert_true(btf__add_decl_tag(btf, "tag", var, -1) > 0);
	add_enums(btf, kernel);
	assert_true(btf__add_struct(btf, "sched_ext_ops", 16) > 0);
	assert_int_equal(btf__add_field(btf, "enqueue", number, 0, 0), 0);
	if (kernel->groups)
		assert_int_equal(btf__add_field(btf, "cgroup_init", number, 64, 0), 0);
	if (kernel->kfuncs_6_19 || kernel->half_of_6_19) {
		add_kfunc(btf, proto, "scx_bpf_reenqueue_local___v2");
		add_kfunc(btf, proto, "scx_bpf_dsq_insert___v2");
		add_kfunc(btf, proto, "__scx_bpf_dsq_insert_vtime");
	}
	if (kernel->kfuncs_6_19)
		add_kfunc(btf, proto, "scx_bpf_task_set_slice");
	if (kernel->kfuncs_6_13)
		add_kfunc(btf, proto, "scx_bpf_dsq_insert");
	add_kfunc(btf, proto, "scx_bpf_dsq_insert_more");
	return btf;
}

/* What is read of the first bytes of a file with that. */
static int read_bytes(const void *data, size_t size, struct kernel_types *ret_types)
{
	char path[] = "/tmp/kernel_types.XXXXXX";
	int err, fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	close(fd);
	err = kernel_types_read(path, ret_types);
	unlink(path);
	return err;
}

static int read_made_up(const struct kernel *kernel, struct kernel_types *ret_types)
{
	struct btf *btf = made_up(kernel);
	const void *data;
	uint32_t size;
	int err;

	data = btf__raw_data(btf, &size);
	assert_non_null(data);
	err = read_bytes(data, size, ret_types);
	btf__free(btf);
	return err;
}

static void kernel_types__says_what_a_kernel_has(void **state)
{
	static const struct kernel kernels[] = {
		{ .groups = true },
		{ .kfuncs_6_13 = true },
		{ .kfuncs_6_13 = true, .groups = true, .migration_disabled = true },
		{ .kfuncs_6_13 = true, .half_of_6_19 = true, .groups = true },
		{ .kfuncs_6_13 = true, .kfuncs_6_19 = true, .groups = true, .migration_disabled = true },
	};
	struct kernel_types types;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		assert_int_equal(read_made_up(&kernels[i], &types), 0);
		assert_int_equal(types.has_kfuncs_6_13, kernels[i].kfuncs_6_13);
		assert_int_equal(types.has_kfuncs_6_19, kernels[i].kfuncs_6_19);
		assert_int_equal(types.has_migration_disabled, kernels[i].migration_disabled);
		assert_int_equal(types.has_cgroup_init, kernels[i].groups);
		assert_null(types.lacks);
	}
}

static void kernel_types__reads_constants(void **state)
{
	static const struct kernel kernel = { .kfuncs_6_13 = true };
	struct kernel_types types;

	(void)state;
	assert_int_equal(read_made_up(&kernel, &types), 0);
	assert_int_equal(types.constants[KERNEL_CONSTANT_SCX_ENQ_WAKEUP], 1);
	assert_int_equal(types.constants[KERNEL_CONSTANT_SCX_ENQ_HEAD], 0x10000);
	assert_int_equal(types.constants[KERNEL_CONSTANT_SCX_ENQ_REENQ], 1ULL << 40);
	assert_int_equal(types.constants[KERNEL_CONSTANT_SCX_ENQ_LAST], 1ULL << 41);
	assert_int_equal(types.constants[KERNEL_CONSTANT_SCX_WAKE_SYNC], 16);
	assert_int_equal(types.constants[KERNEL_CONSTANT_SCX_KICK_IDLE], 1);
	assert_int_equal(types.constants[KERNEL_CONSTANT_SCX_KICK_PREEMPT], 2);
	assert_int_equal(types.constants[KERNEL_CONSTANT_SCX_TASK_QUEUED], 1);
	assert_int_equal(types.constants[KERNEL_CONSTANT_SCX_DSQ_ITER_REV], 1 << 16);
	assert_int_equal(types.constants[KERNEL_CONSTANT_CPUHP_AP_ACTIVE], 234);
}

static void kernel_types__names_a_constant_that_is_not_there(void **state)
{
	static const struct kernel kernel = { .no_kick = true };
	struct kernel_types types;

	(void)state;
	assert_int_equal(read_made_up(&kernel, &types), 0);
	assert_string_equal(types.lacks, "SCX_KICK_IDLE");
}

static void kernel_types__refuses_what_is_cut_off_or_unknown(void **state)
{
	static const struct kernel kernel = { .kfuncs_6_13 = true };
	struct kernel_types types = { .lacks = "untouched" };
	struct btf *btf = made_up(&kernel);
	struct btf_header header;
	char *data;
	uint32_t size;

	(void)state;
	data = (char *)(uintptr_t)btf__raw_data(btf, &size);
	memcpy(&header, data, sizeof(header));
	assert_int_equal(read_bytes("", 0, &types), -EINVAL);
	assert_int_equal(read_bytes(data, sizeof(header), &types), -EINVAL);
	assert_int_equal(read_bytes(data, size - 1, &types), -EINVAL);
	/* The int, which comes first, is of a kind to come. */
	((struct btf_type *)(void *)(data + header.hdr_len))->info = 31U << 24;
	assert_int_equal(read_bytes(data, size, &types), -EINVAL);
	data[0] = 'x';
	assert_int_equal(read_bytes(data, size, &types), -EINVAL);
	btf__free(btf);
	assert_int_equal(kernel_types_read("/nonexistent", &types), -ENOENT);
	assert_string_equal(types.lacks, "untouched");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_types__says_what_a_kernel_has),
		cmocka_unit_test(kernel_types__reads_constants),
		cmocka_unit_test(kernel_types__names_a_constant_that_is_not_there),
		cmocka_unit_test(kernel_types__refuses_what_is_cut_off_or_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
