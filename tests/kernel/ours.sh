#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What others do to our own processes: their CPUs change all the time (HAZARDS 47), somebody reads
# the agent's memory map, which takes its lock (HAZARDS 10), and the counters are asked for without a
# pause (HAZARDS 11). The agent goes on deciding, and nobody waits for it. Argument: leased or strict.

. "$(dirname "$0")/lib.sh"

readonly GAP_MAX_MS=500

start --decisions="$1"
pid=$(agent)
load sh -c "while cat /proc/$pid/smaps >/dev/null; do :; done"
readers=("$loaded")
load sh -c "while cat /proc/$pid/smaps >/dev/null; do :; done"
readers+=("$loaded")
load stress-ng --mmap 1 --mmap-bytes 16M -t 100
readers+=("$loaded")
normal load-hogs --count="$(nproc)" --seconds=6 >"$TEST_WORK/hogs" &
hogs=$!
flips=0
while kill -0 "$hogs" 2>/dev/null; do
	taskset -p -c $((flips % $(nproc))) "$pid" >/dev/null
	taskset -p -c $(((flips + 1) % $(nproc))) "$daemon" >/dev/null
	kill -USR1 "$daemon"
	flips=$((flips + 1))
done
wait "$hogs" || fail "load-hogs ended with status $?"
[[ $(agent) == "$pid" ]] || fail "the agent was replaced"
unload "${readers[@]}"
counters
note "$flips changes of CPUs; $(tail -n 1 "$TEST_WORK/hogs"); ${counted[*]@K}"
gap=$(figure max_gap_ms "$TEST_WORK/hogs")
((${gap%.*} <= GAP_MAX_MS)) || fail "a hog waited for $gap ms"
(($(count decided) > 0)) || fail "nothing is decided"
expect_attached
stop
