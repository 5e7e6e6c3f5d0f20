/* SPDX-License-Identifier: GPL-2.0-only */
#include "load_average.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int load_average_read(const char *path, uint32_t *ret_load)
{
	unsigned int whole, part;
	char text[64], end;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	/* always two decimals; a sum beyond what any machine runs is none */
	if (sscanf(text, "%7u.%2u%c", &whole, &part, &end) != 3 || end != ' ')
		return -EPROTO;
	*ret_load = whole * 100 + part;
	return 0;
}
