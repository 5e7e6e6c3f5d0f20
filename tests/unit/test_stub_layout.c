/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stub_layout.h: the number stays while what the stub and user space share does, and is another one
 * as soon as a member has another name, place or type, or a variable moves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "stub_layout.h"

/* What is to be like in the type information made up below. */
struct shape {
	const char *member;
	uint32_t offset;	/* bits */
	uint32_t bytes;		/* of its type */
	int encoding;
	uint32_t array;		/* elements of the other one */
	const char *variable;
	uint32_t variable_offset;
	const char *unrelated;	/* a structure that nobody shares */
};

static const struct shape usual = {
	.member = "seq",
	.offset = 64,
	.bytes = 8,
	.array = 16,
	.variable = "agent_tgid",
	.variable_offset = 8,
	.unrelated = "task_struct",
};

static uint64_t layout_of(const struct shape *shape)
{
	struct btf *btf = btf__new_empty();
	int plain, alias, array, inner, var;
	uint64_t layout;

	assert_non_null(btf);
	btf__add_struct(btf, shape->unrelated, 4);
	plain = btf__add_int(btf, "some int", shape->bytes, shape->encoding);
	alias = btf__add_typedef(btf, "u_something", plain);
	array = btf__add_array(btf, plain, alias, shape->array);
	inner = btf__add_struct(btf, "inner", 256);
	btf__add_field(btf, "comm", array, 0, 0);
	btf__add_struct(btf, "cland_slot", 512);
	btf__add_field(btf, shape->member, alias, shape->offset, 0);
	btf__add_field(btf, "inner", inner, 1024, 0);
	var = btf__add_var(btf, shape->variable, BTF_VAR_GLOBAL_ALLOCATED, alias);
	btf__add_datasec(btf, ".bss", 64);
	assert_int_equal(btf__add_datasec_var_info(btf, var, shape->variable_offset, shape->bytes), 0);
	layout = stub_layout(btf);
	btf__free(btf);
	return layout;
}

static void test_same(void **state)
{
	struct shape shape = usual;

	(void)state;
	shape.unrelated = "another";
	assert_int_equal(layout_of(&usual), layout_of(&usual));
	assert_int_equal(layout_of(&usual), layout_of(&shape));
}

static void test_another(void **state)
{
	struct shape shapes[7];
	size_t i, j;

	(void)state;
	for (i = 0; i < 7; i++)
		shapes[i] = usual;
	shapes[1].member = "sequence";
	shapes[2].offset = 128;
	shapes[3].bytes = 4;
	shapes[4].encoding = BTF_INT_SIGNED;
	shapes[5].array = 8;
	shapes[6].variable_offset = 16;
	for (i = 0; i < 7; i++)
		for (j = 0; j < i; j++)
			assert_int_not_equal(layout_of(&shapes[i]), layout_of(&shapes[j]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
