/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz_recording.c - recordings: whatever is in a file, it is refused with a sentence, or becomes a
 * recording that is written and read again as it is, and a workload whose numbers fit each other.
 */
#include <string.h>

#include "replay.h"
#include "workload_fits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Written, and what was written read and written once more. The text, to be freed. */
static char *rewritten(const struct recording *recording, size_t *ret_size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_size);

	check(out && !recording_write(out, recording) && !fclose(out));
	return text;
}

static void check_recording(const struct recording *recording)
{
	struct diag diag = { .text = "" };
	struct recording again;
	size_t size = 0, size_again = 0;
	char *text = rewritten(recording, &size), *text_again;

	check(!recording_parse("again", text, size, false, &again, &diag));
	text_again = rewritten(&again, &size_again);
	check(size == size_again && !memcmp(text, text_again, size));
	free(text);
	free(text_again);
	recording_free(&again);
}

static void check_replay(const struct recording *recording, bool by_time)
{
	struct replay_left_out left_out;
	struct diag diag = { .text = "" };
	struct workload w;

	if (replay_make("fuzz", recording, by_time, &w, &left_out, &diag)) {
		check(diag.text[0]);
		return;
	}
	check(left_out.nr_tasks < recording->nr_tasks);
	check_workload(&w);
	if (!topo_check(&w.topo, &diag))
		(void)workload_check(&w, &w.topo, &diag);
	workload_free(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag diag = { .text = "" };
	struct recording recording;
	char *text = malloc(size + 1);
	int err, partial;

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	for (partial = 0; partial < 2; partial++) {
		err = recording_parse("fuzz", text, size, partial, &recording, &diag);
		check(!err || diag.text[0]);
		if (err)
			continue;
		check_recording(&recording);
		check_replay(&recording, false);
		check_replay(&recording, true);
		recording_free(&recording);
	}
	free(text);
	return 0;
}
