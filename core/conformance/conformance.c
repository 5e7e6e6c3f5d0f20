/* SPDX-License-Identifier: GPL-2.0-only */
#include "conformance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checks.h"
#include "policy_host.h"

static void check_behaviour(struct run *run)
{
	if (!check_load(run)) {
		check_memory(run, false);
		return;
	}
	for (run->strict = 0; run->strict <= 1; run->strict++) {
		check_hot(run);
		check_starvation(run);
		check_extremes(run);
	}
	check_memory(run, true);
}

/*
 * Run by root, the policy is nobody's process, which may not get at its file where it lies, or not
 * be let read it: have it loaded from a copy that everybody may read. From here on meta.path is the
 * copy's. Returns its descriptor, or -errno.
 */
static int lend_file(struct run *run)
{
	int from = open(run->meta.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int to = memfd_create("policy", MFD_CLOEXEC);
	ssize_t n = from < 0 || to < 0 ? -1 : 1;

	while (n > 0)
		n = sendfile(to, from, NULL, 1 << 20);
	if (n < 0 || fchmod(to, 0444)) {
		n = -errno;
		if (to >= 0)
			close(to);
		to = (int)n;
	} else {
		snprintf(run->meta.path, sizeof(run->meta.path), POLICY_FD_FOLDER "%d", to);
	}
	if (from >= 0)
		close(from);
	return to;
}

int conformance_check(const struct conformance_options *options,
		      struct conformance_count *ret_count)
{
	struct conformance_count count = { 0 };
	struct run *run = calloc(1, sizeof(*run));
	int err, lent = -1;
	size_t i;

	if (!run)
		return -ENOMEM;
	run->options = options;
	run->shared = mmap(NULL, sizeof(*run->shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run->shared == MAP_FAILED) {
		err = -errno;
		free(run);
		return err;
	}
	run->report = &run->shared->report;
	err = check_file(run);
	if (!err && !geteuid() && !options->in_process) {
		lent = lend_file(run);
		if (lent < 0) {
			err = lent;
			goto out;
		}
	}
	if (!err) {
		for (i = 0; i < run->meta.nr_params; i++)
			run->values[i] = run->meta.params[i].def;
		if (check_loading(run) && check_speed(run))
			check_behaviour(run);
	}
	report_tell(run->report, options, &count);
	err = err == -ENOEXEC ? err : 0;
out:
	if (lent >= 0)
		close(lent);
	munmap(run->shared, sizeof(*run->shared));
	free(run);
	*ret_count = count;
	return err;
}
