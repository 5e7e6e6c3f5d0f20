/* SPDX-License-Identifier: GPL-2.0-only */
#include "handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

/* Zero at first: agents are numbered from 1. */
struct handover_page {
	/* Written by the supervisor, to last. */
	uint64_t from, new_policy;
	uint64_t to;
	/* Written by whoever serves, released_by last. */
	uint64_t released_ns;
	uint64_t released_by;
};

struct handover {
	struct handover_page *page;
	uint64_t id;
	int asked_fd, free_fd;
};

int handover_create(struct handover_fds *ret_fds)
{
	struct handover_fds fds = {
		.page = memfd_create("scx-cland-handover", MFD_CLOEXEC | MFD_ALLOW_SEALING),
		.asked = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.free = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};

	if (fds.page < 0 || fds.asked < 0 || fds.free < 0 ||
	    ftruncate(fds.page, sizeof(struct handover_page)) ||
	    /* an agent that makes it shorter would have the supervisor killed by SIGBUS */
	    fcntl(fds.page, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)) {
		int err = -errno;

		handover_discard(&fds);
		return err;
	}
	*ret_fds = fds;
	return 0;
}

static void close_if_open(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void handover_discard(struct handover_fds *fds)
{
	close_if_open(&fds->page);
	close_if_open(&fds->asked);
	close_if_open(&fds->free);
}

int handover_open(const struct handover_fds *fds, uint64_t id, struct handover **ret_handover)
{
	struct handover *handover = calloc(1, sizeof(*handover));

	if (!handover)
		return -ENOMEM;
	handover->page = mmap(NULL, sizeof(*handover->page), PROT_READ | PROT_WRITE, MAP_SHARED,
			      fds->page, 0);
	if (handover->page == MAP_FAILED) {
		int err = -errno;

		free(handover);
		return err;
	}
	handover->id = id;
	handover->asked_fd = fds->asked;
	handover->free_fd = fds->free;
	*ret_handover = handover;
	return 0;
}

void handover_close(struct handover *handover)
{
	if (!handover)
		return;
	munmap(handover->page, sizeof(*handover->page));
	free(handover);
}

void handover_ask(struct handover *handover, uint64_t from, uint64_t to, bool new_policy)
{
	handover->page->from = from;
	handover->page->new_policy = new_policy;
	__atomic_store_n(&handover->page->to, to, __ATOMIC_SEQ_CST);
	eventfd_write(handover->asked_fd, 1);
}

void handover_nudge(struct handover *handover)
{
	eventfd_write(handover->asked_fd, 1);
}

void handover_withdraw(struct handover *handover)
{
	__atomic_store_n(&handover->page->to, 0, __ATOMIC_SEQ_CST);
}

bool handover_was_let_go(const struct handover *handover, uint64_t to)
{
	const struct handover_page *page = handover->page;

	return __atomic_load_n(&page->to, __ATOMIC_ACQUIRE) == to &&
	       __atomic_load_n(&page->released_by, __ATOMIC_ACQUIRE) == page->from;
}

uint64_t handover_released_ns(const struct handover *handover)
{
	return handover->page->released_ns;
}

bool handover_has_let_go(struct handover *handover, uint64_t *ret_released_ns,
			 bool *ret_new_policy)
{
	const struct handover_page *page = handover->page;
	eventfd_t count;

	/* Emptied before the look: a release after it makes it readable again. */
	eventfd_read(handover->free_fd, &count);
	if (!handover_was_let_go(handover, handover->id))
		return false;
	*ret_released_ns = page->released_ns;
	*ret_new_policy = page->new_policy;
	return true;
}

bool handover_is_asked(struct handover *handover)
{
	return __atomic_load_n(&handover->page->to, __ATOMIC_RELAXED) > handover->id;
}

void handover_let_go(struct handover *handover, uint64_t now_ns)
{
	eventfd_t count;

	eventfd_read(handover->asked_fd, &count);
	handover->page->released_ns = now_ns;
	__atomic_store_n(&handover->page->released_by, handover->id, __ATOMIC_SEQ_CST);
	eventfd_write(handover->free_fd, 1);
}
