/* SPDX-License-Identifier: GPL-2.0-only */
/* The text of --help, from the key table: the part of config.h that people read. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "exit_codes.h"

/* Write words from column on, no line longer than 80; ends the line. */
static void put_wrapped(FILE *out, int column, const char *text)
{
	int at = column;

	while (*text) {
		int len = (int)strcspn(text, " ");

		if (at > column && at + 1 + len > 80) {
			fprintf(out, "\n%*s", column, "");
			at = column;
		}
		if (at > column)
			at += fprintf(out, " ");
		at += fprintf(out, "%.*s", len, text);
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

void config_usage(FILE *out)
{
	const struct config_key *keys, *key;
	const struct exit_code_entry *code;
	char head[64], text[256];
	const char *live;
	size_t nr;

	keys = config_keys(&nr);
	fputs("Usage: scx-cland [OPTION]...\n\n"
	      "Runs a CPU scheduler whose policy is a shared object, until SIGTERM or SIGINT.\n"
	      "SIGHUP has it read its configuration anew.\n"
	      "Needs root and a kernel with sched_ext. Options win over the files.\n\n",
	      out);
	fputs("Settings, which are also keys of the files' section [scheduler], with '_' for "
	      "'-':\n",
	      out);
	for (key = keys; key < keys + nr; key++) {
		if (!key->section && key > keys && key[-1].section)
			fputs("\nOther options:\n", out);
		if (key->type == CONFIG_TYPE_BOOL)
			snprintf(head, sizeof(head), "--%s[=%s]", key->option, key->arg);
		else
			snprintf(head, sizeof(head), "--%s%s%s", key->option, key->arg ? "=" : "",
				 key->arg ? key->arg : "");
		live = key->live ? "" : "; counts from the next start";
		if (key->type == CONFIG_TYPE_U32)
			snprintf(text, sizeof(text),
				 "%s (%" PRIu32 " to %" PRIu32 "; default %s%s)", key->help,
				 key->min, key->max, key->def, live);
		else if (key->def)
			snprintf(text, sizeof(text), "%s (default %s%s)", key->help, key->def,
				 live);
		else
			snprintf(text, sizeof(text), "%s", key->help);
		fprintf(out, "  %-26s ", head);
		put_wrapped(out, 29, text);
	}
	fputs("\nExit codes:\n", out);
	for (code = exit_codes; code->help; code++) {
		fprintf(out, "  %2d  ", (int)code->code);
		put_wrapped(out, 6, code->help);
	}
	fputs("\nFiles, the later over the earlier:\n"
	      "  " CONFIG_VENDOR_PATH "\n"
	      "  " CONFIG_DEFAULT_PATH "\n"
	      "  " CONFIG_VENDOR_DIR "/*.ini, " CONFIG_DEFAULT_DIR "/*.ini\n"
	      "      in the order of their names; of two of the same name, that in /etc only\n"
	      "Sections: [scheduler]; [policy.NAME], with the parameters of a policy; "
	      "[mode.NAME];\n"
	      "[rule NAME], with hints on tasks; [auto NAME], which policy runs when.\n"
	      "\nOther files:\n"
	      "  " CLAND_DOC_DIR "/scx-cland.ini\n"
	      "      a sample that lists and explains every key\n"
	      "  " CLAND_POLICY_DIR "/NAME.so\n"
	      "      policies; $SCX_CLAND_POLICY_PATH names other folders, separated by colons\n",
	      out);
}
