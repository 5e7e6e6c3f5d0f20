#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Usage: flood.py SECONDS [SOCKET...]

Floods the control socket, or those that are named: more connections than there is room for, questions
whose answers nobody reads, lines that never end, and garbage.
"""

import random
import socket
import sys
import time

PATHS = sys.argv[2:] or ["/run/scx-cland/control.sock"]
LINES = [
    b'{"command":"status"}\n' * 50,
    b'{"command":"switch","args":{"policy":"no-such-policy"}}\n',
    b'{"command":"set","args":{"settings":["x"]}}\n' * 20,
    b'{"req":"stats"}\n' * 50,
    b"GET /metrics HTTP/1.1\r\n\r\n",
    b"[" * 10000 + b"\n",
    b"x" * 70000,
    bytes(range(256)) * 10,
]


def main():
    end = time.monotonic() + float(sys.argv[1])
    connections, sent, refused = [], 0, 0
    choose = random.Random(1).choice
    while time.monotonic() < end:
        try:
            connection = socket.socket(socket.AF_UNIX)
            connection.setblocking(False)
            connection.connect(choose(PATHS))
            connections.append(connection)
        except OSError:
            refused += 1
        for connection in connections[-40:]:
            try:
                sent += connection.send(choose(LINES))
            except OSError:
                refused += 1
        while len(connections) > 100:
            connections.pop(0).close()
    print(f"sent {sent} bytes; not taken: {refused}")


main()
