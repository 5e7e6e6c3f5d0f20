/* SPDX-License-Identifier: GPL-2.0-only */
#include "claims.h"

#include <errno.h>
#include <stdlib.h>

#include "fairness.h"
#include "report.h"

static int check_waits(const struct sim *s, uint64_t limit_ms, struct diag *diag)
{
	struct report_totals *totals = report_totals(s);
	int err = 0;
	uint32_t i;

	if (!totals)
		return diag_set(diag, -ENOMEM, "no memory for the waits");
	for (i = 0; i < s->workload->nr_groups; i++)
		if (totals[i].counts.max_wait_ns > limit_ms * 1000000)
			err = diag_set(diag, -EFAULT, "a task (%s) waited for %.0f ms: the limit is %llu ms",
				       s->workload->groups[i].name, (double)totals[i].counts.max_wait_ns / 1e6,
				       (unsigned long long)limit_ms);
	free(totals);
	return err;
}

static int check_shares(const struct sim *s, uint64_t limit_pct, struct diag *diag)
{
	struct fairness fairness;

	if (fairness_of(s, &fairness))
		return diag_set(diag, -ENOMEM, "no memory for the shares");
	if (fairness.nr_tasks < 2 || fairness.max_pct <= (double)limit_pct)
		return 0;
	return diag_set(diag, -EFAULT, "the share of task %d is off by %.2f %%: the limit is %llu %%", fairness.max_pid,
			fairness.max_pct, (unsigned long long)limit_pct);
}

int claims_check(const struct sim *s, const struct claims *claims, struct diag *diag)
{
	int err = 0;

	if (claims->max_wait_ms)
		err = check_waits(s, claims->max_wait_ms, diag);
	if (!err && claims->shares_pct)
		err = check_shares(s, claims->shares_pct, diag);
	return err;
}
