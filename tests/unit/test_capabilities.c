/* SPDX-License-Identifier: GPL-2.0-only */
/* What capabilities.h promises. */
#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capabilities.h"

#define WITHOUT(cap) (UINT64_MAX & ~(1ULL << (cap)))

static void capabilities__names_those_that_are_missing(void **state)
{
	static const struct {
		uint64_t effective;
		bool sandbox;
		const char *missing; /* NULL: nothing */
	} cases[] = {
		{ UINT64_MAX, true, NULL },
		{ WITHOUT(CAP_KILL), true, "there is no CAP_KILL (to end agents" },
		{ WITHOUT(CAP_KILL), false, NULL },
		{ WITHOUT(CAP_SETUID), true, "there is no CAP_SETUID (for agents to give up" },
		{ WITHOUT(CAP_SETGID), true, "there is no CAP_SETGID (" },
		{ WITHOUT(CAP_SETPCAP), true, "there is no CAP_SETPCAP (" },
		{ WITHOUT(CAP_BPF), true, "there is no CAP_BPF (" },
		{ WITHOUT(CAP_BPF), false, "there is no CAP_BPF (" },
		{ WITHOUT(CAP_PERFMON), true, NULL },
		{ WITHOUT(CAP_PERFMON) & WITHOUT(CAP_SYS_ADMIN), true, "there is no CAP_PERFMON (" },
		{ WITHOUT(CAP_BPF) & WITHOUT(CAP_KILL), true, "there is no CAP_BPF (for the scheduler in the "
		  "kernel), CAP_KILL (to end agents, which are of another user). " },
		{ 0, true, "there is no CAP_BPF, CAP_PERFMON (for the scheduler in the kernel), CAP_KILL (to end agents, "
		  "which are of another user), CAP_SETUID, CAP_SETGID, CAP_SETPCAP (for agents to give up their rights). " },
	};
	struct diag diag;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = capabilities_check(cases[i].effective, cases[i].sandbox, &diag);

		assert_int_equal(err, cases[i].missing ? -EPERM : 0);
		if (cases[i].missing && !strstr(diag.text, cases[i].missing))
			fail_msg("case %zu says: %s", i, diag.text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(capabilities__names_those_that_are_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
