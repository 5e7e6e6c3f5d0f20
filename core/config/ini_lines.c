/* SPDX-License-Identifier: GPL-2.0-only */
#include "ini_lines.h"

#include <errno.h>
#include <ini.h>
#include <string.h>

struct reader {
	const char *text;
	size_t size, at;
	unsigned int number; /* of the line handed out last */
	const struct ini_lines_ops *ops;
	void *data;
	int err;
};

/* An ini_reader: like fgets(). */
static char *read_line(char *line, int size, void *stream)
{
	struct reader *reader = stream;
	const char *from = reader->text + reader->at, *newline;
	size_t left = reader->size - reader->at, len;

	if (reader->err || !left)
		return NULL;
	newline = memchr(from, '\n', left);
	len = newline ? (size_t)(newline - from) : left;
	reader->at += len + (newline != NULL);
	reader->number++;
	line[0] = '\0';
	reader->err = reader->ops->line(reader->data, reader->number, from, len, line, (size_t)size);
	return reader->err ? NULL : line;
}

/* An ini_handler, called for each line before the next is drawn. */
static int handle_key(void *user, const char *section, const char *name, const char *value
#if INI_HANDLER_LINENO
		      ,
		      int line
#endif
)
{
	struct reader *reader = user;

#if INI_HANDLER_LINENO
	(void)line;
#endif
	if (!reader->err)
		reader->err = reader->ops->key(reader->data, reader->number, section, name,
					       value ? value : "");
	return !reader->err;
}

int ini_lines_parse(const char *path, const char *text, size_t size,
		    const struct ini_lines_ops *ops, void *data, struct diag *diag)
{
	struct reader reader = { .text = text, .size = size, .ops = ops, .data = data };
	const char *nul = memchr(text, '\0', size), *at;
	int line = 1;

	if (nul) {
		for (at = text; at < nul; at++)
			line += *at == '\n';
		return diag_set(diag, -EINVAL, "%s:%d: there is a NUL byte; this is not a text file",
				path, line);
	}
	line = ini_parse_stream(read_line, &reader, handle_key, &reader);
	if (reader.err)
		return reader.err;
	if (line < 0)
		return diag_set(diag, -ENOMEM, "%s: no memory to read it", path);
	if (line > 0)
		return diag_set(diag, -EINVAL, "%s:%d: not understood; expected KEY = VALUE, "
				"or [SECTION]", path, line);
	return 0;
}
