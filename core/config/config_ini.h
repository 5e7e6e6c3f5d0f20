/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_ini.h - one file of the configuration, from its text into struct config: sections, and
 * which keys stand in which. For config.c only. Non-logging.
 */
#ifndef CLAND_CONFIG_INI_H
#define CLAND_CONFIG_INI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "config_files.h"

/*
 * config_ini_parse - lay what the text says over config. path is for sentences and origins; layer
 * is the file's, above that of each file before it. Mistakes go to mistakes, each with its line;
 * keys below a section's name that is none are not judged. Returns whether to end the work.
 */
bool config_ini_parse(const char *path, const char *text, size_t size, uint32_t layer,
		      struct config *config, struct config_mistakes *mistakes);

#endif
