#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 16, 40, 90: a real-time task takes 95 % of one CPU after the other, our own threads' too;
# tasks of ours go elsewhere, the policy goes on deciding.

. "$(dirname "$0")/lib.sh"

readonly GAP_MAX_MS=1500

start --decisions=strict
load load-hogs --count=$(($(nproc) * 2)) --seconds=$(($(nproc) * 3 + 1))
hogs=$loaded
counters
decided=$(count decided)
for ((cpu = 0; cpu < $(nproc); cpu++)); do
	taskset -c "$cpu" chrt -f 50 stress-ng -c 1 --cpu-load 95 -t 3 >>"$TEST_WORK/rt" 2>&1 ||
		fail "stress-ng ended with status $?"
	counters
	(($(count decided) > decided)) || fail "no decision while CPU $cpu was taken"
	decided=$(count decided)
	expect_attached
done
wait "$hogs"
note "${counted[*]@K}"
note "$(tail -n 1 "$TEST_WORK/load.log")"
gap=$(tail -n 1 "$TEST_WORK/load.log" | tr ' ' '\n' | sed -n 's/^max_gap_ms=//p')
((${gap%.*} <= GAP_MAX_MS)) || fail "a hog waited for $gap ms"
stop
