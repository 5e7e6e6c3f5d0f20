/* SPDX-License-Identifier: GPL-2.0-only */
#include "progress_bar.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"

#define WIDTH 30
#define AGAIN_MS 100 /* a terminal far away need not draw more */

static bool is_shown;
static uint64_t shown_ms;

void progress_bar_show(uint64_t done, uint64_t all, const char *text)
{
	static const char full[] = "##############################", empty[] = "..............................";
	uint64_t now_ms = monotonic_ms();
	int nr;

	_Static_assert(sizeof(full) == WIDTH + 1 && sizeof(empty) == sizeof(full), "as wide as they are drawn");
	if (!isatty(STDERR_FILENO) || (is_shown && now_ms - shown_ms < AGAIN_MS))
		return;
	if (done > all)
		done = all;
	nr = (int)(done * WIDTH / all);
	fprintf(stderr, "\r\033[K[%.*s%.*s] %3u %%%s%s", nr, full, WIDTH - nr, empty, (unsigned int)(done * 100 / all),
		text[0] ? "  " : "", text);
	is_shown = true;
	shown_ms = now_ms;
}

/* Also where this process has shown none: its child may have. */
void progress_bar_clear(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	is_shown = false;
}
