/* SPDX-License-Identifier: GPL-2.0-only */
#include "file_place.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int file_place_find(const char *path, char *ret_path, size_t size, bool *ret_in_place)
{
	char resolved[PATH_MAX];
	struct stat st;

	*ret_in_place = false;
	if (!stat(path, &st)) {
		if (S_ISDIR(st.st_mode))
			return -EISDIR;
		*ret_in_place = !S_ISREG(st.st_mode);
		if (!*ret_in_place) {
			if (!realpath(path, resolved))
				return -errno;
			path = resolved;
		}
	} else if (errno != ENOENT) {
		return -errno;
	}
	return snprintf(ret_path, size, "%s", path) < (int)size ? 0 : -ENAMETOOLONG;
}
