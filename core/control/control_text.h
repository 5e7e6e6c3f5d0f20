/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_text.h - texts of any origin as JSON strings. Any thread.
 */
#ifndef CLAND_CONTROL_TEXT_H
#define CLAND_CONTROL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

/*
 * control_text - a JSON string of text, in which bytes that are not UTF-8 have become '?': a
 * sentence may have been cut within a letter, and file names are bytes. NULL: no memory.
 */
struct json_object *control_text(const char *text);

/*
 * control_text_is_utf8 - whether the len bytes are, without a NUL among them. The byte behind them
 * must be readable and no continuation byte.
 */
bool control_text_is_utf8(const char *text, size_t len);

#endif
