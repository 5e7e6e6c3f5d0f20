/* SPDX-License-Identifier: GPL-2.0-only */
#include "proc_comm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "small_file.h"

int proc_comm_read(pid_t pid, char ret_comm[16])
{
	char path[64], text[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	n = small_file_read(AT_FDCWD, path, text, sizeof(text));
	if (n <= 0)
		return n ? (int)n : -ESRCH;
	snprintf(ret_comm, 16, "%.15s", text);
	ret_comm[strcspn(ret_comm, "\n")] = '\0';
	return 0;
}

int proc_exe_read(pid_t pid, char *ret_path, size_t size)
{
	static const char gone[] = " (deleted)";
	char path[64], *end;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, ret_path, size - 1);
	ret_path[n > 0 ? n : 0] = '\0';
	if (n < 0)
		return -errno;
	end = ret_path + n - (sizeof(gone) - 1);
	if (end > ret_path && !strcmp(end, gone))
		*end = '\0';
	return 0;
}

int proc_start_read(pid_t pid, uint64_t *ret_start)
{
	char path[64], text[1024], *at;
	unsigned long long start;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	n = small_file_read(AT_FDCWD, path, text, sizeof(text));
	if (n < 0)
		return (int)n;
	/* The name, in parentheses, may hold anything; the start is the 20th field behind it. */
	at = strrchr(text, ')');
	if (!at || sscanf(at, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			      "%*s %*s %llu", &start) != 1)
		return -ESRCH;
	*ret_start = start;
	return 0;
}
