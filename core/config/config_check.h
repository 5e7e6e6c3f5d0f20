/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_check.h - all mistakes of a configuration at once, for --check-config: those of the files,
 * and then whether each policy that is named is there and takes the parameters that are set. No
 * policy's code is run. Non-logging.
 */
#ifndef CLAND_CONFIG_CHECK_H
#define CLAND_CONFIG_CHECK_H

#include <stdio.h>

#include "config.h"

/*
 * config_check - write each mistake to out as a line that starts with its place. Of each file at
 * least the first one; policies are looked at once the files are sound. Says nothing when all is
 * well. places: see config_load_from().
 * Returns 0, or -errno of the first mistake.
 */
int config_check(int argc, char *const argv[], const struct config_places *places, FILE *out);

#endif
