/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * metrics.h - the figures of stats.h for Prometheus and what understands it: as OpenMetrics 1.0, or
 * in the text format before it. Names begin with "scx_cland_"; times are in seconds. Pure, any
 * thread, non-logging.
 */
#ifndef CLAND_METRICS_H
#define CLAND_METRICS_H

#include <stddef.h>

#include "stats.h"

enum metrics_format { METRICS_TEXT, METRICS_OPENMETRICS };

/* metrics_content_type - for HTTP. Static. */
const char *metrics_content_type(enum metrics_format format);

/* metrics_write - all of them; *ret_len bytes to be freed, with a NUL behind them, or NULL: no memory. */
char *metrics_write(const struct stats *stats, enum metrics_format format, size_t *ret_len);

#endif
