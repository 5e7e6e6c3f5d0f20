/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alloc_count.h - how often this process has called the allocator, its shared objects included:
 * link alloc_count.c, which puts its own malloc() and so on in front of the C library's, or asks
 * AddressSanitizer, where that has done the same already.
 */
#ifndef CLAND_ALLOC_COUNT_H
#define CLAND_ALLOC_COUNT_H

#include <stdbool.h>

/* alloc_count - calls to malloc, calloc, realloc, aligned forms of them, and free so far. */
unsigned long alloc_count(void);

/* alloc_fail_next - let the nr-th allocation from now fail. False: cannot be done here. */
bool alloc_fail_next(unsigned long nr);

#endif
