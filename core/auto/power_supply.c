/* SPDX-License-Identifier: GPL-2.0-only */
#include "power_supply.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "small_file.h"

/* The word in a supply's file; "" when there is none. */
static void read_word(int dir_fd, const char *supply, const char *file, char *ret_word, size_t size)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", supply, file);
	small_file_line(dir_fd, path, ret_word, size);
}

int power_supply_read(const char *path, struct power_supply_state *ret_state)
{
	bool is_online = false, is_offline = false, discharges = false, has_battery = false;
	const struct dirent *entry;
	char word[32];
	DIR *dir = opendir(path);

	if (!dir && errno != ENOENT)
		return -errno;
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		read_word(dirfd(dir), entry->d_name, "scope", word, sizeof(word));
		if (!strcmp(word, "Device"))
			continue;
		read_word(dirfd(dir), entry->d_name, "type", word, sizeof(word));
		if (!strcmp(word, "Battery") || !strcmp(word, "UPS")) {
			read_word(dirfd(dir), entry->d_name, "present", word, sizeof(word));
			if (!strcmp(word, "0"))
				continue; /* a bay without one */
			has_battery = true;
			read_word(dirfd(dir), entry->d_name, "status", word, sizeof(word));
			discharges |= !strcmp(word, "Discharging");
		} else if (word[0]) {
			read_word(dirfd(dir), entry->d_name, "online", word, sizeof(word));
			is_online |= word[0] && strcmp(word, "0") != 0;
			is_offline |= !strcmp(word, "0");
		}
	}
	if (dir)
		closedir(dir);
	/* A battery says so some seconds late; a socket with nothing in it says nothing of a desktop. */
	ret_state->has_battery = has_battery;
	ret_state->on_battery = has_battery && !is_online && (is_offline || discharges);
	return 0;
}
