/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_reasons.h"

#include <stdio.h>

#include "policy_meta.h"
#include "utf8.h"

static void take(void *data, uint32_t index, const char *text)
{
	struct policy_reasons *reasons = data;

	if (index >= CLAND_REASONS_MAX)
		return;
	snprintf(reasons->texts[index], sizeof(reasons->texts[index]), "%s", text);
	utf8_clean(reasons->texts[index]);
	reasons->nr = index + 1;
}

int policy_reasons_read(const char *path, struct policy_reasons *ret_reasons, struct diag *diag)
{
	int err;

	ret_reasons->nr = 0;
	err = policy_meta_reasons(path, take, ret_reasons, diag);
	if (err)
		ret_reasons->nr = 0;
	return err;
}

const char *policy_reasons_text(const struct policy_reasons *reasons, uint32_t reason)
{
	return reason && reason <= reasons->nr ? reasons->texts[reason - 1] : NULL;
}
