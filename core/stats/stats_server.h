/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats_server.h - where programs ask for the figures of stats.h: the stats socket of sched_ext's
 * tools (stats_json.h), and the page for Prometheus (metrics_http.h) where one is wanted. Whatever
 * clients do costs a bounded amount of memory, and of time in each call, as control.h says; the
 * figures are taken anew at most a hundred times a second. Supervisor's thread, non-logging.
 */
#ifndef CLAND_STATS_SERVER_H
#define CLAND_STATS_SERVER_H

#include "control.h"
#include "diag.h"
#include "stats.h"

/* Where sched_ext's tools look; what they call the root scheduler. */
#define STATS_SERVER_PATH "/run/scx/root/stats"
#define STATS_SERVER_FDS 2

struct stats_server {
	/* The figures of now. *ret_stats comes zeroed. */
	void (*take)(void *ctx, struct stats *ret_stats);
	void *ctx;
	struct control *line, *page;	/* NULL: there is none */
	struct stats stats;		/* as last taken; taken_ns 0: never */
};

/* stats_server_init - nothing is open yet; for stats_server_close(). */
void stats_server_init(struct stats_server *server,
		       void (*take)(void *ctx, struct stats *ret_stats), void *ctx);

/*
 * stats_server_open_line, stats_server_open_page - listen for the tools at path, and for HTTP at an
 * address of listen_address.h. Return 0, or -errno with a sentence, as control_open(); then the
 * server is without that.
 */
int stats_server_open_line(struct stats_server *server, const char *path, struct diag *diag);
int stats_server_open_page(struct stats_server *server, const char *address, struct diag *diag);

/* stats_server_fds - readable when stats_server_serve() is due; -1: there is none. */
void stats_server_fds(const struct stats_server *server, int ret_fds[STATS_SERVER_FDS]);

/* stats_server_serve - as far as that goes without waiting. */
void stats_server_serve(struct stats_server *server);

/* stats_server_now - the figures, not older than 10 ms. Valid until the next call of any of these. */
const struct stats *stats_server_now(struct stats_server *server);

/* stats_server_counts - of both together. */
void stats_server_counts(const struct stats_server *server, struct control_counts *ret_counts);

/* stats_server_close - end all connections, take the sockets' files away. */
void stats_server_close(struct stats_server *server);

#endif
