/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch_stub.h - the programs and the map of the stub of the scx-cland that has the machine, found
 * among all that the kernel has loaded, for programs that look on to attach to. One of the files
 * that know libbpf. Main thread, non-logging.
 */
#ifndef CLAND_WATCH_STUB_H
#define CLAND_WATCH_STUB_H

#include <stdint.h>

#include "diag.h"

/* Those that call cland_takes_way(), by their names in bpf/cland.bpf.c without the "cland_". */
#define WATCH_STUB_PROGRAMS(X) X(select_cpu) X(enqueue) X(dispatch) X(init) X(apply) X(register)

enum watch_stub_program {
#define WATCH_STUB_ENUM(name) WATCH_STUB_##name,
	WATCH_STUB_PROGRAMS(WATCH_STUB_ENUM)
#undef WATCH_STUB_ENUM
	WATCH_STUB_NR
};

struct watch_stub {
	int programs[WATCH_STUB_NR];	/* descriptors */
	int queues;			/* the map: CLAND_QUEUES_MAP */
	uint32_t nr_queues;		/* that there is room for in it, a power of two */
	uint32_t nr_cache_queues;	/* the first of them */
};

/*
 * watch_stub_find - returns 0; -ENOENT: no scx-cland has the machine; -EPERM: takes root; or
 * another -errno, with a sentence. *ret_stub is the caller's to watch_stub_close().
 */
int watch_stub_find(struct watch_stub *ret_stub, struct diag *diag);

/* watch_stub_close - as after a failed watch_stub_find(), too. */
void watch_stub_close(struct watch_stub *stub);

#endif
