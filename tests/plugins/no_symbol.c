/* SPDX-License-Identifier: GPL-2.0-only */
/* A shared object, but no policy. */
#include <scx-cland/policy.h>

extern const int something_else;
CLAND_EXPORT const int something_else = 1;
