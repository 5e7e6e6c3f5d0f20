/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * small_file.h - what a file of /proc or /sys says: one read, which a kernel's file answers whole.
 * Needs no memory but the caller's. Any thread, non-logging.
 */
#ifndef CLAND_SMALL_FILE_H
#define CLAND_SMALL_FILE_H

#include <fcntl.h>
#include <sys/types.h>

/*
 * small_file_read - what it begins with, as a string of at most size - 1 bytes. dir_fd as for
 * openat(): AT_FDCWD, or the folder that path starts from. A FIFO does not hold us up. Returns how
 * many bytes were read, or -errno; then the text is "".
 */
ssize_t small_file_read(int dir_fd, const char *path, char *ret_text, size_t size);

/* small_file_line - the first line of that, without its end; "" when there is none. */
void small_file_line(int dir_fd, const char *path, char *ret_line, size_t size);

#endif
