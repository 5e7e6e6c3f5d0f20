/* SPDX-License-Identifier: GPL-2.0-only */
#include "crash_report.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "policy_call.h"
#include "policy_image.h"

#define PROGRAM "/proc/self/exe"

/* What is in the record may be anything: it goes to terminals. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '?';
}

/* A copy that does not change any more, with its counts and texts within bounds. */
static void copy_record(const struct crash_record *record, struct crash_record *ret_copy)
{
	size_t i;

	memset(ret_copy, 0, sizeof(*ret_copy));
	if (!record)
		return;
	memcpy(ret_copy, record, sizeof(*ret_copy));
	if (ret_copy->nr_frames > CRASH_FRAMES_MAX)
		ret_copy->nr_frames = CRASH_FRAMES_MAX;
	if (ret_copy->nr_modules > CRASH_MODULES_MAX)
		ret_copy->nr_modules = CRASH_MODULES_MAX;
	for (i = 0; i < ret_copy->nr_modules; i++) {
		struct crash_module *module = &ret_copy->modules[i];

		module->name[sizeof(module->name) - 1] = '\0';
		make_printable(module->name);
	}
}

static const struct crash_module *module_of(const struct crash_record *record, uint64_t addr)
{
	size_t i;

	for (i = 0; i < record->nr_modules; i++)
		if (addr >= record->modules[i].begin && addr < record->modules[i].end)
			return &record->modules[i];
	return NULL;
}

/* A file to look for functions in; opened at most once for a report. */
struct symbols {
	struct diag diag;
	struct policy_image image;
	bool tried, open;
};

static struct policy_image *symbols_of(struct symbols *symbols, const char *path)
{
	if (!symbols->tried) {
		symbols->tried = true;
		symbols->image.path = path;
		symbols->image.diag = &symbols->diag;
		symbols->open = !policy_image_open(&symbols->image);
	}
	return symbols->open ? &symbols->image : NULL;
}

static void symbols_close(struct symbols *symbols)
{
	if (symbols->tried)
		policy_image_close(&symbols->image);
}

/* Down to the first of our own functions, which has called the policy. */
static void add_lines(const struct crash_record *record, const char *policy_path,
		      struct crash_report *report)
{
	/* Only these two files are looked into: of the others the record alone tells. */
	struct symbols policy = { 0 }, program = { 0 };
	size_t i;

	for (i = 0; i < record->nr_frames && report->nr_lines < CRASH_LINES_MAX; i++) {
		/* A call is before what it returns to, which may be another function already. */
		uint64_t addr = record->frames[i] - (i ? 1 : 0), offset;
		const struct crash_module *module = module_of(record, addr);
		char *line = report->lines[report->nr_lines++], function[64];
		struct policy_image *image = NULL;

		if (!module) {
			snprintf(line, CRASH_LINE_LEN, "0x%" PRIx64, record->frames[i]);
			continue;
		}
		if (module->is_policy)
			image = symbols_of(&policy, policy_path);
		else if (module->is_program)
			image = symbols_of(&program, PROGRAM);
		if (image && policy_image_function(image, addr - module->base, function,
						   sizeof(function), &offset)) {
			make_printable(function);
			snprintf(line, CRASH_LINE_LEN, "%s(%s+0x%" PRIx64 ")", module->name, function,
				 offset + (record->frames[i] - addr));
		} else {
			snprintf(line, CRASH_LINE_LEN, "%s(+0x%" PRIx64 ")", module->name,
				 record->frames[i] - module->base);
		}
		if (module->is_program)
			break;
	}
	symbols_close(&policy);
	symbols_close(&program);
}

__attribute__((format(printf, 2, 3))) static void add(struct crash_report *report,
						      const char *format, ...)
{
	size_t len = strlen(report->reason);
	va_list args;

	va_start(args, format);
	vsnprintf(report->reason + len, sizeof(report->reason) - len, format, args);
	va_end(args);
}

static void add_where(struct crash_report *report)
{
	/* From loading to create() it is one: see enum policy_call. */
	if (!strcmp(report->call, policy_call_name(POLICY_CALL_LOAD)))
		add(report, " in a constructor or its create()");
	else if (report->call[0])
		add(report, " in its %s()", report->call);
}

static void begin(const struct crash_record *record, const char *policy_path,
		  struct crash_report *report, struct crash_record *ret_copy)
{
	memset(report, 0, sizeof(*report));
	copy_record(record, ret_copy);
	snprintf(report->call, sizeof(report->call), "%s", policy_call_name(ret_copy->call));
	add_lines(ret_copy, policy_path, report);
}

void crash_report_ended(const struct crash_record *record, int status, const char *policy_path,
			struct crash_report *report)
{
	struct crash_record copy;
	int signal_nr = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	begin(record, policy_path, report, &copy);
	report->by_policy = true;
	if (signal_nr && copy.signal > 0 && copy.signal < NSIG) {
		/* The record's: what ended the process may have come of the writing of the record. */
		add(report, "signal %d (%s)", copy.signal, strsignal(copy.signal));
		add_where(report);
		if (copy.signal == SIGSYS)
			add(report, ", for system call %d, which policies may not use", copy.code);
		else if (copy.code > 0 && copy.signal != SIGABRT)
			add(report, ", at address 0x%" PRIx64, copy.address);
	} else if (signal_nr == SIGKILL) {
		/* By whom cannot be known; memory that it asks for is asked for in the policy. */
		report->by_policy = report->call[0];
		add(report, "signal 9 (%s)", strsignal(SIGKILL));
		add_where(report);
		add(report, ": by somebody, or by the kernel for want of memory");
	} else if (signal_nr) {
		report->by_policy = report->call[0];
		add(report, "signal %d (%s)", signal_nr, strsignal(signal_nr));
		add_where(report);
	} else if (copy.loop_err) {
		report->by_policy = copy.loop_err == -EBADF;
		add(report, "status %d: the way to the kernel is lost: %s%s", WEXITSTATUS(status),
		    strerror(-copy.loop_err), report->by_policy ?
		    ". It has closed what is not its own" : "");
	} else {
		add(report, "status %d", WEXITSTATUS(status));
		add_where(report);
		if (report->call[0])
			add(report, ", which has called exit() or the like");
	}
}

void crash_report_silent(const struct crash_record *record, const char *what,
			 const char *policy_path, struct crash_report *report)
{
	struct crash_record copy;

	begin(record, policy_path, report, &copy);
	add(report, "%s", what);
	add_where(report);
	/* In our own code it waits for requests: somebody has stopped it, or lets it have no CPU. */
	report->by_policy = report->call[0];
	if (!report->by_policy)
		add(report, "; it was not in the policy: it was stopped, frozen, or got no CPU");
}
