/* SPDX-License-Identifier: GPL-2.0-only */
#include "sched_ext_state.h"

#include <stdio.h>

#include "small_file.h"

static void read_word(const char *sysfs, const char *name, char *ret_text, size_t size)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/kernel/sched_ext/%s", sysfs, name);
	small_file_line(AT_FDCWD, path, ret_text, size);
}

void sched_ext_state_read(const char *sysfs, struct sched_ext_state *ret_state)
{
	read_word(sysfs, "state", ret_state->state, sizeof(ret_state->state));
	read_word(sysfs, "root/ops", ret_state->ops, sizeof(ret_state->ops));
	read_word(sysfs, "enable_seq", ret_state->enable_seq, sizeof(ret_state->enable_seq));
}
