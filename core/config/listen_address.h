/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * listen_address.h - where the figures may be asked for: the path of a UNIX socket, or a port of
 * the loopback device, which no other machine reaches. Pure, any thread, non-logging.
 */
#ifndef CLAND_LISTEN_ADDRESS_H
#define CLAND_LISTEN_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#define LISTEN_ADDRESS_SIZE 108 /* bytes of the text with its NUL: what a socket's path may have */

/* What to write, for people. */
#define LISTEN_ADDRESS_FORMS "PATH|127.0.0.1:PORT|[::1]:PORT"

struct listen_address {
	bool is_path;	/* the text is one */
	bool is_v6;	/* [::1], else 127.0.0.1 */
	uint16_t port;	/* 1 to 65535; 0: it is a path */
};

/* listen_address_parse - Returns 0, or -EINVAL: it is none of LISTEN_ADDRESS_FORMS, or too long. */
int listen_address_parse(const char *text, struct listen_address *ret_address);

#endif
