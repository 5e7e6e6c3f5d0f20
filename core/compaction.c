/* SPDX-License-Identifier: GPL-2.0-only */
#include "compaction.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int set_switch(char value)
{
	int fd = open(COMPACTION_PATH, O_RDWR | O_CLOEXEC);
	char old;
	int err = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (read(fd, &old, 1) != 1)
		err = -EIO;
	else if (old != value)
		err = pwrite(fd, &value, 1, 0) == 1 ? 1 : -errno;
	close(fd);
	return err;
}

int compaction_spare_locked(void)
{
	return set_switch('0');
}

int compaction_restore(void)
{
	int err = set_switch('1');

	return err < 0 ? err : 0;
}
