/* SPDX-License-Identifier: GPL-2.0-only */
#include "listen_address.h"

#include <errno.h>
#include <string.h>

#include "config.h"

#define V4 "127.0.0.1:"
#define V6 "[::1]:"

int listen_address_parse(const char *text, struct listen_address *ret_address)
{
	struct listen_address address = { .is_path = text[0] == '/' };
	const char *port = text;
	uint64_t number;

	if (strlen(text) >= LISTEN_ADDRESS_SIZE)
		return -EINVAL;
	if (!address.is_path) {
		address.is_v6 = !strncmp(text, V6, strlen(V6));
		if (!address.is_v6 && strncmp(text, V4, strlen(V4)) != 0)
			return -EINVAL;
		port += strlen(address.is_v6 ? V6 : V4);
		if (config_parse_u64(port, &number) || number < 1 || number > UINT16_MAX)
			return -EINVAL;
		address.port = (uint16_t)number;
	}
	*ret_address = address;
	return 0;
}
