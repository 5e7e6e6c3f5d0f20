#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Who a task is. A thread that executes a program takes over the pid of its process, again and
# again; pids are as high as they get (HAZARDS 67): decisions reach those tasks, too.

. "$(dirname "$0")/lib.sh"

readonly EXECS=6

echo 4194304 >/proc/sys/kernel/pid_max
echo 4000000 >/proc/sys/kernel/ns_last_pid
cat >"$TEST_WORK/chain.py" <<-'END'
	import os, sys, threading
	left = int(sys.argv[1])
	def go_on():
	    if left:
	        os.execv(sys.executable, [sys.executable, "-S", sys.argv[0], str(left - 1)])
	    os.execvp("load-hogs", ["load-hogs", "--count=1", "--seconds=1"])
	threading.Thread(target=go_on).start()
	while True:
	    pass
	END
for decisions in leased strict; do
	start --decisions="$decisions"
	load load-hogs --count="$(nproc)" --seconds=100
	hogs=$loaded
	normal python3 -S "$TEST_WORK/chain.py" "$EXECS" >"$TEST_WORK/chain" ||
		fail "$decisions: the chain of programs ended with status $?"
	note "$decisions: $(tail -n 1 "$TEST_WORK/chain")"
	(($(agent) > 4000000)) || fail "$decisions: pids are not high"
	unload "$hogs"
	counters
	note "${counted[*]@K}"
	(($(count decided) > 0)) || fail "$decisions: nothing is decided"
	(($(count bad) == 0)) || fail "$decisions: decisions that broke a rule: $(count bad)"
	expect_attached
	stop
done
