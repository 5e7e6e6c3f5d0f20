/* SPDX-License-Identifier: GPL-2.0-only */
#include "kern.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cland.skel.h"
#include "clock.h"
#include "kern_check.h"
#include "sched_ext_state.h"
#include "stub.h"
#include "topology.h"

/* From the kernel's UAPI for sched_ext: an exit code's bit that asks for a restart. */
#define SCX_ECODE_ACT_RESTART (1LL << 48)
/* Of its enum scx_exit_kind: a task was runnable for longer than timeout_ms. */
#define SCX_EXIT_ERROR_STALL 1026

/* In one go: tasks may take names as fast as these are read. */
#define NEWS_MAX 512

struct kern {
	struct stub stub;
	struct stub outdated;	/* attached, to be replaced by stub; or nothing */
	bool pinned;
	struct ring_buffer *exit_bell;
	struct ring_buffer *news;
	void (*on_news)(void *ctx, const struct cland_news *news);
	void *news_ctx;
	int nr_news;		/* read in this go */
	const struct cland_slot *slots;	/* read-only */
	size_t slots_bytes;
	uint32_t max_tasks;
	uint32_t nr_cpus;
	bool partial;
	size_t dump_bytes;
	char *dump;
};

static int exit_bell_heard(void *ctx, void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
	return 0;
}

static int news_heard(void *ctx, void *data, size_t size)
{
	struct kern *kern = ctx;

	if (size >= sizeof(struct cland_news) && kern->on_news)
		kern->on_news(kern->news_ctx, data);
	/* Any error ends the go; this one has been read all the same. */
	return ++kern->nr_news < NEWS_MAX ? 0 : -ECANCELED;
}

/*
 * Older kernels count BPF memory against RLIMIT_MEMLOCK, and the agent locks all of its own.
 * Returns 0, or -ENOMEM when the limit cannot be raised.
 */
static int memlock_raise(struct diag *diag)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	if (!setrlimit(RLIMIT_MEMLOCK, &limit))
		return 0;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_max == RLIM_INFINITY) {
		limit.rlim_cur = RLIM_INFINITY;
		if (!setrlimit(RLIMIT_MEMLOCK, &limit))
			return 0;
	}
	return diag_set(diag, -ENOMEM, "the locked-memory limit is %llu KiB and cannot be raised: "
			"the scheduler must not be swapped out. Raise it with `ulimit -l unlimited` "
			"or LimitMEMLOCK=infinity in the unit",
			(unsigned long long)limit.rlim_max / 1024);
}

/* The supervisor reads slots as agents do. */
static int map_slots(struct kern *kern, uint32_t max_tasks)
{
	void *slots = NULL;
	int err;

	kern->max_tasks = max_tasks;
	kern->slots_bytes = max_tasks * sizeof(struct cland_slot);
	err = kern_map_shared(kern->stub.fds[STUB_map_slots], PROT_READ, kern->slots_bytes, &slots);
	kern->slots = slots;
	return err;
}

/*
 * What is pinned goes into stub, if it suits; else into outdated, if it is attached; else nowhere.
 * Returns 0 or -errno with a sentence.
 */
static int find(struct kern *kern, const struct stub_options *options, struct diag *ret_found,
		struct diag *diag)
{
	struct stub found;
	struct diag why;
	int err;

	stub_init(&found);
	err = stub_find(&found, &why);
	if (err == -ENOENT)
		stub_unpin(); /* what may be there is of no use */
	if (err) /* if it is another's, kern_pin() says so */
		return 0;
	err = stub_suits(&found, options, &why);
	if (err && err != -ESTALE) {
		diag_set(diag, err, "the scheduler that is there %s", why.text);
		stub_close(&found);
		return err;
	}
	if (found.bss && !stub_is_attached(&found)) {
		diag_set(ret_found, 0, "the kernel has ended the scheduler that was left behind: %s%s%s",
			 (const char *)found.bss->exit_info.reason,
			 found.bss->exit_info.msg[0] ? ": " : "",
			 (const char *)found.bss->exit_info.msg);
		stub_unpin();
		stub_close(&found);
	} else if (err) {
		diag_set(ret_found, 0, "the scheduler that is there %s: it is to be replaced", why.text);
		kern->outdated = found;
	} else {
		diag_set(ret_found, 0, "going on with the scheduler that is there");
		kern->stub = found;
		kern->pinned = true;
	}
	return 0;
}

int kern_open(const struct kern_options *options, struct kern **ret_kern, struct diag *ret_found,
	      struct diag *diag)
{
	struct kern *kern = calloc(1, sizeof(*kern));
	struct topology topology = { 0 };
	struct stub_options stub_options;
	int err;

