/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stub.h - the stub as a set of descriptors, whether this process has loaded it or has found it
 * pinned in bpffs; kern.c works with both alike. One of the files that know libbpf. Supervisor's
 * thread, non-logging.
 */
#ifndef CLAND_STUB_H
#define CLAND_STUB_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "topology.h"

#define STUB_BPFFS "/sys/fs/bpf"
#define STUB_PINS STUB_BPFFS "/scx-cland"

/*
 * All that has to live on, or be found again. The timers stop when nobody but the stub itself holds
 * their map. The last is what keeps the scheduler attached: pins without it are worth nothing.
 */
#define STUB_PARTS(X)                                                                              \
	X(map_slots)                                                                               \
	X(map_cgroups)                                                                             \
	X(map_rings)                                                                               \
	X(map_agent_page)                                                                          \
	X(map_doorbell)                                                                            \
	X(map_exit_bell)                                                                           \
	X(map_news)                                                                                \
	X(map_counts)                                                                              \
	X(map_exit_dump)                                                                           \
	X(map_timers)                                                                              \
	X(map_bss)                                                                                 \
	X(map_identity)                                                                            \
	X(prog_apply)                                                                              \
	X(prog_register)                                                                           \
	X(link_exit)                                                                               \
	X(link_rename)                                                                             \
	X(link_exec)                                                                               \
	X(link_hotplug_begins)                                                                     \
	X(link_hotplug_fails)                                                                      \
	X(link_ops)

enum stub_part {
#define STUB_PART_ENUM(name) STUB_##name,
	STUB_PARTS(STUB_PART_ENUM)
#undef STUB_PART_ENUM
	STUB_NR
};

/* What cannot be changed once it is loaded. Compared as it is in memory: no holes. */
struct stub_options {
	uint32_t strict, partial;
	uint32_t exit_dump_len;	/* bytes */
	uint32_t rescue_ms;
	uint32_t max_tasks;
	uint32_t nr_cpus, nr_llcs;
};

/* What the program that has loaded it has left, in a map of its own. */
struct stub_identity {
	uint64_t magic;
	uint64_t layout;	/* stub_layout() */
	char version[32];	/* of the program */
	struct stub_options options;
	uint32_t parts;		/* of what they were when they were pinned; 0: not known, as with earlier programs */
};

struct cland;
struct cland__bss;

struct stub {
	int fds[STUB_NR];	/* -1: none */
	struct cland__bss *bss;	/* the stub's variables, shared; NULL: stub_share() is due */
	struct stub_identity identity;
	struct cland *skel;	/* until it is attached; NULL */
};

/* stub_init - nothing is there; for stub_close(). */
void stub_init(struct stub *stub);

/*
 * stub_load - make the maps and load the programs. verbose: libbpf's own messages on stderr.
 * Returns 0 or -errno with a sentence.
 */
int stub_load(const struct stub_options *options, const struct topology *topology, bool verbose,
	      struct stub *stub, struct diag *diag);

/* stub_attach - make it the scheduler. Returns 0 or -errno, and the kernel's words in its bss. */
int stub_attach(struct stub *stub);

/*
 * stub_find - open the pinned one, which may be another build's and have other parts. Returns 0,
 * -ENOENT when there is none (or not what keeps it attached), or -EPERM when the pins are not
 * root's own, with a sentence.
 */
int stub_find(struct stub *stub, struct diag *diag);

/*
 * stub_share - map a found one's variables, if this program knows what they are. Returns 0, -errno,
 * or -ESTALE: another build has loaded it, or something else is pinned in the place of a part; with
 * the rest of a sentence that begins "it".
 */
int stub_share(struct stub *stub, struct diag *diag);

/* stub_suits - stub_share(), and whether it was loaded with these options; returns the same. */
int stub_suits(struct stub *stub, const struct stub_options *options, struct diag *diag);

/* stub_is_attached - it has become the scheduler, and the kernel has not ended it. Its bss is there. */
bool stub_is_attached(const struct stub *stub);

/* stub_pin - let it live on without us; mounts bpffs where it is not. Returns 0 or -errno with a
 * sentence; nothing is pinned then. */
int stub_pin(struct stub *stub, struct diag *diag);

/* stub_is_pinned - one is; somebody may have removed the pins, or unmounted bpffs. */
bool stub_is_pinned(void);

/* stub_unpin - take all pins away, of whatever stub. What nobody else holds is gone then. */
void stub_unpin(void);

/* stub_detach - the scheduler ends; returns when the kernel's own has the machine. Pins stay. */
void stub_detach(struct stub *stub);

/* stub_close - close and unmap. One that is attached and not pinned ends with it. */
void stub_close(struct stub *stub);

#endif
