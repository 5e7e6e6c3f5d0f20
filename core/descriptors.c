/* SPDX-License-Identifier: GPL-2.0-only */
#include "descriptors.h"

#include <errno.h>
#include <sys/resource.h>

int descriptors_raise(unsigned int nr_needed, struct diag *diag)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	if (limit.rlim_max < nr_needed)
		limit.rlim_max = nr_needed; /* which takes CAP_SYS_RESOURCE */
	limit.rlim_cur = limit.rlim_max;
	if (!setrlimit(RLIMIT_NOFILE, &limit) || getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	return diag_set(diag, -EMFILE, "the limit on open files is %llu and cannot be raised, and it takes %u: "
			"raise it with `ulimit -Hn %u` or LimitNOFILE=%u in the unit",
			(unsigned long long)limit.rlim_max, nr_needed, nr_needed, nr_needed);
}
