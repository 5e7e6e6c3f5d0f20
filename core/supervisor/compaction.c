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

/* A note to whoever starts next, should we be killed before compaction_restore(). */
static void debt_note(void)
{
	int fd = open(COMPACTION_DEBT_PATH, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd >= 0)
		close(fd);
}

int compaction_spare_locked(void)
{
	int ret = set_switch('0');

	if (ret > 0)
		debt_note();
	else if (!ret && !access(COMPACTION_DEBT_PATH, F_OK))
		ret = 1; /* off, but by one of us who could not switch it on again */
	return ret;
}

int compaction_restore(void)
{
	int err = set_switch('1');

	if (err < 0)
		return err;
	unlink(COMPACTION_DEBT_PATH);
	return 0;
}
