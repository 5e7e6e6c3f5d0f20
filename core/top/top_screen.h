/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top_screen.h - the terminal of `clandctl top`: lines on it, keys from it. The only place that
 * knows ncurses. One at a time in a process, its main thread; non-logging.
 */
#ifndef CLAND_TOP_SCREEN_H
#define CLAND_TOP_SCREEN_H

#include <stdint.h>

#include "diag.h"
#include "top_frame.h"

/*
 * top_screen_open - take the terminal that is stdin and stdout. Returns 0, or -ENOTTY or -ENOENT
 * (of an unknown kind) with a sentence. top_screen_close() gives it back as it was.
 */
int top_screen_open(struct diag *diag);

/* top_screen_size - as it is now. */
void top_screen_size(uint32_t *ret_width, uint32_t *ret_height);

/* top_screen_show - these lines, and no others. */
void top_screen_show(const struct top_frame *frame);

/*
 * top_screen_key - a key that has been pressed, a letter or an enum top_key; TOP_KEY_NONE: none, or
 * only the size has changed, which is then *ret_resized. Does not wait.
 */
uint32_t top_screen_key(bool *ret_resized);

void top_screen_close(void);

#endif
