/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_reasons.h - the texts by which a policy says why it has decided so, kept for whoever looks
 * on: read from its file without running any of it (policy_meta.h), and clean enough for a
 * terminal. Non-logging; any thread.
 */
#ifndef CLAND_POLICY_REASONS_H
#define CLAND_POLICY_REASONS_H

#include <stdint.h>

#include "diag.h"
#include "scx-cland/policy.h"

/* All zero: none. */
struct policy_reasons {
	uint32_t nr;
	char texts[CLAND_REASONS_MAX][CLAND_REASON_LEN];
};

/*
 * policy_reasons_read - those of the policy in this file, in the place of what was there. Returns
 * 0, or what policy_meta_read() says, with a sentence: then there are none.
 */
int policy_reasons_read(const char *path, struct policy_reasons *ret_reasons, struct diag *diag);

/*
 * policy_reasons_text - of the reason in a struct record_decision or cland_decision_msg. NULL: it
 * gives none, or there is no such text. Valid as long as reasons is, and is not read anew.
 */
const char *policy_reasons_text(const struct policy_reasons *reasons, uint32_t reason);

#endif
