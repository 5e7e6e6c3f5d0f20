/* SPDX-License-Identifier: GPL-2.0-only */
#include "capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(cap) (1ULL << (cap))

/* Arrays, so that equal ones have equal addresses. */
static const char for_the_stub[] = "for the scheduler in the kernel";
static const char for_the_cage[] = "for agents to give up their rights";
static const char to_end_them[] = "to end agents, which are of another user";

static const struct {
	const char *name, *what_for;
	uint64_t any_of;
	bool for_sandbox;
} needed[] = {
	/* CAP_SYS_ADMIN would do for the kernel, and does not for the stub: see cland_register(). */
	{ "CAP_BPF", for_the_stub, BIT(CAP_BPF), false },
	{ "CAP_PERFMON", for_the_stub, BIT(CAP_PERFMON) | BIT(CAP_SYS_ADMIN), false },
	{ "CAP_KILL", to_end_them, BIT(CAP_KILL), true },
	{ "CAP_SETUID", for_the_cage, BIT(CAP_SETUID), true },
	{ "CAP_SETGID", for_the_cage, BIT(CAP_SETGID), true },
	{ "CAP_SETPCAP", for_the_cage, BIT(CAP_SETPCAP), true },
};

uint64_t capabilities_read(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return UINT64_MAX;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

int capabilities_check(uint64_t effective, bool sandbox, struct diag *diag)
{
	const char *what_for = NULL; /* of those before, which are listed with it behind */
	char missing[512] = "";
	size_t i, len = 0;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (effective & needed[i].any_of || (needed[i].for_sandbox && !sandbox))
			continue;
		if (what_for && what_for != needed[i].what_for)
			len += (size_t)snprintf(missing + len, sizeof(missing) - len, " (%s)", what_for);
		len += (size_t)snprintf(missing + len, sizeof(missing) - len, "%s%s", len ? ", " : "",
					needed[i].name);
		what_for = needed[i].what_for;
	}
	if (!what_for)
		return 0;
	return diag_set(diag, -EPERM, "this root has not the rights of one: there is no %s (%s). Start it with all "
			"capabilities, or add these: CapabilityBoundingSet= in a unit, --cap-add in a container",
			missing, what_for);
}
