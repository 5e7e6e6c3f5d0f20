#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 18, 21: two idle minutes, in which scx-cland uses next to no CPU time; then one short
# command, which is served at once.
# limit: 400

. "$(dirname "$0")/lib.sh"

readonly IDLE_SECONDS=120

ticks() # PID: CPU time so far, in ticks of 10 ms
{
	local fields

	read -ra fields < <(sed 's/^.*) //' "/proc/$1/stat")
	echo $((fields[11] + fields[12]))
}

start
normal load-hogs --count=8 --seconds=1 >/dev/null
worker=$(agent)
before=$(($(ticks "$daemon") + $(ticks "$worker")))
sleep "$IDLE_SECONDS"
used=$((($(ticks "$daemon") + $(ticks "$worker") - before) * 10))
note "$used ms of CPU time in $IDLE_SECONDS s"
((used < IDLE_SECONDS * 10)) || fail "$used ms of CPU time in $IDLE_SECONDS idle seconds: over 1 %"
begin=$(uptime_ms)
normal date +%s >/dev/null
took=$(($(uptime_ms) - begin))
note "date: $took ms"
((took <= 200)) || fail "date took $took ms on an idle machine"
expect_attached
stop
