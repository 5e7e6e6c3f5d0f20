/* SPDX-License-Identifier: GPL-2.0-only */
/* core/trace_writer.c: the form of what it writes, and what becomes of a disk that is full. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "trace_writer.h"

#define BEGIN "{\"displayTimeUnit\":\"ns\",\"traceEvents\":["
#define END "\n]}\n"

struct text {
	FILE *file;
	char *data;
	size_t size;
	struct trace_writer *writer;
};

static void begin(struct text *text)
{
	text->file = open_memstream(&text->data, &text->size);
	assert_non_null(text->file);
	text->writer = trace_writer_new(text->file);
	assert_non_null(text->writer);
}

static void end(struct text *text, const char *expected)
{
	assert_int_equal(trace_writer_end(text->writer), 0);
	assert_string_equal(text->data, expected);
	fclose(text->file);
	free(text->data);
}

static void trace_writer__nothing_is_a_whole_file(void **state)
{
	struct text text;

	(void)state;
	begin(&text);
	end(&text, BEGIN END);
}

static void trace_writer__every_kind_has_its_form(void **state)
{
	struct text text;

	(void)state;
	begin(&text);
	trace_writer_name_group(text.writer, 2, "tasks");
	trace_writer_name_row(text.writer, 2, 17, "sh 17");
	trace_writer_slice(text.writer, 2, 17, "runs", 1500, 2001002);
	trace_writer_arg_number(text.writer, "cpu", -1);
	trace_writer_arg_text(text.writer, "then", "sleeps");
	trace_writer_slice(text.writer, 2, 17, "waits", 0, 0);
	trace_writer_instant(text.writer, 2, 4194304, "decided", 999);
	trace_writer_counter(text.writer, 3, "queue 1", UINT64_C(86400000000000));
	trace_writer_arg_number(text.writer, "tasks", INT64_MAX);
	end(&text, BEGIN
	    "\n{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":2,\"tid\":0,\"args\":{\"name\":\"tasks\"}},"
	    "\n{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":2,\"tid\":17,\"args\":{\"name\":\"sh 17\"}},"
	    "\n{\"ph\":\"X\",\"name\":\"runs\",\"pid\":2,\"tid\":17,\"ts\":1.500,\"dur\":1999.502,"
	    "\"args\":{\"cpu\":-1,\"then\":\"sleeps\"}},"
	    "\n{\"ph\":\"X\",\"name\":\"waits\",\"pid\":2,\"tid\":17,\"ts\":0.000,\"dur\":0.000},"
	    "\n{\"ph\":\"i\",\"s\":\"t\",\"name\":\"decided\",\"pid\":2,\"tid\":4194304,\"ts\":0.999},"
	    "\n{\"ph\":\"C\",\"name\":\"queue 1\",\"pid\":3,\"tid\":0,\"ts\":86400000000.000,"
	    "\"args\":{\"tasks\":9223372036854775807}}" END);
}

static void trace_writer__any_bytes_in_names_are_text_in_the_file(void **state)
{
	struct text text;

	(void)state;
	begin(&text);
	trace_writer_instant(text.writer, 1, 1, "a\"b\\c\n\xff\x01", 0);
	trace_writer_arg_text(text.writer, "\"", "\\");
	end(&text, BEGIN "\n{\"ph\":\"i\",\"s\":\"t\",\"name\":\"a\\\"b\\\\c???\",\"pid\":1,\"tid\":1,\"ts\":0.000,"
	    "\"args\":{\"\\\"\":\"\\\\\"}}" END);
}

/* The reason is the first one's, whatever is called until somebody asks. */
static void trace_writer__a_full_disk_is_told_as_soon_as_it_shows(void **state)
{
	FILE *file = fopen("/dev/full", "w");
	struct trace_writer *writer;
	int i;

	(void)state;
	assert_non_null(file);
	writer = trace_writer_new(file);
	assert_non_null(writer);
	assert_int_equal(trace_writer_error(writer), 0); /* it is in stdio's buffer */
	for (i = 0; i < 10000 && !trace_writer_error(writer); i++)
		trace_writer_instant(writer, 1, 1, "decided", 0);
	assert_in_range(i, 1, 9999);
	errno = EINTR;
	trace_writer_instant(writer, 1, 1, "decided", 0);
	assert_int_equal(trace_writer_error(writer), -ENOSPC);
	assert_int_equal(trace_writer_end(writer), -ENOSPC);
	fclose(file);
}

static void trace_writer__a_full_disk_shows_at_the_end_at_the_latest(void **state)
{
	FILE *file = fopen("/dev/full", "w");
	struct trace_writer *writer;

	(void)state;
	assert_non_null(file);
	writer = trace_writer_new(file);
	assert_non_null(writer);
	assert_int_equal(trace_writer_end(writer), -ENOSPC);
	fclose(file);
	assert_int_equal(trace_writer_end(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trace_writer__nothing_is_a_whole_file),
		cmocka_unit_test(trace_writer__every_kind_has_its_form),
		cmocka_unit_test(trace_writer__any_bytes_in_names_are_text_in_the_file),
		cmocka_unit_test(trace_writer__a_full_disk_is_told_as_soon_as_it_shows),
		cmocka_unit_test(trace_writer__a_full_disk_shows_at_the_end_at_the_latest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
