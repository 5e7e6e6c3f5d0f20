/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats_monitor.h - scx-cland --monitor: a line of figures again and again, asked of the scx-cland
 * that runs at its stats socket. A program of its own, on its main thread; non-logging.
 */
#ifndef CLAND_STATS_MONITOR_H
#define CLAND_STATS_MONITOR_H

#include <stdint.h>

#include "diag.h"

/*
 * stats_monitor_run - until a signal ends the process, or nobody reads the output any more. While
 * no scheduler answers it waits for one. interval_ms is at least 100. Returns EXIT_CODE_OK, or
 * another EXIT_CODE_* with a sentence: who answers is not scx-cland, or does not let us ask.
 */
int stats_monitor_run(const char *path, uint32_t interval_ms, struct diag *diag);

#endif
