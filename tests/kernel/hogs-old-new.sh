#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 81: hogs that have had the machine for themselves, then as many new ones. What the old ones
# have used before is not held against them, nor are the new ones put off: nobody waits long.
# Argument: leased or strict. Figures count: for virtual time (--icount).
# limit: 100

. "$(dirname "$0")/lib.sh"

start --decisions="$1"
load load-hogs --seconds=12 --count=8
wait_until pgrep -x load-hogs >/dev/null
sleep 6
normal load-hogs --seconds=4 --count=8 >"$TEST_WORK/new"
wait "$loaded"
for who in load.log new; do
	line=$(grep '^hogs=' "$TEST_WORK/$who")
	note "${who%.log}: $line"
	awk -v line="$line" 'BEGIN { sub(/.*max_gap_ms=/, "", line); exit line + 0 > 500 }' ||
		fail "a hog has waited for more than 500 ms"
done
expect_attached
stop
