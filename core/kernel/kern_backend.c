/* SPDX-License-Identifier: GPL-2.0-only */
#include "kern_backend.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "resting.h"

/*
 * The doorbell, a BPF ring buffer: what is in it does not matter, only that something is. How far
 * it has been read is in memory that any policy before may have written over, which libbpf would
 * take for the truth.
 */
struct bell {
	unsigned long *heard;		/* the kernel's consumer_pos */
	const unsigned long *rung;	/* its producer_pos */
};

struct kern_backend {
	struct kern_memory memory;
	struct bell bell;
	size_t slots_bytes, cgroups_bytes, rings_bytes, page_bytes;
	int apply_fd, enroll_fd;
	int epoll_fd, wake_fd;
	struct resting resting;
};

static const struct resting_ops kern_resting_ops;

static size_t page_align(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

static int watch(int epoll_fd, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int kern_map_shared(int fd, int prot, size_t bytes, void **ret_addr)
{
	void *addr = mmap(NULL, bytes, prot, MAP_SHARED, fd, 0);

	if (addr == MAP_FAILED)
		return -errno;
	*ret_addr = addr;
	return 0;
}

static int bell_open(int fd, struct bell *ret_bell)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *heard = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	void *rung = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, (off_t)page);

	ret_bell->heard = heard == MAP_FAILED ? NULL : heard;
	ret_bell->rung = rung == MAP_FAILED ? NULL : rung;
	return heard == MAP_FAILED || rung == MAP_FAILED ? -errno : 0;
}

static void bell_close(struct bell *bell)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (bell->heard)
		munmap(bell->heard, page);
	if (bell->rung)
		munmap((void *)(uintptr_t)bell->rung, page);
}

static void bell_hear(struct bell *bell)
{
	__atomic_store_n(bell->heard, __atomic_load_n(bell->rung, __ATOMIC_ACQUIRE),
			 __ATOMIC_RELEASE);
}

int kern_backend_open(const struct kern_agent_fds *fds, int wake_fd, int hints_fd, uint32_t nr_cpus,
		      uint32_t max_tasks, struct kern_backend **ret_backend, struct diag *diag)
{
	struct kern_backend *kb = calloc(1, sizeof(*kb));
	void *slots = NULL, *cgroups = NULL, *rings = NULL, *page = NULL;
	int err = -ENOMEM;

	if (!kb)
		goto fail;
	kb->epoll_fd = -1;
	kb->wake_fd = wake_fd;
	kb->enroll_fd = fds->enroll;
	kb->memory.nr_cpus = nr_cpus;
	kb->memory.max_tasks = max_tasks;
	kb->apply_fd = fds->apply;
	kb->resting = (struct resting){ .ops = &kern_resting_ops, .ctx = kb, .memory = &kb->memory };
	kb->slots_bytes = page_align(max_tasks * sizeof(struct cland_slot));
	kb->cgroups_bytes = page_align(CLAND_CGROUPS_MAX * sizeof(struct cland_cgroup_slot));
	kb->rings_bytes = page_align(nr_cpus * sizeof(struct cland_ring));
	kb->page_bytes = page_align(sizeof(struct cland_agent_page));
	err = kern_map_shared(fds->slots, PROT_READ, kb->slots_bytes, &slots);
	kb->memory.slots = slots;
	if (err)
		goto fail;
	err = kern_map_shared(fds->cgroups, PROT_READ, kb->cgroups_bytes, &cgroups);
	kb->memory.cgroups = cgroups;
	if (err)
		goto fail;
	err = kern_map_shared(fds->rings, PROT_READ | PROT_WRITE, kb->rings_bytes, &rings);
	kb->memory.rings = rings;
	if (err)
		goto fail;
	err = kern_map_shared(fds->page, PROT_READ | PROT_WRITE, kb->page_bytes, &page);
	kb->memory.page = page;
	if (err)
		goto fail;
	err = hint_table_open(hints_fd, max_tasks, &kb->memory.hints);
	if (err)
		goto fail;
	err = bell_open(fds->doorbell, &kb->bell);
	if (err)
		goto fail;
	kb->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (kb->epoll_fd < 0) {
		err = -errno;
		goto fail;
	}
	err = watch(kb->epoll_fd, fds->doorbell);
	if (!err)
		err = watch(kb->epoll_fd, wake_fd);
	if (err)
		goto fail;
	*ret_backend = kb;
	return 0;
fail:
	kern_backend_close(kb);
	return diag_set(diag, err, "the memory shared with the kernel cannot be mapped: %s",
			strerror(-err));
}

