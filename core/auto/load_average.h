/* SPDX-License-Identifier: GPL-2.0-only */
/* load_average.h - how many tasks want to run or wait for a disk, as /proc/loadavg says. Non-logging. */
#ifndef CLAND_LOAD_AVERAGE_H
#define CLAND_LOAD_AVERAGE_H

#include <stdint.h>

#define LOAD_AVERAGE_PATH "/proc/loadavg"

/* load_average_read - the last minute's, in hundredths. Returns 0, -EPROTO: no such text, or -errno. */
int load_average_read(const char *path, uint32_t *ret_load);

#endif
