/* SPDX-License-Identifier: GPL-2.0-only */
/* libFuzzer target for note.h: what is taken for a note can be written, and is the same then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct note note, back;
	static char text[NOTE_MAX];
	struct diag diag = { "" };
	int len;

	if (note_parse((const char *)data, size, &note, &diag)) {
		if (!diag.text[0])
			abort();
		return 0;
	}
	len = note_format(&note, text, sizeof(text));
	if (len <= 0 || note_parse(text, (size_t)len, &back, &diag) ||
	    memcmp(&note, &back, sizeof(note)) != 0) {
		fprintf(stderr, "not the same when it is read again: %s\n", diag.text);
		abort();
	}
	return 0;
}
