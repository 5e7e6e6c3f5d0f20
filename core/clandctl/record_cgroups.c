/* SPDX-License-Identifier: GPL-2.0-only */
#include "record_cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "small_file.h"

#define DEPTH_MAX 64
#define PATH_LEN 4096

uint32_t record_cgroups_note(struct record_cgroups *c, uint64_t id)
{
	uint64_t *grown;
	uint32_t i;

	if (c->nr && c->ids[c->last] == id)
		return c->last + 1;
	for (i = 0; i < c->nr; i++)
		if (c->ids[i] == id)
			break;
	if (i == c->nr && i == c->room) {
		uint32_t room = c->room ? 2 * c->room : 16;

		if (i == RECORDING_CGROUPS_MAX)
			return 0;
		grown = realloc(c->ids, room * sizeof(*grown));
		if (!grown)
			return 0;
		c->ids = grown;
		c->room = room;
	}
	if (i == c->nr)
		c->ids[c->nr++] = id;
	c->last = i;
	return i + 1;
}

void record_cgroups_free(struct record_cgroups *c)
{
	free(c->ids);
	memset(c, 0, sizeof(*c));
}

/* A walk through the folders of the hierarchy. */
struct walk {
	const struct record_cgroups *cgroups;
	struct recording *recording;
	uint32_t *places;	/* of each that was noted: its index in the recording; 0: not found yet */
	char path[PATH_LEN];	/* from the root on */
	uint32_t depth;
	struct {
		int dir;	/* the folder */
		size_t len;	/* of its path */
		uint32_t index;	/* in the recording; RECORDING_NONE: it is not in it yet */
	} levels[DEPTH_MAX];
};

static uint32_t read_weight(int dir)
{
	char text[32];
	unsigned long weight;

	if (small_file_read(dir, "cpu.weight", text, sizeof(text)) <= 0)
		return 100;
	weight = strtoul(text, NULL, 10);
	return weight >= 1 && weight <= 10000 ? (uint32_t)weight : 100;
}

/* The folder's index, which takes those above it into the recording as well. */
static uint32_t take_in(struct walk *walk)
{
	uint32_t i, parent = 0;

	for (i = 1; i <= walk->depth; i++) {
		if (walk->levels[i].index == RECORDING_NONE) {
			char end = walk->path[walk->levels[i].len];

			walk->path[walk->levels[i].len] = '\0';
			walk->levels[i].index = recording_add_cgroup(walk->recording, parent,
								     read_weight(walk->levels[i].dir),
								     walk->path);
			walk->path[walk->levels[i].len] = end;
		}
		/* No room: it counts as the one above it. */
		if (walk->levels[i].index == RECORDING_NONE)
			return parent;
		parent = walk->levels[i].index;
	}
	return parent;
}

static void visit(struct walk *walk, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < walk->cgroups->nr; i++)
		if (walk->cgroups->ids[i] == id)
			walk->places[i] = take_in(walk);
}

static void walk_folder(struct walk *walk, int dir)
{
	DIR *folder = fdopendir(dir);
	const struct dirent *entry;

	if (!folder) {
		close(dir);
		return;
	}
	while ((entry = readdir(folder))) {
		size_t len = walk->levels[walk->depth].len, name_len = strlen(entry->d_name);
		int child;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    walk->depth + 1 == DEPTH_MAX || len + name_len + 2 > PATH_LEN)
			continue;
		child = openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (child < 0)
			continue;
		walk->path[len] = '/';
		memcpy(walk->path + len + 1, entry->d_name, name_len + 1);
		walk->depth++;
		walk->levels[walk->depth].dir = child;
		walk->levels[walk->depth].len = len + 1 + name_len;
		walk->levels[walk->depth].index = RECORDING_NONE;
		visit(walk, entry->d_ino);
		walk_folder(walk, child);
		walk->depth--;
		walk->path[len] = '\0';
	}
	closedir(folder);
}

void record_cgroups_resolve(struct record_cgroups *c, const char *root, struct recording *recording)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	uint32_t *places = calloc(c->nr + 1, sizeof(*places));
	int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint32_t i;

	if (walk && places && dir >= 0) {
		walk->cgroups = c;
		walk->recording = recording;
		walk->places = places;
		walk_folder(walk, dir);
		dir = -1; /* closed */
	}
	for (i = 0; i < recording->nr_tasks; i++) {
		uint32_t noted = recording->tasks[i].cgroup;

		recording->tasks[i].cgroup = noted && noted <= c->nr && places ? places[noted - 1] : 0;
	}
	if (dir >= 0)
		close(dir);
	free(places);
	free(walk);
}
