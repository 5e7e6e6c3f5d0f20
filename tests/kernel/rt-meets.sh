#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A CPU is idle, and the same interrupt wakes an ordinary task, which it is given to, and a real-time task that
# takes it for long. From Linux 7.1 on the ordinary one goes elsewhere at once. Before, nobody can get it back
# from that CPU's local queue until the real-time task sleeps: it waits for as long, and status says why.
# limit: 60

. "$(dirname "$0")/lib.sh"

readonly LATE_MAX_MS=100
readonly TOLD_AFTER_MS=2000 # the stub wants to be sure

start
if (("$(cut -d. -f1 /proc/sys/kernel/osrelease)" >= 7)); then
	said=$(normal timers-meet 0 5 500)
	note "$said"
	late=${said##*late_ms=}
	((${late%.*} <= LATE_MAX_MS)) || fail "a task that may run anywhere was late by $late ms"
	counters
	(($(count reenqueued) > 0)) || fail "no task was queued anew: has the real-time task not met it?"
else
	told=no
	normal timers-meet 0 1 4000 >"$TEST_WORK/met" &
	met=$!
	told_or_over()
	{
		normal clandctl status >"$TEST_WORK/status"
		! grep -qE '^real-time: +.* keep CPU 0 busy' "$TEST_WORK/status" || told=yes
		[[ $told == yes ]] || ! kill -0 "$met" 2>/dev/null
	}
	wait_until told_or_over || fail "status does not say that CPU 0 is held"
	wait "$met"
	said=$(cat "$TEST_WORK/met")
	note "$said; status has told: $told"
	late=${said##*late_ms=}
	[[ $told == yes ]] || ((${late%.*} < TOLD_AFTER_MS)) ||
		fail "a task was late by $late ms, and status did not say why"
fi
expect_attached
stop
