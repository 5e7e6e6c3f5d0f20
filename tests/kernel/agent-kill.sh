#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The agent is killed five times under load (DESIGN: no task waits for user space for longer than
# the rescue limit). Nothing is detached, the agent is replaced each time and decides again, and no
# task waits for long. Argument: leased or strict.
# limit: 240

. "$(dirname "$0")/lib.sh"

readonly KILLS=5
readonly WAIT_MAX_MS=${WAIT_MAX_MS:-150}

start --decisions="$1"
load load-hogs --count=$(($(nproc) * 2)) --seconds=14
hogs=$loaded
load sh -c 'while :; do hackbench -g 1 -f 4 -l 50; done'
hack=$loaded
normal load-frames --period-us=20000 --work-us=500 --seconds=12 >"$TEST_WORK/frames" &
frames=$!
for ((i = 0; i < KILLS; i++)); do
	old=$(agent) || fail "there is no agent"
	counters
	decided=$(($(count decided) + $(count renewed)))
	lines=$(wc -l <"$LOG")
	kill -KILL "$old"
	wait_line "agent $old .* was ended by signal 9" "$lines" || fail "its end is not reported"
	wait_line 'agent [0-9]+ runs policy' "$lines" || fail "the agent is not replaced"
	new=$(agent) || fail "there is no new agent"
	[[ $new != "$old" ]] || fail "the new agent is the old one"
	# by answering, or by renewing leases
	has_decided() { counters; (($(count decided) + $(count renewed) > decided)); }
	wait_until has_decided || fail "the new agent decides nothing"
	expect_attached
done
wait "$frames" || fail "load-frames ended with status $?"
wait "$hogs" || fail "load-hogs ended with status $?"
unload "$hack"
counters
note "${counted[*]@K}"
note "hogs: $(grep '^hogs=' "$TEST_WORK/load.log")"
note "frames: $(tr ' ' '\n' <"$TEST_WORK/frames" | grep -E '^(frames|missed|wake_)' | tr '\n' ' ')"
expect_attached
stop
grep -q "agents replaced: $KILLS" "$LOG" || fail "not $KILLS agents have been replaced"
