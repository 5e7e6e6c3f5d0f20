/* SPDX-License-Identifier: GPL-2.0-only */
#include "stats_server.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "clock.h"
#include "listen_address.h"
#include "metrics_http.h"
#include "stats_json.h"

#define FRESH_NS 10000000ULL	/* figures are not taken anew so soon: somebody may ask all the time */

#define LINE_MAX_BYTES 4096	/* of a request of the tools; theirs have some 50 */

const struct stats *stats_server_now(struct stats_server *server)
{
	uint64_t now_ns = monotonic_ns();

	if (server->stats.taken_ns && now_ns - server->stats.taken_ns < FRESH_NS)
		return &server->stats;
	memset(&server->stats, 0, sizeof(server->stats));
	server->take(server->ctx, &server->stats);
	server->stats.taken_ns = now_ns;
	return &server->stats;
}

/* ---- what is said ---------------------------------------------------------------------------- */

static char *line_of_tools(void *ctx, uint64_t *state, const char *line, size_t len, size_t *ret_len,
			   bool *ret_last, bool *ret_refused)
{
	bool understood;
	char *answer;

	(void)state, (void)ret_last;
	answer = stats_json_answer(stats_server_now(ctx), line, len, ret_len, &understood);
	*ret_refused = !understood;
	return answer;
}

static char *line_of_http(void *ctx, uint64_t *state, const char *line, size_t len, size_t *ret_len,
			  bool *ret_last, bool *ret_refused)
{
	bool served;
	char *answer;

	if (!metrics_http_line(state, line, len))
		return NULL;
	answer = metrics_http_answer(*state, stats_server_now(ctx), ret_len, &served);
	*ret_last = true;
	*ret_refused = !served;
	return answer;
}

/* One answer of a client in a turn: with as many as there can be, a turn takes some milliseconds. */
static const struct control_speech tools = {
	.lines_per_turn = 1,
	.line_max = LINE_MAX_BYTES,
	.too_long = "{\"errno\":7,\"args\":{\"resp\":\"the request is longer than 4096 bytes\"}}\n",
	.busy = "{\"errno\":11,\"args\":{\"resp\":\"too many clients are waiting; try again later\"}}\n",
	.forbidden = "{\"errno\":13,\"args\":{\"resp\":\"only root and members of the group "
		     CONTROL_GROUP " may ask scx-cland\"}}\n",
	.line = line_of_tools,
};

/* Lines of a head cost next to nothing, and only one of them is answered. */
static const struct control_speech http = {
	.lines_per_turn = METRICS_HTTP_LINES_MAX,
	.line_max = METRICS_HTTP_LINE_MAX,
	.too_long = METRICS_HTTP_TOO_LONG,
	.busy = METRICS_HTTP_BUSY,
	.forbidden = METRICS_HTTP_FORBIDDEN,
	.line = line_of_http,
};

/* Who may connect to a port cannot be told, and the figures are no secret: counts, and a policy's name. */
static const struct control_speech http_for_all = {
	.lines_per_turn = METRICS_HTTP_LINES_MAX,
	.line_max = METRICS_HTTP_LINE_MAX,
	.anybody = true,
	.too_long = METRICS_HTTP_TOO_LONG,
	.busy = METRICS_HTTP_BUSY,
	.forbidden = METRICS_HTTP_FORBIDDEN,
	.line = line_of_http,
};

/* ---- for the supervisor ---------------------------------------------------------------------- */

void stats_server_init(struct stats_server *server,
		       void (*take)(void *ctx, struct stats *ret_stats), void *ctx)
{
	*server = (struct stats_server){ .take = take, .ctx = ctx };
}

/* The folder that the socket's own is in; that one is made with the socket. */
static void make_outer_folder(const char *path)
{
	char folder[LISTEN_ADDRESS_SIZE];
	char *slash;
	int i;

	if (strlen(path) >= sizeof(folder))
		return;
	strcpy(folder, path);
	for (i = 0; i < 2; i++) {
		slash = strrchr(folder, '/');
		if (!slash || slash == folder)
			return;
		*slash = '\0';
	}
	/* chmod(): whatever the umask is. What goes wrong is told of the socket's folder. */
	if (!mkdir(folder, 0755) && chmod(folder, 0755))
		return;
}

int stats_server_open_line(struct stats_server *server, const char *path, struct diag *diag)
{
	make_outer_folder(path);
	return control_open_speech(path, &tools, server, &server->line, diag);
}

int stats_server_open_page(struct stats_server *server, const char *address, struct diag *diag)
{
	return control_open_speech(address, address[0] == '/' ? &http : &http_for_all, server,
				   &server->page, diag);
}

void stats_server_fds(const struct stats_server *server, int ret_fds[STATS_SERVER_FDS])
{
	ret_fds[0] = server->line ? control_fd(server->line) : -1;
	ret_fds[1] = server->page ? control_fd(server->page) : -1;
}

void stats_server_serve(struct stats_server *server)
{
	if (server->line)
		control_serve(server->line);
	if (server->page)
		control_serve(server->page);
}

void stats_server_counts(const struct stats_server *server, struct control_counts *ret_counts)
{
	struct control *const both[] = { server->line, server->page };
	struct control_counts counts;
	size_t i;

	memset(ret_counts, 0, sizeof(*ret_counts));
	for (i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		if (!both[i])
			continue;
		control_counts(both[i], &counts);
		ret_counts->nr_requests += counts.nr_requests;
		ret_counts->nr_refused += counts.nr_refused;
		ret_counts->nr_turned_away += counts.nr_turned_away;
	}
}

void stats_server_close(struct stats_server *server)
{
	control_close(server->line);
	control_close(server->page);
	server->line = server->page = NULL;
}
