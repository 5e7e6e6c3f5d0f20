/* SPDX-License-Identifier: GPL-2.0-only */
/* What descriptors.h promises. */
#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "descriptors.h"

static void limit_to(rlim_t soft, rlim_t hard)
{
	const struct rlimit limit = { soft, hard };

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static rlim_t limit(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	return limit.rlim_cur;
}

static void descriptors__are_as_many_as_may_be(void **state)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
	struct diag diag;

	(void)state;
	limit_to(64, 200);
	assert_int_equal(descriptors_raise(128, &diag), 0);
	assert_int_equal(limit(), 200);
	/* who has CAP_SYS_RESOURCE may raise the hard limit, too */
	if (!descriptors_raise(220, &diag))
		assert_int_equal(limit(), 220);
	limit_to(64, 200);
	assert_int_equal(syscall(SYS_capset, &header, none), 0);
	assert_int_equal(descriptors_raise(256, &diag), -EMFILE);
	assert_non_null(strstr(diag.text, "the limit on open files is 200 and cannot be raised, and it takes 256"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors__are_as_many_as_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
