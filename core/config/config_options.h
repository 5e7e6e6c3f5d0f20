/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_options.h - the command line, the last layer of the configuration. For config.c only.
 */
#ifndef CLAND_CONFIG_OPTIONS_H
#define CLAND_CONFIG_OPTIONS_H

#include "config.h"
#include "diag.h"

/*
 * config_options_load - lay what the options say over config. argv keeps its order. Not for two
 * threads at once: getopt_long() has state of its own. Returns 0, or -EINVAL with a sentence.
 */
int config_options_load(int argc, char *const argv[], struct config *config, struct diag *diag);

#endif
