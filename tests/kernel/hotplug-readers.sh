#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A CPU goes offline while tasks that may run nowhere else have been preempted within RCU's protection
# (they look up long paths). The kernel waits for them before it says that the CPU is going, and no
# longer lets us serve it: they must get out all the same, or RCU stalls (found by scripts/soak).
# limit: 300

. "$(dirname "$0")/lib.sh"

readonly TOGGLES=8
# Not in virtual time, and a stall is at 21 s.
readonly OFFLINE_MAX_MS=10000

last=$(($(nproc --all) - 1))
online=/sys/devices/system/cpu/cpu$last/online
echo 1 >"$online"
# The reading, without end: most of it within one lookup. The kernel preempts it there only for
# somebody who must go first: short sleepers on the same CPU.
cat >"$TEST_WORK/reader.py" <<-'END2'
	import os
	path = "/usr/.." * 500 + "/usr"
	while True:
	    os.access(path, os.R_OK)
	END2
start
longest=0
for ((i = 0; i < TOGGLES; i++)); do
	readers=()
	for ((j = 0; j < 12; j++)); do
		load taskset -c "$last" python3 -S "$TEST_WORK/reader.py"
		readers+=("$loaded")
	done
	for ((j = 0; j < 4; j++)); do
		load taskset -c "$last" python3 -S -c 'while True: __import__("time").sleep(0.002)'
		readers+=("$loaded")
	done
	sleep 1.5
	begin=$(uptime_ms)
	echo 0 >"$online"
	took=$(($(uptime_ms) - begin))
	((took <= longest)) || longest=$took
	echo 1 >"$online"
	expect_attached
	unload "${readers[@]}" 2>/dev/null
done
counters
note "$TOGGLES times off, at most $longest ms; ${counted[*]@K}"
((longest <= OFFLINE_MAX_MS)) || fail "a CPU took $longest ms to go offline"
expect_attached
stop
