#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a task sends to another one over the network of this machine arrives in a softirq, before its call returns.
# That is the task's doing and no interrupt's: whom it wakes up so does not interrupt it at each message, or the
# two would switch 17 times as often and send half as much.
#
# limit: 120

. "$(dirname "$0")/lib.sh"

readonly MESSAGES=20000

start
normal taskset -c 1 python3 - $MESSAGES >"$TEST_WORK/sent" <<-'END'
	import os, socket, sys
	nr = int(sys.argv[1])
	server = socket.create_server(("127.0.0.1", 0))
	sender = socket.create_connection(server.getsockname())
	receiver, _ = server.accept()
	sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
	if not os.fork():
	    sender.close()
	    while receiver.recv(512):
	        pass
	    os._exit(0)
	receiver.close()
	message = b"x" * 512
	for _ in range(nr):
	    sender.sendall(message)
	print("switches=" + next(line.split()[1] for line in open("/proc/self/status")
	                         if line.startswith("nonvoluntary_ctxt_switches")))
	sender.close()
	os.wait()
END
switches=$(figure switches "$TEST_WORK/sent")
note "$MESSAGES messages to a task on the same CPU; the sender was interrupted $switches times"
((switches < MESSAGES / 10)) || fail "the receiver interrupts the sender: $switches times in $MESSAGES messages"
expect_attached
stop
