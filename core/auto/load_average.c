/* SPDX-License-Identifier: GPL-2.0-only */
#include "load_average.h"

#include <errno.h>
#include <stdio.h>

#include "small_file.h"

int load_average_read(const char *path, uint32_t *ret_load)
{
	unsigned int whole, part;
	char text[64], end;
	ssize_t n = small_file_read(AT_FDCWD, path, text, sizeof(text));

	if (n < 0)
		return (int)n;
	/* always two decimals; a sum beyond what any machine runs is none */
	if (sscanf(text, "%7u.%2u%c", &whole, &part, &end) != 3 || end != ' ')
		return -EPROTO;
	*ret_load = whole * 100 + part;
	return 0;
}
