/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_types.h - what the kernel's type information says of its sched_ext, as far as user space
 * has to know. It has 100,000 types and no index: libbpf takes long to parse it, and to look for
 * each name. This looks for all of them in one pass. Any thread, non-logging.
 */
#ifndef CLAND_KERNEL_TYPES_H
#define CLAND_KERNEL_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel_constants.h"

#define KERNEL_TYPES_PATH "/sys/kernel/btf/vmlinux"

enum kernel_constant {
#define KERNEL_CONSTANT(type, name) KERNEL_CONSTANT_##name,
	KERNEL_CONSTANTS_ALWAYS(KERNEL_CONSTANT)
	KERNEL_CONSTANT_ALWAYS_NR,
	KERNEL_CONSTANT_ALWAYS_LAST = KERNEL_CONSTANT_ALWAYS_NR - 1,
	KERNEL_CONSTANTS_LATER(KERNEL_CONSTANT)
#undef KERNEL_CONSTANT
	KERNEL_CONSTANT_NR,
};

struct kernel_types {
	bool has_kfuncs_6_13;		/* by the names that they have had since then */
	bool has_kfuncs_6_19;		/* with the arguments since then */
	bool has_migration_disabled;	/* flag SCX_OPS_ENQ_MIGRATION_DISABLED */
	bool has_cgroup_init;		/* op of struct sched_ext_ops; they come and go together */
	const char *lacks;		/* a constant that is not there; NULL: they all are */
	uint64_t constants[KERNEL_CONSTANT_NR];
};

/* kernel_types_read - from a file with nothing but that. Returns 0 or -errno; -EINVAL: not in a known form. */
int kernel_types_read(const char *path, struct kernel_types *ret_types);

#endif
