/* SPDX-License-Identifier: GPL-2.0-only */
#include "alloc_count.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

static unsigned long nr_calls;

unsigned long alloc_count(void)
{
	return nr_calls;
}

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)

int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
					      void (*on_free)(const volatile void *));

bool alloc_fail_next(unsigned long nr)
{
	(void)nr;
	return false;
}

static void on_malloc(const volatile void *memory, size_t size)
{
	(void)memory;
	(void)size;
	nr_calls++;
}

static void on_free(const volatile void *memory)
{
	(void)memory;
	nr_calls++;
}

__attribute__((constructor)) static void hook(void)
{
	if (!__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free))
		abort();
}

#else

/* The C library's own, under the names it keeps for those who replace them. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t nr, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *memory);

static unsigned long fail_in; /* 0: none is to fail */

bool alloc_fail_next(unsigned long nr)
{
	fail_in = nr;
	return true;
}

static bool fails(void)
{
	nr_calls++;
	return fail_in && !--fail_in;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t nr, size_t size)
{
	return fails() ? NULL : __libc_calloc(nr, size);
}

void *realloc(void *memory, size_t size)
{
	return fails() ? NULL : __libc_realloc(memory, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	return fails() ? NULL : __libc_memalign(align, size);
}

int posix_memalign(void **ret_memory, size_t align, size_t size)
{
	void *memory = fails() ? NULL : __libc_memalign(align, size);

	if (!memory)
		return ENOMEM;
	*ret_memory = memory;
	return 0;
}

void free(void *memory)
{
	nr_calls++;
	__libc_free(memory);
}

#endif
