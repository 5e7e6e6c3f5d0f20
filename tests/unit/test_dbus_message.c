/* SPDX-License-Identifier: GPL-2.0-only */
/* What dbus_message.h promises. That a real bus understands it shows in cli/power_bus.sh. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dbus_message.h"

static const struct dbus_call get = {
	.destination = "net.hadess.PowerProfiles",
	.path = "/net/hadess/PowerProfiles",
	.interface = "org.freedesktop.DBus.Properties",
	.member = "Get",
	.nr_args = 2,
	.args = { "net.hadess.PowerProfiles", "ActiveProfile" },
};

static uint8_t buf[1024];
static struct dbus_message message;

/*
 * An answer of another byte order than x86's, written by hand after the specification: a return to
 * serial 7 with a variant.
 */
static const uint8_t big_endian[] = {
	'B', 2, 1, 1, 0, 0, 0, 13, 0, 0, 0, 5, 0, 0, 0, 29,
	5, 1, 'u', 0, 0, 0, 0, 7,			    /* reply serial */
	8, 1, 'g', 0, 1, 'v', 0, 0,			    /* signature */
	7, 1, 's', 0, 0, 0, 0, 4, ':', '1', '.', '9', 0,    /* sender */
	0, 0, 0,					    /* to a multiple of 8 */
	1, 's', 0, 0, 0, 0, 0, 4, 'f', 'a', 's', 't', 0,    /* "fast" in a variant */
};

static void message__written_is_read_again(void **state)
{
	const char *texts[2];
	size_t size = dbus_message_put(&get, 3, buf, sizeof(buf)), i;

	(void)state;
	assert_true(size > 0 && dbus_message_size(buf, size) == (long)size);
	assert_int_equal(dbus_message_parse(buf, size, &message), 0);
	assert_int_equal(message.type, DBUS_MESSAGE_CALL);
	assert_int_equal(message.serial, 3);
	assert_int_equal(message.reply_serial, 0);
	assert_string_equal(message.path, get.path);
	assert_string_equal(message.interface, get.interface);
	assert_string_equal(message.member, get.member);
	assert_string_equal(message.sender, "");
	assert_string_equal(message.signature, "ss");
	assert_int_equal(dbus_message_texts(&message, 2, texts), 0);
	assert_string_equal(texts[0], get.args[0]);
	assert_string_equal(texts[1], get.args[1]);
	assert_int_equal(dbus_message_texts(&message, 3, texts), -EPROTO);
	/* a part of it says how long it is, and is none */
	for (i = 0; i < size; i++) {
		assert_int_equal(dbus_message_size(buf, i), i < 16 ? 0 : (long)size);
		assert_int_equal(dbus_message_parse(buf, i, &message), -EPROTO);
		assert_int_equal(dbus_message_put(&get, 3, buf, i), 0);
		assert_int_equal(dbus_message_put(&get, 3, buf, size), size);
	}
}

static void message__of_another_byte_order_is_read(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(dbus_message_size(big_endian, sizeof(big_endian)), sizeof(big_endian));
	assert_int_equal(dbus_message_parse(big_endian, sizeof(big_endian), &message), 0);
	assert_int_equal(message.type, DBUS_MESSAGE_RETURN);
	assert_int_equal(message.serial, 5);
	assert_int_equal(message.reply_serial, 7);
	assert_string_equal(message.sender, ":1.9");
	assert_int_equal(dbus_message_texts(&message, 1, &text), 0);
	assert_string_equal(text, "fast");
}

/* Changes one byte of the message above. */
static void spoilt(size_t at, uint8_t byte, int of_message, int of_texts)
{
	const char *text = "";

	memcpy(buf, big_endian, sizeof(big_endian));
	buf[at] = byte;
	assert_int_equal(dbus_message_parse(buf, sizeof(big_endian), &message), of_message);
	if (!of_message)
		assert_int_equal(dbus_message_texts(&message, 1, &text), of_texts);
}

static void message__that_is_none_is_refused(void **state)
{
	(void)state;
	spoilt(0, 'x', -EPROTO, 0);  /* byte order */
	spoilt(3, 2, -EPROTO, 0);    /* version */
	spoilt(4, 1, -EPROTO, 0);    /* too large a body */
	spoilt(7, 14, -EPROTO, 0);   /* another size than it has */
	spoilt(11, 0, -EPROTO, 0);   /* no serial */
	spoilt(15, 28, -EPROTO, 0);  /* fields that end in the middle of one */
	spoilt(18, 's', -EPROTO, 0); /* a serial that is a text */
	spoilt(26, 's', -EPROTO, 0); /* a signature that is one */
	spoilt(34, 'u', -EPROTO, 0); /* a sender that is a number */
	spoilt(34, 'a', -EPROTO, 0); /* what no field is */
	spoilt(39, 200, -EPROTO, 0); /* a text beyond its end */
	spoilt(42, 0, -EPROTO, 0);   /* and with a NUL in it */
	spoilt(29, 'i', 0, -EPROTO); /* a body of another type */
	spoilt(49, 'u', 0, -EPROTO); /* and a variant */
	spoilt(55, 5, 0, -EPROTO);   /* a text beyond the body */
	spoilt(58, 0, 0, -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message__written_is_read_again),
		cmocka_unit_test(message__of_another_byte_order_is_read),
		cmocka_unit_test(message__that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
