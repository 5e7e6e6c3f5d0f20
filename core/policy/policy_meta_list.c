/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_meta.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "policy_find.h"
#include "utf8.h"

static void list_param(FILE *out, const struct policy_meta_param *param)
{
	const char *space = param->unit[0] ? " " : "";

	if (param->type == CLAND_PARAM_RULES)
		fprintf(out, "    %s.NAME = comm=... cgroup=... nice=... period_us=... budget_us=...",
			param->name);
	else if (param->type == CLAND_PARAM_BOOL)
		fprintf(out, "    %s = %s", param->name, param->def ? "yes" : "no");
	else
		fprintf(out, "    %s = %" PRIu64 "  (%" PRIu64 " to %" PRIu64 "%s%s)", param->name,
			param->def, param->min, param->max, space, param->unit);
	fputs(param->help[0] ? "  " : "", out);
	utf8_put(out, param->help);
	putc('\n', out);
}

struct listing {
	FILE *out;
	const struct policy_folders *folders;
	size_t nr;
};

static void list_file(void *data, const char *folder, const char *file)
{
	struct listing *listing = data;
	struct policy_meta meta;
	struct diag diag;
	char path[PATH_MAX], name[NAME_MAX + 1];
	size_t i;

	if (policy_folders_hidden(listing->folders, folder, file, path))
		return;
	listing->nr++;
	snprintf(name, sizeof(name), "%.*s", (int)strlen(file) - 3, file);
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	if (policy_meta_read(path, &meta, &diag)) {
		utf8_put(listing->out, name);
		fputs("  cannot be used: ", listing->out);
		utf8_put(listing->out, diag.text);
		putc('\n', listing->out);
		return;
	}
	utf8_put(listing->out, name);
	fputs(meta.version[0] ? " " : "", listing->out);
	utf8_put(listing->out, meta.version);
	fputs("  ", listing->out);
	utf8_put(listing->out, meta.summary);
	fputs("\n    ", listing->out);
	utf8_put(listing->out, meta.path);
	putc('\n', listing->out);
	if (strcmp(name, meta.name) != 0)
		fprintf(listing->out, "    its parameters stand in [policy.%s]\n", meta.name);
	for (i = 0; i < meta.nr_params; i++)
		list_param(listing->out, &meta.params[i]);
}

void policy_meta_list(FILE *out)
{
	struct policy_folders folders;
	struct listing listing = { .out = out, .folders = &folders };
	struct diag diag;
	size_t i;

	if (policy_folders_find(&folders, &diag)) {
		utf8_put(out, diag.text);
		putc('\n', out);
		return;
	}
	policy_folders_each(&folders, list_file, &listing);
	if (listing.nr)
		return;
	fprintf(out, "No policies in");
	for (i = 0; i < folders.nr; i++) {
		fputs(i ? ", " : " ", out);
		utf8_put(out, folders.paths[i]);
	}
	putc('\n', out);
}