	ret_found->text[0] = '\0';
	if (!kern)
		return diag_set(diag, -ENOMEM, "out of memory");
	stub_init(&kern->stub);
	stub_init(&kern->outdated);
	err = memlock_raise(diag);
	if (err)
		goto fail;
	err = topology_read("/sys/devices/system/cpu", &topology, diag);
	if (err)
		goto fail;
	kern->nr_cpus = topology.nr_cpus;
	kern->partial = options->partial;
	stub_options = kern_stub_options(options, &topology);
	err = find(kern, &stub_options, ret_found, diag);
	if (!err && !kern_is_attached(kern))
		err = stub_load(&stub_options, &topology, options->verbose, &kern->stub, diag);
	if (err)
		goto fail;
	kern->stub.bss->news_wanted = false; /* a found one's supervisor may have wanted them */
	kern->exit_bell = ring_buffer__new(kern->stub.fds[STUB_map_exit_bell], exit_bell_heard, NULL,
					   NULL);
	kern->dump_bytes = options->exit_dump_len ? options->exit_dump_len : 1;
	kern->dump = calloc(1, kern->dump_bytes + 1);
	if (!kern->exit_bell || !kern->dump) {
		err = diag_set(diag, -ENOMEM, "out of memory");
		goto fail;
	}
	kern->news = ring_buffer__new(kern->stub.fds[STUB_map_news], news_heard, kern, NULL);
	err = kern->news ? map_slots(kern, options->max_tasks) : -errno;
	if (err) {
		diag_set(diag, err, "the memory shared with the kernel cannot be mapped: %s",
			 strerror(-err));
		goto fail;
	}
	topology_destroy(&topology);
	*ret_kern = kern;
	return 0;
fail:
	topology_destroy(&topology);
	kern_free(kern);
	return err;
}

bool kern_is_attached(const struct kern *kern)
{
	return kern->stub.fds[STUB_link_ops] >= 0;
}

int kern_attach(struct kern *kern, uint64_t *ret_gap_ns, struct diag *diag)
{
	bool replaces = kern->outdated.fds[STUB_link_ops] >= 0;
	uint64_t since_ns = monotonic_ns();
	struct sched_ext_state state;
	int err;

	if (replaces) {
		stub_unpin();
		stub_detach(&kern->outdated);
	}
	err = stub_attach(&kern->stub);
	*ret_gap_ns = replaces ? monotonic_ns() - since_ns : 0;
	stub_close(&kern->outdated);
	if (!err)
		return 0;
	sched_ext_state_read("/sys", &state);
	if (err == -EBUSY || (strcmp(state.state, "disabled") != 0 && state.state[0]))
		return kern_busy(diag);
	return diag_set(diag, err, "the kernel refused the scheduler: %s%s%s", strerror(-err),
			kern->stub.bss->exit_info.msg[0] ? ": " : "",
			(const char *)kern->stub.bss->exit_info.msg);
}

int kern_pin(struct kern *kern, struct diag *diag)
{
	int err = kern->pinned ? 0 : stub_pin(&kern->stub, diag);

	kern->pinned = !err;
	return err;
}

void kern_unpin(struct kern *kern)
{
	if (kern->pinned)
		stub_unpin();
	kern->pinned = false;
}

bool kern_is_pinned(const struct kern *kern)
{
	return kern->pinned && stub_is_pinned();
}

void kern_detach(struct kern *kern)
{
	kern_unpin(kern);
	stub_detach(&kern->stub);
}

void kern_free(struct kern *kern)
{
	if (!kern)
		return;
	ring_buffer__free(kern->exit_bell);
	ring_buffer__free(kern->news);
	if (kern->slots)
		munmap((void *)(uintptr_t)kern->slots, kern->slots_bytes);
	if (!kern->pinned)
		stub_detach(&kern->stub);
	stub_close(&kern->stub);
	stub_close(&kern->outdated); /* its pins keep it attached */
	free(kern->dump);
	free(kern);
}

struct kern_agent_fds kern_agent_fds(const struct kern *kern)
{
	return (struct kern_agent_fds){
		.slots = kern->stub.fds[STUB_map_slots],
		.cgroups = kern->stub.fds[STUB_map_cgroups],
		.rings = kern->stub.fds[STUB_map_rings],
		.page = kern->stub.fds[STUB_map_agent_page],
		.doorbell = kern->stub.fds[STUB_map_doorbell],
		.apply = kern->stub.fds[STUB_prog_apply],
		.enroll = kern->stub.fds[STUB_prog_register],
	};
}

int kern_register(const struct kern *kern, uint32_t role)
{
	struct cland_register_args args = { .role = role };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &args, .ctx_size_in = sizeof(args)); /* answers there, too */
	int err = bpf_prog_test_run_opts(kern->stub.fds[STUB_prog_register], &opts);

	return err ? err : (int)opts.retval;
}

int kern_admit(const struct kern *kern)
{
	return kern_register(kern, CLAND_ROLE_ADMIT);
}

uint32_t kern_nr_cpus(const struct kern *kern)
{
	return kern->nr_cpus;
}

int kern_exit_fd(const struct kern *kern)
{
	return ring_buffer__epoll_fd(kern->exit_bell);
}

