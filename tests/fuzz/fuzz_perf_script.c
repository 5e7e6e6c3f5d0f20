/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz_perf_script.c - what perf script prints: whatever it is, it is refused with a sentence or
 * becomes a recording, and that a workload, whose numbers fit each other.
 */
#include <string.h>

#include "perf_script.h"
#include "replay.h"
#include "workload_fits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag diag = { .text = "" };
	struct replay_left_out left_out;
	struct recording recording;
	struct workload w;
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (perf_script_parse("fuzz", text, size, &recording, &diag)) {
		check(diag.text[0]);
	} else {
		check(recording.nr_tasks && recording.nr_cpus);
		if (!replay_make("fuzz", &recording, false, &w, &left_out, &diag)) {
			check_workload(&w);
			workload_free(&w);
		}
		recording_free(&recording);
	}
	free(text);
	return 0;
}
