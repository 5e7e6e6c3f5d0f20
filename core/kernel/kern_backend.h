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
	int slots, cgroups, rings, page, doorbell, apply, enroll;
};

/* kern_map_shared - a map of the stub's that can be mapped, from its start. Returns 0 or -errno. */
int kern_map_shared(int fd, int prot, size_t bytes, void **ret_addr);

struct kern_backend;

/*
 * kern_backend_open - map the shared memory. Returns 0 and a handle, or -errno with a sentence.
 * wake_fd is an event descriptor that ends wait() early, hints_fd the one of hint_table_create().
 * All stay the caller's and must stay open.
 */
int kern_backend_open(const struct kern_agent_fds *fds, int wake_fd, int hints_fd, uint32_t nr_cpus,
		      uint32_t max_tasks, struct kern_backend **ret_backend, struct diag *diag);

/*
 * kern_backend_enroll - the stub asks this process from now on, and no other one. new_policy: the
 * leases given until now are void. Returns 0 or -errno.
 */
int kern_backend_enroll(struct kern_backend *backend, bool new_policy);

/* kern_backend_close - unmap. Accepts NULL. */
void kern_backend_close(struct kern_backend *backend);

/*
 * kern_backend_cgroup - the cgroup with this index as it is at now_ns, for cland_host.cgroup(). The
 * stub keeps sums from the first call on. Returns NULL for an index that was never used. Owned by
 * the backend, valid until the next call.
 */
const struct cland_cgroup *kern_backend_cgroup(struct kern_backend *backend, uint32_t index,
					       uint64_t now_ns);

extern const struct backend_ops kern_backend_ops;

#endif
