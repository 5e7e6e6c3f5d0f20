#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The wall clock jumps by days, forth and back, while a policy is to stay for five seconds: it stays
# for five seconds, no agent is taken for hung, and nobody waits.

. "$(dirname "$0")/lib.sh"

readonly FOR_MS=5000
# The new agent opens its files beside the hogs, through the guest's file server, which takes as long as
# the host likes; the clock jumps by days.
readonly LATE_MAX_MS=8000
readonly GAP_MAX_MS=300

started=$(date +%s)
start
normal load-hogs --count=$(($(nproc) * 2)) --seconds=8 >"$TEST_WORK/hogs" &
hogs=$!
normal clandctl switch fifo --for $((FOR_MS / 1000))s >/dev/null
begin=$(uptime_ms)
from=$(wc -l <"$LOG")
for to in '+3 days' '-9 days' '+400 days' "@$started"; do
	date -s "$to" >/dev/null
	sleep 0.5
done
wait_line 'policy fifo -> vruntime' "$from" || fail "the policy does not come back"
took=$(($(uptime_ms) - begin))
note "the policy was back after $took ms"
((took >= FOR_MS - 100 && took <= FOR_MS + LATE_MAX_MS)) || fail "the policy was back after $took ms"
wait "$hogs" || fail "load-hogs ended with status $?"
note "$(tail -n 1 "$TEST_WORK/hogs")"
gap=$(figure max_gap_ms "$TEST_WORK/hogs")
((${gap%.*} <= GAP_MAX_MS)) || fail "a hog waited for $gap ms"
expect_attached
stop
grep -q 'agents replaced: 0' "$LOG" || fail "an agent was replaced"
