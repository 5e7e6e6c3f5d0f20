/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_image.h - a policy's ELF file in memory, read with every bound checked and nothing of it
 * run: its bytes by the address they will have, what relocations put there (policy_image_reloc.c),
 * and its dynamic symbols (policy_image_symbols.c). These three files are the only ones that know
 * libelf; what the policy's table says is policy_meta.c's. Non-logging.
 */
#ifndef CLAND_POLICY_IMAGE_H
#define CLAND_POLICY_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "policy_meta.h"

struct Elf;
struct Elf_Scn;

/* Who wants to hear of all that is wrong, rather than of the first. */
struct policy_examiner {
	void (*found)(void *data, enum policy_meta_part part, const char *sentence);
	void *data;
	enum policy_meta_part part;
	int err; /* of the first fault */
};

/* The file in memory. Set path and one of diag and examiner, the rest to zero. */
struct policy_image {
	const char *path;
	const int *fd;		/* it is open already, and path is its name for people; NULL: it is not */
	struct diag *diag;
	struct policy_examiner *examiner; /* NULL: the first fault goes to diag */
	char *bytes;
	size_t size;
	struct Elf *elf;
	struct Elf_Scn *dynsym;
};

/* Where a symbol's object lies, and how long it says it is. */
struct policy_image_symbol {
	uint64_t addr, size;
};

/* policy_image_fail - tell a fault, to the examiner or in diag after the file's name. Returns err. */
__attribute__((format(printf, 3, 4))) int policy_image_fail(const struct policy_image *image,
							    int err, const char *fmt, ...);

/* policy_image_part - what the faults from here on are about. */
void policy_image_part(const struct policy_image *image, enum policy_meta_part part);

/*
 * policy_image_open - read the file at image->path, and see that it is a shared object for this
 * machine. Returns 0 or -errno, told. policy_image_close() is due either way.
 */
int policy_image_open(struct policy_image *image);
void policy_image_close(struct policy_image *image);

/*
 * policy_image_bytes - where the *size bytes at the address lie in the file as the loader will map
 * it; fewer are accepted when at_least are there. Returns NULL when they are not.
 */
const char *policy_image_bytes(const struct policy_image *image, uint64_t addr, size_t at_least,
			       size_t *size);

/* policy_image_relocate - put what the loader will write into the size bytes that stand at addr. */
void policy_image_relocate(const struct policy_image *image, uint64_t addr, char *bytes,
			   size_t size);

/*
 * policy_image_table - find the policy's table by its symbol, CLAND_POLICY_SYMBOL, which must be an
 * object of this file. Returns 0 or -errno, told.
 */
int policy_image_table(struct policy_image *image, struct policy_image_symbol *ret_symbol);

/*
 * policy_image_function - the function that the address in the file belongs to, by all the symbols
 * there are; name is cut to size bytes. Parts that a compiler has split off (name.cold) have the
 * whole's name. Returns whether there is one.
 */
bool policy_image_function(const struct policy_image *image, uint64_t addr, char *ret_name,
			   size_t size, uint64_t *ret_offset);

/*
 * For policy_meta_symbols(). policy_image_each_symbol() has something to call with() for once
 * policy_image_table() was called.
 */
void policy_image_each_library(const struct policy_image *image,
			       void (*with)(void *data, enum policy_meta_symbol kind,
					    const char *name),
			       void *data);
void policy_image_each_symbol(const struct policy_image *image,
			      void (*with)(void *data, enum policy_meta_symbol kind,
					   const char *name),
			      void *data);

#endif
