/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file_place.h - where a file goes that takes its place only when it is whole. Any thread,
 * non-logging.
 */
#ifndef CLAND_FILE_PLACE_H
#define CLAND_FILE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * file_place_find - path behind its symbolic links, so that a file does not replace the link to it.
 * *ret_in_place: what is there is no file that another one could take the place of, but a device or
 * a pipe, and is to be written into. Returns 0 or -errno: -EISDIR, or why it cannot be looked at.
 * That there is nothing yet, or that a link leads nowhere, is none.
 */
int file_place_find(const char *path, char *ret_path, size_t size, bool *ret_in_place);

#endif
