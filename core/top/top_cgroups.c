/* SPDX-License-Identifier: GPL-2.0-only */
#include "top_cgroups.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLACES 1024u	/* of paths that are remembered; one goes when another one needs its place */
#define KERNFS_HANDLE 0xfe	/* the type of a handle that is a cgroup's number */

struct place {
	uint64_t id;		/* 0: free */
	char *path;
};

struct top_cgroups {
	int root;		/* -1: not mounted */
	char root_path[PATH_MAX]; /* without links */
	struct place places[PLACES];
};

struct top_cgroups *top_cgroups_new(const char *root)
{
	struct top_cgroups *cgroups = calloc(1, sizeof(*cgroups));

	if (!cgroups)
		return NULL;
	cgroups->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!realpath(root, cgroups->root_path))
		cgroups->root_path[0] = '\0';
	return cgroups;
}

/* The caller's to free; NULL: it has gone, or there is no memory. */
static char *find_path(const struct top_cgroups *cgroups, uint64_t id)
{
	char handle_room[sizeof(struct file_handle) + sizeof(id)] __attribute__((aligned(8)));
	struct file_handle *handle = (struct file_handle *)handle_room;
	size_t root_len = strlen(cgroups->root_path);
	char link[64], path[PATH_MAX];
	ssize_t len;
	int fd;

	handle->handle_bytes = sizeof(id);
	handle->handle_type = KERNFS_HANDLE;
	memcpy(handle->f_handle, &id, sizeof(id));
	fd = open_by_handle_at(cgroups->root, handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	close(fd);
	if (len < 0)
		return NULL;
	path[len] = '\0';
	if (strncmp(path, cgroups->root_path, root_len) != 0)
		return NULL;
	return strdup(path[root_len] ? path + root_len : "/");
}

const char *top_cgroups_path(struct top_cgroups *cgroups, uint64_t id)
{
	struct place *place = &cgroups->places[id % PLACES];

	if (cgroups->root < 0 || !id)
		return "";
	if (place->id != id || !place->path) {
		free(place->path);
		place->path = find_path(cgroups, id);
		place->id = id;
	}
	return place->path ? place->path : "";
}

void top_cgroups_free(struct top_cgroups *cgroups)
{
	uint32_t i;

	if (!cgroups)
		return;
	for (i = 0; i < PLACES; i++)
		free(cgroups->places[i].path);
	if (cgroups->root >= 0)
		close(cgroups->root);
	free(cgroups);
}
