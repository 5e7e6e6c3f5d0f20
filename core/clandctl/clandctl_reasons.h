/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_reasons.h - what the reasons of the policy that decides are called: the daemon says
 * which file that is, and the file has the texts. Non-logging; main thread.
 */
#ifndef CLAND_CLANDCTL_REASONS_H
#define CLAND_CLANDCTL_REASONS_H

#include <stdbool.h>

#include "policy_reasons.h"

struct json_object;

/*
 * clandctl_reasons_of - by the daemon's answer to "status". While it changes the policy nobody can
 * tell whose decisions are seen: then, and where the file cannot be read any more, there are none.
 * Returns whether the daemon is sure who decides.
 */
bool clandctl_reasons_of(struct json_object *status, struct policy_reasons *ret_reasons);

/*
 * clandctl_reasons_ask - the same, having asked; timeout_s in seconds. Returns EXIT_CODE_OK, or as
 * client_ask(): then there are none. *ret_sure is as above.
 */
int clandctl_reasons_ask(int timeout_s, struct policy_reasons *ret_reasons, bool *ret_sure);

#endif
