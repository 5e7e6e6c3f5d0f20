/* SPDX-License-Identifier: GPL-2.0-only */
#include "crash_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

int crash_record_map(int fd, struct crash_record **ret_record)
{
	void *addr = mmap(NULL, sizeof(struct crash_record), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  0);

	if (addr == MAP_FAILED)
		return -errno;
	*ret_record = addr;
	return 0;
}

int crash_record_create(int *ret_fd, struct crash_record **ret_record)
{
	/* Sealed: whoever cut it short would end the supervisor by SIGBUS. */
	int fd = memfd_create("scx-cland-crash", MFD_CLOEXEC | MFD_ALLOW_SEALING), err = 0;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, sizeof(struct crash_record)) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		err = -errno;
	if (!err)
		err = crash_record_map(fd, ret_record);
	if (err)
		close(fd);
	else
		*ret_fd = fd;
	return err;
}

void crash_record_unmap(struct crash_record *record)
{
	if (record)
		munmap(record, sizeof(*record));
}
