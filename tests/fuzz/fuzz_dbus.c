/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target for dbus_message.h: messages one behind the other, as they come from a bus. What
 * is taken lies within its message.
 */
#include <string.h>

#include "dbus_message.h"
#include "diag.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct diag diag; /* nothing here has a sentence of its own */

static void must_lie_within(const char *text, const uint8_t *data, size_t size)
{
	const uint8_t *at = (const uint8_t *)text;

	must(!*text || (at > data && at + strlen(text) < data + size), "a text in the message");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *texts[3] = { "", "", "" };
	struct dbus_message message;
	long whole;
	size_t i;

	while ((whole = dbus_message_size(data, size)) > 0 && (size_t)whole <= size) {
		must(whole <= DBUS_MESSAGE_MAX, "a message that fits");
		if (dbus_message_parse(data, (size_t)whole, &message))
			return 0;
		must(message.serial, "a serial");
		must_lie_within(message.path, data, (size_t)whole);
		must_lie_within(message.interface, data, (size_t)whole);
		must_lie_within(message.member, data, (size_t)whole);
		must_lie_within(message.error_name, data, (size_t)whole);
		must_lie_within(message.sender, data, (size_t)whole);
		must_lie_within(message.signature, data, (size_t)whole);
		must(message.body >= data && message.body + message.body_size == data + whole, "the body");
		for (i = 1; i <= 3; i++) {
			if (dbus_message_texts(&message, i, texts))
				break;
			must_lie_within(texts[i - 1], message.body, message.body_size + 1);
		}
		data += whole;
		size -= (size_t)whole;
	}
	return 0;
}
