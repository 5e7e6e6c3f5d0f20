/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/bpf_helpers.h, native - what bpf/cland.bpf.c and bpf/kernel.h take from libbpf's header of
 * this name, for building the very same stub as a part of the simulator. Found before libbpf's,
 * which need not be installed. For core/sim/stub.c and core/sim/kfuncs.c alone.
 *
 * A map is a variable; its first member, which __uint(type, ...) declares, is the simulator's
 * struct stub_map. The kernel functions that the stub calls are in kfuncs.c.
 */
#ifndef CLAND_SIM_BPF_HELPERS_H
#define CLAND_SIM_BPF_HELPERS_H

#include <linux/bpf.h>

#include "stub_map.h"

#define SEC(name) __attribute__((used))
#define __ksym
#define __arg_trusted
#define __arg_nullable
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif
#define barrier() __asm__ volatile("" ::: "memory")

/* Not constant here: the simulator sets them before it starts the stub. */
#define KNOB

/* ---- maps ------------------------------------------------------------------------------------ */

#define __uint(name, value) STUB_MAP_##name(value)
#define STUB_MAP_type(value)                                                                       \
	struct stub_map map;                                                                       \
	int (*type)[value]
#define STUB_MAP_map_flags(value) int (*map_flags)[value]
#define STUB_MAP_max_entries(value) int (*max_entries)[value]
#define STUB_MAP_key_size(value) int (*key_size)[value]
#define STUB_MAP_value_size(value) int (*value_size)[value]
#define __type(name, value) __typeof__(value) *name

#define bpf_map_lookup_elem(m, key)                                                                \
	(sizeof(*(key)) == sizeof(__u64) ? stub_map_find(&(m)->map, key) :                         \
					   stub_map_at(&(m)->map, key))
#define bpf_map_update_elem(m, key, value, flags) stub_map_update(&(m)->map, key, value)
#define bpf_map_delete_elem(m, key) stub_map_delete(&(m)->map, key)
#define bpf_map_push_elem(m, value, flags) stub_map_push(&(m)->map, value)
#define bpf_map_pop_elem(m, value) stub_map_pop(&(m)->map, value)
#define bpf_task_storage_get(m, task, value, flags) stub_task_storage(task, flags)
#define bpf_ringbuf_reserve(m, size, flags) stub_ringbuf_reserve(&(m)->map)

struct task_struct;
void *stub_task_storage(struct task_struct *p, __u64 flags);
void *stub_ringbuf_reserve(struct stub_map *map);
void bpf_ringbuf_submit(void *data, __u64 flags);

/* ---- helpers --------------------------------------------------------------------------------- */

__u64 bpf_ktime_get_ns(void);
__u32 bpf_get_smp_processor_id(void);
__u64 bpf_get_current_pid_tgid(void);
struct task_struct *bpf_get_current_task_btf(void);
const void *bpf_this_cpu_ptr(const void *variable);
long bpf_probe_read_kernel_str(void *dst, __u32 size, const void *unsafe_ptr);
void bpf_spin_lock(struct bpf_spin_lock *lock);
void bpf_spin_unlock(struct bpf_spin_lock *lock);
long bpf_timer_init(struct bpf_timer *timer, void *map, __u64 flags);
#define bpf_timer_set_callback(timer, fn) stub_timer_set(timer, (void (*)(void))(fn))
void stub_timer_set(struct bpf_timer *timer, void (*fn)(void));
long bpf_timer_start(struct bpf_timer *timer, __u64 nsecs, __u64 flags);

#define bpf_for(i, start, end) for ((i) = (start); (i) < (end); (i)++)
#define bpf_ksym_exists(sym) (!!(sym))

/* Up to seven values for a text of the debug dump. */
#define ___bpf_nth(_, _1, _2, _3, _4, _5, _6, _7, n, ...) n
#define ___bpf_narg(...) ___bpf_nth(_, ##__VA_ARGS__, 7, 6, 5, 4, 3, 2, 1, 0)
#define ___bpf_fill(array, ...)                                                                    \
	do {                                                                                       \
		const unsigned long long fill_[] = { __VA_ARGS__ };                                \
		__builtin_memcpy(array, fill_, sizeof(fill_));                                     \
	} while (0)

#endif
