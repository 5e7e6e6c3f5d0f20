/* SPDX-License-Identifier: GPL-2.0-only */
/* clandctl_record.c - `clandctl record`: from the command line to a file with a recording in it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clandctl.h"
#include "clandctl_look.h"
#include "clandctl_out.h"
#include "exit_codes.h"
#include "record.h"
#include "stats.h"

static void print_result(const char *path, const struct recording *recording,
			 const struct record_costs *costs)
{
	char took[32];

	stats_format_ns(recording->duration_ns, took, sizeof(took));
	out_text(path);
	printf(": %s on %u CPUs: tasks=%u steps=%u events=%llu dropped=%llu\n", took, recording->nr_cpus,
	       recording->nr_tasks, recording->nr_steps, (unsigned long long)recording->nr_events,
	       (unsigned long long)recording->nr_dropped);
	clandctl_look_print_cost("recording", costs->kernel_ns, costs->own_ns, recording->duration_ns,
				 recording->nr_cpus);
	if (recording->nr_dropped)
		clandctl_error(0, "note: the recording is not exact where events are missing; a larger "
			       "--buffer holds more of them");
	if (!recording->tells_interrupts)
		clandctl_error(0, "note: this kernel does not tell interrupts from the tasks that they "
			       "interrupt; these are taken for wakers");
}

int clandctl_record(int argc, char *argv[])
{
	struct record_costs costs = { 0 };
	struct record_options options;
	struct recording recording;
	struct clandctl_look look;
	struct diag diag;
	int err, code = clandctl_look_begin(argc, argv, &look);

	if (code)
		return code;
	options = (struct record_options){
		.duration_ns = look.duration_ns,
		.ring_kib = look.ring_kib,
		.stop_fd = look.stop_fd,
	};
	err = record_run(&options, &recording, &costs, &diag);
	if (err) {
		code = clandctl_error(err == -EPERM ? EXIT_CODE_NO_PRIVILEGE : EXIT_CODE_FAILED, "%s",
				      diag.text);
		return clandctl_look_end(&look, code);
	}
	err = recording_write(look.file, &recording);
	if (err)
		code = clandctl_look_failed(&look, err);
	code = clandctl_look_end(&look, code);
	if (!code)
		print_result(look.path, &recording, &costs);
	recording_free(&recording);
	return code;
}
