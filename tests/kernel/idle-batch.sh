#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# SCHED_BATCH counts like others, SCHED_IDLE gets little among hogs, but never nothing for long.

. "$(dirname "$0")/lib.sh"

start
load chrt -b 0 load-hogs --count=2 --cpus=0 --seconds=10
batch=$loaded
chrt -i 0 load-hogs --count=1 --cpus=0 --seconds=10 >"$TEST_WORK/idle" &
idle=$!
wait "$batch"
wait "$idle"
batch_line=$(grep '^hogs=' "$TEST_WORK/load.log")
idle_line=$(grep '^hogs=' "$TEST_WORK/idle")
note "batch: $batch_line"
note "idle: $idle_line"
awk -v batch="$batch_line" -v idle="$idle_line" '
function get(text, key) {
	match(text, key "=[0-9.]+")
	return substr(text, RSTART + length(key) + 1, RLENGTH - length(key) - 1) + 0
}
BEGIN {
	# the idle one starts late, and has the CPU for itself at the end
	exit !(get(batch, "cpu_ms") > 9500 && get(batch, "max_gap_ms") < 200 &&
	       get(idle, "max_gap_ms") < 4000)
}' || fail "idle and batch hogs do not get what they are due"
expect_attached
stop