void kern_backend_close(struct kern_backend *kb)
{
	if (!kb)
		return;
	bell_close(&kb->bell);
	if (kb->epoll_fd >= 0)
		close(kb->epoll_fd);
	if (kb->memory.slots)
		munmap((void *)(uintptr_t)kb->memory.slots, kb->slots_bytes);
	if (kb->memory.cgroups)
		munmap((void *)(uintptr_t)kb->memory.cgroups, kb->cgroups_bytes);
	if (kb->memory.rings)
		munmap(kb->memory.rings, kb->rings_bytes);
	if (kb->memory.page)
		munmap(kb->memory.page, kb->page_bytes);
	hint_table_close(kb->memory.hints);
	free(kb);
}

int kern_backend_enroll(struct kern_backend *kb, bool new_policy)
{
	struct cland_register_args args = { .role = CLAND_ROLE_AGENT, .new_policy = new_policy };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &args, .ctx_size_in = sizeof(args)); /* answers there, too */
	int err;

	kern_memory_serve(&kb->memory);
	err = bpf_prog_test_run_opts(kb->enroll_fd, &opts);
	return err ? err : (int)opts.retval;
}

static uint64_t kern_now_ns(void *backend)
{
	(void)backend;
	return monotonic_ns();
}

const struct cland_cgroup *kern_backend_cgroup(struct kern_backend *kb, uint32_t index,
					       uint64_t now_ns)
{
	return kern_memory_cgroup(&kb->memory, index, now_ns);
}

static bool kern_next_task(void *backend, struct backend_task *ret_task)
{
	struct kern_backend *kb = backend;

	return kern_memory_next(&kb->memory, ret_task);
}

static int kern_read_task(void *backend, uint32_t index, struct backend_task *ret_task)
{
	struct kern_backend *kb = backend;

	return kern_memory_read(&kb->memory, index, ret_task);
}

static int kern_next_hinted(void *backend, uint32_t *ret_slot)
{
	struct kern_backend *kb = backend;

	return hint_table_next_changed(kb->memory.hints, ret_slot);
}

/* Have the stub carry out the batch in the page. */
static int kern_apply(void *backend, uint32_t nr)
{
	struct kern_backend *kb = backend;
	struct cland_apply_args args = { .nr = nr };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &args, .ctx_size_in = sizeof(args)); /* answers there, too */
	int err = bpf_prog_test_run_opts(kb->apply_fd, &opts);

	return err ? err : (int)opts.retval;
}

static void kern_yield(void *backend)
{
	(void)backend;
	sched_yield();
}

/* The caller's descriptor ends it, too. */
static int kern_sleep(void *backend, uint64_t ns)
{
	struct kern_backend *kb = backend;
	struct epoll_event events[2];
	eventfd_t woken;
	int i, n = epoll_wait(kb->epoll_fd, events, 2, (int)((ns + 999999) / 1000000));

	if (n < 0 && errno != EINTR)
		return -errno;
	for (i = 0; i < n; i++) {
		if (events[i].data.fd == kb->wake_fd)
			eventfd_read(kb->wake_fd, &woken);
	}
	return 0;
}

static const struct resting_ops kern_resting_ops = {
	.now_ns = kern_now_ns,
	.apply = kern_apply,
	.yield = kern_yield,
	.sleep = kern_sleep,
};

static int kern_push(void *backend, const struct cland_decision_msg *decisions, size_t nr)
{
	struct kern_backend *kb = backend;

	return resting_push(&kb->resting, decisions, nr);
}

static int kern_wait(void *backend, uint64_t *now_ns, uint64_t until_ns)
{
	struct kern_backend *kb = backend;
	int err = resting_wait(&kb->resting, now_ns, until_ns);

	bell_hear(&kb->bell);
	return err;
}

const struct backend_ops kern_backend_ops = {
	.now_ns = kern_now_ns,
	.next_task = kern_next_task,
	.read_task = kern_read_task,
	.next_hinted = kern_next_hinted,
	.push = kern_push,
	.wait = kern_wait,
};
