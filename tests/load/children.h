/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * children.h - processes that start together, report through shared memory and end with us.
 */
#ifndef LOAD_CHILDREN_H
#define LOAD_CHILDREN_H

#include <stddef.h>
#include <sys/types.h>

/* Memory that children write and the parent reads, zeroed. Ends the program when there is none. */
void *children_memory(size_t size);

/* fork(); the child is killed when its parent ends. Ends the program on failure. */
pid_t children_fork(void);

/* Wait for all of nr children. Returns: how many did not end with status 0, each told on stderr. */
size_t children_wait(size_t nr);

/*
 * A gate: whoever calls gate_wait() sleeps until gate_open(). Made before the fork; each child
 * calls gate_wait() once.
 */
struct gate {
	int fds[2];
};

void gate_init(struct gate *gate);
void gate_wait(struct gate *gate);
void gate_open(struct gate *gate);

#endif
