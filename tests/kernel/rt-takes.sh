#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A task is woken up beside hogs, preempts one of them, and a real-time task takes that CPU before it runs. It goes
# elsewhere: it stayed in the CPU's local queue for as long as the real-time task computed, half a second here, as the
# hog that was preempted had no slice left by which the stub could have told (7.3).
# limit: 120

. "$(dirname "$0")/lib.sh"

readonly BURST_MS=500

start
load load-hogs --count=$((2 * $(nproc))) --seconds=600
for _ in 1 2 3; do
	normal timers-meet 0 5 $BURST_MS >"$TEST_WORK/met"
	note "$(cat "$TEST_WORK/met")"
	awk -v late="$(figure late_ms "$TEST_WORK/met")" -v burst=$BURST_MS 'BEGIN { exit !(late < burst / 5) }' ||
		fail "a task waited behind a real-time one for $(figure late_ms "$TEST_WORK/met") ms, though other CPUs could take it"
done
unload "$loaded"
expect_attached
stop
