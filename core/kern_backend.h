/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kern_backend.h - the real kernel behind backend.h: shared memory with the stub, and the program
 * that applies decisions. The agent's process only; it gets its descriptors from the supervisor
 * and has no other handle on the kernel. Non-logging.
 */
#ifndef CLAND_KERN_BACKEND_H
#define CLAND_KERN_BACKEND_H

#include <stdint.h>

#include "backend.h"
#include "diag.h"

/* All that an agent may touch. */
struct kern_agent_fds {
	int slots, rings, page, doorbell, apply;
};

struct kern_backend;

/*
 * kern_backend_open - map the shared memory. Returns 0 and a handle, or -errno with a sentence.
 * The descriptors stay the caller's and must stay open.
 */
int kern_backend_open(const struct kern_agent_fds *fds, uint32_t nr_cpus, uint32_t max_tasks,
		      struct kern_backend **ret_backend, struct diag *diag);

/* kern_backend_close - unmap. Accepts NULL. */
void kern_backend_close(struct kern_backend *backend);

extern const struct backend_ops kern_backend_ops;

#endif
