/* SPDX-License-Identifier: GPL-2.0-only */
#include "clandctl_out.h"

#include <stdio.h>

#include "utf8.h"

void out_text(const char *text)
{
	utf8_put(stdout, text);
}
