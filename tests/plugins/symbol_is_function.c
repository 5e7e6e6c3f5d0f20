/* SPDX-License-Identifier: GPL-2.0-only */
/* A function where the table should be. */
#include <scx-cland/policy.h>

void cland_policy(void);
CLAND_EXPORT void cland_policy(void)
{
}
