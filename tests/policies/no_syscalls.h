/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * no_syscalls.h - forbid the calling process every call to the system but the one that ends it.
 */
#ifndef CLAND_TEST_NO_SYSCALLS_H
#define CLAND_TEST_NO_SYSCALLS_H

/*
 * no_syscalls - from now on a system call writes its number to *ret_nr and ends the process with
 * status 1. There is no way back. Returns 0, -errno, or -ENOTSUP under a sanitizer, which has calls
 * of its own to make.
 */
int no_syscalls(volatile int *ret_nr);

#endif
