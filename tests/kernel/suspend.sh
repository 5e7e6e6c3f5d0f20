#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 94: the machine is suspended to idle under load: all user threads are frozen, also the
# agent with requests unanswered, and all go on afterwards. Argument: leased or strict.
# limit: 180

. "$(dirname "$0")/lib.sh"

readonly TIMES=5
stats=/sys/power/suspend_stats

start --decisions="$1"
load load-hogs --count=$(($(nproc) * 2)) --seconds=60
hogs=$loaded
load stress-ng --switch 4 --fork 2
others=$loaded
before=$(cat $stats/success)
for ((i = 0; i < TIMES; i++)); do
	counters
	decided=$(count decided)
	rtcwake -m freeze -s 2 >>"$TEST_WORK/rtcwake" 2>&1 ||
		fail "rtcwake ended with status $?: $(tail -n 1 "$TEST_WORK/rtcwake")"
	expect_attached
	has_decided() { counters; (($(count decided) > decided)); }
	wait_until has_decided || fail "nothing is decided after suspend $((i + 1))"
done
done=$(($(cat $stats/success) - before))
note "suspended $done times; ${counted[*]@K}"
((done == TIMES)) || fail "the kernel counts $done suspends, not $TIMES"
unload "$hogs" "$others"
stop
