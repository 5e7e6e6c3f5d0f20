/* SPDX-License-Identifier: GPL-2.0-only */
#include "trace_writer.h"

#include <errno.h>
#include <stdlib.h>

#include "quote.h"

/* What is written at a time. Most of an event is text that is the same in all: printf() takes ten times as long. */
#define BUFFER_BYTES 65536

struct trace_writer {
	FILE *file;
	const char *end_event;	/* what the latest event lacks yet; NULL: there is none */
	const char *next_arg;	/* what stands before its next argument */
	int err;
	size_t len;
	char buffer[BUFFER_BYTES];
};

/* ---- text ------------------------------------------------------------------------------------ */

/* The error is the first one's. */
static void flush(struct trace_writer *writer)
{
	errno = 0;
	if (fwrite(writer->buffer, 1, writer->len, writer->file) < writer->len && !writer->err)
		writer->err = errno ? -errno : -EIO;
	writer->len = 0;
}

static inline void put(struct trace_writer *writer, char c)
{
	if (writer->len == BUFFER_BYTES)
		flush(writer);
	writer->buffer[writer->len++] = c;
}

static void put_text(struct trace_writer *writer, const char *text)
{
	while (*text)
		put(writer, *text++);
}

static void put_quoted(struct trace_writer *writer, const char *text)
{
	put(writer, '"');
	for (; *text; text++) {
		if (quote_needs_escape(*text))
			put(writer, '\\');
		put(writer, quote_char(*text));
	}
	put(writer, '"');
}

/* At least so many digits. */
static void put_number(struct trace_writer *writer, uint64_t number, int digits)
{
	char text[24], *at = text + sizeof(text);

	for (*--at = '\0'; number || digits > 0; number /= 10, digits--)
		*--at = (char)('0' + number % 10);
	put_text(writer, at);
}

/* ---- beginning and end ----------------------------------------------------------------------- */

struct trace_writer *trace_writer_new(FILE *file)
{
	struct trace_writer *writer = malloc(sizeof(*writer));

	if (!writer)
		return NULL;
	writer->file = file;
	writer->end_event = NULL;
	writer->err = 0;
	writer->len = 0;
	put_text(writer, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
	return writer;
}

int trace_writer_error(const struct trace_writer *writer)
{
	return writer->err;
}

int trace_writer_end(struct trace_writer *writer)
{
	int err;

	if (!writer)
		return 0;
	if (writer->end_event)
		put_text(writer, writer->end_event);
	put_text(writer, "\n]}\n");
	flush(writer);
	if (fflush(writer->file) && !writer->err)
		writer->err = -errno;
	err = writer->err;
	free(writer);
	return err;
}

/* ---- pieces of an event ---------------------------------------------------------------------- */

/* kind: how it begins. */
static void begin_event(struct trace_writer *writer, const char *kind, const char *name,
			uint32_t group, uint32_t row)
{
	if (writer->end_event) {
		put_text(writer, writer->end_event);
		put(writer, ',');
	}
	put_text(writer, "\n{");
	put_text(writer, kind);
	put_text(writer, ",\"name\":");
	put_quoted(writer, name);
	put_text(writer, ",\"pid\":");
	put_number(writer, group, 1);
	put_text(writer, ",\"tid\":");
	put_number(writer, row, 1);
	writer->end_event = "}";
	writer->next_arg = ",\"args\":{";
}

/* Times are in microseconds there. key: with what stands around it. */
static void put_time(struct trace_writer *writer, const char *key, uint64_t ns)
{
	put_text(writer, key);
	put_number(writer, ns / 1000, 1);
	put(writer, '.');
	put_number(writer, ns % 1000, 3);
}

static void begin_arg(struct trace_writer *writer, const char *key)
{
	put_text(writer, writer->next_arg);
	put_quoted(writer, key);
	put(writer, ':');
	writer->end_event = "}}";
	writer->next_arg = ",";
}

/* ---- what there is in a timeline ------------------------------------------------------------- */

void trace_writer_name_group(struct trace_writer *writer, uint32_t group, const char *name)
{
	begin_event(writer, "\"ph\":\"M\"", "process_name", group, 0);
	trace_writer_arg_text(writer, "name", name);
}

void trace_writer_name_row(struct trace_writer *writer, uint32_t group, uint32_t row,
			   const char *name)
{
	begin_event(writer, "\"ph\":\"M\"", "thread_name", group, row);
	trace_writer_arg_text(writer, "name", name);
}

void trace_writer_slice(struct trace_writer *writer, uint32_t group, uint32_t row, const char *name,
			uint64_t from_ns, uint64_t to_ns)
{
	begin_event(writer, "\"ph\":\"X\"", name, group, row);
	put_time(writer, ",\"ts\":", from_ns);
	put_time(writer, ",\"dur\":", to_ns - from_ns);
}

void trace_writer_instant(struct trace_writer *writer, uint32_t group, uint32_t row,
			  const char *name, uint64_t when_ns)
{
	begin_event(writer, "\"ph\":\"i\",\"s\":\"t\"", name, group, row);
	put_time(writer, ",\"ts\":", when_ns);
}

void trace_writer_counter(struct trace_writer *writer, uint32_t group, const char *name,
			  uint64_t when_ns)
{
	begin_event(writer, "\"ph\":\"C\"", name, group, 0);
	put_time(writer, ",\"ts\":", when_ns);
}

void trace_writer_arg_text(struct trace_writer *writer, const char *key, const char *value)
{
	begin_arg(writer, key);
	put_quoted(writer, value);
}

void trace_writer_arg_number(struct trace_writer *writer, const char *key, int64_t value)
{
	begin_arg(writer, key);
	if (value < 0)
		put(writer, '-');
	put_number(writer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}
