/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_call.h"

const char *policy_call_name(uint32_t call)
{
	static const char *const names[POLICY_CALL_NR] = {
		[POLICY_CALL_NONE] = "",
		[POLICY_CALL_LOAD] = "create",
		[POLICY_CALL_RANK] = "rank",
		[POLICY_CALL_LEASE] = "lease",
		[POLICY_CALL_TICK] = "tick",
		[POLICY_CALL_TASK_EXIT] = "task_exit",
		[POLICY_CALL_DESTROY] = "destroy",
		[POLICY_CALL_REASON] = "reason",
	};

	return call < POLICY_CALL_NR ? names[call] : "";
}
