#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 91-93: the last CPU goes off and on every 300 ms under load, with tasks bound to every
# CPU; tasks bound to the one that has gone run elsewhere. Argument: leased or strict.
# limit: 240

. "$(dirname "$0")/lib.sh"

readonly SECONDS_TOTAL=20
# Not in virtual time: what a hog waits here is the host's doing, too. The kernel ejects after 30 s.
readonly GAP_MAX_MS=10000

last=$(($(nproc --all) - 1))
online=/sys/devices/system/cpu/cpu$last/online
echo 1 >"$online"
start --decisions="$1"
load load-hogs --count=$((last + 1)) --pin-each --seconds=$((SECONDS_TOTAL + 4))
pinned=$loaded
load load-hogs --count=4 --seconds=$((SECONDS_TOTAL + 2))
free=$loaded
load stress-ng --fork 2 --switch 2 -t $((SECONDS_TOTAL + 2))
others=$loaded
# They bind themselves to their CPUs at the start: all must be there until they have.
all_started() { (($(pgrep -xc load-hogs) >= last + 1 + 4 + 2)); }
wait_until all_started || fail "the hogs have not started"
sleep 2
end=$(($(uptime_ms) + SECONDS_TOTAL * 1000))
toggles=0
while (($(uptime_ms) < end)); do
	echo 0 >"$online"
	sleep 0.3
	echo 1 >"$online"
	sleep 0.3
	toggles=$((toggles + 1))
done
wait "$pinned" || fail "load-hogs, pinned, ended with status $?"
wait "$free" || fail "load-hogs ended with status $?"
wait "$others" || fail "stress-ng ended with status $?"
counters
note "$toggles times off and on; ${counted[*]@K}"
grep '^hogs=' "$TEST_WORK/load.log" | sed 's/^/   /'
while read -r gap; do
	((${gap%.*} <= GAP_MAX_MS)) || fail "a hog waited for $gap ms"
done < <(sed -n '/^hogs=/s/.*max_gap_ms=//p' "$TEST_WORK/load.log")
expect_attached
stop
