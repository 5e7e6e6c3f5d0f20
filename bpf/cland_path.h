/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cland_path.h - the ways on which the stub brings a task to a CPU, and where it puts it for that:
 * what it tells whoever looks on (cland_takes_way() in cland.bpf.c). Both sides include it. Pure.
 */
#ifndef CLAND_PATH_H
#define CLAND_PATH_H

#include <linux/types.h>

/* X(name, what it means); the names are those of the counters in cland_msg.h that count the same. */
#define CLAND_PATHS(X)                                                                             \
	X(direct, "a CPU was idle")                                                                \
	X(leased, "ranked in the kernel by the lease that it holds")                               \
	X(requests, "the policy is asked: the task waits for its answer")                          \
	X(decided, "as the policy has answered")                                                   \
	X(renewed, "no way: the policy has renewed its lease")                                     \
	X(rescued, "by its last lease: the policy did not answer in time")                         \
	X(fallback, "by its last lease: there was nobody to ask")                                  \
	X(kthread, "a kernel thread: before all others")                                           \
	X(ours, "a thread of scx-cland")                                                           \
	X(no_ctx, "the stub had no memory for it: before all others")                              \
	X(starved, "out of turn: it had waited too long")                                          \
	X(kept, "runs on: nobody who waits ranks before it")                                       \
	X(reranked, "queued when the policy changed: ranked anew by its virtual time")

enum cland_path {
#define CLAND_PATH_ENUM(name, help) CLAND_PATH_##name,
	CLAND_PATHS(CLAND_PATH_ENUM)
#undef CLAND_PATH_ENUM
	CLAND_PATH_NR
};

/* Where a task is put: one of these, and a number in the lower bits. */
#define CLAND_PLACE_QUEUE 0u		/* a ranked queue: caches first, then CPUs */
#define CLAND_PLACE_CPU (1u << 24)	/* a CPU, which takes it next, or goes on with it */
#define CLAND_PLACE_EXPRESS (2u << 24)	/* EXPRESS; no number */
#define CLAND_PLACE_STARVED (3u << 24)
#define CLAND_PLACE_UNHURRIED (4u << 24)
#define CLAND_PLACE_PARK (5u << 24)
#define CLAND_PLACE_NONE (6u << 24)	/* it stays where it is */
#define CLAND_PLACE_REST (7u << 24)	/* REST, which is for the agent */
#define CLAND_PLACE_KIND(place) ((place) & 0xff000000u)
#define CLAND_PLACE_NUMBER(place) ((place) & 0xffffffu)

/*
 * The ranked queues are in a map with one value for all: by their numbers, of each so many bytes
 * that begin with these. There is room for a power of two of them.
 */
#define CLAND_QUEUES_MAP ".bss.queues"
#define CLAND_QUEUE_BYTES 64
struct cland_queue_head {
	__u64 clock_ns;
	__u32 is_cache;	/* 0: a CPU's, or none */
};

/*
 * What the task holds of the policy that decides now, in one word: the reason that this gave with
 * its answer, as in struct cland_decision_msg; how far it puts the task ahead of its virtual time,
 * in us, +- a second; and until when its lease holds, CLOCK_MONOTONIC in units of 65,536 ns: which
 * come round after 78 hours, when nobody remembers the lease. 0: nothing.
 */
#define CLAND_TERMS_REASON_MASK 0xffu
#define CLAND_TERMS_LEAD_SHIFT 8	/* 24 bits, two's complement */
#define CLAND_TERMS_UNTIL_SHIFT 32	/* 32 bits */
#define CLAND_TERMS_TIME_SHIFT 16	/* ns are so many bits more */

#endif
