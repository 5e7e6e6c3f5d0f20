/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace_writer.h - a file with a timeline, in the JSON form of trace events that Perfetto's viewer
 * (ui.perfetto.dev) and chrome://tracing open: rows in groups, on them slices (from, to), instants
 * and counters, each with arguments that the viewer shows. What the rows are of is the caller's:
 * clandsim writes a simulated machine with it, clandctl this one.
 *
 * Nothing but the next 64 KiB of text is kept in memory, and events may come in any order. A time
 * is in ns, of any clock, and stands in the file in us with three decimals. Groups and rows are
 * numbers that the viewer calls process and thread. Names may have any bytes (quote.h).
 *
 * Non-logging; any thread, one at a time for each writer.
 */
#ifndef CLAND_TRACE_WRITER_H
#define CLAND_TRACE_WRITER_H

#include <stdint.h>
#include <stdio.h>

struct trace_writer;

/*
 * trace_writer_new - begin a timeline in the file, which stays the caller's. Returns NULL when
 * there is no memory; trace_writer_end() it.
 */
struct trace_writer *trace_writer_new(FILE *file);

/*
 * trace_writer_end - what is left, and the end; flushes the file, and frees the writer. Accepts
 * NULL. Returns 0, or -errno: not all could be written.
 */
int trace_writer_end(struct trace_writer *writer);

/* trace_writer_error - why the file could not be written, as -errno, or 0; no need to go on then. */
int trace_writer_error(const struct trace_writer *writer);

/* How a group, and a row of a group, is called. */
void trace_writer_name_group(struct trace_writer *writer, uint32_t group, const char *name);
void trace_writer_name_row(struct trace_writer *writer, uint32_t group, uint32_t row,
			   const char *name);

/*
 * The events. Those of one row must not overlap but where one is within another; what is added by
 * trace_writer_arg_...() next belongs to the latest of them.
 */
void trace_writer_slice(struct trace_writer *writer, uint32_t group, uint32_t row, const char *name,
			uint64_t from_ns, uint64_t to_ns);
void trace_writer_instant(struct trace_writer *writer, uint32_t group, uint32_t row,
			  const char *name, uint64_t when_ns);
/* Its arguments, numbers, are what has been counted. */
void trace_writer_counter(struct trace_writer *writer, uint32_t group, const char *name,
			  uint64_t when_ns);

void trace_writer_arg_text(struct trace_writer *writer, const char *key, const char *value);
void trace_writer_arg_number(struct trace_writer *writer, const char *key, int64_t value);

#endif
