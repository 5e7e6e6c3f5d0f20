/* SPDX-License-Identifier: GPL-2.0-only */
#include "sched_ext_state.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void read_word(const char *sysfs, const char *name, char *ret_text, size_t size)
{
	char path[4096];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/kernel/sched_ext/%s", sysfs, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, ret_text, size - 1);
		close(fd);
	}
	ret_text[n > 0 ? n : 0] = '\0';
	ret_text[strcspn(ret_text, "\n")] = '\0';
}

void sched_ext_state_read(const char *sysfs, struct sched_ext_state *ret_state)
{
	read_word(sysfs, "state", ret_state->state, sizeof(ret_state->state));
	read_word(sysfs, "root/ops", ret_state->ops, sizeof(ret_state->ops));
}