bool kern_has_exited(const struct kern *kern)
{
	return __atomic_load_n(&kern->stub.bss->exit_info.kind, __ATOMIC_ACQUIRE);
}

const struct cland_exit_info *kern_exit_info(const struct kern *kern, const char **ret_dump)
{
	uint32_t zero = 0;

	*ret_dump = "";
	if (!bpf_map_lookup_elem(kern->stub.fds[STUB_map_exit_dump], &zero, kern->dump))
		*ret_dump = kern->dump;
	return (const struct cland_exit_info *)&kern->stub.bss->exit_info;
}

bool kern_exit_wants_restart(const struct cland_exit_info *info)
{
	return info->exit_code & SCX_ECODE_ACT_RESTART;
}

bool kern_exit_is_stall(const struct cland_exit_info *info)
{
	return info->kind == SCX_EXIT_ERROR_STALL;
}

bool kern_agent_is_silent(const struct kern *kern, uint64_t age_ns)
{
	return monotonic_ns() > kern->stub.bss->last_apply_ns + age_ns;
}

bool kern_cpu_is_held(const struct kern *kern, uint32_t cpu)
{
	return cpu / 64 < sizeof(kern->stub.bss->held_cpus) / sizeof(uint64_t) &&
	       kern->stub.bss->held_cpus[cpu / 64] >> cpu % 64 & 1;
}

uint32_t kern_nr_held_from_agents(const struct kern *kern)
{
	uint32_t cpu, nr = 0;

	for (cpu = 0; !kern->partial && cpu < kern->nr_cpus; cpu++)
		nr += kern_cpu_is_held(kern, cpu);
	return nr;
}

void kern_want_news(struct kern *kern, void (*on_news)(void *ctx, const struct cland_news *news),
		    void *ctx)
{
	kern->on_news = on_news;
	kern->news_ctx = ctx;
	__atomic_store_n(&kern->stub.bss->news_wanted, on_news != NULL, __ATOMIC_SEQ_CST);
}

int kern_news_fd(const struct kern *kern)
{
	return ring_buffer__epoll_fd(kern->news);
}

int kern_read_news(struct kern *kern, uint64_t *ret_nr_lost)
{
	kern->nr_news = 0;
	ring_buffer__consume(kern->news);
	*ret_nr_lost = __atomic_load_n(&kern->stub.bss->nr_news_lost, __ATOMIC_RELAXED);
	return kern->nr_news;
}

int kern_read_slot(const struct kern *kern, uint32_t slot, struct cland_news *ret_task)
{
	const struct cland_slot *s = &kern->slots[slot];

	if (slot >= kern->max_tasks || !__atomic_load_n(&s->seq, __ATOMIC_ACQUIRE))
		return -ENOENT;
	ret_task->owner_seq = s->owner_seq;
	ret_task->slot = slot;
	ret_task->pid = s->pid;
	memcpy(ret_task->comm, s->comm, sizeof(ret_task->comm));
	ret_task->comm[sizeof(ret_task->comm) - 1] = '\0';
	return ret_task->owner_seq && !(s->flags & CLAND_SLOT_KTHREAD);
}

/* The sums over all CPUs of nr_words 64-bit numbers at this offset in what each has counted. */
static int read_sums(const struct kern *kern, size_t offset, size_t nr_words, void *ret_sums)
{
	int fd = kern->stub.fds[STUB_map_counts], err;
	uint32_t size = sizeof(struct bpf_map_info), zero = 0;
	struct bpf_map_info info = { 0 };
	unsigned char *counts, *of;
	uint64_t sum, number;
	size_t word;

	err = bpf_map_get_info_by_fd(fd, &info, &size);
	if (err)
		return err;
	counts = calloc(1, info.value_size);
	if (!counts)
		return -ENOMEM;
	err = bpf_map_lookup_elem(fd, &zero, counts);
	for (word = 0; word < nr_words && !err; word++) {
		sum = 0;
		for (of = counts; of < counts + info.value_size; of += sizeof(struct cland_counts)) {
			memcpy(&number, of + offset + word * sizeof(number), sizeof(number));
			sum += number;
		}
		memcpy((unsigned char *)ret_sums + word * sizeof(sum), &sum, sizeof(sum));
	}
	free(counts);
	return err;
}

int kern_read_stats(const struct kern *kern, uint64_t ret_stats[CLAND_STAT_NR])
{
	return read_sums(kern, offsetof(struct cland_counts, stats), CLAND_STAT_NR, ret_stats);
}

int kern_read_histograms(const struct kern *kern,
			 struct cland_histogram ret_histograms[CLAND_HISTOGRAM_NR])
{
	_Static_assert(sizeof(*ret_histograms) % sizeof(uint64_t) == 0, "64-bit numbers only");
	return read_sums(kern, offsetof(struct cland_counts, histograms),
			 CLAND_HISTOGRAM_NR * sizeof(*ret_histograms) / sizeof(uint64_t), ret_histograms);
}
