/* SPDX-License-Identifier: GPL-2.0-only */
#include "small_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

ssize_t small_file_read(int dir_fd, const char *path, char *ret_text, size_t size)
{
	int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -errno : read(fd, ret_text, size - 1);

	if (fd >= 0 && n < 0)
		n = -errno;
	if (fd >= 0)
		close(fd);
	ret_text[n > 0 ? n : 0] = '\0';
	return n;
}

void small_file_line(int dir_fd, const char *path, char *ret_line, size_t size)
{
	small_file_read(dir_fd, path, ret_line, size);
	ret_line[strcspn(ret_line, "\n")] = '\0';
}
