/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_image.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE	     EM_X86_64
#define MACHINE_NAME "x86-64"
#elif defined(__aarch64__)
#define MACHINE	     EM_AARCH64
#define MACHINE_NAME "aarch64"
#else
#error "policy_image.c does not know this machine's number in ELF files"
#endif

#define BYTE_ORDER_ELF (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

/* What a file can be at most: far more than any policy, far less than the machine's memory. */
#define FILE_MAX (256u << 20)

__attribute__((format(printf, 3, 4))) int policy_image_fail(const struct policy_image *image,
							    int err, const char *fmt, ...)
{
	struct diag text;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text.text, sizeof(text.text), fmt, args);
	va_end(args);
	if (!image->examiner)
		return diag_set(image->diag, err, "%s: %.900s", image->path, text.text);
	image->examiner->found(image->examiner->data, image->examiner->part, text.text);
	if (!image->examiner->err)
		image->examiner->err = err;
	return err;
}

void policy_image_part(const struct policy_image *image, enum policy_meta_part part)
{
	if (image->examiner)
		image->examiner->part = part;
}

static int read_bytes(struct policy_image *image)
{
	struct stat st;
	size_t at = 0;
	ssize_t n;
	int fd, err = 0;

	/* O_NONBLOCK: a FIFO must not hold us up until it is found not to be a regular file */
	fd = image->fd ? fcntl(*image->fd, F_DUPFD_CLOEXEC, 0) :
			 open(image->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return policy_image_fail(image, -errno, "cannot be opened: %s", strerror(errno));
	if (fstat(fd, &st)) {
		err = policy_image_fail(image, -errno, "%s", strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		err = policy_image_fail(image, -ENOEXEC,
					"not a regular file; expected a policy's .so");
		goto out;
	}
	if (st.st_size > FILE_MAX) {
		err = policy_image_fail(image, -EFBIG, "larger than %u MiB; not a policy",
					FILE_MAX >> 20);
		goto out;
	}
	/*
	 * Read rather than mapped: whoever cuts the file short meanwhile would kill us by SIGBUS.
	 * One byte more than needed, as malloc(0) may be NULL.
	 */
	image->bytes = malloc((size_t)st.st_size + 1);
	if (!image->bytes) {
		err = policy_image_fail(image, -ENOMEM, "no memory to read it");
		goto out;
	}
	while (at < (size_t)st.st_size) {
		n = pread(fd, image->bytes + at, (size_t)st.st_size - at, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err = policy_image_fail(image, -errno, "cannot be read: %s",
						strerror(errno));
			goto out;
		}
		if (!n)
			break;
		at += (size_t)n;
	}
	image->size = at;
out:
	close(fd);
	return err;
}

static int check_header(struct policy_image *image)
{
	GElf_Ehdr ehdr;

	elf_version(EV_CURRENT);
	image->elf = elf_memory(image->bytes, image->size);
	if (!image->elf || elf_kind(image->elf) != ELF_K_ELF || !gelf_getehdr(image->elf, &ehdr))
		return policy_image_fail(image, -ENOEXEC,
					 "not an ELF file; expected a policy's .so");
	if (ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_ident[EI_DATA] != BYTE_ORDER_ELF ||
	    ehdr.e_machine != MACHINE)
		return policy_image_fail(
			image, -ENOEXEC,
			"made for another machine; build the policy for " MACHINE_NAME);
	if (ehdr.e_type == ET_REL)
		return policy_image_fail(
			image, -ENOEXEC,
			"an object file; link it with -shared to make a policy of it");
	if (ehdr.e_type != ET_DYN)
		return policy_image_fail(image, -ENOEXEC,
					 "not a shared object; link the policy with -shared");
	return 0;
}

int policy_image_open(struct policy_image *image)
{
	int err = read_bytes(image);

	return err ? err : check_header(image);
}

void policy_image_close(struct policy_image *image)
{
	if (image->elf)
		elf_end(image->elf);
	free(image->bytes);
}

const char *policy_image_bytes(const struct policy_image *image, uint64_t addr, size_t at_least,
			       size_t *size)
{
	size_t i, nr;
	GElf_Phdr phdr;
	uint64_t skip, rest;

	if (elf_getphdrnum(image->elf, &nr))
		return NULL;
	for (i = 0; i < nr && i < INT_MAX; i++) {
		if (!gelf_getphdr(image->elf, (int)i, &phdr))
			return NULL;
		if (phdr.p_type != PT_LOAD || addr < phdr.p_vaddr)
			continue;
		skip = addr - phdr.p_vaddr;
		if (skip >= phdr.p_filesz)
			continue;
		rest = phdr.p_filesz - skip;
		if (rest < at_least || phdr.p_offset > image->size ||
		    phdr.p_filesz > image->size - phdr.p_offset)
			return NULL;
		if (*size > rest)
			*size = (size_t)rest;
		return image->bytes + phdr.p_offset + skip;
	}
	return NULL;
}
