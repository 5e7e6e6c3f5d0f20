/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stddef.h>

#include "watch_events.h"

/* There never is a struct watch_events: the others are for the linker. */

int watch_events_open(const struct watch_events_options *options, struct watch_events **ret_watch,
		      struct diag *diag)
{
	(void)options;
	(void)ret_watch;
	return diag_set(diag, -ENOSYS, "this clandctl was built without the BPF tools, and cannot look on "
			"while the kernel schedules; build it with clang, bpftool and libbpf");
}

const struct watch_events_about *watch_events_about(const struct watch_events *watch)
{
	(void)watch;
	return NULL;
}

int watch_events_take(struct watch_events *watch)
{
	(void)watch;
	return -ENOSYS;
}

int watch_events_run(struct watch_events *watch, uint64_t end_ns, int stop_fd)
{
	(void)watch;
	(void)end_ns;
	(void)stop_fd;
	return -ENOSYS;
}

void watch_events_ask_facts(struct watch_events *watch)
{
	(void)watch;
}

int watch_events_end(struct watch_events *watch)
{
	(void)watch;
	return -ENOSYS;
}

int watch_events_counts(const struct watch_events *watch, struct watch_events_counts *ret_counts,
			struct diag *diag)
{
	(void)watch;
	(void)ret_counts;
	return diag_set(diag, -ENOSYS, "built without the BPF tools");
}

void watch_events_close(struct watch_events *watch)
{
	(void)watch;
}
