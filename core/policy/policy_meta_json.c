/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_meta.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "policy_find.h"
#include "utf8.h"

struct json_listing {
	FILE *out;
	const struct policy_folders *folders;
	size_t nr;
};

/* A string of a file's, which may hold anything, in JSON, which may not. */
static void json_string(FILE *out, const char *text)
{
	size_t len;

	putc('"', out);
	for (; *text; text += len ? len : 1) {
		len = utf8_letter_len(text);
		if (len > 1)
			fwrite(text, 1, len, out);
		else if (!len)
			fputs("\\ufffd", out);
		else if (*text < ' ' || *text == 0x7f)
			fprintf(out, "\\u%04x", (unsigned int)*text);
		else
			fprintf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	}
	putc('"', out);
}

static void json_member(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\n\t\t\t\"%s\": ", key);
	json_string(out, text);
}

static void json_params(FILE *out, const struct policy_meta *meta)
{
	const struct policy_meta_param *param;
	size_t i;

	fprintf(out, ",\n\t\t\t\"params\": [");
	for (i = 0; i < meta->nr_params; i++) {
		param = &meta->params[i];
		fprintf(out, "%s\n\t\t\t\t{ \"name\": \"%s\", \"type\": \"%s\", \"unit\": ",
			i ? "," : "", param->name,
			param->type == CLAND_PARAM_RULES ? "rules" :
			param->type == CLAND_PARAM_BOOL	 ? "bool" :
							   "u64");
		json_string(out, param->unit);
		if (param->type == CLAND_PARAM_BOOL)
			fprintf(out, ", \"default\": %s", param->def ? "true" : "false");
		else if (param->type == CLAND_PARAM_U64)
			fprintf(out,
				", \"min\": %" PRIu64 ", \"max\": %" PRIu64
				", \"default\": %" PRIu64,
				param->min, param->max, param->def);
		fprintf(out, ", \"help\": ");
		json_string(out, param->help);
		fprintf(out, " }");
	}
	fprintf(out, "%s]", meta->nr_params ? "\n\t\t\t" : "");
}

static void json_file(void *data, const char *folder, const char *file)
{
	struct json_listing *listing = data;
	FILE *out = listing->out;
	struct policy_meta meta;
	struct diag diag;
	char path[PATH_MAX], hidden_by[PATH_MAX], name[NAME_MAX + 1];
	int err;

	snprintf(name, sizeof(name), "%.*s", (int)strlen(file) - 3, file);
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	err = policy_meta_read(path, &meta, &diag);
	fprintf(out, "%s\n\t\t{\n\t\t\t\"name\": ", listing->nr++ ? "," : "");
	json_string(out, name);
	json_member(out, "path", err ? path : meta.path);
	if (policy_folders_hidden(listing->folders, folder, file, hidden_by))
		json_member(out, "hidden_by", hidden_by);
	if (err) {
		json_member(out, "error", diag.text);
	} else {
		json_member(out, "policy", meta.name);
		json_member(out, "summary", meta.summary);
		json_member(out, "version", meta.version);
		fprintf(out, ",\n\t\t\t\"abi\": \"%" PRIu32 ".%" PRIu32 "\"", meta.abi_major,
			meta.abi_minor);
		fprintf(out, ",\n\t\t\t\"task_priv_size\": %" PRIu32, meta.task_priv_size);
		json_params(out, &meta);
	}
	fprintf(out, "\n\t\t}");
}

void policy_meta_list_json(FILE *out)
{
	struct policy_folders folders = { 0 };
	struct json_listing listing = { .out = out, .folders = &folders };
	struct diag diag;
	size_t i;

	fprintf(out, "{\n\t\"policies\": [");
	if (!policy_folders_find(&folders, &diag))
		policy_folders_each(&folders, json_file, &listing);
	fprintf(out, "%s],\n\t\"folders\": [", listing.nr ? "\n\t" : "");
	for (i = 0; i < folders.nr; i++) {
		fprintf(out, "%s", i ? ", " : "");
		json_string(out, folders.paths[i]);
	}
	fprintf(out, "]\n}\n");
}
